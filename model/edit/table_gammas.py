"""The encodings that a look's RGB table may work in: those of Adobe's DNG SDK 1.7.1.

Values in 0..1. Tensors, or model.edit.dual's Duals.
"""

import functools
from typing import Any, NamedTuple

import numpy as np

from model.edit.arrays import Values, constant
from model.edit.lookup import lookup
from params.colorimetry import srgb_decode, srgb_encode, where


class Power(NamedTuple):
    """A power curve that begins as a cubic of slope 32: up to `end`, with its slope there."""

    exponent: float
    end: float
    height: float
    slope: float


POWERS = {
    "1.8": Power(1.8, 8.2118790552e-4, 0.019310851, 13.064306598),
    "2.2": Power(2.2, 0.0034800731, 0.0763027458, 9.9661890075),
}
FIRST_SLOPE = 32.0
TOE = 1025  # entries of the inverse of a cubic
# ITU-R BT.2020.
ALPHA, BETA, LINE, REC = 1.0992968268094429, 0.0180539685108078, 4.5, 0.45


def encode(linear: Any, gamma: str) -> Any:
    """Linear -> encoded; gamma is one of params.look_tables.GAMMAS."""
    if gamma == "linear":
        return linear
    if gamma == "srgb":
        return srgb_encode(linear)
    if gamma == "rec2020":
        curve = linear.clamp(min=BETA) ** REC * ALPHA - (ALPHA - 1.0)
        return where(linear < BETA, linear * LINE, curve)
    power = POWERS[gamma]
    curve = linear.clamp(min=power.end) ** (1.0 / power.exponent)
    return where(linear <= power.end, _cubic(linear, power), curve)


def decode(encoded: Any, gamma: str) -> Any:
    """Encoded -> linear: the inverse of encode()."""
    if gamma == "linear":
        return encoded
    if gamma == "srgb":
        return srgb_decode(encoded)
    if gamma == "rec2020":
        end = BETA * LINE
        curve = ((encoded.clamp(min=end) + (ALPHA - 1.0)) * (1.0 / ALPHA)) ** (1.0 / REC)
        return where(encoded < end, encoded * (1.0 / LINE), curve)
    power = POWERS[gamma]
    curve = encoded.clamp(min=power.height) ** power.exponent
    toe = lookup(
        toe_table(gamma, encoded.dtype, encoded.device), encoded * ((TOE - 1) / power.height)
    )
    return where(encoded <= power.height, toe, curve)


def _cubic(x: Any, power: Power) -> Any:
    """Hermite's: from 0 with FIRST_SLOPE to the power curve."""
    cubed, squared, first = cubic_factors(power)
    t = x * (1.0 / power.end)
    return t * (t * (t * cubed + squared) + first)


def cubic_factors(power: Power) -> tuple[float, float, float]:
    """Of the third, second and first power of the place in parts of `end`."""
    first, last = FIRST_SLOPE * power.end, power.slope * power.end
    return first + last - 2.0 * power.height, 3.0 * power.height - 2.0 * first - last, first


@functools.cache
def toe_table(gamma: str, dtype: Any, device: Any) -> Values:
    """[1, TOE]: the inverse of a power curve's cubic, at even places up to its height."""
    power = POWERS[gamma]
    dense = np.linspace(0.0, power.end, 1 << 16)
    heights = np.linspace(0.0, power.height, TOE)
    return constant(np.interp(heights, _cubic(dense, power), dense)[None], dtype, device)
