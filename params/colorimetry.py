"""Colour formulas that an edit's own numbers need: chromaticity, adaptation, the sRGB curve.

NumPy arrays and torch tensors alike (gradients pass through). Sources: Bradford adaptation as
in ICC.1:2010 annex E, IEC 61966-2-1 (sRGB), ProPhoto's matrix as in Adobe's DNG SDK.
"""

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)
_FROM_BRADFORD = np.linalg.inv(BRADFORD)
# ProPhoto to XYZ (D50), before its rows are scaled to a white: see scale_to_white.
PROPHOTO_ROWS = np.array([[0.7977, 0.1352, 0.0313], [0.2880, 0.7119, 0.0001], [0.0, 0.0, 0.8249]])


def xy_to_xyz(x: float, y: float) -> np.ndarray:
    """Chromaticity -> XYZ with Y = 1."""
    return np.array([x / y, 1.0, (1.0 - x - y) / y])


def scale_to_white(matrix: np.ndarray, white_xyz: np.ndarray) -> np.ndarray:
    """A 3x3 RGB-to-XYZ matrix, its rows scaled so that 1,1,1 gives the white."""
    return matrix * (white_xyz / matrix.sum(axis=1))[:, None]


def adaptation_matrix(source_xyz: np.ndarray, target_xyz: np.ndarray) -> np.ndarray:
    """Linear Bradford: 3x3 matrix taking XYZ seen under one white to XYZ under another.

    The cone ratios are limited to 0.1..10, as in the DNG SDK; no usual pair of whites gets there.
    """
    source, target = BRADFORD @ source_xyz, BRADFORD @ target_xyz
    ratio = (target.clip(0.0, None) / source.clip(1e-9, None)).clip(0.1, 10.0)
    return _FROM_BRADFORD @ (ratio[:, None] * BRADFORD)


def where(condition: Any, yes: Any, no: Any) -> Any:
    """np.where, or torch.where for a tensor condition, without importing torch."""
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(condition, torch.Tensor):
        return torch.where(condition, yes, no)
    return np.where(condition, yes, no)


def power(base: Any, exponent: float) -> Any:
    """base ** exponent, of positive values. Tensors by way of their logarithm: a third of the time,
    and as exact as float32 needs."""
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(base, torch.Tensor):
        return torch.exp2(torch.log2(base) * exponent)
    return base**exponent


def srgb_encode(linear: Any, power: Callable[[Any, float], Any] = power) -> Any:
    """Linear -> the sRGB transfer curve (of any primaries). Values below 0 stay on the toe.

    power: how to take one.
    """
    curve = 1.055 * power(linear.clip(0.0031308, None), 1.0 / 2.4) - 0.055
    return where(linear <= 0.0031308, linear * 12.92, curve)


def srgb_decode(encoded: Any) -> Any:
    """sRGB-encoded -> linear: the inverse of srgb_encode."""
    curve = power((encoded.clip(0.04045, None) + 0.055) / 1.055, 2.4)
    return where(encoded <= 0.04045, encoded / 12.92, curve)
