"""Outputs and constants as model files hold them, read as untrusted data."""

import math
from typing import Any

from params.edit_process import edit_process
from params.files import InputError
from params.outputs import PANEL_SLIDERS, Outputs, held_sliders
from params.panels import panel_curves, panel_names, panel_sliders
from params.ranges import CURVE_NAME, SLIDER_NAMES, clamp_scalars, limit_tone_curve

_MOST_KNOTS = 1024


def outputs_to_dict(outputs: Outputs) -> dict[str, Any]:
    """What a model file's settings say of outputs; `outputs` lists all that is predicted."""
    return {
        "outputs": list(outputs.predicted),
        "gated": list(outputs.gated),
        "one_curve": outputs.one_curve,
        "free_curve": outputs.free_curve,
        "constants": dict(outputs.constants),
    }


def outputs_from_dict(values: Any, process: int, where: str) -> Outputs:
    """The inverse of outputs_to_dict. What is missing is as in the published checkpoints.

    Args:
        process: whose panels there are.
        where: what errors name.

    Raises:
        InputError: names that this process does not have, or values that are none of theirs.
    """
    panels = edit_process(process).panels
    values = outputs_to_dict(Outputs()) | (values if isinstance(values, dict) else {})
    names = _names(values["outputs"], where, "outputs")
    basic = (*SLIDER_NAMES, CURVE_NAME)
    if names[: len(basic)] != basic:
        raise InputError(f"{where}: its outputs do not begin with {', '.join(basic)}")
    rest = names[len(basic) :]
    unknown = [name for name in rest if name not in panel_names(panels)]
    if unknown:
        raise InputError(f"{where}: output {unknown[0][:60]!r} is none of edit process {process}")
    curves = tuple(name for name in panel_curves(panels) if name in rest)
    sliders = tuple(slider.name for slider in panel_sliders(panels, rest))
    gated = _names(values["gated"], where, "gated")
    if not set(gated) <= set(sliders) or len(sliders) + len(curves) != len(rest):
        raise InputError(f"{where}: its outputs and gates contradict each other")
    for name in ("one_curve", "free_curve"):
        if not isinstance(values[name], bool):
            raise InputError(f"{where}: {name} is neither true nor false")
    return Outputs(
        sliders,
        gated,
        curves,
        values["one_curve"],
        values["free_curve"],
        _constants(values["constants"], {*panel_names(panels)} - {*rest}, where),
    )


def _names(value: Any, where: str, what: str) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(name, str) for name in value):
        raise InputError(f"{where}: {what} is not a list of names")
    if len(value) > len(PANEL_SLIDERS) + 20 or len(set(value)) != len(value):
        raise InputError(f"{where}: {what} names something twice")
    return tuple(value)


def _constants(value: Any, possible: set[str], where: str) -> dict[str, Any]:
    if not isinstance(value, dict) or not set(value) <= possible:
        raise InputError(f"{where}: its constants are not sliders that it does not predict")
    sliders = held_sliders(value)
    found: dict[str, Any] = {}
    for slider in sliders:
        number = value[slider.name]
        if type(number) not in (int, float) or not math.isfinite(number):
            raise InputError(f"{where}: constant {slider.name} is not a finite number")
        found |= clamp_scalars({slider.name: float(number)}, [slider])
    for name in sorted(set(value) - {slider.name for slider in sliders}):
        curve = value[name]
        try:
            if not isinstance(curve, list) or len(curve) > _MOST_KNOTS:
                raise ValueError("not a list of numbers")
            found[name] = limit_tone_curve(curve, free=True).tolist()
        except (TypeError, ValueError) as error:
            raise InputError(f"{where}: constant {name}: {error}") from error
    return found
