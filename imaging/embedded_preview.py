"""The small picture that a camera puts into its RAW file: what there is to show at once.

Where it lies is read from the file's directories, a few reads of a large file; of formats that
keep it elsewhere LibRaw tells.
"""

import io
import logging
import struct
from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from imaging.exif_ifd import Directory, Header, read_directory, read_entries, read_header
from imaging.jpeg_size import jpeg_size
from imaging.orientation import orient
from imaging.raw_file import RawFile
from imaging.resize import fit_long_side

log = logging.getLogger(__name__)

# TIFF 6.0, TIFF/EP and DNG 1.7.
_COMPRESSION, _PHOTOMETRIC, _STRIPS, _STRIP_BYTES = 259, 262, 273, 279
_ORIENTATION, _SUB_DIRECTORIES, _JPEG, _JPEG_BYTES = 274, 330, 513, 514
_WANTED = frozenset(
    (
        *(_COMPRESSION, _PHOTOMETRIC, _STRIPS, _STRIP_BYTES),
        *(_ORIENTATION, _SUB_DIRECTORIES, _JPEG, _JPEG_BYTES),
    )
)
_JPEG_KINDS, _SENSOR_KINDS = (6, 7), (32803, 34892)
_MOST_DIRECTORIES, _MOST_BYTES, _MOST_PIXELS = 24, 64 << 20, 150_000_000
_HEAD = 1 << 16  # bytes in which a JPEG's frame starts, but for large profiles and EXIF


class _Place(NamedTuple):
    """Where a JPEG is, in the order of its size."""

    long_side: int
    start: int
    length: int


def embedded_preview(file: RawFile, long_side: int) -> np.ndarray | None:
    """The smallest embedded picture that has this long side, else the largest.

    Returns:
        HxWx3 uint8 as the camera rendered it, upright, its long side at most `long_side`; None
        where there is none that can be read.

    Raises:
        InputError: there is no such file.
    """
    handle = file.handle()
    try:
        places, orientation = _places(handle)
        large = sorted(p for p in places if p.long_side >= long_side)
        small = sorted((p for p in places if p.long_side < long_side), reverse=True)
        for place in (*large, *small):
            handle.seek(place.start)
            picture = _decoded(handle.read(place.length), long_side)
            if picture is not None:
                return orient(picture, orientation)
    except Exception as error:  # whatever a hostile file brings about
        log.debug("%s: its previews are not read: %s", file.path, error)
    return _from_libraw(file, long_side)


def _places(file: BinaryIO) -> tuple[list[_Place], int]:
    """The JPEGs in a file that are no sensor's values, and how its pictures are turned."""
    found: list[_Place] = []
    orientation = 1
    file.seek(0)
    if file.read(8) == b"FUJIFILM":
        file.seek(84)
        _add(file, found, *struct.unpack(">II", file.read(8)))
        base = found[0].start + 12 if found else 0  # the EXIF block of its JPEG
        header = read_header(file, base)
        if header is not None:
            fields = read_directory(file, base, header, header.first, _WANTED)
            orientation = _number(fields, _ORIENTATION, 1)
        return found, orientation
    header = read_header(file, 0)
    if header is None:
        return found, orientation
    for number, fields in enumerate(_directories(file, header)):
        if number == 0:
            orientation = _number(fields, _ORIENTATION, 1)
        if _JPEG in fields and _JPEG_BYTES in fields:
            _add(file, found, _number(fields, _JPEG, 0), _number(fields, _JPEG_BYTES, 0))
        elif (
            _number(fields, _COMPRESSION, 0) in _JPEG_KINDS
            and _number(fields, _PHOTOMETRIC, 6) not in _SENSOR_KINDS
            and _count(fields, _STRIPS) == 1
        ):
            _add(file, found, _number(fields, _STRIPS, 0), _number(fields, _STRIP_BYTES, 0))
    return found, orientation


def _directories(file: BinaryIO, header: Header) -> Iterator[Directory]:
    """The main directories and those below them, a bounded number."""
    todo, seen = [header.first], set[int]()
    while todo and len(seen) < _MOST_DIRECTORIES:
        place = todo.pop(0)
        if place <= 0 or place in seen:
            continue
        seen.add(place)
        fields = read_directory(file, 0, header, place, _WANTED)
        yield fields
        below = fields[_SUB_DIRECTORIES].value if _SUB_DIRECTORIES in fields else ()
        todo += [*(int(p) for p in below[:_MOST_DIRECTORIES]), _next(file, header, place)]


def _next(file: BinaryIO, header: Header, place: int) -> int:
    """Where the directory after this one stands; 0: there is none."""
    read_entries(file, 0, header, place)
    word = file.read(struct.calcsize(header.offset))
    whole = len(word) == struct.calcsize(header.offset)
    return int(struct.unpack(header.offset, word)[0]) if whole else 0


def _add(file: BinaryIO, found: list[_Place], start: int, length: int) -> None:
    if not start > 0 or not 0 < length <= _MOST_BYTES:
        return
    file.seek(start)
    size = jpeg_size(file.read(min(length, _HEAD)))
    if size is not None and 0 < size[0] * size[1] <= _MOST_PIXELS:
        found.append(_Place(max(size), start, length))


def _number(fields: Directory, tag: int, otherwise: int) -> int:
    value = fields[tag].value if tag in fields else ()
    return int(value[0]) if value else otherwise


def _count(fields: Directory, tag: int) -> int:
    return len(fields[tag].value) if tag in fields else 0


def _from_libraw(file: RawFile, long_side: int) -> np.ndarray | None:
    import rawpy

    from imaging.raw import orientation_of

    try:
        with file.libraw() as raw:
            thumbnail = raw.extract_thumb()
        data: Any = thumbnail.data
        if thumbnail.format == rawpy.ThumbFormat.JPEG:
            picture = _decoded(bytes(data), long_side)
        else:
            picture = fit_long_side(np.ascontiguousarray(data), long_side)
        return None if picture is None else orient(picture, orientation_of(file))
    except Exception as error:
        log.debug("%s: no embedded picture: %s", file.path, error)
        return None


def _decoded(data: bytes, long_side: int) -> np.ndarray | None:
    """A JPEG, made smaller on the way; None where it can't be read."""
    from PIL import Image

    try:
        size = jpeg_size(data[:_HEAD])
        if size is None or size[0] * size[1] > _MOST_PIXELS:
            return None
        with Image.open(io.BytesIO(data), formats=("JPEG",)) as picture:
            picture.draft("RGB", (long_side, long_side))  # an eighth, a quarter, a half
            return fit_long_side(np.asarray(picture.convert("RGB")), long_side)
    except Exception as error:  # Pillow raises any kind for damaged files
        log.debug("an embedded picture is not read: %s", error)
        return None
