"""Edited TIFFs in, ProPhoto TIFFs out."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from imaging.color import romm_decode, romm_encode
from imaging.exif_blocks import tiff_exif
from imaging.exif_ifd import ASCII, BYTE, LONG, LONG8, append_directories
from imaging.icc import DEFAULT_ICC, MOST_BYTES, linear_prophoto_profile, prophoto_profile
from imaging.iptc import IPTC, iptc_words
from imaging.metadata import (
    DATE_TIME,
    EXIF_POINTER,
    GPS_POINTER,
    ORIENTATION,
    XMP,
    Metadata,
)
from imaging.orientation import orient
from imaging.row_blocks import block_rows, fill_rows, map_rows
from imaging.tiff_budget import check_directories
from imaging.tiff_check import (
    JPEG,
    RGB,
    WHITE_IS_ZERO,
    YCBCR,
    check_jpegs,
    check_page,
    check_plain_rgb16,
)
from imaging.tiff_pages import full_picture, orientation_of
from params.files import InputError, read_bytes, replacing

logger = logging.getLogger(__name__)

COMPRESSIONS = {"deflate": "zlib", "zstd": "zstd", "lzw": "lzw"}
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
    encoded, profile, orientation = _read_encoded(Path(path), plain_rgb16)
    if profile is None and assume is None:
        logger.warning("%s: no ICC profile; ProPhoto RGB (gamma 1.8) assumed", path)
    if profile and len(profile) > MOST_BYTES:
        raise InputError(f"{path}: its ICC profile is larger than {MOST_BYTES >> 20} MiB")
    profile = profile or assume or prophoto_profile()
    try:
        linear = _decode(encoded, profile)
    except Exception as error:  # littleCMS's
        raise InputError(f"{path}: its ICC profile cannot be used: {_reason(error)}") from error
    return np.ascontiguousarray(orient(linear, orientation))


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
    """Write linear ProPhoto HxWx3 as an upright RGB TIFF carrying its ICC profile.

    Encoded to `icc_profile`, by default the ROMM curve of ProPhoto.icm, clipped to 0..1 and
    rounded to nearest, 8 or 16 bits. compression is None, "deflate", "zstd" or "lzw". xmp
    is a packet to embed. Memory beyond `pixels`: a few blocks of rows.

    Raises:
        InputError: the profile isn't a usable RGB profile, or the folder refuses.
    """
    if bits not in (8, 16):
        raise ValueError(f"bits is {bits}, not 8 or 16")
    height, width = pixels.shape[:2]
    profile = _output_profile(icc_profile)
    encode = _encoder(profile, bits)
    try:
        encode(np.zeros((1, 1, 3), np.float32))
    except Exception as error:  # littleCMS's
        named = path if isinstance(icc_profile, bytes) else icc_profile
        raise InputError(f"{named}: cannot encode to this ICC profile: {_reason(error)}") from error
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


def _read_encoded(path: Path, plain_rgb16: bool) -> tuple[np.ndarray, bytes | None, int]:
    """Pixels as stored, HxW or HxWx3; ICC profile; orientation."""
    import tifffile

    logging.getLogger("tifffile").setLevel(logging.CRITICAL)  # one line of ours says it all
    try:
        size = path.stat().st_size
        if size == 0:
            raise InputError(f"{path}: the file is empty")
        with path.open("rb") as file:
            check_directories(file, path)
            file.seek(0)
            tif = tifffile.TiffFile(file)
            first, page = tif.pages.first, full_picture(tif)
            check_page(path, page, size)
            if plain_rgb16:
                check_plain_rgb16(path, page)
            if int(page.compression) == JPEG:
                check_jpegs(path, page, tif.filehandle)
            pixels = page.asarray()
            if page.axes.startswith("S"):
                pixels = np.moveaxis(pixels, 0, -1)
            colours = 3 if page.photometric in (RGB, YCBCR) else 1
            pixels = pixels[..., :colours] if pixels.ndim == 3 else pixels
            pixels = pixels[..., 0] if pixels.ndim == 3 and colours == 1 else pixels
            if page.photometric == WHITE_IS_ZERO:
                white = np.iinfo(pixels.dtype).max if pixels.dtype.kind == "u" else 1.0
                pixels = np.subtract(white, pixels, dtype=pixels.dtype)
            profile = page.iccprofile or first.iccprofile
            return pixels, profile, orientation_of(page, first)
    except InputError:
        raise
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error
    except tifffile.TiffFileError as error:
        raise InputError(f"{path}: not a TIFF, or damaged: {_reason(error)}") from error
    except Exception as error:  # a damaged file can bring about any error in a decoder
        raise InputError(f"{path}: damaged TIFF: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _decode(encoded: np.ndarray, profile: bytes) -> np.ndarray:
    """Stored pixels, HxW or HxWx3 -> float32 HxWx3 linear ProPhoto."""
    out = np.empty((*encoded.shape[:2], 3), np.float32)
    linear = linear_prophoto_profile()
    grey = encoded.ndim == 2
    if encoded.dtype.kind == "u" and profile in (prophoto_profile(), linear):
        # Ours: a table holds the formula, and is an order of magnitude faster.
        levels = np.linspace(0.0, 1.0, np.iinfo(encoded.dtype).max + 1)
        table = (levels if profile == linear else romm_decode(levels)).astype(np.float32)
        return fill_rows(out, lambda block: table[block[..., None] if grey else block], encoded)

    space = profile[16:20]
    if space not in (b"RGB ", b"GRAY") or (space == b"GRAY" and not grey):
        raise ValueError(f"it is for {space!r}")
    import imagecodecs

    def decode(block: np.ndarray) -> np.ndarray:
        if block.dtype.kind == "f":
            block = np.nan_to_num(block.astype(np.float32), nan=0.0, posinf=1.0, neginf=0.0)
        if grey and space == b"RGB ":
            block = np.repeat(block[..., None], 3, axis=-1)
        block = imagecodecs.cms_transform(
            np.ascontiguousarray(block),
            profile,
            linear,
            colorspace="gray" if space == b"GRAY" else "rgb",
            outcolorspace="rgb",
            outdtype=np.float32,
            intent=imagecodecs.CMS.INTENT.RELATIVE_COLORIMETRIC,
        )
        return np.maximum(block, 0.0, out=block)

    return fill_rows(out, decode, encoded)


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


def _encoder(profile: bytes, bits: int) -> Callable[[np.ndarray], np.ndarray]:
    """Linear ProPhoto block -> integers encoded to the profile."""
    levels, dtype = (255.0, np.uint8) if bits == 8 else (65535.0, np.uint16)

    def encode(block: np.ndarray) -> np.ndarray:
        if profile == prophoto_profile():
            block = romm_encode(block)
        elif profile != linear_prophoto_profile():
            import imagecodecs

            block = imagecodecs.cms_transform(
                np.ascontiguousarray(block, np.float32),
                linear_prophoto_profile(),
                profile,
                colorspace="rgb",
                outcolorspace="rgb",
                outdtype=np.float32,
                intent=imagecodecs.CMS.INTENT.RELATIVE_COLORIMETRIC,
            )
        return np.rint(block.clip(0.0, 1.0) * np.float32(levels)).astype(dtype)

    return encode


def _compressing(
    encode: Callable[[np.ndarray], np.ndarray], compression: str | None
) -> Callable[[np.ndarray], Any]:
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
