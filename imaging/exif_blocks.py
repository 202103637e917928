"""EXIF as it goes into JPEG, PNG and TIFF: a picture's metadata with what is true of the file."""

from imaging.exif_ifd import (
    ASCII,
    LONG,
    RATIONAL,
    SHORT,
    UNDEFINED,
    Directory,
    Field,
    write_directory,
)
from imaging.metadata import EXIF_POINTER, GPS_POINTER, ORIENTATION, Metadata

SOFTWARE = 305
THUMBNAIL, THUMBNAIL_BYTES = 513, 514
_MAX_EXIF = 65533 - 6  # what one APP1 segment holds behind "Exif" and two zeros


def jpeg_exif(metadata: Metadata, width: int, height: int, thumbnail: bytes = b"") -> bytes:
    """The EXIF block of an upright sRGB JPEG: "Exif", two zeros, then a TIFF structure.

    thumbnail: a JPEG of the picture itself; left out where a segment has no room for it.
    """
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
    blocks = write_directory(exif, exif_at)
    image[EXIF_POINTER] = Field(LONG, (exif_at,))
    if metadata.gps:
        image[GPS_POINTER] = Field(LONG, (exif_at + len(blocks),))
        blocks += write_directory(metadata.gps, exif_at + len(blocks))
    link = exif_at + len(blocks)
    second = _thumbnail_block(thumbnail, link) if thumbnail else b""
    if not second or link + len(second) > _MAX_EXIF:
        link, second = 0, b""
    return b"Exif\0\0II*\0\x08\0\0\0" + write_directory(image, 8, link=link) + blocks + second


def _thumbnail_block(thumbnail: bytes, offset: int) -> bytes:
    """The directory of a JPEG thumbnail, to stand at `offset`, and the thumbnail (EXIF 4.5.2)."""
    fields = {
        259: Field(SHORT, (6,)),  # JPEG
        282: Field(RATIONAL, (72, 1)),
        283: Field(RATIONAL, (72, 1)),
        296: Field(SHORT, (2,)),
        THUMBNAIL: Field(LONG, (0,)),
        THUMBNAIL_BYTES: Field(LONG, (len(thumbnail),)),
    }
    fields[THUMBNAIL] = Field(LONG, (offset + len(write_directory(fields, offset)),))
    return write_directory(fields, offset) + thumbnail


def tiff_exif(metadata: Metadata) -> Directory:
    """The EXIF directory of a TIFF, empty when there is nothing to say."""
    if not metadata.exif:
        return {}
    return metadata.exif | {
        0x9000: Field(UNDEFINED, b"0232"),
        0xA000: Field(UNDEFINED, b"0100"),
        0xA001: Field(SHORT, (0xFFFF,)),  # uncalibrated: the ICC profile says
    }
