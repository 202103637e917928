"""What lies around each pixel of pictures BxCxHxW: means, extremes, and a picture made wider.

torch's on tensors, OpenCV's on Arrays.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from model.edit.arrays import Values
from model.edit.numpy_array import Array


def box_mean(x: Values, radius: int) -> Values:
    """Mean over a square; beyond the picture's edge nothing counts."""
    size = 2 * radius + 1
    if isinstance(x, np.ndarray):
        return _each(x, lambda plane: _box(plane, size))
    import torch.nn.functional as F

    for window in ((size, 1), (1, size)):
        pad = (window[0] // 2, window[1] // 2)
        x = F.avg_pool2d(x, window, stride=1, padding=pad, count_include_pad=False)
    return x


def largest(x: Values, radius: int) -> Values:
    """The largest value in a square around each pixel."""
    size = 2 * radius + 1
    if isinstance(x, np.ndarray):
        return _each(x, lambda plane: _dilated(plane, size))
    import torch.nn.functional as F

    return F.max_pool2d(x, size, stride=1, padding=radius)


def smallest(x: Values, radius: int) -> Values:
    """The smallest value in a square around each pixel."""
    return -largest(-x, radius)


def widened(x: Values, width: int) -> Values:
    """Rows brought to a width bilinearly, pixel centres on centres."""
    height = x.shape[2]
    if isinstance(x, np.ndarray):
        return _each(x, lambda plane: _wide(plane, width), (height, width))
    import torch.nn.functional as F

    return F.interpolate(x, size=(height, width), mode="bilinear", align_corners=False)


def _each(
    x: np.ndarray,
    function: Callable[[np.ndarray], np.ndarray],
    size: tuple[int, int] | None = None,
) -> np.ndarray:
    """OpenCV works on one plane at a time."""
    planes = np.ascontiguousarray(x.view(np.ndarray)).reshape(-1, *x.shape[2:])
    done = np.stack([function(plane) for plane in planes])
    return done.reshape(*x.shape[:2], *(size or x.shape[2:])).view(Array)


def _box(plane: np.ndarray, size: int) -> np.ndarray:
    import cv2

    summed: Any = cv2.boxFilter(
        plane, -1, (size, size), normalize=False, borderType=cv2.BORDER_CONSTANT
    )
    down, across = (_counts(length, size, plane.dtype) for length in plane.shape)
    return summed / down[:, None] / across


def _counts(length: int, size: int, dtype: np.dtype) -> np.ndarray:
    """How many of a window's pixels lie within the picture, at each place along a side."""
    at, radius = np.arange(length), size // 2
    return (np.minimum(at + radius, length - 1) - np.maximum(at - radius, 0) + 1).astype(dtype)


def _dilated(plane: np.ndarray, size: int) -> np.ndarray:
    import cv2

    return cv2.dilate(plane, np.ones((size, size), np.uint8))


def _wide(plane: np.ndarray, width: int) -> np.ndarray:
    import cv2

    return cv2.resize(plane, (width, plane.shape[0]), interpolation=cv2.INTER_LINEAR)
