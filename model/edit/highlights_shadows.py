"""Highlights and Shadows of process 2: stops over the base layer's level.

They multiply what the base rendering gives, before Whites, Blacks and the profile's tone curve,
and keep the channels' ratios. There Camera Raw's readings of colours are met (0.3 to 0.6 ΔE00
are left with the best gain of each patch, 1.5 to 3.0 after the tone curve), and there both
sliders answer the same way up and down.

Three kinds of pictures are known, and a picture lies between them: photographs (Highlights by
the median, as RapidRawPlus has it; Shadows by the 99th percentile, which RAWmakase found to tell
most), patches on an even ground (silverbox), and a chart of patches (RAWmakase's readings), on
which both move everything two to five times as far as in photographs. Which of a picture's
properties Camera Raw goes by there is not known; model.edit.local_base says what is taken for it.
"""

import functools
from typing import Any

import numpy as np

from model.edit import measured_tone as measured
from model.edit.arrays import Values, constant
from model.edit.local_base import LOG_FLOOR, LocalBase
from model.edit.lookup import evaluate_cubics, lookup, node_cubics
from model.edit.tone_tables import lightness_to_luminance
from params.base_curve import inverse_base_curve
from params.base_rendering import camera_raw
from params.pchip import pchip

# Levels in stops below white, and distances from a picture's ground, evenly spaced.
LOWEST_STOP, HIGHEST_STOP, STEPS_A_STOP = -12.0, 12.0, 16
HIGHLIGHTS, SHADOWS = "Highlights2012", "Shadows2012"
# Beyond the measured distances the highlights' fall goes on at its rate.
_PATCH_FAR, _PATCH_RATE = 7.0, 0.55
# What a slider does to the ground itself is gone this many stops from it.
_GROUND_REACH = 1.0
# Below the darkest grey measured in photographs (L* 5) Shadows go on at their rate as far as this:
# in Lightcraft's photograph they still rise there.
_DARK_FAR = 2.0
# The most that the 99th percentile moves the shadows, in stops.
_MOST_SHIFT = 2.0
# How hard a chart's highlights are kept below white, and what is taken for 100 of 60; what is
# darker may not come out brighter, with both sliders at their ends either.
_SOFTNESS, _FULL, _STEEPEST = 4.0, 100.0 / 60.0, 0.75


def gain_table(highlights: Any, shadows: Any, base: LocalBase) -> Any:
    """Stops that Highlights and Shadows add in a picture, over the base layer's level.

    Args:
        highlights, shadows: [B], -100..100; tensors or Duals.
        base: of the pictures.

    Returns:
        [B, S], at levels from LOWEST_STOP to HIGHEST_STOP, STEPS_A_STOP a stop.
    """
    kind = highlights.dtype, highlights.device
    median, bright = base.median.to(highlights.dtype).split(1, dim=1)
    wide, busy = base.wide.to(highlights.dtype).split(1, dim=1)
    levels = constant(_stops()[None], *kind)
    from_ground = levels - median
    near_ground = (1.0 - from_ground.abs() / _GROUND_REACH).clamp(min=0.0)
    shifts = {
        HIGHLIGHTS: _typical("median") - median,
        SHADOWS: (_typical("bright") - bright).clamp(-_MOST_SHIFT, _MOST_SHIFT),
    }
    total: Any = 0.0
    for name, amount in ((HIGHLIGHTS, highlights), (SHADOWS, shadows)):
        patch = lookup(
            evaluate_cubics(*gain_cubics(name, "patch", *kind), amount), _at(from_ground)
        )
        ground = constant(_ground(name)[None], *kind)
        moved = lookup(ground.expand(len(median), -1), _at(median)) * near_ground
        photograph = evaluate_cubics(*gain_cubics(name, "photograph", *kind), amount)
        photograph = lookup(photograph, _at(levels + shifts[name]))
        chart = evaluate_cubics(*gain_cubics(name, "chart", *kind), amount)
        on_ground = patch + moved * (amount * 0.01).unsqueeze(1)
        total = on_ground * (1.0 - wide) + photograph * (wide * (1.0 - busy)) + total
        total = chart * (wide * busy) + total
    return total


def local_gain(table: Any, base: LocalBase) -> Any:
    """Stops that Highlights and Shadows add, Bx1xHxW, by the base layer's levels."""
    if base.distance is None:
        raise ValueError("a base layer without the levels of the pixels to render")
    return lookup(table, _at(base.distance))


def with_gain(image: Any, table: Any, base: LocalBase) -> Any:
    """Highlights and Shadows on what the base rendering gives, linear ProPhoto 0..1."""
    return (image * local_gain(table, base).exp2()).clamp(0.0, 1.0)


def _at(stops: Any) -> Any:
    """Places in a table over LOWEST_STOP..HIGHEST_STOP."""
    return (stops - LOWEST_STOP) * float(STEPS_A_STOP)


@functools.cache
def _stops() -> np.ndarray:
    count = round((HIGHEST_STOP - LOWEST_STOP) * STEPS_A_STOP) + 1
    return np.linspace(LOWEST_STOP, HIGHEST_STOP, count)


@functools.cache
def gain_cubics(slider: str, where: str, dtype: Any, device: Any) -> tuple[Values, Values]:
    """Nodes and cubics of Highlights' or Shadows' gain in stops.

    where: "photograph" or "chart", over the level; "patch", over the distance from the ground.
        There only one direction of each slider is known; the other is taken as its opposite.
    """
    nodes, row = {
        "photograph": ((-100.0, -50.0, 0.0, 50.0, 100.0), _photo_stops),
        "chart": ((-100.0, -60.0, 0.0, 60.0, 100.0), _chart_stops),
        "patch": ((-100.0, 0.0, 100.0), _patch_stops),
    }[where]
    rows = [np.zeros_like(_stops()) if s == 0.0 else row(slider, s) for s in nodes]
    return node_cubics(np.array(nodes), np.stack(rows), dtype, device)


def _patch_stops(slider: str, setting: float) -> np.ndarray:
    distance, far = _stops(), np.array([*measured.PATCH_STOPS, _PATCH_FAR])
    if slider == SHADOWS:
        full = pchip(far, np.array([*measured.PATCH_SHADOWS, 1.2]), -distance)
        return setting / 100.0 * np.where(distance < 0.0, full, 0.0)
    more = measured.PATCH_HIGHLIGHTS[-1] - _PATCH_RATE * (_PATCH_FAR - far[-2])
    full = pchip(far, np.array([*measured.PATCH_HIGHLIGHTS, more]), distance)
    return -setting / 100.0 * np.where(distance > 0.0, full, 0.0)


def _ground(slider: str) -> np.ndarray:
    """Stops that 100 of a slider adds to an even ground, over its level."""
    places, stops = zip(*measured.GROUND[slider], strict=True)
    return np.interp(_stops(), np.log2(np.array(places)), stops)


def _chart_stops(slider: str, setting: float) -> np.ndarray:
    row = measured.CHART[slider][60.0 if setting > 0.0 else -60.0]
    stops = pchip(np.array(measured.CHART_STOPS), np.array(row), _stops())
    if abs(setting) == 60.0:
        return stops
    stops = stops * _FULL
    if slider == HIGHLIGHTS and setting > 0.0:
        level = np.minimum(_stops(), 0.0)
        raised = np.log2(1.0 + 2.0 ** (-_SOFTNESS * (level + stops))) / -_SOFTNESS
        stops = np.minimum(stops, raised - level)
    if slider == SHADOWS and setting > 0.0:
        slope = _STEEPEST * _stops()
        stops = np.minimum.accumulate((stops + slope)[::-1])[::-1] - slope
    return stops


def _photo_stops(slider: str, setting: float) -> np.ndarray:
    """By the level of the scene's grey."""
    greys = np.array(measured.L_IN[1:], dtype=np.float64)
    before = inverse_base_curve(lightness_to_luminance(greys))
    after = lightness_to_luminance(np.array(measured.LIGHTNESS[slider][setting][1:]))
    if setting > 0.0:
        after[-1] = 1.0
    stops = np.log2(inverse_base_curve(after) / before)
    places = _scene_stops(before)
    if slider == SHADOWS:
        rate = (stops[0] - stops[1]) / (places[0] - places[1])
        places = np.concatenate([[places[0] - _DARK_FAR], places])
        stops = np.concatenate([[stops[0] - _DARK_FAR * rate], stops])
    return pchip(places, stops, _stops())


def _scene_stops(base: np.ndarray) -> np.ndarray:
    """The levels of the scene's greys that the base rendering brings to these values."""
    return np.log2(np.interp(base, *_rendered_greys()) + LOG_FLOOR)


@functools.cache
def _rendered_greys() -> tuple[np.ndarray, np.ndarray]:
    """What the base rendering makes of the scene's greys, and those greys."""
    scene = np.linspace(0.0, 1.0, 20001) ** 2
    return camera_raw(scene, 0.0), scene


@functools.cache
def _typical(what: str) -> float:
    """Level of the scene's grey that is median, or 99th percentile, in what was measured."""
    lightness = {"median": measured.MEDIAN_L, "bright": measured.BRIGHT_L}[what]
    grey = inverse_base_curve(lightness_to_luminance(np.array([lightness])))
    return float(_scene_stops(grey)[0])
