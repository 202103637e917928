"""Pictures made smaller in linear light."""

import numpy as np


def fit_size(height: int, width: int, long_side: int) -> tuple[int, int]:
    """The height and width that bring the long side to `long_side`; never larger than before."""
    scale = min(1.0, long_side / max(height, width))
    return max(1, round(height * scale)), max(1, round(width * scale))


def resize_area(pixels: np.ndarray, height: int, width: int) -> np.ndarray:
    """Average HxWx3 float32 pixels down to height x width (each output pixel its area's mean)."""
    import cv2

    if pixels.shape[:2] == (height, width):
        return pixels
    return cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)


def fit_long_side(pixels: np.ndarray, long_side: int) -> np.ndarray:
    """Average a picture down until its long side is `long_side`; smaller ones are left alone."""
    height, width = pixels.shape[:2]
    return resize_area(pixels, *fit_size(height, width, long_side))
