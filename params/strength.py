"""An edit at less than its full strength: between no edit and all of it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from params.outputs import KEPT, PANEL_SLIDERS
from params.panels import CURVE_NAMES
from params.ranges import SLIDERS, Slider
from params.record import Record
from params.white_balance import TEMPERATURE

_SLIDERS = {slider.name: slider for slider in SLIDERS} | PANEL_SLIDERS


def at_strength(record: Record, strength: float) -> Record:
    """A record whose edit, and the creative look on it, has this much of its strength, 0..1."""
    if strength == 1.0:
        return record
    look = record.look and record.look._replace(amount=strength * record.look.amount)
    return replace(record, params=scaled_edit(record.params, strength), look=look)


def scaled_edit(params: Mapping[str, Any], strength: float) -> dict[str, Any]:
    """An edit brought toward no edit.

    Sliders keep this share of their way from neutral, kelvin in mired, and curves of theirs from
    the straight line. Hues, places and switches stay as they are while there is any edit left: a
    picture is grey or it isn't.

    Args:
        params: floats and curves (values at even places 0..1), in Camera Raw's units; kelvin
            relative to the shot.
        strength: 0 (no edit) to 1 (all of it, unchanged).
    """
    if strength == 1.0:
        return dict(params)
    found: dict[str, Any] = {}
    for name, value in params.items():
        if name in CURVE_NAMES:
            found[name] = _curve(value, strength)
        elif name in KEPT and strength > 0.0:
            found[name] = value
        else:
            found[name] = _slider(_SLIDERS[name], float(value), strength)
    return found


def _slider(slider: Slider, value: float, strength: float) -> float:
    if slider is TEMPERATURE:
        as_shot = 1e6 / slider.neutral
        # Neutral exactly where there is nothing to scale: an edit that is as shot stays so.
        way = strength * (1e6 / value - as_shot)
        return 1e6 / (as_shot + way) if way else slider.neutral
    return slider.neutral + strength * (value - slider.neutral)


def _curve(values: Any, strength: float) -> list[float]:
    curve = np.asarray(values, dtype=np.float64)
    straight = np.linspace(0.0, 1.0, curve.size)
    found: list[float] = (straight + strength * (curve - straight)).tolist()
    return found
