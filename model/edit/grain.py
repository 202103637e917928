"""Film grain: noise that a pixel's place and a seed decide, so that strips equal the whole.

A design of this project: the strength, size and roughness are not Camera Raw's, nor is the pattern.
On the finished picture, Bx3xHxW linear ProPhoto 0..1; p holds sliders [B] of params.panels.GRAIN,
missing ones are neutral. Derivatives pass for the picture and GrainAmount; size and roughness
count as constants. Tensors, or model.edit.dual's Duals.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from model.edit.arrays import Values
from params.colorimetry import srgb_decode, srgb_encode
from params.panels import GRAIN

_STRENGTH = 0.08  # of encoded values, the standard deviation in midtones at 100
# Cells' sides in parts of the longer side, at GrainSize 0, and what 100 adds.
_FINEST, _COARSER = 0.0003, 0.0012
_UNEVEN = 2.7  # sides of the coarser cells that Roughness mixes in
_MEAN_OVER = 0.67
PRIMES = (73856093, 19349663, 83492791)
_WORD = 1 << 31


def grain(image: Any, p: Mapping[str, Any], pattern: Values) -> Any:
    """Grain on colours 0..1, strongest in midtones, the same for the three channels.

    pattern: see grain_pattern(); Bx1xHxW or 1x1xHxW, of the image's type.
    """
    if "GrainAmount" not in p:
        return image
    amount = grain_strength(p["GrainAmount"]).reshape(-1, 1, 1, 1)
    encoded = srgb_encode(image)
    room = (encoded * (1.0 - encoded) * 4.0).clamp(0.0, 1.0)
    moved = (encoded + room * pattern * amount).clamp(0.0, 1.0)
    return (image + (srgb_decode(moved) - srgb_decode(encoded))).clamp(0.0, 1.0)


def grain_strength(amount: Any) -> Any:
    """What GrainAmount [B] makes of a pattern's values, in encoded values at midtones: [B]."""
    return amount * (0.01 * _STRENGTH)


def grain_pattern(
    shape: tuple[int, int],
    whole: tuple[int, int],
    top: int,
    seed: int,
    p: Mapping[str, float],
    reduced: float = 1.0,
) -> np.ndarray:
    """Noise of mean 0 and standard deviation about 1 for a strip, 1x1xHxW, float32.

    Args:
        shape: rows and columns of the strip.
        whole: rows and columns of the picture, which the cells' size follows.
        top: the strip's first row.
        seed: another seed, another pattern.
        p: GrainSize and GrainFrequency (Camera Raw's Roughness) in 0..100, as numbers.
        reduced: how many times as long the full-size picture is. A reduced one has the full one's
            grain at its own pixels' middles, weaker by what their mean over a pixel loses.
    """
    rows, columns = (
        (np.arange(start, start + count) + 0.5) * reduced - 0.5
        for start, count in zip((top, 0), shape, strict=True)
    )
    mixed = np.zeros(shape, np.float32)
    for i, (share, side) in enumerate(grain_cells(whole, p, reduced)):
        mixed += _smooth_noise(rows / side, columns / side, seed + i) * share
    return mixed[None, None]


def grain_cells(
    whole: tuple[int, int], p: Mapping[str, float], reduced: float
) -> list[tuple[float, float]]:
    """How strong fine and coarser cells of noise are, and their sides in full-size pixels.

    Arguments as of grain_pattern(). The cells of the n-th are of the seed plus n.
    """
    size = p.get("GrainSize", GRAIN.neutral["GrainSize"]) * 0.01
    rough = p.get("GrainFrequency", GRAIN.neutral["GrainFrequency"]) * 0.01
    cell = max(1.0, (_FINEST + _COARSER * size) * max(whole) * reduced)
    scale = ((1.0 - 0.5 * rough) ** 2 + (0.5 * rough) ** 2) ** 0.5
    parts = ((1.0 - 0.5 * rough, cell), (0.5 * rough, _UNEVEN * cell))
    return [(share / scale * _left_of(side / reduced, reduced), side) for share, side in parts]


def _left_of(cell: float, reduced: float) -> float:
    """What the mean over a reduced pixel leaves of noise in cells of this side (of such pixels).

    Fitted to this file's noise at 2 to 12 times, within 0.06.
    """
    return (1.0 + (1.0 - reduced**-2.0) * (_MEAN_OVER / cell) ** 2) ** -0.5


def _smooth_noise(y: np.ndarray, x: np.ndarray, seed: int) -> np.ndarray:
    """Value noise at places in cells, [rows, columns], of standard deviation about 1."""
    top, left = np.floor(y), np.floor(x)
    down, across = (y - top).astype(np.float32)[:, None], (x - left).astype(np.float32)[None]
    # Each corner is hashed once: many pixels lie in a cell.
    rows, above, below = _corners(top.astype(np.int64))
    columns, before, after = _corners(left.astype(np.int64))
    corners = _hashed(rows, columns, seed)
    upper, lower = corners[above], corners[below]
    across_upper = _blend(upper, before, after, across)
    across_lower = _blend(lower, before, after, across)
    total = across_upper + (across_lower - across_upper) * down
    # Between corners it would be weaker than at them.
    total *= 1.0 / np.sqrt((1.0 - down) ** 2 + down**2)
    total *= 1.0 / np.sqrt((1.0 - across) ** 2 + across**2)
    return total


def _corners(first: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The whole numbers in use, and where each place's own and the next one are among them."""
    used, places = np.unique(np.concatenate([first, first + 1]), return_inverse=True)
    return used, places[: len(first)], places[len(first) :]


def _blend(
    values: np.ndarray, before: np.ndarray, after: np.ndarray, part: np.ndarray
) -> np.ndarray:
    start = values.take(before, 1)
    return start + (values.take(after, 1) - start) * part


def _hashed(rows: np.ndarray, columns: np.ndarray, seed: int) -> np.ndarray:
    """A number of mean 0 and standard deviation 1 (evenly spread) for each row and column."""
    word = (rows[:, None] * PRIMES[0]) ^ (columns[None] * PRIMES[1]) ^ (seed * PRIMES[2])
    for shift, factor in ((15, 739982445), (12, 695872825), (15, 1)):
        word = ((word ^ (word >> shift)) * factor) & (_WORD - 1)
    return ((word / _WORD - 0.5) * 12.0**0.5).astype(np.float32)
