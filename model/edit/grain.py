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
_UNEVEN = 2.7  # sides of the coarser cells that Roughness mixes in
_MEAN_OVER = 0.67
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
    shape: tuple[int, int],
    whole: tuple[int, int],
    top: int,
    seed: int,
    p: Mapping[str, float],
    reduced: float = 1.0,
) -> Tensor:
    """Noise of mean 0 and standard deviation about 1 for a strip, 1x1xHxW.

    Args:
        shape: rows and columns of the strip.
        whole: rows and columns of the picture, which the cells' size follows.
        top: the strip's first row.
        seed: another seed, another pattern.
        p: GrainSize and GrainFrequency (Camera Raw's Roughness) in 0..100, as numbers.
        reduced: how many times as long the full-size picture is. A reduced one has the full one's
            grain at its own pixels' middles, weaker by what their mean over a pixel loses.
    """
    size = p.get("GrainSize", GRAIN.neutral["GrainSize"]) * 0.01
    rough = p.get("GrainFrequency", GRAIN.neutral["GrainFrequency"]) * 0.01
    cell = max(1.0, (_FINEST + _COARSER * size) * max(whole) * reduced)
    rows, columns = (
        (torch.arange(start, start + count, dtype=torch.float64) + 0.5) * reduced - 0.5
        for start, count in zip((top, 0), shape, strict=True)
    )
    scale = ((1.0 - 0.5 * rough) ** 2 + (0.5 * rough) ** 2) ** 0.5
    parts = ((1.0 - 0.5 * rough, cell), (0.5 * rough, _UNEVEN * cell))
    mixed = torch.zeros(shape)
    for i, (share, side) in enumerate(parts):
        noise = _smooth_noise(rows / side, columns / side, seed + i)
        mixed += noise * (share / scale * _left_of(side / reduced, reduced))
    return mixed[None, None]


def _left_of(cell: float, reduced: float) -> float:
    """What the mean over a reduced pixel leaves of noise in cells of this side (of such pixels).

    Fitted to this file's noise at 2 to 12 times, within 0.06.
    """
    return (1.0 + (1.0 - reduced**-2.0) * (_MEAN_OVER / cell) ** 2) ** -0.5


def _smooth_noise(y: Tensor, x: Tensor, seed: int) -> Tensor:
    """Value noise at places in cells, [rows, columns], of standard deviation about 1."""
    top, left = y.floor(), x.floor()
    down, across = (y - top).float()[:, None], (x - left).float()[None]
    # Each corner is hashed once: many pixels lie in a cell.
    rows, above, below = _corners(top.long())
    columns, before, after = _corners(left.long())
    corners = _hashed(rows, columns, seed)
    upper, lower = corners.index_select(0, above), corners.index_select(0, below)
    across_upper = _blend(upper, before, after, across)
    across_lower = _blend(lower, before, after, across)
    total = across_upper + (across_lower - across_upper) * down
    # Between corners it would be weaker than at them.
    return (
        total
        * ((1.0 - down).square() + down.square()).rsqrt()
        * ((1.0 - across).square() + across.square()).rsqrt()
    )


def _corners(first: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The whole numbers in use, and where each place's own and the next one are among them."""
    used, places = torch.cat([first, first + 1]).unique(return_inverse=True)
    return used, places[: len(first)], places[len(first) :]


def _blend(values: Tensor, before: Tensor, after: Tensor, part: Tensor) -> Tensor:
    start = values.index_select(1, before)
    return start + (values.index_select(1, after) - start) * part


def _hashed(rows: Tensor, columns: Tensor, seed: int) -> Tensor:
    """A number of mean 0 and standard deviation 1 (evenly spread) for each row and column."""
    word = (rows[:, None] * _PRIMES[0]) ^ (columns[None] * _PRIMES[1]) ^ (seed * _PRIMES[2])
    for shift, factor in ((15, 739982445), (12, 695872825), (15, 1)):
        word = ((word ^ (word >> shift)) * factor) & (_WORD - 1)
    return ((word.double() / _WORD - 0.5) * 12.0**0.5).float()
