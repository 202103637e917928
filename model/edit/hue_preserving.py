"""A curve of greys applied to colours: by the largest and smallest channel, or by luminance.

Tables hold what a curve adds to greys, so that a neutral one leaves a picture exactly as it is.
Pictures are BxCxHxW linear ProPhoto; tensors, or model.edit.dual's Duals.
"""

import functools
from collections.abc import Callable
from typing import Any

from model.edit.arrays import cat, even, settled
from model.edit.local_base import LUMINANCE
from model.edit.lookup import lookup, rooted_lookup
from params.colorimetry import srgb_decode, srgb_encode

# Channels nearer to each other than this are mapped by the curve's slope.
_GREY = 1e-4
# Darker than this the gain stays as it is here.
_DARK = 1e-5


def luminance(image: Any) -> Any:
    """Y, Bx1xHxW."""
    red, green, blue = image.split(1, dim=1)
    return LUMINANCE[0] * red + LUMINANCE[1] * green + LUMINANCE[2] * blue


def change_by_extremes(image: Any, change: Callable[[Any], Any]) -> Any:
    """What is to be added so that the largest and the smallest channel follow a curve.

    The channel between keeps its place between them, so the hue holds ("RGB tone" in Adobe's DNG
    SDK).

    Args:
        change: the curve's value less its argument, elementwise. Where it is 0, so is the result.
    """
    low, high = image.amin(1, True), image.amax(1, True)
    gap = (high - low).clamp(min=_GREY)
    low_change, high_change = change(cat([low, low + gap], dim=1)).split(1, dim=1)
    return low_change + (high_change - low_change) / gap * (image - low)


def change_by_luminance(image: Any, change: Callable[[Any], Any]) -> Any:
    """What is to be added so that the luminance follows a curve and the channels keep their ratios.

    Args:
        change: the curve's value less its argument, elementwise. Where it is 0, so is the result.
    """
    light = luminance(image).clamp(min=_DARK)
    return image * (change(light) / light)


def tone_map(image: Any, table: Any) -> Any:
    """A table of changes [B, S] at rooted_greys(S), on colours 0..1."""
    change = change_by_extremes(image, functools.partial(rooted_lookup, table))
    return (image + change).clamp(0.0, 1.0)


def encoded_tone_map(image: Any, table: Any) -> Any:
    """A table of changes [B, S] over even sRGB-encoded greys, on linear colours 0..1.

    The channel between keeps its place among the encoded values: so Camera Raw's Contrast and its
    curves treat colours.
    """

    def change(encoded: Any) -> Any:
        return lookup(table, encoded * float(table.shape[1] - 1))

    encoded = srgb_encode(image)
    return decoded(image, encoded, change_by_extremes(encoded, change))


def composed(first: Any, second: Any) -> Any:
    """One table for encoded_tone_map() that does what two do in turn; None for nothing."""
    if first is None or second is None:
        return second if first is None else first
    size = first.shape[1]
    places = even(size, first.dtype, first.device)[None]
    return first + lookup(second, (first + places) * float(size - 1))


def decoded(image: Any, encoded: Any, change: Any) -> Any:
    """Linear colours whose encoded values are to change, 0..1; without a change just as they were.

    encoded: srgb_encode(image).
    """
    moved = (encoded + change).clamp(0.0, 1.0)
    if settled(moved):
        return srgb_decode(moved)  # half the work, and equal but for rounding
    return (image + (srgb_decode(moved) - srgb_decode(encoded))).clamp(0.0, 1.0)
