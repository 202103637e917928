"""EXIF orientation: how a stored picture is turned to stand upright."""

import numpy as np


def orient(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """Turn and mirror HxW(xC) pixels by EXIF orientation 1..8; a view where possible.

    Other values leave the picture as it is.
    """
    if orientation in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return pixels
