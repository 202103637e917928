"""The preview: the one small sRGB picture that the model sees, in training and inference."""

from pathlib import Path

import numpy as np

from imaging.jpeg import to_srgb8, write_preview
from imaging.raw import read_raw_linear_prophoto
from imaging.resize import fit_long_side
from params.files import InputError

PREVIEW_LONG_SIDE = 512
_MOST_PIXELS = 40_000_000  # of a file that is read as one
MODEL_GAMUT = "clip"  # what the published checkpoints have learnt from
# Fitting and previews start from one decode of this size, so that both are the same pixels.
PROXY_LONG_SIDE = 1024


def read_proxy(
    raw_path: Path | str, long_side: int = PROXY_LONG_SIDE, process: int = 1
) -> np.ndarray:
    """Decode a RAW file at proxy size: HxWx3 float32 linear ProPhoto. Raises InputError.

    process: see imaging.raw.read_raw_linear_prophoto.
    """
    return read_raw_linear_prophoto(raw_path, long_side, process)


def make_preview(proxy: np.ndarray) -> np.ndarray:
    """A RAW's proxy (or its edited proxy) -> HxWx3 uint8 sRGB, 512 px long side."""
    return to_srgb8(fit_long_side(proxy, PREVIEW_LONG_SIDE), MODEL_GAMUT)


def save_preview(path: Path, proxy: np.ndarray, gamut: str = MODEL_GAMUT) -> None:
    """Write make_preview's picture as a PNG. Raises InputError when the folder refuses.

    gamut: as imaging.jpeg.to_srgb8 has it; the default is the model's input.
    """
    write_preview(path, fit_long_side(proxy, PREVIEW_LONG_SIDE), gamut)


def read_preview(path: Path) -> np.ndarray:
    """A preview file -> HxWx3 uint8 sRGB. Raises InputError."""
    import warnings

    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as picture:
                if picture.width * picture.height > _MOST_PIXELS:
                    raise ValueError(f"{picture.width}x{picture.height} pixels are too many")
                return np.asarray(picture.convert("RGB"))
    except Exception as error:  # Pillow raises any kind for damaged files
        reason = " ".join(str(error).split())
        raise InputError(f"{path}: the preview cannot be read: {reason}") from error
