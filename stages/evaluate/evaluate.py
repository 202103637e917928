"""An evaluation from manifest and model to the results of each picture."""

import importlib.util
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dataset.cache_bound import limit_cache
from dataset.manifest import Entry, read_manifest
from jobs.progress import check_some
from jobs.shard import of_shard
from model.confidence import Confidence, model_digest
from model.config import AutoPilotConfig
from model.device import pick_device
from params.edit_numbers import denormalize_edit
from params.files import InputError
from params.outputs import BASIC, Outputs
from stages.evaluate import rows
from stages.evaluate.auto_row import auto_row
from stages.evaluate.calibrate import by_confidence, learn, tasks_of
from stages.evaluate.measure import Measured, Task, measure_all
from stages.evaluate.model_answers import ModelAnswer, ask
from stages.evaluate.panels import names_compared, panel_figures
from stages.evaluate.settings import EvaluateSettings
from stages.evaluate.tables import Result, the_model
from stages.predict.predictor import Predictor

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Evaluation:
    """What was found.

    about: the settings, for metrics.json. tasks: by picture. outputs: of the model.
    """

    results: list[Result]
    about: dict[str, Any]
    tasks: dict[str, Task]
    confidence: Confidence | None
    outputs: Outputs


@dataclass(frozen=True)
class _Sets:
    """One photographer's pictures; `lines` is the whole manifest."""

    lines: list[Entry]
    expert: str
    train: rows.Split | None
    val: rows.Split | None
    test: rows.Split


@dataclass(frozen=True)
class _Prepared:
    """All that is known before anything is measured.

    digest: of the model. k: neighbours. found, experts: by name. tasks: by picture.
    """

    judged: Predictor
    digest: str
    sets: _Sets
    answers: dict[str, dict[str, ModelAnswer]]
    stored: rows.Row
    k: int | None
    found: dict[str, rows.Row]
    experts: dict[str, rows.Row]
    tasks: dict[str, Task]

    @property
    def like(self) -> Task:
        """Any task: with the folders to use."""
        return next(iter(self.tasks.values()))


def evaluate(settings: EvaluateSettings) -> Evaluation:
    """Judge a model; stages.evaluate.write_report writes what was found.

    Raises:
        InputError: a file cannot be read, or there is nothing to judge on.
    """
    ready = _prepare(settings)
    sets, answers, stored = ready.sets, ready.answers, ready.stored
    outputs, process = ready.judged.config.outputs, ready.judged.config.process
    confidence = None
    if sets.train and sets.val:
        confidence = learn(
            sets.train, sets.val, answers, ready.like, settings=settings, digest=ready.digest
        )
    measured = measure_all(
        list(ready.tasks.values()), settings.where, desc="measure", debug=settings.debug
    )
    check_some(
        len(measured),
        f"{settings.manifest}: not one picture of split {settings.split} was measured",
    )
    everything = ready.found | ready.experts

    def result_of(id: str, values: Measured) -> Result:
        one = answers["test"][id]
        return Result(
            sets.test.entries[id],
            rows.completed(id, values, everything, stored.edits[id]),
            _edits_of(id, everything),
            denormalize_edit(stored.edits[id]),
            confidence.of(one.features, one.params_norm) if confidence else None,
            stored.edit(id),
        )

    results = [result_of(id, values) for id, values in measured.items()]
    about = _about(settings, sets.expert, process, ready.k, results)
    about["learnt_from"] = len(sets.train.ids) if sets.train else None
    names = names_compared([one.whole for one in results], outputs, process)
    if names:
        about |= _about_panels(results, about["judged"], names, outputs)
    return Evaluation(results, about, ready.tasks, confidence, outputs)


def measure_part(settings: EvaluateSettings) -> int:
    """Measure the shard's pictures, for an evaluate() of all that finds them measured.

    Returns:
        how many of them are measured.

    Raises:
        InputError: as evaluate(), or none could be measured.
    """
    ready = _prepare(settings)
    tasks = list(ready.tasks.values())
    if ready.sets.train and ready.sets.val:
        tasks += tasks_of(ready.sets.val, ready.answers["val"], ready.like)
    own = of_shard(tasks, settings.shard, lambda task: task.entry.id)
    count = len(measure_all(own, settings.where, desc="measure", debug=settings.debug))
    check_some(count or not own, f"{settings.manifest}: not one picture could be measured")
    return count


def _prepare(settings: EvaluateSettings) -> _Prepared:
    """Read sets and model, and find out each row's edits. Raises InputError."""
    limit_cache(settings.cache, settings.cache_size)
    device = pick_device(settings.device)
    judged = Predictor.load(settings.checkpoint, settings.adapters, device, settings.force_lora)
    sets = _load_sets(settings, judged.config)
    digest = model_digest(settings.checkpoint, settings.adapters)
    answers = {"test": ask(judged.model, sets.test.samples, device, digest, with_views=True)}
    if sets.train:
        desc = "training pictures"
        answers["train"] = ask(judged.model, sets.train.samples, device, digest, desc=desc)
    if sets.val:
        desc = "validation pictures"
        answers["val"] = ask(
            judged.model, sets.val.samples, device, digest, with_views=True, desc=desc
        )
    stored = rows.stored(sets.test)
    found, k = _rows(settings, sets, answers, judged, stored)
    others, experts = rows.other_experts(sets.lines, settings.split, settings.experts, sets.test)
    tasks = {
        id: Task(
            entry=sets.test.entries[id],
            edits=_edits_of(id, found),
            apart={name: row.apart[id] for name, row in found.items() if id in row.apart},
            cache=settings.cache,
            kept=settings.output / "measured",
            others=others[id],
            short_side=settings.short_side,
            full_size=settings.full_size,
            lpips=importlib.util.find_spec("lpips") is not None,
        )
        for id in sets.test.ids
    }
    return _Prepared(judged, digest, sets, answers, stored, k, found, experts, tasks)


def _about_panels(
    results: Sequence[Result], judged: str, names: Sequence[str], outputs: Outputs
) -> dict[str, Any]:
    """What metrics.json says of panels."""
    edits: dict[str, list[Any]] = {}
    for one in results:
        for row in one.rows:
            if row in one.edits and row != rows.FIT:
                edits.setdefault(row, []).append((one.edits[row], one.whole))
    figures = panel_figures(edits, judged, names, outputs)
    return {"compared": list(names), "by_panel": figures}


def _about(
    settings: EvaluateSettings,
    expert: str,
    process: int,
    neighbours: int | None,
    results: Sequence[Result],
) -> dict[str, Any]:
    """What metrics.json says of the run beside its figures."""
    return {
        "checkpoint": str(settings.checkpoint),
        "adapters": [f"{one.path}:{one.weight:g}" for one in settings.adapters],
        "manifest": str(settings.manifest),
        "split": settings.split,
        "expert": expert,
        "process": process,
        "input": "RAW as shot",
        "short_side": settings.short_side,
        "neighbours": neighbours,
        "judged": the_model(results),
        "tolerance": settings.tolerance,
        "by_confidence": by_confidence(results, settings.tolerance),
    }


def _load_sets(settings: EvaluateSettings, config: AutoPilotConfig) -> _Sets:
    lines = read_manifest(settings.manifest)
    try:
        expert, entries = rows.of_expert(lines, settings.expert)
    except InputError as error:
        raise InputError(f"{settings.manifest}: {error}") from error
    wanted = [entry for entry in entries if entry.split == settings.split]
    test = _load(wanted[: settings.limit], settings.split, config, settings)
    if test is None:
        there = ", ".join(sorted({entry.split for entry in entries}))
        raise InputError(f"{settings.manifest}: nothing in split {settings.split}; it has: {there}")
    train, val = (
        _load(entries, name, config, settings)
        for name in (settings.train_split, settings.val_split)
    )
    if train is None:
        log.warning("nothing in split %s: no baselines, no confidence", settings.train_split)
    return _Sets(lines, expert, train, val, test)


def _load(
    entries: Sequence[Entry], name: str, config: AutoPilotConfig, settings: EvaluateSettings
) -> rows.Split | None:
    return rows.load_split(entries, name, config, settings.cache, settings.where)


def _rows(
    settings: EvaluateSettings,
    sets: _Sets,
    answers: dict[str, dict[str, ModelAnswer]],
    judged: Predictor,
    stored: rows.Row,
) -> tuple[dict[str, rows.Row], int | None]:
    """The rows that are rendered, in their order, and the number of neighbours."""
    k, device, process = None, judged.device, judged.process
    found = {rows.NO_EDIT: rows.no_edit(sets.test)}
    found[rows.AUTO] = auto_row(sets.test, settings.cache, process, settings.where)
    if sets.train:
        found[rows.MEAN] = rows.mean_row(sets.train, sets.test)
        if len(sets.train.ids) > 1:
            found[rows.NEAREST], k = rows.nearest_row(sets.train, sets.val, sets.test, answers)
    if settings.adapters:
        base = Predictor.load(settings.checkpoint, [], device)
        own = ask(
            base.model, sets.test.samples, device, model_digest(settings.checkpoint), desc="base"
        )
        found[rows.MODEL] = rows.predicted(own)
    own_row = rows.predicted(answers["test"])
    found[rows.LORA if settings.adapters else rows.MODEL] = own_row
    if sets.test.samples.settings.outputs.panels != (BASIC,):
        found[rows.BASIC_ONLY] = rows.basic_only(own_row)
    edited = {id: stored.edits[id] for id in sets.test.ids if sets.test.entries[id].has_tif}
    if edited:
        found[rows.FIT] = rows.Row(edited, stored.seconds, stored.whole)
    return found, k


def _edits_of(id: str, found: Mapping[str, rows.Row]) -> dict[str, dict[str, Any]]:
    """A picture's edit by row, in Camera Raw's units."""
    return {name: row.edit(id) for name, row in found.items() if id in row.edits}
