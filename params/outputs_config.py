"""Outputs and constants as model files hold them, read as untrusted data."""

import math
from typing import Any

from params.edit_process import edit_process
from params.files import InputError
from params.outputs import PANEL_SLIDERS, Outputs, held_sliders
from params.panels import CURVE_NAMES, panel_curves, panel_names, panel_sliders
from params.ranges import CURVE_NAME, SLIDER_NAMES, clamp_scalars, limit_tone_curve


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
    sliders = [slider.name for slider in held_sliders(value)]
    found: dict[str, Any] = {}
    for name in (*sliders, *sorted(set(value) - {*sliders})):
        try:
            found[name] = edit_value(name, value[name])
        except ValueError as error:
            raise InputError(f"{where}: constant {name}: {error}") from error
    return found


def edit_value(name: str, value: Any, free_curve: bool = True) -> float | list[float]:
    """A slider's or curve's value as a file has it, brought into its range.

    Args:
        free_curve: as `free` of params.ranges.limit_tone_curve.

    Raises:
        ValueError: it is none of this name.
    """
    try:
        if name in CURVE_NAMES:
            if not isinstance(value, list):
                raise ValueError("not a list of numbers")
            found: list[float] = limit_tone_curve(value, free_curve).tolist()
            return found
        if type(value) not in (int, float) or not math.isfinite(value):
            raise ValueError("not a finite number")
        return float(clamp_scalars({name: value}, held_sliders([name]))[name])
    except (KeyError, OverflowError, TypeError) as error:
        raise ValueError(f"no value of {name[:60]!r}") from error
