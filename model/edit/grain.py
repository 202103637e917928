"""Film grain: noise that a pixel's place and a seed decide, so that strips equal the whole.

A design of this project: the strength, size and roughness are not Camera Raw's, nor is the pattern.
On the finished picture, Bx3xHxW linear ProPhoto 0..1; p holds sliders [B] of params.panels.GRAIN,
missing ones are neutral. Derivatives pass for the picture and GrainAmount; size and roughness
count as constants. Tensors, or model.edit.dual's Duals.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from params.colorimetry import srgb_decode, srgb_encode
from params.panels import GRAIN

_STRENGTH = 0.08  # of encoded values, the standard deviation in midtones at 100
# Cells' sides in parts of the longer side, at GrainSize 0, and what 100 adds.
_FINEST, _COARSER = 0.0003, 0.0012
_PRIMES = (73856093, 19349663, 83492791)
_WORD = 1 << 31


def grain(image: Any, p: Mapping[str, Any], pattern: Tensor) -> Any:
    """Grain on colours 0..1, strongest in midtones, the same for the three channels.

    pattern: see grain_pattern(); Bx1xHxW or 1x1xHxW.
    """
    if "GrainAmount" not in p:
        return image
    amount = (p["GrainAmount"] * (0.01 * _STRENGTH)).reshape(-1, 1, 1, 1)
    encoded = srgb_encode(image)
    room = (encoded * (1.0 - encoded) * 4.0).clamp(0.0, 1.0)
    moved = (encoded + room * pattern.to(device=image.device, dtype=image.dtype) * amount).clamp(
        0.0, 1.0
    )
    return (image + (srgb_decode(moved) - srgb_decode(encoded))).clamp(0.0, 1.0)


def grain_pattern(
    shape: tuple[int, int], whole: tuple[int, int], top: int, seed: int, p: Mapping[str, float]
) -> Tensor:
    """Noise of mean 0 and standard deviation about 1 for a strip, 1x1xHxW.

    Args:
        shape: rows and columns of the strip.
        whole: rows and columns of the picture, which the cells' size follows.
        top: the strip's first row.
        seed: another seed, another pattern.
        p: GrainSize and GrainFrequency (Camera Raw's Roughness) in 0..100, as numbers.
    """
    size = p.get("GrainSize", GRAIN.neutral["GrainSize"]) * 0.01
    rough = p.get("GrainFrequency", GRAIN.neutral["GrainFrequency"]) * 0.01
    cell = max(1.0, (_FINEST + _COARSER * size) * max(whole))
    rows = torch.arange(shape[0], dtype=torch.float64) + top
    columns = torch.arange(shape[1], dtype=torch.float64)
    even = _smooth_noise(rows / cell, columns / cell, seed)
    uneven = _smooth_noise(rows / (2.7 * cell), columns / (2.7 * cell), seed + 1)
    mixed = even * (1.0 - 0.5 * rough) + uneven * (0.5 * rough)
    scale = ((1.0 - 0.5 * rough) ** 2 + (0.5 * rough) ** 2) ** 0.5
    return (mixed / scale).float()[None, None]


def _smooth_noise(y: Tensor, x: Tensor, seed: int) -> Tensor:
    """Value noise at places in cells, [rows, columns], of standard deviation about 1."""
    top, left = y.floor(), x.floor()
    down, across = (y - top)[:, None], (x - left)[None]
    corners = [[_hashed(top.long() + i, left.long() + j, seed) for j in (0, 1)] for i in (0, 1)]
    total = torch.zeros(len(y), len(x), dtype=torch.float64)
    square = torch.zeros_like(total)
    for i, vertical in enumerate((1.0 - down, down)):
        for j, horizontal in enumerate((1.0 - across, across)):
            weight = vertical * horizontal
            total += weight * corners[i][j]
            square += weight * weight
    return total / square.sqrt()


def _hashed(rows: Tensor, columns: Tensor, seed: int) -> Tensor:
    """A number of mean 0 and standard deviation 1 (evenly spread) for each row and column."""
    word = (rows[:, None] * _PRIMES[0]) ^ (columns[None] * _PRIMES[1]) ^ (seed * _PRIMES[2])
    for shift, factor in ((15, 739982445), (12, 695872825), (15, 1)):
        word = ((word ^ (word >> shift)) * factor) & (_WORD - 1)
    return (word.double() / _WORD - 0.5) * 12.0**0.5
