"""Whites and Blacks on what the base rendering gives, Contrast after the profile's tone curve.

Order, and where channel ratios are kept: Lightcraft (storytold/lightcraft, tone.rs, MIT License),
checked on Camera Raw's readings. Whites and Blacks of greys: model.edit.measured_tone. Contrast: a
closed form, its two numbers for settings above 0 by Lightcraft.
"""

import functools
from typing import Any

import numpy as np

from model.edit.arrays import Values, constant, settled
from model.edit.base_rendering import SIZE
from model.edit.hue_preserving import (
    change_by_extremes,
    change_by_luminance,
)
from model.edit.lookup import evaluate_cubics, lookup, rooted_greys, rooted_lookup
from model.edit.tone_tables import CURVE_SIZE, measured_cubics
from model.edit.whites_lift import adapted_lift
from params.base_curve import base_curve, inverse_base_curve
from params.colorimetry import srgb_decode, srgb_encode, where

# Shares of the change that keep the channels' ratios: all of Whites below 0 (from -10 on), most of
# Blacks above 0.
_WHITES_RATIO, _BLACKS_RATIO, _MOST = -0.1, 0.014, 0.9
# log2 of Contrast's pivot, over the mean log2 luminance after the base rendering.
_PIVOT_AT_0, _PIVOT_RATE, _KEY_FLOOR = -0.683, 0.345, 2.0**-8
_STRENGTH, _STRENGTH_BEND, _GAMMA = 1.09321, 0.190232, 0.662675


def whites_table(whites: Any, lift: Values) -> Any:
    """What Whites adds to greys after the base rendering, [B, SIZE] at rooted_greys(SIZE).

    Args:
        whites: [B], -100..100.
        lift: [B], see model.edit.whites_lift.
    """
    drawn = evaluate_cubics(*measured_cubics("Whites2012", whites.dtype, whites.device), whites)
    return _before_curve(adapted_lift(drawn, whites, lift))


def blacks_table(blacks: Any) -> Any:
    """What Blacks adds to greys after the base rendering and Whites, [B, SIZE]. blacks: [B]."""
    kind = blacks.dtype, blacks.device
    return _before_curve(evaluate_cubics(*measured_cubics("Blacks2012", *kind), blacks))


def whites(image: Any, table: Any, amount: Any) -> Any:
    """whites_table()'s table on the base rendering 0..1; amount: [B], the slider."""
    return _mixed(image, table, whites_share(amount))


def blacks(image: Any, table: Any, amount: Any) -> Any:
    """blacks_table()'s table on the base rendering 0..1; amount: [B], the slider."""
    return _mixed(image, table, blacks_share(amount))


def whites_share(amount: Any) -> Any:
    """How much of what Whites [B] does keeps the channels' ratios: [B]."""
    return (amount * _WHITES_RATIO).clamp(0.0, 1.0)


def blacks_share(amount: Any) -> Any:
    """How much of what Blacks [B] does keeps the channels' ratios: [B]."""
    return (amount * _BLACKS_RATIO).clamp(0.0, _MOST)


def contrast_pivot(base: Values) -> Values:
    """The display value, 0..1, that Contrast leaves in a picture: [B].

    Args:
        base: Bx1xHxW luminance after the base rendering, neutral but for Exposure.
    """
    key = base.clamp(min=_KEY_FLOOR).log2().mean(dim=(1, 2, 3))
    return (_PIVOT_AT_0 + _PIVOT_RATE * key).exp2().clamp(0.01, 0.9)


def contrast_table(contrast: Any, pivot: Values) -> Any:
    """What Contrast adds to greys after the tone curve, [B, SIZE] over even sRGB-encoded greys.

    For encoded_tone_map().

    On either side of the pivot, on square roots: the odds of the distance from the end, in
    the side's length, times a factor (above 0 of a power of it).

    Args:
        contrast: [B], -100..100.
        pivot: [B], see contrast_pivot().
    """
    amount = (contrast * 0.01).clamp(-1.0, 1.0)
    up = amount.clamp(0.0, 1.0)
    more = up * up * _STRENGTH_BEND - up * (_STRENGTH - 1.0)
    factor = (more - amount).exp2().unsqueeze(1)
    gamma = (1.0 - up * _GAMMA).unsqueeze(1)
    greys = _linear_greys(contrast.dtype, contrast.device)
    root = greys.sqrt()
    middle = pivot.to(root).sqrt()[:, None]
    above = root > middle
    side = where(above, 1.0 - middle, middle)
    part = where(above, 1.0 - root, root) / side
    powered = (gamma * part.clamp(min=1e-6).log()).exp()
    moved = powered * factor / (powered * (factor - 1.0) + 1.0)
    # At neutral settings moved is powered, and its root is part, but for rounding.
    change = (moved.log() / gamma).exp() - (powered.log() / gamma).exp()
    change = change * side * (1.0 - 2.0 * above.to(root))
    return srgb_encode(change * (change + 2.0 * root) + greys) - srgb_encode(greys)


def _mixed(image: Any, table: Any, share: Any) -> Any:
    """A table of changes on greys: `share` [B] of it keeps the channels' ratios."""
    change = functools.partial(rooted_lookup, table)
    share = share.reshape(-1, 1, 1, 1)
    if settled(share):
        if not share.any():
            return (image + change_by_extremes(image, change)).clamp(0.0, 1.0)
        if bool((share == 1.0).all()):
            return (image + change_by_luminance(image, change)).clamp(0.0, 1.0)
    even = change_by_extremes(image, change)
    ratios = change_by_luminance(image, change)
    return (image + (even + (ratios - even) * share)).clamp(0.0, 1.0)


def _before_curve(drawn: Any) -> Any:
    """A curve of rendered greys, sRGB-encoded at even places [B, CURVE_SIZE], as changes of greys
    before ACR3's tone curve."""
    kind = drawn.dtype, drawn.device
    places, even, back = _places(*kind), _even(*kind), _inverse(*kind)

    def taken_back(curve: Any) -> Any:
        at = places.expand(curve.shape[0], -1)
        return rooted_lookup(back, srgb_decode(lookup(curve, at)))

    return taken_back(drawn) - taken_back(even.expand(drawn.shape[0], -1))


@functools.cache
def _linear_greys(dtype: Any, device: Any) -> Values:
    return constant(srgb_decode(np.linspace(0.0, 1.0, SIZE))[None], dtype, device)


@functools.cache
def _places(dtype: Any, device: Any) -> Values:
    rendered = srgb_encode(base_curve(rooted_greys(SIZE)))
    return constant(rendered[None] * (CURVE_SIZE - 1), dtype, device)


@functools.cache
def _even(dtype: Any, device: Any) -> Values:
    return constant(np.linspace(0.0, 1.0, CURVE_SIZE)[None], dtype, device)


@functools.cache
def _inverse(dtype: Any, device: Any) -> Values:
    return constant(inverse_base_curve(rooted_greys(SIZE))[None], dtype, device)
