"""EXIF and GPS carried from a source picture to what is rendered from it.

Only tags that stay true of the rendered picture, and that EXIF 2.32 allows there, are
carried: no maker notes, thumbnails, sizes, or anything the RAW's own encoding says.
"""

import io
import logging
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO, Literal, NamedTuple

from imaging.exif_clean import (
    DATE_TIME,
    DATE_TIME_ORIGINAL,
    DNG_TAGS,
    EXIF_COUNTS,
    EXIF_KINDS,
    EXPOSURE_TIME,
    F_NUMBER,
    FOCAL_LENGTH,
    GPS_KINDS,
    IMAGE_KINDS,
    ISO,
    LENS_MODEL,
    MAKE,
    MODEL,
    clean_fields,
    clean_gps,
)
from imaging.exif_ifd import (
    ASCII,
    BYTE,
    LONG,
    RATIONAL,
    UNDEFINED,
    Directory,
    Field,
    read_directory,
    read_header,
)
from imaging.iptc import APP13, IPTC, clean_iptc, from_app13
from imaging.raw_file import RawFile

__all__ = ["DATE_TIME", "MODEL"]  # tags that others ask Metadata for, defined in exif_clean

logger = logging.getLogger(__name__)

IMAGE_WIDTH = 256
ORIENTATION, XMP = 274, 700
EXIF_POINTER, GPS_POINTER = 34665, 34853
_MOST_SEGMENTS = 10_000  # of a JPEG: a file of empty ones comes to an end


@dataclass(frozen=True)
class Metadata:
    """What a rendered file may say of its source: tag -> Field, clean and ready to write.

    iptc: whole IPTC data sets. xmp is the packet found in the source, as it was: its settings
    are not those of the rendered picture, so the writers take the packet to write as a
    separate argument.
    """

    image: Directory = field(default_factory=dict)
    exif: Directory = field(default_factory=dict)
    gps: Directory = field(default_factory=dict)
    xmp: bytes | None = None
    iptc: bytes | None = None


class _Directories(NamedTuple):
    image: Directory
    exif: Directory
    gps: Directory
    order: Literal["little", "big"] = "little"  # of the file's numbers


_NOTHING = _Directories({}, {}, {})


def read_metadata(path: Path) -> Metadata:
    """Read what is to be carried from a RAW, TIFF or JPEG.

    TIFF-like RAWs, RAF and JPEG are read directly. For others (CR3, MRW, ...), and for what
    is missing, LibRaw tells: what it cannot read keeps what was found. Never raises: odd
    metadata costs a warning, not the picture.
    """
    from imaging.raw_picture import RawPicture  # which is made of what is here

    with RawPicture(path) as picture:
        return picture.metadata


def metadata_of(file: RawFile) -> Metadata:
    """As read_metadata, of a file that is open."""
    try:
        read = _read_exif(file.handle())
        iptc = _read_iptc(file.handle(), read or _NOTHING)
    except Exception as error:  # whatever a hostile file brings about, the picture goes on
        _warn(file, error)
        return Metadata()
    found = read or _NOTHING
    if MAKE not in found.image or EXPOSURE_TIME not in found.exif:
        try:
            added = _ask_libraw(file)
            found = _Directories(
                added.image | found.image, added.exif | found.exif, added.gps | found.gps
            )
        except Exception as error:
            if read is None:  # else a plain TIFF or JPEG, which is none of LibRaw's
                _warn(file, error)
    packet = found.image.get(XMP)
    return Metadata(
        image=clean_fields(found.image, IMAGE_KINDS, {}),
        exif=clean_fields(found.exif, EXIF_KINDS, EXIF_COUNTS),
        gps=clean_gps(found.gps),
        xmp=bytes(packet.value) if packet and packet.kind in (BYTE, UNDEFINED) else None,
        iptc=iptc,
    )


def _warn(file: RawFile, error: Exception) -> None:
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    file.warn("metadata not read: " + reason.removeprefix(f"{file.path}: "))


def _read_exif(file: BinaryIO) -> _Directories | None:
    """What a file says of itself; None where it is neither a TIFF structure nor a JPEG."""
    base = _find_exif(file)
    if base is None:
        return _NOTHING
    header = read_header(file, base)
    if header is None:
        return None
    # TIFF/EP and DNG may have EXIF's tags in the main directory.
    wanted = {IMAGE_WIDTH, XMP, IPTC, EXIF_POINTER, GPS_POINTER, *DNG_TAGS}
    wanted |= {*IMAGE_KINDS, *EXIF_KINDS}
    image = read_directory(file, base, header, header.first, wanted)
    if not image:
        return None
    exif = {DNG_TAGS[tag]: value for tag, value in image.items() if tag in DNG_TAGS}
    exif |= {tag: value for tag, value in image.items() if tag in EXIF_KINDS}
    gps: Directory = {}
    if offset := _pointer(image, EXIF_POINTER):
        exif |= read_directory(file, base, header, offset, EXIF_KINDS)
    if offset := _pointer(image, GPS_POINTER):
        gps = read_directory(file, base, header, offset, GPS_KINDS)
    return _Directories(image, exif, gps, "little" if header.order == "<" else "big")


def _pointer(image: Directory, tag: int) -> int:
    value = image[tag].value if tag in image else ()
    return value[0] if isinstance(value, tuple) and value else 0


def _find_exif(file: BinaryIO) -> int | None:
    """Where the TIFF structure stands: in a JPEG's APP1, in a RAF's JPEG, or at the start.

    None for a JPEG that has none.
    """
    start = 0
    if file.read(8) == b"FUJIFILM":
        file.seek(84)
        start = int.from_bytes(file.read(4), "big")
    file.seek(start)
    if file.read(2) != b"\xff\xd8":
        return 0
    for marker, place, _ in _segments(file, start):
        if marker in (0xDA, 0xD9):
            return None
        file.seek(place)
        if marker == 0xE1 and file.read(6) == b"Exif\0\0":
            return place + 6
    return 0


def _segments(file: BinaryIO, start: int) -> Iterator[tuple[int, int, int]]:
    """Marker, place and length of the content of a JPEG's segments, up to the picture's data."""
    place = start + 2
    for _ in range(_MOST_SEGMENTS):
        file.seek(place)
        head = file.read(4)
        if len(head) < 4 or head[0] != 0xFF:
            return
        length = int.from_bytes(head[2:], "big")
        yield head[1], place + 4, length - 2
        if head[1] in (0xDA, 0xD9) or length < 2:
            return
        place += 2 + length


def _read_iptc(file: BinaryIO, found: _Directories) -> bytes | None:
    """IPTC of a TIFF's tag, else of a JPEG's segment."""
    if IPTC in found.image:
        kind, value = found.image[IPTC]
        size, order = {LONG: (4, found.order)}.get(kind, (1, "big"))
        parts = [n.to_bytes(size, order) for n in value] if isinstance(value, tuple) else [value]
        return clean_iptc(b"".join(parts))
    file.seek(0)
    if file.read(2) == b"\xff\xd8":
        for marker, place, length in _segments(file, 0):
            if marker == APP13 and length > 0:
                file.seek(place)
                return clean_iptc(from_app13(file.read(length)) or b"")
    return None


def _ask_libraw(file: RawFile) -> _Directories:
    """What LibRaw knows: the EXIF of the embedded picture, and its own few numbers."""
    import rawpy

    with file.libraw() as raw:
        found = _NOTHING
        try:
            thumbnail = raw.extract_thumb()
            if thumbnail.format == rawpy.ThumbFormat.JPEG:
                found = _read_exif(io.BytesIO(bytes(thumbnail.data))) or _NOTHING
        except rawpy.LibRawError:
            logger.debug("%s: no embedded picture", file.path)
        other, lens = raw.other, raw.lens
    exif: Directory = {}
    numbers = {EXPOSURE_TIME: other.shutter_speed, F_NUMBER: other.aperture}
    numbers[FOCAL_LENGTH] = other.focal_length
    for tag, number in numbers.items():
        if math.isfinite(number) and 0 < number < 1e5:
            ratio = Fraction(number).limit_denominator(10 if number >= 1 else 100_000)
            exif[tag] = Field(RATIONAL, (ratio.numerator, ratio.denominator))
    if math.isfinite(other.iso_speed) and other.iso_speed >= 1:
        exif[ISO] = Field(LONG, (round(other.iso_speed),))
    if other.timestamp and other.timestamp.year > 1980:  # 1970: LibRaw found none
        date = other.timestamp.strftime("%Y:%m:%d %H:%M:%S").encode()
        exif[DATE_TIME_ORIGINAL] = Field(ASCII, date)
    if lens.model:
        exif[LENS_MODEL] = Field(ASCII, lens.model.encode())
    return found._replace(exif=found.exif | exif)  # LibRaw's own EXIF is coarser than its numbers
