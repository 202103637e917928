"""From a preview to a model's input by NumPy: what model.preprocess does, without torch.

Tests hold both together.
"""

import functools

import numpy as np

_SHARPNESS = -0.5  # of the bicubic filter, as Pillow and PyTorch have it when they antialias


def preview_to_input(preview: np.ndarray, size: int) -> np.ndarray:
    """sRGB preview -> model input, as model.preprocess.preview_to_tensor.

    Args:
        preview: HxWx3 sRGB-encoded, uint8 or float in 0..1.
        size: side of the model's square input; the picture is squashed to it.

    Returns:
        3 x size x size float32 in 0..1.
    """
    planes = preview_planes(preview)
    height, width = planes.shape[1:]
    image = _shares(height, size) @ planes @ _shares(width, size).T
    return image.clip(0.0, 1.0)


def preview_planes(preview: np.ndarray) -> np.ndarray:
    """An sRGB preview HxWx3 as 3xHxW float32 in 0..1.

    A float preview is rounded to 8 bits first, so that a picture in memory and the same
    picture through a PNG give the same input.
    """
    if preview.ndim != 3 or preview.shape[2] != 3:
        raise ValueError(f"a preview is HxWx3, not {preview.shape}")
    pixels = preview
    if pixels.dtype != np.uint8:
        pixels = np.rint(np.clip(np.nan_to_num(pixels), 0.0, 1.0) * 255.0)
    return np.array(pixels, np.float32).transpose(2, 0, 1) / np.float32(255.0)


@functools.lru_cache(maxsize=8)
def _shares(old: int, new: int) -> np.ndarray:
    """What each of `old` pixels counts in each of `new`: float32 [new, old], rows sum to 1.

    The bicubic filter of Keys 1981, made as wide as a new pixel where that is wider.
    """
    # In float32, as the others place them: in float64 the shares would be 1e-5 off theirs.
    step = np.float32(old / new)
    wide = max(step, np.float32(1.0))
    centres = (np.arange(new, dtype=np.float32) + np.float32(0.5)) * step
    # Whole pixels, from the first to the last that the filter reaches.
    first = np.maximum((centres - 2 * wide + np.float32(0.5)).astype(int), 0)
    last = np.minimum((centres + 2 * wide + np.float32(0.5)).astype(int), old)
    places = np.arange(old, dtype=np.float32)
    away = np.abs((places - centres[:, None] + np.float32(0.5)) * (1 / wide))
    a = _SHARPNESS
    near = ((a + 2.0) * away - (a + 3.0)) * away**2 + 1.0
    far = (((away - 5.0) * away + 8.0) * away - 4.0) * a
    shares = np.where(away < 1.0, near, np.where(away < 2.0, far, 0.0))
    shares[(places < first[:, None]) | (places >= last[:, None])] = 0.0
    return (shares / shares.sum(axis=1, keepdims=True)).astype(np.float32)
