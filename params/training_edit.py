"""The mean edit of a training set, as model files hold it, read as untrusted data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from params.edit_numbers import tone_of
from params.edit_process import PROCESSES, edit_process
from params.files import InputError
from params.outputs import Outputs
from params.outputs_config import edit_value
from params.panels import CHANNEL_CURVES, CURVE_NAMES, panel_names
from params.ranges import CURVE_NAME, SLIDER_NAMES
from params.style_settings import STYLE_FIELDS
from params.typical_edit import typical_edit
from params.unsupported import LONGEST_NAME
from params.usage import usage_of

MEAN_EDIT = "mean_edit"  # a model file's entry


@dataclass(frozen=True)
class TrainingEdit:
    """What a style does to pictures as a rule.

    params: sliders and curves that are set, in Camera Raw's units: constants, medians of sliders,
        means of curves (params.typical_edit).
    process: number of their edit process. edits: how many it is made of.
    settings: fields of params.style_settings that nearly all have at one value.
    """

    params: Mapping[str, Any]
    process: int
    edits: int
    settings: Mapping[str, str] = field(default_factory=dict)


def training_edit(
    edits: Sequence[Mapping[str, Any]],
    outputs: Outputs,
    process: int,
    settings: Mapping[str, str] | None = None,
) -> TrainingEdit:
    """The mean edit, of what a model of these outputs predicts and holds constant.

    edits: params of parameter files, at least one.
    settings: what nearly all have alike beside the edit, see TrainingEdit.
    """
    held = {*outputs.predicted, *outputs.constants}
    own = [{name: value for name, value in edit.items() if name in held} for edit in edits]
    if not held & {*CHANNEL_CURVES}:  # their tone is in the tone curve, as the model learns it
        own = [one | {CURVE_NAME: tone_of(edit)} for one, edit in zip(own, edits, strict=True)]
    params = typical_edit(own, usage_of(own))
    return TrainingEdit({**params, **outputs.constants}, process, len(edits), settings or {})


def training_edit_to_dict(edit: TrainingEdit) -> dict[str, Any]:
    """What a model file says of it: numbers, lists and texts."""
    params = {
        name: [float(v) for v in value] if name in CURVE_NAMES else float(value)
        for name, value in edit.params.items()
    }
    found = {"process": edit.process, "edits": edit.edits, "params": params}
    return found | {"settings": dict(edit.settings)}


def training_edit_from_dict(values: Any, where: str) -> TrainingEdit:
    """The inverse of training_edit_to_dict, every value in its range.

    where: what errors name.

    Raises:
        InputError: not such an entry, or values that are none of its process.
    """
    if not isinstance(values, dict) or not isinstance(values.get("params"), dict):
        raise InputError(f"{where}: its mean edit is not one")
    process, count, given = values.get("process"), values.get("edits"), values["params"]
    if type(process) is not int or process not in PROCESSES:
        raise InputError(f"{where}: its mean edit is of an edit process that is not known")
    if type(count) is not int or count < 1:
        raise InputError(f"{where}: its mean edit is of no edits")
    holds = edit_process(process)
    known = {*SLIDER_NAMES, CURVE_NAME, *panel_names(holds.panels)}
    if not given.keys() <= known:
        raise InputError(f"{where}: its mean edit has what edit process {process} has not")
    params: dict[str, Any] = {}
    for name, value in given.items():
        try:
            params[name] = edit_value(name, value, name != CURVE_NAME or holds.free_curve)
        except ValueError as error:
            raise InputError(f"{where}: its mean edit's {name}: {error}") from error
    return TrainingEdit(params, process, count, _settings(values.get("settings", {}), where))


def _settings(values: Any, where: str) -> dict[str, str]:
    if not isinstance(values, dict) or not all(
        name in STYLE_FIELDS and isinstance(text, str) and 0 < len(text) <= LONGEST_NAME
        for name, text in values.items()
    ):
        raise InputError(f"{where}: its mean edit's settings are none of a style")
    return values
