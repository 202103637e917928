"""Camera Raw's colour grading: tints of shadows, midtones, highlights and of all tones.

A curve on each channel by its own value, of display colours (Bx3xHxW linear ProPhoto 0..1): so
Camera Raw's readings have it, and the wheels' curves add. Tensors, or model.edit.dual's Duals.

The curves of shadows, midtones and highlights are read off greys at Blending 100, Balance 0 and
Saturation 50. Blending, Balance and Luminance: after Lightcraft (storytold/lightcraft, colorops.rs
@08cd0cf, MIT License), not yet met with readings here; nor is the wheel of all tones.
"""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from model.edit.arrays import Values, cat, constant
from model.edit.base_rendering import SIZE, scene_greys
from model.edit.local_base import LUMINANCE
from model.edit.lookup import lookup, rooted_greys, rooted_lookup
from params.panels import COLOR_GRADING
from params.pchip import pchip

# The values that the shapes are read at.
_PLACES = (
    "0.0021 0.0043 0.0099 0.0162 0.0273 0.0459 0.0755 0.1223 0.1958 0.3039 0.4359 0.5782 0.7115 "
    "0.8257 0.9132 1"
)
_LOWEST, _STEPS_A_STOP = -10.0, 16
_MOST_BEND = 0.5
# Stops that Blending 0 and Balance 100 move a zone's middle; how much wider Blending 0 makes it.
_SPREAD, _BALANCE, _WIDER = 4.234, -2.625, 1.413
_HIGHLIGHTS_WIDTH = 0.895


@dataclass(frozen=True)
class _Zone:
    """A wheel. All add v (1 - v) [sum of t shape(v) + (sum of t bend(v))^2] to a channel's value v.

    t = Saturation / 100 (the channel of the hue's pure colour - its luminance, or a half)
        + light Luminance / 100
    middle: log2 of the value that Blending and Balance move; spread: which way Blending does.
    """

    hue: str
    saturation: str
    luminance: str
    by_luminance: bool
    light: float
    middle: float
    spread: float
    shape: str
    bend: str


_ZONES = {
    "shadows": _Zone(
        hue="SplitToningShadowHue",
        saturation="SplitToningShadowSaturation",
        luminance="ColorGradeShadowLum",
        by_luminance=True,
        light=0.25,
        middle=-2.594,
        spread=-1.0,
        shape="2.445 2.43 2.355 2.321 2.23 2.086 1.902 1.64 1.308 .948 .639 .406 .243 .133 .061 0",
        bend=".26 .28 .35 .504 .587 .663 .764 .774 .703 .55 .391 .261 .2 .17 .12 0",
    ),
    "midtones": _Zone(
        hue="ColorGradeMidtoneHue",
        saturation="ColorGradeMidtoneSat",
        luminance="ColorGradeMidtoneLum",
        by_luminance=False,
        light=0.40,
        middle=-2.860,
        spread=0.0,
        shape="0 .020 .054 .112 .205 .378 .642 .940 1.122 1.021 .722 .424 .221 .101 .039 0",
        bend="0 .12 .2 .29 .354 .412 .538 .625 .64 .47 0 0 0 0 0 0",
    ),
    "highlights": _Zone(
        hue="SplitToningHighlightHue",
        saturation="SplitToningHighlightSaturation",
        luminance="ColorGradeHighlightLum",
        by_luminance=True,
        light=0.225,
        middle=-4.566,
        spread=1.0,
        shape=".015 .036 .081 .133 .217 .346 .533 .783 1.098 1.443 1.742 1.96 2.1 2.185 2.245 2.29",
        bend="0 .1 .114 .164 .164 .173 .263 .396 .597 .815 .965 .996 .922 .773 .569 .22",
    ),
    "global": _Zone(
        hue="ColorGradeGlobalHue",
        saturation="ColorGradeGlobalSat",
        luminance="ColorGradeGlobalLum",
        by_luminance=False,
        light=0.40,
        middle=0.0,
        spread=0.0,
        shape=" ".join(["1.1"] * 16),
        bend=" ".join(["0"] * 16),
    ),
}
_MISSING = dict(COLOR_GRADING.missing)


def color_grading(image: Any, p: Mapping[str, Any]) -> Any:
    """The picture with the sliders of params.panels.COLOR_GRADING that `p` holds.

    Others are neutral, but a missing Blending is 100, as in files from before it.
    """
    curves = grading_curves(p)
    if curves is None:
        return image
    channels = zip(image.split(1, dim=1), curves, strict=True)
    changes = [rooted_lookup(curve, channel) for channel, curve in channels]
    return (image + cat(changes, dim=1)).clamp(0.0, 1.0)


def grading_curves(p: Mapping[str, Any]) -> list[Any] | None:
    """What the wheels add to red, green and blue: each [B, SIZE], at rooted_greys(SIZE).

    None where `p` has no saturation or luminance of a wheel.
    """
    even: list[Any] = [0.0, 0.0, 0.0]
    bent: list[Any] = [0.0, 0.0, 0.0]
    greys: Values | None = None
    for name, zone in _ZONES.items():
        given = [p[slider] for slider in (zone.saturation, zone.luminance) if slider in p]
        if not given:
            continue
        kind = given[0].dtype, given[0].device
        greys = scene_greys(*kind)
        shape, bend = _shapes(name, zone, p, *kind)
        amounts = _amounts(zone, p, given[0].detach() * 0.0)
        for channel, amount in enumerate(amounts):
            even[channel] = shape * amount.unsqueeze(1) + even[channel]
            bent[channel] = bend * amount.unsqueeze(1) + bent[channel]
    if greys is None:
        return None
    room = greys * (1.0 - greys)
    return [
        (curved * curved.clamp(-_MOST_BEND, _MOST_BEND) + straight) * room
        for straight, curved in zip(even, bent, strict=True)
    ]


def _amounts(zone: _Zone, p: Mapping[str, Any], zero: Values) -> list[Any]:
    """t of red, green and blue: [B] each."""
    hue = p.get(zone.hue, zero) * (1.0 / 60.0)
    pure = [1.0 - _missing(hue + place) for place in (5.0, 3.0, 1.0)]
    grey: Any = 0.5
    if zone.by_luminance:
        grey = pure[0] * LUMINANCE[0] + pure[1] * LUMINANCE[1] + pure[2] * LUMINANCE[2]
    saturation = p.get(zone.saturation, zero) * 0.01
    light = p.get(zone.luminance, zero) * (0.01 * zone.light)
    return [saturation * (channel - grey) + light for channel in pure]


def _missing(around: Any) -> Any:
    """How far a channel of a pure hue lies below 1; `around` in sixths of the circle."""
    around = around - 6.0 * (around.detach() / 6.0).floor()
    return around.clamp(0.0, 1.0) - (around - 3.0).clamp(0.0, 1.0)


def _shapes(
    name: str, zone: _Zone, p: Mapping[str, Any], dtype: Any, device: Any
) -> tuple[Any, Any]:
    """A zone's shape and bend at the tables' greys, as Blending and Balance place them."""
    places = _log_greys(dtype, device)
    shape, bend = _tables(name, dtype, device)
    apart, shift = _apart(p), p.get("SplitToningBalance")
    if name == "global" or (apart is None and shift is None):
        return _read(shape, places), _read(bend, places)
    none = places.new_zeros(1)
    apart = none if apart is None else apart
    shift = none if shift is None else shift * 0.01
    middle = (apart * (zone.spread * _SPREAD) + shift * _BALANCE).unsqueeze(1)
    wider = (apart * _WIDER + 1.0).unsqueeze(1)
    if name == "highlights":
        before = ((places - zone.middle) / _HIGHLIGHTS_WIDTH).sigmoid()
        after = ((places - zone.middle - middle) / (wider * _HIGHLIGHTS_WIDTH)).sigmoid()
        share = after / before
        return share * _read(shape, places), share * _read(bend, places)
    moved = (places - zone.middle - middle) / wider + zone.middle
    return _read(shape, moved), _read(bend, moved)


def _apart(p: Mapping[str, Any]) -> Any:
    """1 - Blending / 100, or None where Blending is missing."""
    blending = p.get("ColorGradeBlending")
    if blending is None:
        return None
    return (_MISSING["ColorGradeBlending"] - blending) * 0.01


def _read(table: Values, places: Any) -> Any:
    """A shape's table at log2 values, [1 or B, SIZE]."""
    return lookup(table, (places - _LOWEST) * float(_STEPS_A_STOP))


@functools.cache
def _log_greys(dtype: Any, device: Any) -> Values:
    return constant(np.log2(rooted_greys(SIZE).clip(2.0**_LOWEST, None))[None], dtype, device)


@functools.cache
def _tables(name: str, dtype: Any, device: Any) -> tuple[Values, Values]:
    """[1, S] each, over log2 values from _LOWEST to 0."""
    at = np.linspace(_LOWEST, 0.0, round(-_LOWEST * _STEPS_A_STOP) + 1)
    places, *rows = (
        np.array(text.split(), dtype=np.float64)
        for text in (_PLACES, _ZONES[name].shape, _ZONES[name].bend)
    )
    shape, bend = (constant(pchip(np.log2(places), row, at)[None], dtype, device) for row in rows)
    return shape, bend
