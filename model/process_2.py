"""Edit process 2, after Camera Raw's process version 5: one pure function a step.

Pictures are BxCxHxW linear ProPhoto (C = 3); a slider is a tensor of shape [B] in Camera Raw's
units. Every step takes model.dual's Duals too. What is published by Adobe, what is measured by
others and what is a guess: docs/process-2.md.
"""

import functools
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from model.local_base import LocalBase
from model.lookup import evaluate_cubics, lookup, rooted_greys, rooted_lookup
from model.scene import Scene, white_matrices
from model.slider_tables import (
    CURVE_SIZE,
    LOWEST_STOP,
    LUMINANCE,
    STEPS_A_STOP,
    curve_cubics,
    gain_cubics,
)
from params.colorimetry import srgb_decode, srgb_encode
from params.ranges import CURVE_NAME
from params.xmp_curve import natural_cubic

TONE_SIZE = 1025
# Channels nearer to each other than this are mapped by the curve's slope.
_GREY = 1e-4
TONE_SLIDERS = ("Exposure2012", "Contrast2012", "Whites2012", "Blacks2012")


def white_balance(image: Any, matrices: Any) -> Any:
    """Colours times matrices [B, 3, 3], clipped to 0..1."""
    red, green, blue = image.unbind(1)
    m = matrices.reshape(-1, 9, 1, 1).unbind(1)
    rows = [m[i] * red + m[i + 1] * green + m[i + 2] * blue for i in (0, 3, 6)]
    return torch.stack(rows, dim=1).clamp(0.0, 1.0)


def hue_preserving(image: Any, curve: Any) -> Any:
    """A curve on the largest and the smallest channel; the one between keeps its place.

    DNG SDK ("RGB tone"). curve: a function of Bx2xHxW.
    """
    low, high = image.amin(1, True), image.amax(1, True)
    gap = (high - low).clamp(min=_GREY)
    low_out, high_out = curve(torch.cat([low, low + gap], dim=1)).split(1, dim=1)
    return low_out + (high_out - low_out) / gap * (image - low)


def default_rendering(image: Any, scene: Scene) -> Any:
    """Exposure ramp and tone curve of the shot's own default rendering (DNG SDK)."""
    image = rooted_lookup(scene.ramps, image)
    return hue_preserving(image, functools.partial(rooted_lookup, scene.curves))


def local_gain(highlights: Any, shadows: Any, base: LocalBase, distance: Any) -> Any:
    """Stops that Highlights and Shadows add, Bx1xHxW, by the distance from the median.

    distance: of the base layer, in stops, see model.local_base.
    """
    position = (distance - LOWEST_STOP) * float(STEPS_A_STOP)
    wide = base.wide[:, None].to(distance)
    table: Any = 0.0
    for name, amount in (("Highlights2012", highlights), ("Shadows2012", shadows)):
        kind = distance.dtype, distance.device
        photograph = evaluate_cubics(*gain_cubics(name, True, *kind), amount)
        patch = evaluate_cubics(*gain_cubics(name, False, *kind), amount)
        table = photograph * wide + patch * (1.0 - wide) + table
    return lookup(table, position)


def tone_table(p: Mapping[str, Any]) -> Any:
    """Exposure, Contrast, Whites, Blacks and the point curve as one table [B, TONE_SIZE].

    Linear in and out, for model.lookup.rooted_lookup.
    """
    knots = p[CURVE_NAME]
    greys = _encoded_greys(knots.dtype, knots.device).expand(knots.shape[0], -1)
    for name in TONE_SLIDERS:
        curve = evaluate_cubics(*curve_cubics(name, knots.dtype, knots.device), p[name])
        greys = lookup(curve, greys * float(CURVE_SIZE - 1))
    drawn = point_curve(knots)
    return srgb_decode(lookup(drawn, greys * float(drawn.shape[1] - 1)))


def point_curve(knots: Any) -> Any:
    """The natural cubic spline through knots [B, K] at even places: [B, CURVE_SIZE], in 0..1."""
    weights = _spline_weights(knots.shape[1], knots.dtype, knots.device)
    return (knots @ weights).clamp(0.0, 1.0)


def tone(image: Any, table: Any) -> Any:
    """A tone table, hue-preserving, on values in 0..1."""
    return hue_preserving(image, functools.partial(rooted_lookup, table))


def vibrance_saturation(image: Any, vibrance: Any, saturation: Any) -> Any:
    """Distance from grey: Saturation evenly, Vibrance less for saturated and skin colours.

    A design of this project: nobody has published Lightroom's.
    """
    red, green, blue = image.unbind(1)
    grey = (LUMINANCE[0] * red + LUMINANCE[1] * green + LUMINANCE[2] * blue).unsqueeze(1)
    spread = image.amax(1, True) - image.amin(1, True)
    colour = spread / (image.amax(1, True) + 0.02)
    pale = 1.0 - colour * colour * (3.0 - 2.0 * colour)
    spared = 1.0 - 0.6 * _skin(image, spread)
    amount = vibrance.reshape(-1, 1, 1, 1) * 0.01
    scale = (amount * pale * spared + 1.0) * (saturation.reshape(-1, 1, 1, 1) * 0.01 + 1.0)
    return (grey + (image - grey) * scale).clamp(0.0, 1.0)


def _skin(image: Any, spread: Any) -> Any:
    """1 at the hues of skin (red above green above blue, green about half way), else 0."""
    red, green, blue = image.split(1, dim=1)
    floor = spread + 1e-3
    order = ((red - blue) / floor).clamp(0.0, 1.0)
    middle = (green - blue) / floor
    away = (middle - 0.5) * 2.5
    return order * order * (1.0 - away * away).clamp(0.0, 1.0)


@functools.cache
def _encoded_greys(dtype: torch.dtype, device: torch.device) -> Tensor:
    encoded = srgb_encode(rooted_greys(TONE_SIZE))
    return torch.tensor(encoded, dtype=dtype, device=device)[None]


@functools.cache
def _spline_weights(knots: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    """[knots, CURVE_SIZE]: a natural spline is linear in its knots' heights."""
    places, at = np.linspace(0.0, 1.0, knots), np.linspace(0.0, 1.0, CURVE_SIZE)
    columns = [natural_cubic(places, unit, at) for unit in np.eye(knots)]
    return torch.tensor(np.stack(columns), dtype=dtype, device=device)


def before_tone(image: Any, p: Mapping[str, Any], scene: Scene) -> Any:
    """White balance, default rendering, Highlights and Shadows."""
    distance = scene.base.distances(image)
    matrices = white_matrices(scene.whites, p["Temperature"], p["Tint"])
    image = default_rendering(white_balance(image, matrices), scene)
    gain = local_gain(p["Highlights2012"], p["Shadows2012"], scene.base, distance)
    return (image * torch.exp2(gain)).clamp(0.0, 1.0)
