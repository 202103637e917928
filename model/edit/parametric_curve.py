"""Camera Raw's parametric curve: four sliders and the three splits between their regions.

What the sliders do to greys was read off Camera Raw's readings at -50 and +50, in values to the
power of 1 / 2.2 (what Lights below 0 does is a guess after Highlights: there are no readings of
it here). Between the settings it is a parabola; the splits stretch the regions; the sliders'
changes add. Sliders [B], tensors or model.edit.dual's Duals.
"""

import functools
from collections.abc import Mapping
from typing import Any

import numpy as np

from model.edit.arrays import Values, constant
from model.edit.hue_preserving import encoded_tone_map
from model.edit.lookup import lookup
from params.colorimetry import srgb_decode, srgb_encode
from params.panels import PARAMETRIC_CURVE
from params.pchip import pchip

SIZE = 1025
_GAMMA = 2.2
_MEASURED = 0.5  # the setting / 100 of the readings
_PLACES = (
    "0 .034 .0505 .0715 .1004 .123 .1537 .1946 .2465 .309 .3847 .4765 .5 .582 .6856 .7796 .8566 "
    ".9166 .9596 .986 1"
)
_LIGHTS = (
    "0 0 .0001 .0004 .0010 .0018 .0038 .0076 .0149 .0281 .0493 .0809 .0891 .1171 .1392 .1339 .1061 "
    ".0695 .0362 .0130 0"
)
# What each slider adds at +50, and at -50.
_CHANGES = {
    "ParametricShadows": (
        "0 .0113 .0164 .0230 .0311 .0366 .0423 .0456 .0421 .0302 .0129 .0006 0 0 0 0 0 0 0 0 0",
        "0 -.0236 -.0337 -.0432 -.0515 -.0549 -.0557 -.0524 -.0440 -.0300 -.0129 -.0006 0 0 0 0 0 "
        "0 0 0 0",
    ),
    "ParametricDarks": (
        "0 .0113 .0165 .0236 .0328 .0398 .0493 .0607 .0730 .0840 .0893 .0837 .0803 .0650 .0418 "
        ".0223 .0101 .0036 .0009 .0001 0",
        "0 -.0251 -.0360 -.0494 -.0660 -.0764 -.0880 -.0985 -.1054 -.1060 -.0995 -.0851 -.0805 "
        "-.0639 -.0414 -.0226 -.0102 -.0036 -.0009 -.0001 0",
    ),
    "ParametricLights": (_LIGHTS, " ".join(str(-0.95 * float(x)) for x in _LIGHTS.split())),
    "ParametricHighlights": (
        "0 0 0 0 0 0 0 0 0 0 0 0 0 .0110 .0412 .0658 .0702 .0557 .0327 .0126 0",
        "0 0 0 0 0 0 0 0 0 0 0 0 0 -.0099 -.0376 -.0594 -.0625 -.0497 -.0295 -.0115 0",
    ),
}
_SPLITS = {
    slider.name: slider.neutral for slider in PARAMETRIC_CURVE.sliders if "Split" in slider.name
}
_NARROWEST = 0.02  # of a region, between two splits


def parametric_curve(image: Any, p: Mapping[str, Any]) -> Any:
    """Display colours 0..1 with the sliders of params.panels.PARAMETRIC_CURVE that `p` holds.

    Hue-preserving on sRGB-encoded values. The splits are in 0..100.
    """
    table = parametric_table(p)
    return image if table is None else encoded_tone_map(image, table)


def parametric_table(p: Mapping[str, Any]) -> Any:
    """What the curve adds to even sRGB-encoded greys, [B, SIZE], or None without a slider."""
    names = [name for name in _CHANGES if name in p]
    if not names:
        return None
    kind = p[names[0]].dtype, p[names[0]].device
    axis = _axis(*kind)
    place = _stretched(axis, p)
    change: Any = 0.0
    for name in names:
        odd, even = (lookup(table, place * float(SIZE - 1)) for table in _tables(name, *kind))
        amount = (p[name] * 0.01).unsqueeze(1)
        change = (even * amount + odd) * amount + change
    return _encoded(axis + change) - _encoded(axis)


def _encoded(value: Any) -> Any:
    return srgb_encode(value.clamp(0.0, 1.0) ** _GAMMA)


def _stretched(axis: Values, p: Mapping[str, Any]) -> Any:
    """Values 0..1 to where they lie with the splits at 25, 50 and 75: [1 or B, SIZE]."""
    if not any(name in p for name in _SPLITS):
        return axis
    edge: Any = axis.new_zeros(1)
    place: Any = 0.0
    for name, neutral in _SPLITS.items():
        last = edge
        edge = p.get(name, axis.new_tensor([neutral])) * 0.01
        width = (edge - last).clamp(min=_NARROWEST).unsqueeze(1)
        place = ((axis - last.unsqueeze(1)) / width).clamp(0.0, 1.0) * 0.25 + place
    width = (1.0 - edge).clamp(min=_NARROWEST).unsqueeze(1)
    return ((axis - edge.unsqueeze(1)) / width).clamp(0.0, 1.0) * 0.25 + place


@functools.cache
def _axis(dtype: Any, device: Any) -> Values:
    """[1, SIZE]: even sRGB-encoded greys as linear values to the power of 1 / 2.2."""
    greys = srgb_decode(np.linspace(0.0, 1.0, SIZE)) ** (1.0 / _GAMMA)
    return constant(greys[None], dtype, device)


@functools.cache
def _tables(name: str, dtype: Any, device: Any) -> tuple[Values, Values]:
    """[1, SIZE] each: what a slider adds for each unit of its setting / 100, and of its square."""
    at = np.linspace(0.0, 1.0, SIZE)
    places, up, down = (
        np.array(text.split(), dtype=np.float64) for text in (_PLACES, *_CHANGES[name])
    )
    up, down = pchip(places, up, at), pchip(places, down, at)
    odd = (up - down) / (2.0 * _MEASURED)
    even = (up + down) / (2.0 * _MEASURED**2)
    return constant(odd[None], dtype, device), constant(even[None], dtype, device)
