"""A whole edit, panels with it, between Camera Raw's units and the model's -1 to 1."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from params.outputs import WHOLE, Outputs, held_curves, held_sliders
from params.panels import CHANNEL_CURVES
from params.ranges import CURVE_NAME, denormalize_scalars, normalize_scalars, normalize_tone_curve
from params.xmp_curve import natural_cubic

_DENSE = np.linspace(0.0, 1.0, 256)


def tone_of(params: Mapping[str, Any]) -> np.ndarray:
    """All of an edit's curves as one: the mean of the channels' after the tone curve.

    What a model of a single curve learns of an edit whose tone lies in its channel curves, as
    converters other than Camera Raw leave it. Without channel curves it is the tone curve.

    Returns:
        values in 0..1 at even places: as many as the tone curve has, or 256.
    """
    tone = np.asarray(params[CURVE_NAME], dtype=np.float64)
    if not any(name in params for name in CHANNEL_CURVES):
        return tone
    tone = _at(tone, _DENSE)
    return np.mean([_at(params[n], tone) if n in params else tone for n in CHANNEL_CURVES], axis=0)


def _at(curve: Any, places: np.ndarray) -> np.ndarray:
    values = np.asarray(curve, dtype=np.float64)
    drawn = natural_cubic(np.linspace(0.0, 1.0, values.size), values, places)
    return drawn.clip(0.0, 1.0)


def normalize_edit(params: Mapping[str, Any], knots: int, outputs: Outputs) -> dict[str, Any]:
    """An edit in Camera Raw's units -> what a model of these outputs is to predict for it.

    Args:
        params: floats and curves; a panel's slider that is missing is neutral.
        knots: of the curves.

    Returns:
        sliders in [-1, 1], curves as arrays of `knots` values, of all that `outputs` holds.
    """
    names = (*outputs.predicted, *outputs.constants)
    sliders = held_sliders(names)
    norm = normalize_scalars({s.name: params.get(s.name, s.neutral) for s in sliders}, sliders)
    held = [name for name in CHANNEL_CURVES if name in names]
    tone = np.asarray(params[CURVE_NAME]) if held else tone_of(params)
    if outputs.free_curve:
        norm[CURVE_NAME] = _knots(tone, knots)
    else:
        norm[CURVE_NAME] = normalize_tone_curve(tone, knots)
    return norm | {name: _knots(params.get(name, _DENSE), knots) for name in held}


def _knots(curve: Any, knots: int) -> np.ndarray:
    values = np.asarray(curve, dtype=np.float64)
    if values.size != knots:
        even = np.linspace(0.0, 1.0, values.size)
        values = np.interp(np.linspace(0.0, 1.0, knots), even, values)
    return values.clip(0.0, 1.0)


def denormalize_values(norm: Mapping[str, Any]) -> dict[str, Any]:
    """params_norm of any kind (numbers, arrays, tensors) -> Camera Raw's units, the same kind."""
    curves = {name: norm[name] for name in held_curves(norm)}
    return denormalize_scalars(norm, held_sliders(norm)) | curves


def denormalize_edit(norm: Mapping[str, Any]) -> dict[str, Any]:
    """params_norm of one picture (numbers or 0-d tensors, and curves as arrays or tensors)
    -> Camera Raw's units: floats, and curves as lists.
    """
    curves = held_curves(norm)
    values = {
        name: value.tolist() if name in curves else float(value)
        for name, value in denormalize_values(norm).items()
    }
    return values | {name: float(round(values[name])) for name in WHOLE if name in values}
