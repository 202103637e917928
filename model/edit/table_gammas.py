"""The encodings that a look's RGB table may work in: those of Adobe's DNG SDK 1.7.1.

Values in 0..1. Tensors, or model.edit.dual's Duals.
"""

import functools
from typing import Any, NamedTuple

import numpy as np

from model.edit.arrays import Values, constant
from model.edit.lookup import lookup
from params.colorimetry import srgb_decode, srgb_encode, where


class _Power(NamedTuple):
    """A power curve that begins as a cubic of slope 32: up to `end`, with its slope there."""

    exponent: float
    end: float
    height: float
    slope: float


_POWERS = {
    "1.8": _Power(1.8, 8.2118790552e-4, 0.019310851, 13.064306598),
    "2.2": _Power(2.2, 0.0034800731, 0.0763027458, 9.9661890075),
}
_FIRST_SLOPE = 32.0
_TOE = 1025  # entries of the inverse of a cubic
# ITU-R BT.2020.
_ALPHA, _BETA, _LINE, _REC = 1.0992968268094429, 0.0180539685108078, 4.5, 0.45


def encode(linear: Any, gamma: str) -> Any:
    """Linear -> encoded; gamma is one of params.look_tables.GAMMAS."""
    if gamma == "linear":
        return linear
    if gamma == "srgb":
        return srgb_encode(linear)
    if gamma == "rec2020":
        curve = linear.clamp(min=_BETA) ** _REC * _ALPHA - (_ALPHA - 1.0)
        return where(linear < _BETA, linear * _LINE, curve)
    power = _POWERS[gamma]
    curve = linear.clamp(min=power.end) ** (1.0 / power.exponent)
    return where(linear <= power.end, _cubic(linear, power), curve)


def decode(encoded: Any, gamma: str) -> Any:
    """Encoded -> linear: the inverse of encode()."""
    if gamma == "linear":
        return encoded
    if gamma == "srgb":
        return srgb_decode(encoded)
    if gamma == "rec2020":
        end = _BETA * _LINE
        curve = ((encoded.clamp(min=end) + (_ALPHA - 1.0)) * (1.0 / _ALPHA)) ** (1.0 / _REC)
        return where(encoded < end, encoded * (1.0 / _LINE), curve)
    power = _POWERS[gamma]
    curve = encoded.clamp(min=power.height) ** power.exponent
    toe = lookup(_toe(gamma, encoded.dtype, encoded.device), encoded * ((_TOE - 1) / power.height))
    return where(encoded <= power.height, toe, curve)


def _cubic(x: Any, power: _Power) -> Any:
    """Hermite's: from 0 with _FIRST_SLOPE to the power curve."""
    end, height = power.end, power.height
    first, last = _FIRST_SLOPE * end, power.slope * end
    t = x * (1.0 / end)
    return t * (
        t * (t * (first + last - 2.0 * height) + (3.0 * height - 2.0 * first - last)) + first
    )


@functools.cache
def _toe(gamma: str, dtype: Any, device: Any) -> Values:
    power = _POWERS[gamma]
    dense = np.linspace(0.0, power.end, 1 << 16)
    heights = np.linspace(0.0, power.height, _TOE)
    return constant(np.interp(heights, _cubic(dense, power), dense)[None], dtype, device)
