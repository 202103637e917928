"""What a model would gain from a photographer's edits: a learning curve of his own set.

Each of some parts of the set is predicted by linear heads on statistics of the pictures, as
differences to Auto, solved from some of the other parts' edits, fewer and more; the pictures
rendered, and compared with those of his edits. Frames of a burst are on one side, and count as
one. All in a process of its own, which can be ended.
"""

import contextlib
import functools
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dataset.edit_groups import group_numbers
from dataset.manifest import Entry, read_manifest, write_manifest
from jobs.processes import run_jobs
from params.files import InputError
from studio.jobs import Job

if TYPE_CHECKING:
    from torch import Tensor

    from model.config import AutoPilotConfig
    from stages.evaluate.held_out import HeldOut

log = logging.getLogger(__name__)

SIZES = (5, 10, 20, 50, 100, 200, 500)
FOLDS = 5
FEWEST = 8  # edits, bursts counted once
_SEED = 0


@dataclass(frozen=True)
class Task:
    """One prediction of a part of the set: train, held_out are places in the manifest.

    size: edits learnt from, bursts counted once; 0: none, which is Auto.
    """

    manifest: Path
    cache: Path
    size: int
    train: tuple[int, ...]
    held_out: tuple[int, ...]


def measure_curve(entries: Sequence[Entry], folder: Path, job: Job) -> list[dict[str, float]]:
    """The curve: {"edits": number, "delta_e": mean ΔE00 of pictures not learnt from}, by number.

    The first is of no edits: of Auto, where it is of their edit process.

    Args:
        folder: to work in, where decoded pictures are kept.

    Raises:
        InputError: too few edits, or a file cannot be read.
        CancelledError: the job is to end.
    """
    if not entries:
        raise InputError("no corrections are in the manifest yet")
    manifest = folder / "manifest.jsonl"
    write_manifest(manifest, entries)
    ordered = read_manifest(manifest)
    tasks = plan(group_numbers(ordered), manifest, folder / "cache")
    job.total = len(tasks)
    errors: dict[int, list[float]] = {}
    # Closed in any case, which ends the process.
    with contextlib.closing(run_jobs(tasks, learn, 1)) as outcomes:
        for outcome in outcomes:
            job.check()
            if outcome.error is not None:
                raise InputError(outcome.error)
            errors.setdefault(outcome.job.size, []).extend(outcome.result)
            job.step(f"{outcome.job.size} edits")
    return [
        {"edits": size, "delta_e": round(float(np.mean(found)), 3)}
        for size, found in sorted(errors.items())
        if found
    ]


def plan(groups: Sequence[int], manifest: Path, cache: Path) -> list[Task]:
    """What is to be predicted from what, part after part.

    groups: of each entry, such as dataset.edit_groups.group_numbers gives them.

    Raises:
        InputError: too few.
    """
    names = sorted(set(groups))
    if len(names) < FEWEST:
        count = f"{len(names)} edit{'s' * (len(names) != 1)}, bursts counted once"
        raise InputError(f"{count}; a curve takes {FEWEST}")
    order = np.random.default_rng(_SEED).permutation(names)
    folds = [set(part.tolist()) for part in np.array_split(order, FOLDS)]
    most = len(names) - max(map(len, folds))
    sizes = [0, *(size for size in SIZES if size < most), most]
    tasks = []
    for number, fold in enumerate(folds):
        others = [name for name in names if name not in fold]
        drawn = np.random.default_rng([_SEED, number]).permutation(others).tolist()
        held_out = tuple(i for i, group in enumerate(groups) if group in fold)
        for size in sizes:
            taken = set(drawn[:size])
            train = tuple(i for i, group in enumerate(groups) if group in taken)
            tasks.append(Task(manifest, cache, size, train, held_out))
    return tasks


def learn(task: Task) -> list[float]:
    """Mean ΔE00 of each held-out picture."""
    import torch

    torch.set_num_threads(1)  # small matrices: several threads wait for each other
    entries, config = _set(task.manifest)
    judge = _judge(task.manifest, task.held_out)
    with torch.no_grad():
        return judge.delta_es(_predicted(task, entries, config))


def _predicted(
    task: Task, entries: Sequence[Entry], config: "AutoPilotConfig"
) -> "dict[str, Tensor]":
    """params_norm of the held-out pictures."""
    import torch

    from dataset.sample_settings import SampleSettings
    from dataset.samples import Samples, collate
    from model.autopilot import AutoPilotRegressor
    from model.engine import predict
    from params.choose_outputs import choose_outputs
    from params.edit_process import edit_process
    from params.ranges import CURVE_NAME, SLIDER_NAMES
    from params.record import read_record
    from stages.train.few_edits import solve, start_from

    def samples(places: Sequence[int], settings: SampleSettings) -> Samples:
        chosen = [entries[i] for i in places]
        return Samples(chosen, settings, cache=task.cache, quiet=True)

    if not task.size:
        starts = samples(task.held_out, SampleSettings.of_model(config)).starts()
        if starts is None:
            line = torch.zeros(len(task.held_out), len(SLIDER_NAMES))
            starts = line + _neutral_sliders()
        norm = dict(zip(SLIDER_NAMES, starts.T, strict=True))
        straight = torch.linspace(0.0, 1.0, config.knots)
        return norm | {CURVE_NAME: straight.repeat(len(task.held_out), 1)}
    model = AutoPilotRegressor(config)
    edits = [read_record(entries[i].path("data")).params for i in task.train]
    new = model.set_outputs(choose_outputs(edits, edit_process(config.process)))
    settings = SampleSettings.of_model(model.config)
    known = samples(task.train, settings)
    start_from(model, known, new)
    solve(model, known, torch.device("cpu"), quiet=True)
    asked = samples(task.held_out, settings)
    return predict(model.eval(), collate([asked[i] for i in range(len(asked))]))


def _neutral_sliders() -> "Tensor":
    import torch

    from params.ranges import SLIDER_NAMES, neutral_params, normalize_scalars

    norm = normalize_scalars(neutral_params())
    return torch.tensor([float(norm[name]) for name in SLIDER_NAMES])


@functools.lru_cache(1)
def _set(manifest: Path) -> "tuple[list[Entry], AutoPilotConfig]":
    """The entries and the model's settings, its outputs those of all edits."""
    from model.config import (
        AUTO_RESIDUAL,
        NO_RESIDUAL,
        STATISTICS_BACKBONE,
        AutoPilotConfig,
        BackboneConfig,
    )
    from params.auto_edit import PROCESS
    from params.record import read_record

    entries = read_manifest(manifest)
    processes = {read_record(entry.path("data")).process for entry in entries}
    if len(processes) > 1:
        raise InputError("edits of two edit processes: one model learns one of them")
    process = processes.pop()
    residual = AUTO_RESIDUAL if process == PROCESS else NO_RESIDUAL
    backbone = BackboneConfig(STATISTICS_BACKBONE)
    return entries, AutoPilotConfig(backbone, process=process, residual=residual, heads="linear")


@functools.lru_cache(1)
def _judge(manifest: Path, held_out: tuple[int, ...]) -> "HeldOut":
    """The held-out pictures as the photographer has them."""
    from dataclasses import replace

    from params.choose_outputs import choose_outputs
    from params.edit_process import edit_process
    from params.record import read_record
    from stages.evaluate.held_out import HeldOut

    entries, config = _set(manifest)
    edits: list[Any] = [read_record(entry.path("data")).params for entry in entries]
    outputs = choose_outputs(edits, edit_process(config.process))
    chosen = [entries[i] for i in held_out]
    return HeldOut(chosen, replace(config, outputs=outputs))
