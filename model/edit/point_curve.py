"""The point curve of process 2: a natural cubic spline on sRGB-encoded values, hue-preserving."""

import functools
from typing import Any

import numpy as np
import torch
from torch import Tensor

from model.edit.default_rendering import hue_preserving
from model.edit.lookup import constant, lookup, rooted_lookup
from model.edit.tone_tables import CURVE_SIZE, tone_positions
from params.colorimetry import srgb_decode
from params.xmp_curve import natural_cubic


def point_table(knots: Any) -> Any:
    """The natural cubic spline through knots [B, K] on sRGB-encoded values, for rooted_lookup()."""
    weights = _spline_weights(knots.shape[1], knots.dtype, knots.device)
    drawn = (knots @ weights).clamp(0.0, 1.0)
    return srgb_decode(lookup(drawn, tone_positions(knots)))


def point_curve(image: Any, table: Any) -> Any:
    """A point curve's table, hue-preserving."""
    return hue_preserving(image, functools.partial(rooted_lookup, table))


@functools.cache
def _spline_weights(knots: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    """[knots, CURVE_SIZE]: a natural spline is linear in its knots' heights."""
    places, at = np.linspace(0.0, 1.0, knots), np.linspace(0.0, 1.0, CURVE_SIZE)
    columns = [natural_cubic(places, unit, at) for unit in np.eye(knots)]
    return constant(np.stack(columns), dtype, device)
