"""EXIF and GPS carried from a source picture to what is rendered from it.

Only tags that stay true of the rendered picture, and that EXIF 2.32 allows there, are
carried: no maker notes, thumbnails, sizes, or anything the RAW's own encoding says.
"""

import io
import logging
import math
import re
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO, NamedTuple

from imaging.exif_ifd import (
    ASCII,
    BYTE,
    LONG,
    RATIONAL,
    SHORT,
    SRATIONAL,
    UNDEFINED,
    Directory,
    Field,
    read_directory,
    read_header,
    write_directory,
)

logger = logging.getLogger(__name__)

IMAGE_WIDTH = 256
MAKE, MODEL, ORIENTATION, SOFTWARE, DATE_TIME, XMP = 271, 272, 274, 305, 306, 700
EXIF_POINTER, GPS_POINTER = 34665, 34853
EXPOSURE_TIME, F_NUMBER, ISO, DATE_TIME_ORIGINAL = 33434, 33437, 34855, 36867
FOCAL_LENGTH, LENS_SPECIFICATION, LENS_MODEL = 37386, 42034, 42036

_IMAGE_KINDS = {270: ASCII, MAKE: ASCII, MODEL: ASCII, DATE_TIME: ASCII, 315: ASCII, 33432: ASCII}
_EXIF_KINDS = {
    **dict.fromkeys((EXPOSURE_TIME, F_NUMBER, 37378, 37381, 37382, FOCAL_LENGTH), RATIONAL),
    **dict.fromkeys((37889, 37890, 37892, 41493, 41988, LENS_SPECIFICATION), RATIONAL),
    **dict.fromkeys((37377, 37379, 37380, 37888, 37891, 37893), SRATIONAL),
    **dict.fromkeys((34850, ISO, 34864, 37383, 37384, 37385, 41495), SHORT),
    **dict.fromkeys((41985, 41986, 41987, *range(41989, 41995), 41996), SHORT),
    **dict.fromkeys(range(34865, 34870), LONG),
    **dict.fromkeys((34852, DATE_TIME_ORIGINAL, 36868, 36880, 36881, 36882), ASCII),
    **dict.fromkeys((37520, 37521, 37522, 42016, 42032, 42033, 42035, LENS_MODEL, 42037), ASCII),
    **dict.fromkeys((37510, 41728, 41729), UNDEFINED),
}
_GPS_KINDS = {
    **dict.fromkeys((1, 3, 8, 9, 10, 12, 14, 16, 18, 19, 21, 23, 25, 29), ASCII),
    **dict.fromkeys((2, 4, 6, 7, 11, 13, 15, 17, 20, 22, 24, 26, 31), RATIONAL),
    **{5: BYTE, 27: UNDEFINED, 28: UNDEFINED, 30: SHORT},
}
# Numbers that come other than one at a time, in GPS and in EXIF.
_GPS_COUNTS = dict.fromkeys((2, 4, 7, 20, 22), 3)
_EXIF_COUNTS = {LENS_SPECIFICATION: 4}
_LIMITS = {BYTE: (0, 255), SHORT: (0, 65535), LONG: (0, 2**32 - 1), RATIONAL: (0, 2**32 - 1)}
_LIMITS[SRATIONAL] = (-(2**31), 2**31 - 1)
_MAX_TEXT = 4096
_OFFSETS = (36880, 36881, 36882)
_DATES = (DATE_TIME, DATE_TIME_ORIGINAL, 36868)
_GPS_METHODS = tuple(b"ASCII\0\0\0" + name for name in (b"GPS", b"CELLID", b"WLAN", b"MANUAL"))


@dataclass(frozen=True)
class Metadata:
    """What a rendered file may say of its source: tag -> Field, clean and ready to write.

    xmp is the packet found in the source, as it was: its settings are not those of the
    rendered picture, so the writers take the packet to write as a separate argument.
    """

    image: Directory = field(default_factory=dict)
    exif: Directory = field(default_factory=dict)
    gps: Directory = field(default_factory=dict)
    xmp: bytes | None = None


class _Directories(NamedTuple):
    image: Directory
    exif: Directory
    gps: Directory


_NOTHING = _Directories({}, {}, {})


def read_metadata(path: Path) -> Metadata:
    """Read what is to be carried from a RAW, TIFF or JPEG.

    TIFF-like RAWs, RAF and JPEG are read directly. For others (CR3, MRW, ...), and for what
    is missing, LibRaw tells: what it cannot read keeps what was found. Never raises: odd
    metadata costs a warning, not the picture.
    """
    try:
        with Path(path).open("rb") as file:
            read = _read_exif(file)
    except Exception as error:  # whatever a hostile file brings about, the picture goes on
        _warn(path, error)
        return Metadata()
    found = read or _NOTHING
    if MAKE not in found.image or EXPOSURE_TIME not in found.exif:
        try:
            told = _ask_libraw(path)
            found = _Directories(*(old | new for old, new in zip(told, found, strict=True)))
        except Exception as error:
            if read is None:  # else a plain TIFF or JPEG, which is none of LibRaw's
                _warn(path, error)
    packet = found.image.get(XMP)
    return Metadata(
        image=_clean(found.image, _IMAGE_KINDS, {}),
        exif=_clean(found.exif, _EXIF_KINDS, _EXIF_COUNTS),
        gps=_clean_gps(found.gps),
        xmp=bytes(packet.value) if packet and packet.kind in (BYTE, UNDEFINED) else None,
    )


def jpeg_exif(metadata: Metadata, width: int, height: int) -> bytes:
    """The EXIF block of an upright sRGB JPEG: "Exif", two zeros, then a TIFF structure."""
    exif = metadata.exif | {
        0x9000: Field(UNDEFINED, b"0232"),
        0x9101: Field(UNDEFINED, b"\1\2\3\0"),
        0xA000: Field(UNDEFINED, b"0100"),
        0xA001: Field(SHORT, (1,)),
        0xA002: Field(LONG, (width,)),
        0xA003: Field(LONG, (height,)),
    }
    image = metadata.image | {
        ORIENTATION: Field(SHORT, (1,)),
        282: Field(RATIONAL, (300, 1)),
        283: Field(RATIONAL, (300, 1)),
        296: Field(SHORT, (2,)),
        531: Field(SHORT, (1,)),
        SOFTWARE: Field(ASCII, b"Auto ACR\0"),
        EXIF_POINTER: Field(LONG, (0,)),
    }
    if metadata.gps:
        image[GPS_POINTER] = Field(LONG, (0,))
    exif_at = 8 + len(write_directory(image, 8))
    exif_block = write_directory(exif, exif_at)
    image[EXIF_POINTER] = Field(LONG, (exif_at,))
    gps_block = b""
    if metadata.gps:
        image[GPS_POINTER] = Field(LONG, (exif_at + len(exif_block),))
        gps_block = write_directory(metadata.gps, exif_at + len(exif_block))
    return b"Exif\0\0II*\0\x08\0\0\0" + write_directory(image, 8) + exif_block + gps_block


def tiff_exif(metadata: Metadata) -> Directory:
    """The EXIF directory of a TIFF, empty when there is nothing to say."""
    if not metadata.exif:
        return {}
    return metadata.exif | {
        0x9000: Field(UNDEFINED, b"0232"),
        0xA000: Field(UNDEFINED, b"0100"),
        0xA001: Field(SHORT, (0xFFFF,)),  # uncalibrated: the ICC profile says
    }


def _warn(path: Path, error: Exception) -> None:
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    logger.warning("%s: metadata not read: %s", path, reason)


def _read_exif(file: BinaryIO) -> _Directories | None:
    """What a file says of itself; None where it is neither a TIFF structure nor a JPEG."""
    base = _find_exif(file)
    if base is None:
        return _NOTHING
    header = read_header(file, base)
    if header is None:
        return None
    # TIFF/EP and DNG may have EXIF's tags in the main directory.
    wanted = {IMAGE_WIDTH, XMP, EXIF_POINTER, GPS_POINTER, *_IMAGE_KINDS, *_EXIF_KINDS}
    image = read_directory(file, base, header, header.first, wanted)
    if not image:
        return None
    exif = {tag: value for tag, value in image.items() if tag in _EXIF_KINDS}
    gps: Directory = {}
    if offset := _pointer(image, EXIF_POINTER):
        exif |= read_directory(file, base, header, offset, _EXIF_KINDS)
    if offset := _pointer(image, GPS_POINTER):
        gps = read_directory(file, base, header, offset, _GPS_KINDS)
    return _Directories(image, exif, gps)


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
    place = start + 2
    while True:
        file.seek(place)
        head = file.read(10)
        if len(head) < 10 or head[0] != 0xFF:
            return 0
        if head[1] in (0xDA, 0xD9):
            return None
        if head[1] == 0xE1 and head[4:] == b"Exif\0\0":
            return place + 10
        place += 2 + int.from_bytes(head[2:4], "big")


def _ask_libraw(path: Path) -> _Directories:
    """What LibRaw knows: the EXIF of the embedded picture, and its own few numbers."""
    import rawpy

    with rawpy.imread(str(path)) as raw:
        found = _NOTHING
        try:
            thumbnail = raw.extract_thumb()
            if thumbnail.format == rawpy.ThumbFormat.JPEG:
                found = _read_exif(io.BytesIO(bytes(thumbnail.data))) or _NOTHING
        except rawpy.LibRawError:
            logger.debug("%s: no embedded picture", path)
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


def _clean(found: Directory, kinds: dict[int, int], counts: dict[int, int]) -> Directory:
    """The fields that are in `kinds` and make sense, converted to their standard type."""
    clean: Directory = {}
    for tag, kind in kinds.items():
        if tag not in found:
            continue
        if kind in (ASCII, UNDEFINED):
            new = _clean_text(tag, kind, found[tag])
        else:
            new = _clean_numbers(tag, kind, counts.get(tag, 1), found[tag])
        if new is not None:
            clean[tag] = new
    return clean


def _clean_text(tag: int, kind: int, old: Field) -> Field | None:
    if not isinstance(old.value, bytes):
        return None
    if kind == UNDEFINED:
        single = tag in (41728, 41729)  # FileSource, SceneType
        blank = not old.value[8:].strip(b"\0 ") and not single
        return None if blank or len(old.value) > (1 if single else _MAX_TEXT) else Field(*old)
    data = old.value.split(b"\0", 1)[0]
    try:
        text = data.decode("utf-8").strip()
    except UnicodeDecodeError:
        text = data.decode("latin-1").strip()
    if not text or len(text) > _MAX_TEXT:
        return None
    if tag in _OFFSETS and not re.fullmatch(r"[+-]\d\d:\d\d", text):
        return None
    if tag in _DATES:
        try:
            datetime.strptime(text, "%Y:%m:%d %H:%M:%S")
        except ValueError:
            return None
    return Field(ASCII, text.encode() + b"\0")


def _clean_numbers(tag: int, kind: int, count: int, old: Field) -> Field | None:
    if isinstance(old.value, bytes):
        return None
    values = old.value
    if kind in (RATIONAL, SRATIONAL):
        if old.kind not in (RATIONAL, SRATIONAL):
            values = tuple(part for value in values for part in (value, 1))
        if len(values) < 2 * count:
            return None
        values = values[: 2 * count]
        # 0/0 means unknown, and is legal for a lens's f-numbers only.
        if tag != LENS_SPECIFICATION and 0 in values[1::2]:
            return None
    else:
        if old.kind in (RATIONAL, SRATIONAL) or len(values) < count:
            return None
        values = values[:count]
        if tag == ISO:  # EXIF 2.31: above 65534 this tag says 65535, RecommendedExposureIndex more
            values = (min(values[0], 65535),)
    low, high = _LIMITS[kind]
    return Field(kind, values) if all(low <= value <= high for value in values) else None


def _clean_gps(found: Directory) -> Directory:
    """The GPS directory, empty unless it holds a position."""
    gps = _clean(found, _GPS_KINDS, _GPS_COUNTS)
    if not {1, 2, 3, 4} <= gps.keys():
        return {}
    gps[0] = Field(BYTE, (2, 3, 0, 0))
    if 27 not in gps or not isinstance(gps[27].value, bytes):
        gps[27] = Field(UNDEFINED, _GPS_METHODS[0])  # required in a TIFF
    elif gps[27].value.rstrip(b"\0 ") not in _GPS_METHODS:
        gps[27] = Field(UNDEFINED, _GPS_METHODS[0])
    return gps
