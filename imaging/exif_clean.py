"""Which EXIF and GPS fields are carried from picture to picture, and how they are cleaned."""

import re
from datetime import datetime

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
)

MAKE, MODEL, DATE_TIME = 271, 272, 306
EXPOSURE_TIME, F_NUMBER, ISO, DATE_TIME_ORIGINAL = 33434, 33437, 34855, 36867
FLASH, FOCAL_LENGTH, LENS_SPECIFICATION, LENS_MODEL = 37385, 37386, 42034, 42036
BODY_SERIAL = 42033
# A DNG's own tags that say the same as EXIF's, which it may lack.
DNG_TAGS = {50735: BODY_SERIAL, 50736: LENS_SPECIFICATION}

IMAGE_KINDS = {270: ASCII, MAKE: ASCII, MODEL: ASCII, DATE_TIME: ASCII, 315: ASCII, 33432: ASCII}
EXIF_KINDS = {
    **dict.fromkeys((EXPOSURE_TIME, F_NUMBER, 37378, 37381, 37382, FOCAL_LENGTH), RATIONAL),
    **dict.fromkeys((37889, 37890, 37892, 41493, 41988, LENS_SPECIFICATION), RATIONAL),
    **dict.fromkeys((37377, 37379, 37380, 37888, 37891, 37893), SRATIONAL),
    **dict.fromkeys((34850, ISO, 34864, 37383, 37384, FLASH, 41495), SHORT),
    **dict.fromkeys((41985, 41986, 41987, *range(41989, 41995), 41996), SHORT),
    **dict.fromkeys(range(34865, 34870), LONG),
    **dict.fromkeys((34852, DATE_TIME_ORIGINAL, 36868, 36880, 36881, 36882), ASCII),
    **dict.fromkeys((37520, 37521, 37522, 42016, 42032, 42033, 42035, LENS_MODEL, 42037), ASCII),
    **dict.fromkeys((37510, 41728, 41729), UNDEFINED),
}
GPS_KINDS = {
    **dict.fromkeys((1, 3, 8, 9, 10, 12, 14, 16, 18, 19, 21, 23, 25, 29), ASCII),
    **dict.fromkeys((2, 4, 6, 7, 11, 13, 15, 17, 20, 22, 24, 26, 31), RATIONAL),
    **{5: BYTE, 27: UNDEFINED, 28: UNDEFINED, 30: SHORT},
}
# Numbers that come other than one at a time, in GPS and in EXIF.
_GPS_COUNTS = dict.fromkeys((2, 4, 7, 20, 22), 3)
EXIF_COUNTS = {LENS_SPECIFICATION: 4}
_LIMITS = {BYTE: (0, 255), SHORT: (0, 65535), LONG: (0, 2**32 - 1), RATIONAL: (0, 2**32 - 1)}
_LIMITS[SRATIONAL] = (-(2**31), 2**31 - 1)
_MAX_TEXT = 2000  # bytes: all texts at once still fit a JPEG's segment
_OFFSETS = (36880, 36881, 36882)
_DATES = (DATE_TIME, DATE_TIME_ORIGINAL, 36868)
_GPS_METHODS = tuple(b"ASCII\0\0\0" + name for name in (b"GPS", b"CELLID", b"WLAN", b"MANUAL"))


def clean_fields(found: Directory, kinds: dict[int, int], counts: dict[int, int]) -> Directory:
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
    data = text.encode()
    if not text or len(data) > _MAX_TEXT:
        return None
    if tag in _OFFSETS and not re.fullmatch(r"[+-]\d\d:\d\d", text):
        return None
    if tag in _DATES:
        try:
            datetime.strptime(text, "%Y:%m:%d %H:%M:%S")
        except ValueError:
            return None
    return Field(ASCII, data + b"\0")


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


def clean_gps(found: Directory) -> Directory:
    """The GPS directory, empty unless it holds a position."""
    gps = clean_fields(found, GPS_KINDS, _GPS_COUNTS)
    if not {1, 2, 3, 4} <= gps.keys():
        return {}
    gps[0] = Field(BYTE, (2, 3, 0, 0))
    if 27 not in gps or not isinstance(gps[27].value, bytes):
        gps[27] = Field(UNDEFINED, _GPS_METHODS[0])  # required in a TIFF
    elif gps[27].value.rstrip(b"\0 ") not in _GPS_METHODS:
        gps[27] = Field(UNDEFINED, _GPS_METHODS[0])
    return gps
