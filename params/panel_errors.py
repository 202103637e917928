"""How far edits are off, panel by panel, in steps of the sliders."""

from collections.abc import Container, Mapping, Sequence
from typing import Any

import numpy as np

from params.outputs import HUES, WHOLE, panel_of
from params.panels import CURVE_NAMES, PANELS, is_straight, panel_sliders
from params.ranges import Slider
from params.usage import LEVELS, acts

# What is no step of a slider of -100..100: a whole stop is 20 of the 200 from -5 to 5, and a
# switch or one of three ways is right or wrong.
_POINTS = {"Exposure2012": 20.0, **dict.fromkeys(WHOLE, 100.0)}
_PLACES = np.linspace(0.0, 1.0, 256)
Edit = Mapping[str, Any]


def errors_by_panel(
    predicted: Sequence[Edit], wanted: Sequence[Edit], names: Container[str] | None = None
) -> dict[str, float]:
    """The mean absolute error in each panel, over its sliders and curves and over the pictures.

    In points: a step of a slider as Camera Raw shows it, 0.05 EV of Exposure, a mired of
    Temperature, a degree of a hue, a level of 0..255 of a curve (mean over its length), and 100
    where a switch is wrong. Hues are compared on their circle, weighted by the wanted saturation. A
    slider that does nothing without others counts in the pictures whose wanted edit moves one of
    these, and not at all where no picture does. The tone curve's panel is that of curves.

    Args:
        predicted, wanted: params of parameter files, picture by picture; a slider that one lacks
            is neutral there, a curve straight.
        names: what is compared; None: what any of the edits moves. Methods that are set against
            each other need the same.

    Returns:
        points by panel, in the order of params.panels, of panels that anything is compared in.

    Raises:
        ValueError: no edits, or not as many predicted as wanted.
    """
    if not wanted or len(predicted) != len(wanted):
        raise ValueError(f"{len(predicted)} edits cannot be compared with {len(wanted)}")
    if names is None:
        names = moved_names([*predicted, *wanted])
    pairs = list(zip(predicted, wanted, strict=True))
    errors: dict[str, list[float]] = {panel: [] for panel in PANELS}
    for slider in panel_sliders(PANELS, names):
        error = _slider_error(slider, predicted, wanted)
        if error is not None:
            errors[panel_of(slider.name)].append(error)
    for name in CURVE_NAMES:
        if name in names:
            away = [np.abs(_curve(p, name) - _curve(w, name)).mean() for p, w in pairs]
            errors[panel_of(name)].append(LEVELS * float(np.mean(away)))
    return {panel: float(np.mean(found)) for panel, found in errors.items() if found}


def moved_names(edits: Sequence[Edit]) -> set[str]:
    """The names of the sliders and curves that any of these edits has off neutral."""
    sliders = {
        slider.name
        for slider in panel_sliders(PANELS)
        if any(_value(edit, slider) != slider.neutral for edit in edits)
    }
    curves = {n for n in CURVE_NAMES if any(n in e and not is_straight(e[n]) for e in edits)}
    return sliders | curves


def _slider_error(
    slider: Slider, predicted: Sequence[Edit], wanted: Sequence[Edit]
) -> float | None:
    """In points; None where the slider does nothing in any of the wanted edits."""
    ours = np.array([_value(edit, slider) for edit in predicted])
    theirs = np.array([_value(edit, slider) for edit in wanted])
    weights = np.array([_weight(edit, slider.name) for edit in wanted])
    if not weights.any():
        return None
    if slider.name == "Temperature":
        away = np.abs(1e6 / ours - 1e6 / theirs)
    elif slider.name in HUES:
        away = np.abs((ours - theirs + 180.0) % 360.0 - 180.0)
    elif slider.name in WHOLE:
        away = (np.rint(ours) != np.rint(theirs)).astype(np.float64)
    else:
        away = np.abs(ours - theirs)
    return _POINTS.get(slider.name, 1.0) * float((weights * away).sum() / weights.sum())


def _weight(edit: Edit, name: str) -> float:
    """How much a slider's error counts in a picture."""
    if name in HUES:
        return float(edit.get(HUES[name], 0.0))
    return float(acts(edit, name))


def _value(edit: Edit, slider: Slider) -> float:
    return float(edit.get(slider.name, slider.neutral))


def _curve(edit: Edit, name: str) -> np.ndarray:
    values = np.asarray(edit.get(name, (0.0, 1.0)), dtype=np.float64)
    return np.interp(_PLACES, np.linspace(0.0, 1.0, values.size), values)
