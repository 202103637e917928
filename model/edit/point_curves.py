"""Camera Raw's point curves on display colours: the master curve, Refine Saturation, one a channel.

A curve is a natural cubic on sRGB-encoded values, free at its ends, and may fall. Tables hold what
it adds to even sRGB-encoded values: [B, SIZE]. Valuess, or model.edit.dual's Duals.
"""

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from model.edit.arrays import Values, cat, constant
from model.edit.hue_preserving import change_by_extremes, decoded
from model.edit.lookup import lookup
from params.colorimetry import srgb_encode
from params.xmp_curve import Point, draw, natural_cubic

SIZE = 1025
# Of the values whose sum Refine Saturation 0 takes from the curve (ITU-R BT.601).
LUMA = (0.299, 0.587, 0.114)
_ROUNDING = 1e-12
_EVEN = np.linspace(0.0, 1.0, SIZE)


def points_table(points: Sequence[Point], dtype: Any, device: Any) -> Values:
    """The table of a curve through points (x, y) in 0..255, x rising: [1, SIZE]."""
    change = draw(points, _EVEN * 255.0) / 255.0 - _EVEN
    change[np.abs(change) < _ROUNDING] = 0.0
    return constant(change[None], dtype, device)


def knots_table(knots: Any) -> Any:
    """The table of curves through heights [B, K] at even places 0..1: [B, SIZE]."""
    count = knots.shape[1]
    places, weights, even = _knots(count, knots.dtype, knots.device)
    change = (knots - places) @ weights
    return (change + even).clamp(0.0, 1.0) - even


def master_curve(image: Any, table: Any, refine: Any = None) -> Any:
    """A curve's table on colours 0..1, hue-preserving on encoded values.

    refine: [B], Refine Saturation in 0..100: how much of what the curve does to the channels'
        distances stays. None is all of it.
    """
    encoded = srgb_encode(image)
    change = change_by_extremes(encoded, functools.partial(_read, table))
    if refine is not None:
        red, green, blue = change.split(1, dim=1)
        luma = LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue
        left = (1.0 - refine * 0.01).clamp(0.0, 1.0).reshape(-1, 1, 1, 1)
        change = change - (change - luma) * left
    return decoded(image, encoded, change)


def channel_curves(image: Any, red: Any, green: Any, blue: Any) -> Any:
    """One table a channel, each on its own values; None leaves a channel as it is."""
    channels = []
    for channel, table in zip(image.split(1, dim=1), (red, green, blue), strict=True):
        if table is None:
            channels.append(channel)
            continue
        encoded = srgb_encode(channel)
        channels.append(decoded(channel, encoded, _read(table, encoded)))
    return cat(channels, dim=1)


def _read(table: Any, encoded: Any) -> Any:
    return lookup(table, encoded * float(SIZE - 1))


@functools.cache
def _knots(count: int, dtype: Any, device: Any) -> tuple[Values, Values, Values]:
    """Places [1, K]; weights [K, SIZE] (a natural spline is linear in its heights); [1, SIZE]."""
    places = np.linspace(0.0, 1.0, count)
    weights = natural_cubic(places, np.eye(count), _EVEN).T
    return (
        constant(places[None], dtype, device),
        constant(weights, dtype, device),
        constant(_EVEN[None], dtype, device),
    )
