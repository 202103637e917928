"""Camera Raw's colour mixer (HSL): hue, saturation and luminance of eight bands of hues.

It acts before the profile's tone curve, on the base rendering 0..1 (Bx3xHxW linear ProPhoto);
sliders are [B] in -100..100. Tensors, or model.edit.dual's Duals. Bands and turns of hue:
Lightcraft (storytold/lightcraft, colorops.rs @08cd0cf, MIT License). Saturation and luminance: laws
of this project, found and fitted on Camera Raw's readings at -100 and +100 (and of blue's
Saturation at +50); between, the changes of their factors and exponents are taken as even.
"""

import functools
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from model.edit.arrays import Values, constant, stack
from model.edit.hsv import to_hsv
from model.edit.lookup import lookup
from params.panels import BANDS

# Centres of the bands, in degrees of HSV of linear ProPhoto, and the turns at -100 and +100.
_CENTRES = np.array([0.0, 29.5, 54.0, 95.8, 159.7, 230.6, 275.6, 331.0])
_TURN_DOWN = np.array([30.1, 29.9, 29.6, 35.7, 58.3, 62.4, 40.2, 49.5])
_TURN_UP = np.array([30.1, 30.0, 35.5, 58.0, 62.8, 40.1, 49.1, 30.0])
_HUES = 1434  # entries of a table over the circle
# Saturation above 0: the ratio of the smallest to the largest channel to the power of
# 1 + PURER (1 - V)^PURER_DARK; how much of the slider counts evenly, the rest by its square.
PURER, PURER_DARK, _PURER_EVEN = 1.454, 1.169, 0.4
# Luminance, by the spread D between the channels. Above 0: 1 - sqrt(v) to the power of
# 1 + LIGHTER (1 - exp(-D / LIGHTER_SPREAD)); below: the odds of sqrt(v) times
# 1 - DARKER (1 - exp(-D / DARKER_SPREAD)).
LIGHTER, LIGHTER_SPREAD = 1.967, 0.2575
DARKER, DARKER_SPREAD = 0.903, 0.0886
TINY, GREY, BLACK = 1e-6, 1e-4, 1e-8


def color_mixer(image: Any, p: Mapping[str, Any]) -> Any:
    """The picture with the sliders of params.panels.COLOR_MIXER that `p` holds; others are neutral.

    Each of the three kinds costs only where `p` holds a slider of it.
    """
    hue = to_hsv(image)[0]
    turns, purity, light = mixer_tables(p)
    high, low = image.amax(1, True), image.amin(1, True)
    if turns is not None:
        image = image + _turned(hue, _at_hue(turns, hue)) * (high - low)
    if purity is not None:
        image, high, low = _saturated(image, high, low, *_both_at_hue(purity, hue))
    if light is not None:
        image = image + _lightened(image, high, low, *_both_at_hue(light, hue))
    return image.clamp(0.0, 1.0)


def mixer_tables(p: Mapping[str, Any]) -> tuple[Any, Any, Any]:
    """What the sliders do over the circle of hues; None where `p` has none of a kind.

    Returns:
        Turns in sixths of the circle, [B, S]; how far up and down Saturation is, and how far
        Luminance: up_and_down() each.
    """
    turns, purity, light = (
        band_amounts(p, f"{kind}Adjustment") for kind in ("Hue", "Saturation", "Luminance")
    )
    if turns is not None:
        turns = _over_hues(_turn(turns))
    if purity is not None:
        up = purity.clamp(min=0.0)
        purity = up_and_down(purity - up * (1.0 - up) * (1.0 - _PURER_EVEN))
    return turns, purity, None if light is None else up_and_down(light)


def up_and_down(amounts: Any) -> tuple[Any, Any]:
    """How far up (0..1) and down (-1..0) sliders of bands [B, 8] are over the hues: [B, S] each."""
    up = amounts.clamp(min=0.0)
    return _over_hues(up), _over_hues(amounts - up)


def lightened(image: Any, amounts: Any) -> Any:
    """The picture with only Luminance moved, by [B, 8] in -1..1."""
    hue = to_hsv(image)[0]
    high, low = image.amax(1, True), image.amin(1, True)
    change = _lightened(image, high, low, *_both_at_hue(up_and_down(amounts), hue))
    return (image + change).clamp(0.0, 1.0)


def band_amounts(p: Mapping[str, Any], kind: str) -> Any:
    """The sliders whose names are `kind` and a band, [B, 8] in -1..1; None where `p` has none."""
    names = [f"{kind}{band}" for band in BANDS]
    given = [p[name] for name in names if name in p]
    if not given:
        return None
    missing = given[0].detach() * 0.0
    stacked = stack([p.get(name, missing) for name in names], dim=1)
    return (stacked * 0.01).clamp(-1.0, 1.0)


def _turn(amounts: Any) -> Any:
    """Sixths of the circle that each band's centre turns: [B, 8]."""
    down, up = _turns(amounts.dtype, amounts.device)
    return amounts * down + amounts.clamp(min=0.0) * (up - down)


def _over_hues(bands: Any) -> Any:
    """Values of the bands [B, 8] over the circle: [B, _HUES]."""
    return bands @ _weights(bands.dtype, bands.device)


def _both_at_hue(tables: tuple[Any, Any], hue: Any) -> Iterator[Any]:
    """Two tables' values at each pixel's hue, Bx1xHxW each."""
    return (_at_hue(table, hue).unsqueeze(1) for table in tables)


def _at_hue(table: Any, hue: Any) -> Any:
    """A table's values at hues BxHxW in sixths of the circle."""
    return lookup(table, hue * ((_HUES - 1) / 6.0))


def _turned(hue: Any, turn: Any) -> Any:
    """What turning the hue adds to each channel, in parts of the spread: Bx3xHxW."""
    parts = []
    for place in (5.0, 3.0, 1.0):
        parts.append(_missing(hue + place) - _missing(hue + place + turn))
    return stack(parts, dim=1)


def _missing(around: Any) -> Any:
    """How far a channel lies below the largest, in parts of the spread; `around` in sixths."""
    around = around - 6.0 * (around.detach() / 6.0).floor()
    return around.clamp(0.0, 1.0) - (around - 3.0).clamp(0.0, 1.0)


def _saturated(image: Any, high: Any, low: Any, up: Any, down: Any) -> tuple[Any, Any, Any]:
    """The picture, its largest and its smallest channel after Saturation."""
    ratio = (low / high.clamp(min=TINY)).clamp(GREY, 1.0)
    more = up * PURER * (1.0 - high).clamp(min=TINY) ** PURER_DARK
    powered = (more * ratio.log()).exp()
    stretch = ratio * (1.0 - powered) / (1.0 - ratio).clamp(min=GREY)
    image = image - (high - image) * stretch
    low = low - (high - low) * stretch
    middle = (high + low) * 0.5
    return tuple(x + (x - middle) * down for x in (image, high, low))


def _lightened(image: Any, high: Any, low: Any, up: Any, down: Any) -> Any:
    """What Luminance adds: curves on the largest and the smallest channel, hue-preserving."""
    spread = high - low
    more = up * LIGHTER * (1.0 - (spread * (-1.0 / LIGHTER_SPREAD)).exp())
    less = down * DARKER * (1.0 - (spread * (-1.0 / DARKER_SPREAD)).exp())
    gap = spread.clamp(min=GREY)
    low_change, high_change = (_lighter(x.clamp(0.0, 1.0), more, less) for x in (low, low + gap))
    return low_change + (high_change - low_change) / gap * (image - low)


def _lighter(value: Any, more: Any, less: Any) -> Any:
    root = value.clamp(min=BLACK).sqrt()
    rest = 1.0 - root
    lifted = rest * (1.0 - (more * rest.clamp(min=TINY).log()).exp())
    above = root + lifted
    lowered = above * less * (1.0 - above) / (above * less + 1.0)
    change = lifted + lowered
    return change * (change + 2.0 * root)


@functools.cache
def _weights(dtype: Any, device: Any) -> Values:
    """[8, _HUES]: raised cosines between neighbouring centres, over hues 0..360 degrees."""
    hues = np.linspace(0.0, 360.0, _HUES)
    rows = np.zeros((8, _HUES))
    for i, centre in enumerate(_CENTRES):
        following = (i + 1) % 8
        span = (_CENTRES[following] - centre) % 360.0
        part = ((hues - centre) % 360.0) / span
        inside = part < 1.0
        share = 0.5 - 0.5 * np.cos(np.pi * part[inside])
        rows[i, inside] += 1.0 - share
        rows[following, inside] += share
    return constant(rows, dtype, device)


@functools.cache
def _turns(dtype: Any, device: Any) -> tuple[Values, Values]:
    return constant(_TURN_DOWN / 60.0, dtype, device), constant(_TURN_UP / 60.0, dtype, device)
