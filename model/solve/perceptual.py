"""A perceptual error that a least-squares solver can use: ΔE00, linearised at the target."""

from typing import Any

import numpy as np

from imaging.color import PROPHOTO_TO_XYZ, xyz_to_lab
from model.edit.arrays import stack


def to_lab(image: Any) -> Any:
    """Linear ProPhoto Bx3x... -> CIE L*a*b* (D50), same shape.

    A tensor, an Array or a Dual; the derivative is finite everywhere.
    """
    red, green, blue = image.unbind(1)
    x, y, z = (row[0] * red + row[1] * green + row[2] * blue for row in PROPHOTO_TO_XYZ.tolist())
    return stack(xyz_to_lab(x, y, z), dim=1)


def delta_e_basis(lab: Any) -> Any:
    """Matrices [B, N, 3, 3] that turn a small Lab difference at `lab` [B, 3, N] into ΔE00.

    The length of matrix · (other − lab) is ΔE00 to first order: lightness, chroma and hue
    differences over their weights S, a* stretched near grey (CIE 142-2001). The rotation
    term for blues is left out. Tensors or Arrays.
    """
    by = _functions(lab)
    lightness, a, b = lab.unbind(1)
    chroma7 = by.hypot(a, b) ** 7
    stretch = 1.0 + 0.5 * (1.0 - by.sqrt(chroma7 / (chroma7 + 25.0**7)))
    a = a * stretch
    chroma = by.hypot(a, b)
    hue = by.arctan2(b, a)
    degree = np.pi / 180.0
    t = (
        1.0
        - 0.17 * by.cos(hue - 30 * degree)
        + 0.24 * by.cos(2 * hue)
        + 0.32 * by.cos(3 * hue + 6 * degree)
        - 0.20 * by.cos(4 * hue - 63 * degree)
    )
    offset = (lightness - 50.0) ** 2
    weight_l = 1.0 + 0.015 * offset / by.sqrt(20.0 + offset)
    weight_c = 1.0 + 0.045 * chroma
    weight_h = 1.0 + 0.015 * chroma * t
    cos, sin, zero = by.cos(hue), by.sin(hue), by.zeros_like(hue)
    rows = (
        (1.0 / weight_l, zero, zero),
        (zero, cos * stretch / weight_c, sin / weight_c),
        (zero, -sin * stretch / weight_h, cos / weight_h),
    )
    return stack([stack(row, dim=-1) for row in rows], dim=-2)


def _functions(values: Any) -> Any:
    if isinstance(values, np.ndarray):
        return np
    import torch

    return torch
