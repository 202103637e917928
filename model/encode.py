"""Pictures encoded as files hold them: by the compiled kernel, else as imaging does it."""

import numpy as np

from imaging.jpeg import to_srgb8
from imaging.output_options import GAMUT
from imaging.row_blocks import fill_rows, stretches
from imaging.tiff import to_romm16
from model.fused.library import fits, library, run
from model.fused.plan import Plan

_AS_IT_IS = Plan(())


def encode(pixels: np.ndarray, out: np.ndarray, gamut: str = GAMUT) -> np.ndarray:
    """Encode linear ProPhoto pixels, HxWx3 float32.

    The kernel's codes are those of imaging.tiff.to_romm16 and imaging.jpeg.to_srgb8, or the next.

    Args:
        out: as large, uint16 for ROMM or uint8 for sRGB; may be place_in(pixels, its type).
        gamut: of sRGB, as imaging.jpeg.to_srgb8 has it.

    Returns:
        out.
    """
    rows = np.ones(len(pixels), bool)
    by_kernel = pixels.dtype == np.float32 and pixels.size and fits(pixels) and fits(out)
    if by_kernel and library() is not None:
        rows = run(_AS_IT_IS, pixels, out, gamut)
    for top, bottom in stretches(rows):
        part = pixels[top:bottom]
        if out.dtype == np.uint8:
            out[top:bottom] = to_srgb8(part, gamut)
        else:
            fill_rows(out[top:bottom], to_romm16, part)
    return out


def srgb8(pixels: np.ndarray, gamut: str = GAMUT) -> np.ndarray:
    """Linear ProPhoto HxWx3 float32 -> uint8 sRGB."""
    return encode(pixels, np.empty(pixels.shape, np.uint8), gamut)


def place_in(pixels: np.ndarray, dtype: type[np.generic]) -> np.ndarray:
    """Room for HxWx3 narrower numbers in a contiguous picture's own rows, from their beginning.

    Codes written there replace the pixels: no second picture is needed.
    """
    height, width = pixels.shape[:2]
    return pixels.view(dtype).reshape(height, -1)[:, : 3 * width].reshape(height, width, 3)
