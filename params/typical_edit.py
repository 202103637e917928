"""One edit for a set of them: the style's constants, and the middle of what varies."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from params.outputs import HUES, NEEDED, WHOLE
from params.panels import CURVE_NAMES, PANELS, is_straight, moved_panels
from params.ranges import SLIDERS, Slider
from params.usage import CONSTANT, NEUTRAL, Usage, edits_where_acting

_LEAST_STEP = 0.005  # of the finest slider, by which it must be off neutral to be set


def typical_edit(edits: Sequence[Mapping[str, Any]], usage: Mapping[str, Usage]) -> dict[str, Any]:
    """What an edit of this style sets: params, without the sliders that it leaves neutral.

    Sliders are the median over the edits (Temperature in mired, a wheel's hue the mean angle by
    its saturation), curves the mean, constants the value that they have.

    Args:
        edits: params of parameter files.
        usage: params.usage.usage_of() of them.
    """
    params: dict[str, Any] = {}
    for panel in PANELS.values():
        for slider in panel.sliders:
            use = usage.get(slider.name)
            if use is None:
                continue
            value = float(use.value)
            if use.kind != CONSTANT and slider.name not in WHOLE:
                value = middle(slider, edits)
            params[slider.name] = value
    params = {
        name: value
        for name, value in params.items()
        if name not in NEEDED or any(params.get(needed, 0.0) for needed in NEEDED[name])
    }
    basic = {
        slider.name: params[slider.name]
        for slider in SLIDERS
        if abs(params.get(slider.name, slider.neutral) - slider.neutral) > _LEAST_STEP
    }
    others = [name for name in PANELS if name != "basic"]
    curves = {
        name: curve
        for name in CURVE_NAMES
        if name in usage and not is_straight(curve := _curve(name, edits, usage[name]))
    }
    return basic | moved_panels(params, others) | curves


def middle(slider: Slider, edits: Sequence[Mapping[str, Any]]) -> float:
    """The middle of a slider's values, over the edits (params) in which it can do something.

    The median, of kelvin in mired; of a wheel's hue the mean angle by its saturation.
    """
    acting = edits_where_acting(edits, slider)
    values = [float(edit.get(slider.name, slider.neutral)) for edit in acting]
    if not values:
        return slider.neutral
    if slider.name == "Temperature":
        return 1e6 / float(np.median([1e6 / value for value in values]))
    if slider.name not in HUES:
        return float(np.median(values))
    weights = np.array([float(edit[HUES[slider.name]]) for edit in acting])
    angles = np.radians(values)
    x, y = float((weights * np.cos(angles)).sum()), float((weights * np.sin(angles)).sum())
    return math.degrees(math.atan2(y, x)) % 360.0


def _curve(name: str, edits: Sequence[Mapping[str, Any]], use: Usage) -> list[float]:
    if use.kind == CONSTANT:
        return list(use.value)
    if use.kind == NEUTRAL:
        return [0.0, 1.0]
    curves = [np.asarray(edit.get(name, (0.0, 1.0)), dtype=np.float64) for edit in edits]
    places = np.linspace(0.0, 1.0, max(curve.size for curve in curves))
    total = sum(np.interp(places, np.linspace(0.0, 1.0, c.size), c) for c in curves)
    return [float(y) for y in np.atleast_1d(total / len(curves))]
