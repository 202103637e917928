"""A TIFF's picture, read in the process that decodes it: see imaging.tiff.read_tiff."""

import logging
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from imaging.color import romm_decode
from imaging.icc import MOST_BYTES, linear_prophoto_profile, prophoto_profile
from imaging.orientation import orient
from imaging.row_blocks import Rows, map_rows
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
from params.files import InputError

logger = logging.getLogger(__name__)


def tiff_rows(path: Path, assume: bytes | None = None, *, plain_rgb16: bool = False) -> Rows:
    """As imaging.tiff.read_tiff. Raises InputError, also while the rows come."""
    encoded, profile, orientation = _read_encoded(path, plain_rgb16)
    if profile is None and assume is None:
        logger.warning("%s: no ICC profile; ProPhoto RGB (gamma 1.8) assumed", path)
    if profile and len(profile) > MOST_BYTES:
        raise InputError(f"{path}: its ICC profile is larger than {MOST_BYTES >> 20} MiB")
    encoded = orient(encoded, orientation)
    blocks = _decode(encoded, profile or assume or prophoto_profile())
    return Rows((*encoded.shape[:2], 3), _naming(path, blocks))


def _naming(path: Path, blocks: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
    """The blocks, with the file's name in an error."""
    try:
        yield from blocks
    except MemoryError:
        raise
    except Exception as error:  # littleCMS's
        raise InputError(f"{path}: its ICC profile cannot be used: {reason_of(error)}") from error


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
    except (InputError, MemoryError):
        raise
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error
    except tifffile.TiffFileError as error:
        raise InputError(f"{path}: not a TIFF, or damaged: {reason_of(error)}") from error
    except Exception as error:  # a damaged file can bring about any error in a decoder
        raise InputError(f"{path}: damaged TIFF: {reason_of(error)}") from error


def reason_of(error: Exception) -> str:
    """The first line of a library's error."""
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _decode(encoded: np.ndarray, profile: bytes) -> Iterator[np.ndarray]:
    """Stored pixels, HxW or HxWx3 -> blocks of rows of float32 HxWx3 linear ProPhoto."""
    linear = linear_prophoto_profile()
    grey = encoded.ndim == 2
    if encoded.dtype.kind == "u" and profile in (prophoto_profile(), linear):
        # Ours: a table holds the formula, and is an order of magnitude faster.
        levels = np.linspace(0.0, 1.0, np.iinfo(encoded.dtype).max + 1)
        table = (levels if profile == linear else romm_decode(levels)).astype(np.float32)

        def look_up(block: np.ndarray) -> np.ndarray:
            return np.repeat(table[block[..., None]], 3, axis=-1) if grey else table[block]

        yield from map_rows(look_up, encoded)
        return

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

    yield from map_rows(decode, encoded)
