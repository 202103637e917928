"""Edited TIFFs in, ProPhoto TIFFs out."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from imaging.color import romm_encode
from imaging.decoder.pool import Loan
from imaging.decoder.switch import decodes_here
from imaging.decoder.wire import TiffQuestion
from imaging.exif_blocks import tiff_exif
from imaging.exif_ifd import ASCII, BYTE, LONG, LONG8, append_directories
from imaging.icc import MOST_BYTES, linear_prophoto_profile, prophoto_profile
from imaging.iptc import IPTC, iptc_words
from imaging.metadata import (
    DATE_TIME,
    EXIF_POINTER,
    GPS_POINTER,
    ORIENTATION,
    XMP,
    Metadata,
)
from imaging.output_options import COMPRESSIONS, DEFAULT_ICC
from imaging.profile_encoding import check_profile, encode_to_profile
from imaging.row_blocks import block_rows, map_rows
from imaging.tiff_reading import tiff_rows
from params.files import InputError, read_bytes, replacing

# A block of rows to its codes.
Encode = Callable[[np.ndarray], np.ndarray]

_BIGTIFF_BYTES = (1 << 32) - (64 << 20)  # what classic TIFF holds, less room for metadata


def read_tif16(path: Path) -> np.ndarray:
    """Read an edited picture that a fit can aim at: read_tiff of 16 bits or more, plain RGB.

    8 bits are too coarse in the shadows, grey says nothing about colour, and alpha hides what
    the picture looks like.

    Raises:
        InputError: as read_tiff; or 8-bit, grey, or with alpha.
    """
    return read_tiff(path, plain_rgb16=True)


def read_tiff(path: Path, assume: bytes | None = None, *, plain_rgb16: bool = False) -> np.ndarray:
    """Read a TIFF's first full picture as float32 HxWx3 linear ProPhoto, upright, not below 0.

    Grey or RGB, 8 or 16-bit integers or 16 or 32-bit floats; alpha is dropped. Colours come
    from the embedded ICC profile by relative colorimetric intent; without one they are in
    that of the profile `assume`, by default ProPhoto's ROMM curve, with a warning.

    Raises:
        InputError: missing, damaged, too large, or of a kind that isn't read.
    """
    path = Path(path)
    if decodes_here():
        return tiff_rows(path, assume, plain_rgb16=plain_rgb16).whole()
    with Loan() as decoder:
        pixels: np.ndarray = decoder.ask(TiffQuestion(path, assume, plain_rgb16))
        return pixels


def write_tiff(
    path: Path,
    pixels: np.ndarray,
    *,
    metadata: Metadata | None = None,
    xmp: bytes | None = None,
    icc_profile: Path | bytes | None = None,
    bits: int = 16,
    compression: str | None = None,
) -> None:
    """Write HxWx3 pixels as an upright RGB TIFF carrying its ICC profile.

    Linear ProPhoto is encoded to `icc_profile`, by default the ROMM curve of ProPhoto.icm, clipped
    to 0..1 and rounded to nearest, 8 or 16 bits. compression is None, "deflate", "zstd" or
    "lzw". xmp is a packet to embed. Memory beyond `pixels`: a few blocks of rows.

    pixels: floats are linear ProPhoto; uint16 ones are encoded already, where takes_romm16().

    Raises:
        InputError: the profile isn't a usable RGB profile, or the folder refuses.
    """
    if bits not in (8, 16):
        raise ValueError(f"bits is {bits}, not 8 or 16")
    height, width = pixels.shape[:2]
    profile = _output_profile(icc_profile)
    if pixels.dtype != np.uint16:
        encode = _encoder(profile, bits)
    elif bits == 16 and profile == prophoto_profile():
        encode = np.ascontiguousarray
    else:
        raise ValueError("these pixels are 16-bit ROMM already")
    if profile not in (prophoto_profile(), linear_prophoto_profile()):
        named = path if icc_profile is None or isinstance(icc_profile, bytes) else icc_profile
        check_profile(Path(named), profile)
    metadata = metadata or Metadata()
    directories = {EXIF_POINTER: tiff_exif(metadata), GPS_POINTER: metadata.gps}
    directories = {tag: fields for tag, fields in directories.items() if fields}
    big = height * width * 3 * bits // 8 > _BIGTIFF_BYTES
    rows = min(height, block_rows(width))
    with replacing(path) as temporary:
        _write_pixels(
            temporary,
            map_rows(_compressing(encode, compression), pixels, rows),
            big,
            {
                "shape": (height, width, 3),
                "dtype": np.uint8 if bits == 8 else np.uint16,
                "rowsperstrip": rows,
                "compression": COMPRESSIONS[compression] if compression else None,
                "predictor": compression is not None,
                "iccprofile": profile,
                "datetime": _text(metadata, DATE_TIME),
                "extratags": _extra_tags(metadata, xmp, list(directories), big),
            },
        )
        append_directories(temporary, directories)


def to_romm16(pixels: np.ndarray) -> np.ndarray:
    """Linear ProPhoto HxWx3 -> uint16 HxWx3 on the ROMM curve, rounded to nearest."""
    return _codes(romm_encode(pixels), 16)


def takes_romm16(icc_profile: Path | bytes | None, bits: int) -> bool:
    """Whether a TIFF of this profile and depth holds what to_romm16 makes.

    Raises:
        InputError: the profile isn't a usable RGB profile.
    """
    return bits == 16 and _output_profile(icc_profile) == prophoto_profile()


def _codes(encoded: np.ndarray, bits: int) -> np.ndarray:
    levels, dtype = (255.0, np.uint8) if bits == 8 else (65535.0, np.uint16)
    return np.rint(encoded.clip(0.0, 1.0) * np.float32(levels)).astype(dtype)


def _output_profile(icc_profile: Path | bytes | None) -> bytes:
    if icc_profile is None:
        return prophoto_profile()
    if isinstance(icc_profile, bytes):
        return icc_profile
    try:
        profile = read_bytes(icc_profile, MOST_BYTES)
    except InputError:
        if Path(icc_profile) == DEFAULT_ICC:  # not a checkout: the code has it too
            return prophoto_profile()
        raise
    if profile[36:40] != b"acsp" or profile[16:20] != b"RGB ":
        raise InputError(f"{icc_profile}: not an RGB ICC profile")
    return profile


def _encoder(profile: bytes, bits: int) -> Encode:
    """Linear ProPhoto block -> integers encoded to the profile."""
    if profile == prophoto_profile():
        return lambda block: _codes(romm_encode(block), bits)
    if profile == linear_prophoto_profile():
        return lambda block: _codes(block, bits)
    return lambda block: _codes(encode_to_profile(block, profile), bits)


def _compressing(encode: Encode, compression: str | None) -> Callable[[np.ndarray], Any]:
    """encode, followed by the horizontal predictor and the compression: bytes of a strip."""
    if compression is None:
        return encode
    import imagecodecs

    pack: Callable[[Any], Any] = {
        "deflate": imagecodecs.deflate_encode,
        "zstd": imagecodecs.zstd_encode,
        "lzw": imagecodecs.lzw_encode,
    }[compression]
    return lambda block: pack(imagecodecs.delta_encode(encode(block), axis=1))


def _text(metadata: Metadata, tag: int) -> str | None:
    value = metadata.image[tag].value if tag in metadata.image else None
    return value.rstrip(b"\0").decode() if isinstance(value, bytes) else None


def _extra_tags(
    metadata: Metadata, xmp: bytes | None, pointers: list[int], big: bool
) -> list[tuple[int | str, int, int, Any, bool]]:
    """Main directory tags for tifffile: code, type, count, value, on the first page only."""
    tags: list[tuple[int | str, int, int, Any, bool]] = [(ORIENTATION, 3, 1, 1, True)]
    for tag, (kind, value) in metadata.image.items():
        if kind == ASCII and tag != DATE_TIME:
            tags.append((tag, kind, len(value), value, True))
    blocks = ((XMP, BYTE, xmp), (IPTC, LONG, iptc_words(metadata.iptc)))
    tags += [(tag, kind, len(value), value, True) for tag, kind, value in blocks if value]
    # By name: tifffile refuses these two by number. Their values are filled in afterwards.
    names = {EXIF_POINTER: "ExifTag", GPS_POINTER: "GPSTag"}
    return tags + [(names[tag], LONG8 if big else LONG, 1, 0, True) for tag in pointers]


def _write_pixels(path: Path, blocks: Any, big: bool, options: dict[str, Any]) -> None:
    import tifffile

    with tifffile.TiffWriter(path, bigtiff=big, byteorder="<") as writer:
        writer.write(
            blocks,
            photometric="rgb",
            planarconfig="contig",
            software="Auto ACR",
            resolution=(300, 300),
            resolutionunit="INCH",
            metadata=None,
            **options,
        )
