"""Whites + lifts a picture more the darker its brightest tones are."""

import functools
from typing import Any

import numpy as np

from model.edit import measured_tone as measured
from model.edit.arrays import Values, constant
from model.edit.lookup import lookup
from model.edit.tone_tables import CURVE_SIZE, lightness_to_luminance, luminance_to_lightness
from params.colorimetry import srgb_decode, srgb_encode
from params.pchip import pchip

_KEY_SIZE = 2049
_FULL = 50.0  # the lowest setting at which it was measured; below it comes in smoothly


def lift_strength(lightness: np.ndarray) -> np.ndarray:
    """How much of the measured lift a picture gets, by the L* of its 99th percentile."""
    points, strengths = np.array(measured.LIFT_BY_P99, dtype=np.float64).T
    return pchip(points, strengths, lightness)


def adapted_lift(lifted: Any, whites: Any, strength: Values) -> Any:
    """What Whites makes of the greys in a picture of this strength [B].

    The lift is scaled in the key, a logarithmic lightness, as it was measured.

    Args:
        lifted: [B, CURVE_SIZE], what it makes of them at strength 1: sRGB-encoded values at
            evenly spaced sRGB-encoded greys.
        whites: [B], the setting.

    Returns:
        Like `lifted`; equal to it at strength 1, and for settings of 0 and below.
    """
    keys, from_key = _keys(whites.dtype, whites.device)
    part = (whites * (1.0 / _FULL)).clamp(0.0, 1.0)
    change = (part * part * (3.0 - 2.0 * part) * (strength - 1.0).to(keys)).unsqueeze(1)
    before = lookup(keys, lifted * float(CURVE_SIZE - 1))
    after = (before - keys) * change + before
    moved = lookup(from_key, after * float(_KEY_SIZE - 1))
    same = lookup(from_key, before * float(_KEY_SIZE - 1))
    return (lifted + (moved - same)).clamp(0.0, 1.0)


@functools.cache
def _keys(dtype: Any, device: Any) -> tuple[Values, Values]:
    """[1, CURVE_SIZE], the keys of evenly spaced sRGB-encoded greys; [1, _KEY_SIZE], back."""
    lightness, key = np.array(measured.KEY_BY_LIGHTNESS, dtype=np.float64).T
    greys = luminance_to_lightness(srgb_decode(np.linspace(0.0, 1.0, CURVE_SIZE)))
    back = pchip(key, lightness, np.linspace(0.0, 1.0, _KEY_SIZE))
    return (
        constant(pchip(lightness, key, greys)[None], dtype, device),
        constant(srgb_encode(lightness_to_luminance(back))[None], dtype, device),
    )
