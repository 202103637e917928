"""The rows of an evaluation: edits of the same pictures, by different means."""

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from dataset.decode_ahead import decode_ahead
from dataset.manifest import Entry
from dataset.sample_settings import SampleSettings
from dataset.samples import Samples
from jobs.where import HERE, Where
from model.config import AutoPilotConfig
from model.losses import BASIC_SHARE, parameter_loss, slider_values
from model.nearest_edits import NearestEdits
from model.panel_heads import constant_norm
from model.panel_loss import PanelLoss
from model.preprocess import params_norm_of
from params.edit_numbers import denormalize_edit
from params.files import InputError
from params.outputs import Outputs
from params.ranges import (
    CURVE_NAME,
    SLIDER_NAMES,
    denormalize_scalars,
    neutral_params,
)
from params.record import Record, read_record
from stages.evaluate.measure import EXPERT, Measured
from stages.evaluate.model_answers import ModelAnswer

log = logging.getLogger(__name__)

NO_EDIT, AUTO, MEAN, NEAREST = "no edit", "auto", "mean edit", "nearest neighbour"
MODEL, LORA, FIT = "model", "model with LoRA", "fit"
BASIC_ONLY = "basic sliders only"
NEIGHBOURS = (1, 2, 3, 5, 8, 12, 20, 32, 50)
# params_norm of one picture: sliders [], curves [K].
Norm = dict[str, Tensor]


@dataclass(frozen=True)
class Row:
    """One row's edits by picture, and the seconds that each took to find.

    whole: by picture, in Camera Raw's units, edits that hold more than the model's outputs.
    apart: edits of another process than the model's, which are rendered by their own.
    """

    edits: dict[str, Norm]
    seconds: dict[str, float]
    whole: dict[str, dict[str, Any]] = field(default_factory=dict)
    apart: dict[str, Record] = field(default_factory=dict)

    def edit(self, id: str) -> dict[str, Any]:
        """A picture's edit in Camera Raw's units. Raises KeyError where there is none."""
        return self.whole.get(id) or denormalize_edit(self.edits[id])


@dataclass(frozen=True)
class Split:
    """One photographer's usable pictures of a split, in one order everywhere."""

    samples: Samples
    entries: dict[str, Entry]

    @property
    def ids(self) -> list[str]:
        return [sample.id for sample in self.samples.samples]


def load_split(
    entries: Sequence[Entry], name: str, config: AutoPilotConfig, cache: Path, where: Where = HERE
) -> Split | None:
    """The pictures of split `name` that have edits for the model's process; None: none at all.

    Raises:
        InputError: there are entries, but not one can be used.
    """
    chosen = {entry.id: entry for entry in entries if entry.split == name}
    if not chosen:
        return None
    wanted = SampleSettings.of_model(config)
    decode_ahead(list(chosen.values()), wanted, cache, where, f"decode {name}")
    samples = Samples(
        list(chosen.values()),
        wanted,
        cache=cache,
        desc=f"prepare {name}",
    )
    return Split(samples, {sample.id: chosen[sample.id] for sample in samples.samples})


def of_expert(entries: Sequence[Entry], expert: str | None) -> tuple[str, list[Entry]]:
    """The photographer to compare with, and his entries; without a name there must be one only.

    Raises:
        InputError: no such photographer, or several to choose from.
    """
    there = sorted({entry.fields["expert"] for entry in entries})
    if expert is None and len(there) == 1:
        expert = there[0]
    if expert not in there:
        advice = "choose one with --expert" if expert is None else f"none by {expert}"
        raise InputError(f"the manifest has edits by {', '.join(there)}: {advice}")
    return str(expert), [entry for entry in entries if entry.fields["expert"] == expert]


def predicted(answers: Mapping[str, ModelAnswer]) -> Row:
    """The model's own edits."""
    edits = {
        id: {name: value[0] for name, value in one.params_norm.items()}
        for id, one in answers.items()
    }
    return Row(edits, {id: one.seconds for id, one in answers.items()})


def basic_only(row: Row) -> Row:
    """A row's edits without their panels: the ten sliders and the tone curve."""
    names = (*SLIDER_NAMES, CURVE_NAME)
    edits = {id: {name: edit[name] for name in names} for id, edit in row.edits.items()}
    return Row(edits, row.seconds)


def no_edit(test: Split) -> Row:
    """The picture as shot."""
    settings = test.samples.settings
    norm = params_norm_of(neutral_params(settings.knots), settings.knots, settings.outputs)
    return Row(dict.fromkeys(test.ids, norm), dict.fromkeys(test.ids, 0.0))


def mean_row(train: Split, test: Split) -> Row:
    """The training set's mean edit, with the style's constants, for every picture."""
    mean = train.samples.mean_params() | constant_norm(train.samples.settings.outputs)
    return Row(dict.fromkeys(test.ids, mean), dict.fromkeys(test.ids, 0.0))


def nearest_row(
    train: Split, val: Split | None, test: Split, answers: Mapping[str, Mapping[str, ModelAnswer]]
) -> tuple[Row, int]:
    """The mean edit of the k most similar training pictures, and k, chosen on validation.

    answers: what the model gives for the pictures of "train", "val" and "test", by id.
    """

    def features(name: str, split: Split) -> Tensor:
        return torch.stack([answers[name][id].features for id in split.ids])

    def neighbours(k: int) -> NearestEdits:
        return NearestEdits(features("train", train), train.samples.edits(), k)

    if val:
        units = train.samples.spread()
        spread = torch.tensor([units[name] for name in (*SLIDER_NAMES, CURVE_NAME)])
        seen, wanted = features("val", val), val.samples.edits()

        outputs = train.samples.settings.outputs
        panels = PanelLoss(outputs, train.samples.edits()) if _learns_panels(outputs) else None

        def loss(k: int) -> float:
            found = neighbours(k)(seen)
            basic = parameter_loss(found, wanted, spread)
            if panels is None:
                return float(basic.mean())
            others = panels(found, wanted, {})
            return float((BASIC_SHARE * basic + others.sum(dim=1)).mean())

        k = min((k for k in NEIGHBOURS if k <= len(train.ids)), key=loss)
        nearest = neighbours(k)
    else:
        nearest = NearestEdits(features("train", train), train.samples.edits())
        log.warning("nothing to validate on: %d neighbours, by leaving one out", nearest.k)
    edits, seconds = {}, {}
    for id in test.ids:
        started = time.perf_counter()
        found = nearest(answers["test"][id].features[None])
        edits[id] = {name: value[0] for name, value in found.items()}
        seconds[id] = answers["test"][id].seconds + time.perf_counter() - started
    return Row(edits, seconds), nearest.k


def _learns_panels(outputs: Outputs) -> bool:
    return bool(outputs.sliders or outputs.curves)


def stored(split: Split) -> Row:
    """The per-picture fit: what the parameter files hold."""
    edits = split.samples.edits()
    each = {id: {name: value[i] for name, value in edits.items()} for i, id in enumerate(split.ids)}
    seconds, whole = {}, {}
    for id, entry in split.entries.items():
        record = read_record(entry.path("data"))
        took = (record.fit or {}).get("seconds")
        if isinstance(took, int | float):
            seconds[id] = float(took)
        if _holds_panels(record.params):
            whole[id] = record.params
    return Row(each, seconds, whole)


def _holds_panels(params: Mapping[str, Any]) -> bool:
    return not params.keys() <= {*SLIDER_NAMES, CURVE_NAME}


def slider_errors(norm: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> dict[str, float]:
    """How far each slider is off, in its units; Temperature in kelvin and as `mired`.

    ToneCurve: the mean over the knots, of values in 0..1.
    """
    ours, theirs = denormalize_scalars(norm), denormalize_scalars(wanted)
    errors = {f"error_{name}": float((ours[name] - theirs[name]).abs()) for name in SLIDER_NAMES}
    mired = slider_values(norm)["Temperature"] - slider_values(wanted)["Temperature"]
    errors["error_mired"] = float(mired.abs())
    errors[f"error_{CURVE_NAME}"] = float((norm[CURVE_NAME] - wanted[CURVE_NAME]).abs().mean())
    return errors


def other_experts(
    entries: Sequence[Entry], split: str, names: Sequence[str], test: Split
) -> tuple[dict[str, dict[str, Entry]], dict[str, Row]]:
    """The same pictures by other photographers: their entries by picture and name, and rows.

    A row holds the edits that are stored for the process of the split's own.
    """
    found: dict[str, dict[str, Entry]] = {id: {} for id in test.ids}
    rows = {EXPERT + name: Row({}, {}) for name in names}
    wanted = test.samples.settings
    for entry in entries:
        name = entry.fields["expert"]
        own = test.entries.get(entry.id)
        if name not in names or entry.split != split or own is None or own.key == entry.key:
            continue
        record = read_record(entry.path("data"))
        if record.process == read_record(own.path("data")).process:
            edit = params_norm_of(record.params, wanted.knots, wanted.outputs)
            rows[EXPERT + name].edits[entry.id] = edit
            if _holds_panels(record.params):
                rows[EXPERT + name].whole[entry.id] = record.params
        found[entry.id][name] = entry
    return found, rows


def completed(
    id: str, measured: Measured, rows: Mapping[str, Row], wanted: Norm
) -> dict[str, dict[str, float]]:
    """A picture's measures by row, with `seconds`, `better` (than no edit, 0 or 1) and errors."""
    found = {}
    places = {name: place for place, name in enumerate(rows)}
    for name in sorted(measured, key=lambda name: places.get(name, len(places))):
        values = measured[name]
        row = rows.get(name, Row({}, {}))
        found[name] = dict(values)
        if id in row.seconds:
            found[name]["seconds"] = row.seconds[id]
        if name != NO_EDIT:
            found[name]["better"] = float(values["delta_e"] < measured[NO_EDIT]["delta_e"])
        if id in row.edits and name != FIT:
            found[name] |= slider_errors(row.edits[id], wanted)
    return found
