"""Dehaze: a veil over the picture, taken away or laid on.

The haze model I = J t + A (1 - t), with the veil 1 - t from the dark channel (He, Sun and Tang
2009) of the whole picture, on values of gamma 2.2. No readings of it are reachable: the strengths
are what Sloproom fitted to Lightroom exports of one photograph (AdjustmentOps.swift @7aee403), the
airlight is a design of this project. It is done after the profile's tone curve, before Contrast, as
RAWmakase has it (docs/tone-controls.md, MIT License). Valuess, or model.edit.dual's Duals.
"""

from typing import Any

from model.edit.arrays import Values, quantiles, without_gradients
from model.edit.local_base import LocalBase, guided, luma_stops
from model.edit.windows import smallest
from params.colorimetry import where

RADIUS, EDGE = 0.015, 0.1  # as model.edit.local_base's
GAMMA, FLOOR = 1.0 / 2.2, 1e-6
_DARKEST_REACH = 3  # proxy pixels around one, of which the darkest channel is taken
# Veil over the dark channel, and what is left at least of the light behind it.
STRENGTH, EXPONENT, LEAST = 0.62, 0.83, 0.42
# Laid on: density everywhere and with the dark channel, at most, and the veil's value. The source
# has a veil of 1.098 without a most density, which leaves nothing of a sky.
DENSITY, MORE_DENSITY, MOST_DENSITY, VEIL = 0.227, 1.061, 0.75, 1.0
DARKEST = 1e-4  # of the airlight
_HAZIEST, _AIR = 0.99, (0.6, 1.0)


@without_gradients
def dehaze_base(image: Values, displayed: Values) -> LocalBase:
    """Veil of whole pictures Bx3xhxw (proxies).

    Args:
        image: the scene, linear ProPhoto; distances() is asked with its pixels.
        displayed: its default rendering, linear ProPhoto 0..1.

    Returns:
        distances() are the dark channel, 0..1; median the airlight [B, 1]; both encoded.
    """
    encoded = (displayed.clamp(0.0, 1.0) + FLOOR) ** GAMMA
    darkest = smallest(encoded.amin(1, keepdim=True), _DARKEST_REACH)
    _, coefficients = guided(luma_stops(image), darkest, RADIUS, EDGE)
    (haze,) = quantiles(darkest.flatten(1), [_HAZIEST])
    hazy = darkest >= haze.reshape(-1, 1, 1, 1)
    light = (encoded.mean(1, keepdim=True) * hazy).sum((1, 2, 3)) / hazy.sum((1, 2, 3))
    return LocalBase(coefficients, light.clamp(*_AIR)[:, None], light.new_zeros(len(light), 1))


def dehaze(image: Any, amount: Any, veil: Values, base: LocalBase) -> Any:
    """Dehaze on linear display colours 0..1.

    Args:
        image: Bx3xHxW.
        amount: [B], -100..100.
        veil: dehaze_base().distances() of the same pixels of the scene, Bx1xHxW.
        base: that base.
    """
    a = amount.reshape(-1, 1, 1, 1) * 0.01
    air = base.median.reshape(-1, 1, 1, 1).to(veil)
    dark = (veil / air).clamp(DARKEST, 1.0)
    behind = (1.0 - a * (STRENGTH * dark**EXPONENT)).clamp(min=LEAST)
    encoded = (image + FLOOR) ** GAMMA
    cleared = (encoded - air) * (behind.reciprocal() - 1.0)
    density = (a * (DENSITY + MORE_DENSITY * dark)).clamp(min=-MOST_DENSITY)
    veiled = (encoded - VEIL) * density
    moved = (encoded + where(a.detach() >= 0.0, cleared, veiled)).clamp(min=FLOOR**GAMMA)
    return (image + (moved ** (1.0 / GAMMA) - encoded ** (1.0 / GAMMA))).clamp(0.0, 1.0)
