"""An evaluation from manifest and model to the results of each picture."""

import argparse
import importlib.util
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

from dataset.manifest import Entry, read_manifest
from model.autopilot import AutoPilotConfig
from model.confidence import Confidence, model_digest
from model.device import pick_device
from params.files import InputError
from params.ranges import denormalize_params
from stages.evaluate import rows
from stages.evaluate.calibrate import by_confidence, learn
from stages.evaluate.measure import Task, measure_all
from stages.evaluate.model_answers import Said, ask
from stages.evaluate.tables import Result, the_model
from stages.predict.predictor import Predictor

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Evaluation:
    """What was found. about: the settings, for metrics.json. tasks: by picture."""

    results: list[Result]
    about: dict[str, Any]
    tasks: dict[str, Task]
    confidence: Confidence | None


@dataclass(frozen=True)
class _Sets:
    """One photographer's pictures; `lines` is the whole manifest."""

    lines: list[Entry]
    expert: str
    train: rows.Split | None
    val: rows.Split | None
    test: rows.Split


def evaluate(args: argparse.Namespace) -> Evaluation:
    """Judge as the flags of run/evaluate.py say.

    Raises:
        InputError: a file cannot be read, or there is nothing to judge on.
    """
    device = pick_device(args.device)
    judged = Predictor.load(args.checkpoint, args.lora_checkpoint, device, args.force_lora)
    sets = _load_sets(args, judged.config)
    digest = model_digest(args.checkpoint, args.lora_checkpoint)
    said = {"test": ask(judged.model, sets.test.samples, device, digest, with_views=True)}
    if sets.train:
        desc = "training pictures"
        said["train"] = ask(judged.model, sets.train.samples, device, digest, desc=desc)
    if sets.val:
        desc = "validation pictures"
        said["val"] = ask(
            judged.model, sets.val.samples, device, digest, with_views=True, desc=desc
        )
    stored = rows.stored(sets.test)
    found, k = _rows(args, sets, said, device, stored)
    others, experts = rows.other_experts(sets.lines, args.split, args.experts, sets.test)
    tasks = {
        id: Task(
            entry=sets.test.entries[id],
            edits=_edits_of(id, found),
            cache=args.cache,
            kept=args.output / "measured",
            others=others[id],
            short_side=args.short_side,
            full_size=args.full_size,
            lpips=importlib.util.find_spec("lpips") is not None,
        )
        for id in sets.test.ids
    }
    confidence = None
    if sets.train and sets.val:
        confidence = learn(
            sets.train,
            sets.val,
            said,
            next(iter(tasks.values())),
            tolerance=args.tolerance,
            digest=digest,
            workers=args.workers,
        )
    measured = measure_all(list(tasks.values()), args.workers, desc="measure")
    if not measured:
        raise InputError(f"{args.manifest}: not one picture of split {args.split} was measured")
    everything = found | experts
    results = [
        Result(
            sets.test.entries[id],
            rows.completed(id, values, everything, stored.edits[id]),
            _edits_of(id, everything),
            denormalize_params(stored.edits[id]),
            confidence and confidence.of(said["test"][id].features, said["test"][id].params_norm),
        )
        for id, values in measured.items()
    ]
    about = {
        "checkpoint": str(args.checkpoint),
        "adapters": [f"{one.path}:{one.weight:g}" for one in args.lora_checkpoint],
        "manifest": str(args.manifest),
        "split": args.split,
        "expert": sets.expert,
        "process": judged.config.process,
        "input": "RAW as shot",
        "short_side": args.short_side,
        "neighbours": k,
        "judged": the_model(results),
        "tolerance": args.tolerance,
        "by_confidence": by_confidence(results, args.tolerance),
    }
    return Evaluation(results, about, tasks, confidence)


def _load_sets(args: argparse.Namespace, config: AutoPilotConfig) -> _Sets:
    lines = read_manifest(args.manifest)
    try:
        expert, entries = rows.of_expert(lines, args.expert)
    except InputError as error:
        raise InputError(f"{args.manifest}: {error}") from error
    wanted = [entry for entry in entries if entry.split == args.split]
    test = rows.load_split(wanted[: args.limit], args.split, config, args.cache)
    if test is None:
        there = ", ".join(sorted({entry.split for entry in entries}))
        raise InputError(f"{args.manifest}: nothing in split {args.split}; it has: {there}")
    train, val = (
        rows.load_split(entries, name, config, args.cache)
        for name in (args.train_split, args.val_split)
    )
    if train is None:
        log.warning("nothing in split %s: no baselines, no confidence", args.train_split)
    return _Sets(lines, expert, train, val, test)


def _rows(
    args: argparse.Namespace,
    sets: _Sets,
    said: dict[str, dict[str, Said]],
    device: torch.device,
    stored: rows.Row,
) -> tuple[dict[str, rows.Row], int | None]:
    """The rows that are rendered, in their order, and the number of neighbours."""
    k = None
    found = {rows.NO_EDIT: rows.no_edit(sets.test)}
    if sets.train:
        found[rows.MEAN] = rows.mean_row(sets.train, sets.test)
        if len(sets.train.ids) > 1:
            found[rows.NEAREST], k = rows.nearest_row(sets.train, sets.val, sets.test, said)
    if args.lora_checkpoint:
        base = Predictor.load(args.checkpoint, [], device)
        own = ask(base.model, sets.test.samples, device, model_digest(args.checkpoint), desc="base")
        found[rows.MODEL] = rows.predicted(own)
    found[rows.LORA if args.lora_checkpoint else rows.MODEL] = rows.predicted(said["test"])
    edited = {id: stored.edits[id] for id in sets.test.ids if sets.test.entries[id].has_tif}
    if edited:
        found[rows.FIT] = rows.Row(edited, stored.seconds)
    return found, k


def _edits_of(id: str, found: Mapping[str, rows.Row]) -> dict[str, dict[str, Any]]:
    """A picture's edit by row, in Camera Raw's units."""
    return {n: denormalize_params(row.edits[id]) for n, row in found.items() if id in row.edits}
