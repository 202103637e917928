"""The rows of a learning curve: each predicts edits of the held-out pictures from some edits."""

import contextlib
import functools
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dataset.manifest import Entry, write_manifest
from jobs.processes import run_jobs
from params.files import InputError, replacing
from scripts.curve.plan import Plan, StyleSet
from scripts.walkthrough import call

log = logging.getLogger(__name__)

AUTO, PRESET, NEAREST = "auto", "preset", "nearest"
STATISTICS, RESIDUAL, VIT, LORA = "statistics", "statistics+auto", "vit", "lora"
ROWS = (AUTO, PRESET, NEAREST, STATISTICS, RESIDUAL, VIT, LORA)
# Rows that see previews only: they can be predicted where there are no RAW files.
FROM_PREVIEWS = (VIT, LORA)


@dataclass(frozen=True)
class Bench:
    """Where rows work. jobs: how many processes VIT and LORA train in, side by side."""

    plan: Plan
    folder: Path
    device: str
    jobs: int = 1

    @property
    def cache(self) -> Path:
        return self.folder / "cache"

    def prediction(self, style: str, row: str, size: int, draw: int) -> Path:
        return self.folder / "predictions" / style / f"{row}_{size}_{draw}.npz"

    def places(self, row: str) -> list[tuple[int, int]]:
        """The sizes and draws that a row has; "auto" learns nothing and has one."""
        if row == AUTO:
            return [(0, 0)]
        return [(size, draw) for size in self.plan.sizes for draw in range(self.plan.draws)]


def predict_row(bench: Bench, own: StyleSet, row: str) -> None:
    """Write what is not there yet of a row's predictions for one style.

    Raises:
        InputError: a file cannot be read or written, or a training fails.
    """
    todo = [
        (size, draw)
        for size, draw in bench.places(row)
        if not bench.prediction(own.style, row, size, draw).is_file()
    ]
    if not todo:
        return
    if row == LORA:
        train_base(bench, own)

    work = functools.partial(_predict, bench, own, row)
    if bench.jobs == 1 or row not in FROM_PREVIEWS:
        for place in todo:
            work(place)
        return
    # Closed in any case, which ends the processes.
    with contextlib.closing(run_jobs(todo, work, bench.jobs)) as outcomes:
        for outcome in outcomes:
            for record in outcome.records:
                logging.getLogger(record.name).handle(record)
            if outcome.error is not None:
                size, draw = outcome.job
                where = f"{own.style}: {row}, {size} edits, draw {draw}"
                raise InputError(f"{where}: {outcome.error}")


def _predict(bench: Bench, own: StyleSet, row: str, place: tuple[int, int]) -> None:
    """Write one prediction."""
    size, draw = place
    norm = _ROWS[row](bench, own, own.drawn(bench.plan, size, draw), f"{row}_{size}_{draw}")
    with replacing(bench.prediction(own.style, row, size, draw)) as temporary:
        np.savez(temporary, **norm)  # type: ignore[arg-type]
    log.info("%s: %s, %d edits, draw %d", own.style, row, size, draw)


Norm = Mapping[str, np.ndarray]


def _auto(bench: Bench, own: StyleSet, _: Sequence[Entry], name: str) -> Norm:
    from dataset.auto_starts import known_start
    from imaging.raw_picture import RawPicture
    from params.ranges import CURVE_KNOTS, CURVE_NAME, SLIDER_NAMES

    starts = []
    for entry in own.held_out:
        with RawPicture(entry.path("raw")) as picture:
            starts.append(known_start(picture, bench.cache, 2).numpy())
    norm = dict(zip(SLIDER_NAMES, np.stack(starts, axis=1), strict=True))
    straight = np.linspace(0.0, 1.0, CURVE_KNOTS, dtype=np.float32)
    return norm | {CURVE_NAME: np.tile(straight, (len(starts), 1))}


def _preset(bench: Bench, own: StyleSet, drawn: Sequence[Entry], name: str) -> Norm:
    from model.mean_edit import mean_edit

    mean = mean_edit(_samples(bench, drawn).edits())
    return {n: np.stack([v.numpy()] * len(own.held_out)) for n, v in mean.items()}


def _nearest(bench: Bench, own: StyleSet, drawn: Sequence[Entry], name: str) -> Norm:
    """By the statistics that are the input of the rows with them."""
    from model.nearest_edits import NearestEdits

    known = _samples(bench, drawn)
    nearest = NearestEdits(known.inputs(), known.edits())
    found = nearest(_samples(bench, own.held_out).inputs())
    return {n: v.numpy() for n, v in found.items()}


def _statistics(bench: Bench, own: StyleSet, drawn: Sequence[Entry], name: str) -> Norm:
    """What run/train_autopilot.py learns with its defaults for the statistics backbone."""
    from model.config import AUTO_RESIDUAL, NO_RESIDUAL, STATISTICS_BACKBONE
    from stages.train.settings import TrainSettings
    from stages.train.train import train

    run = bench.folder / "runs" / own.style / name
    residual = AUTO_RESIDUAL if name.startswith(RESIDUAL) else NO_RESIDUAL
    write_manifest(run / "manifest.jsonl", drawn)
    best = train(
        TrainSettings(
            manifest=run / "manifest.jsonl",
            output=run,
            backbone=STATISTICS_BACKBONE,
            residual=residual,
            process=2,
            workers=0,
            cache=bench.cache,
            seed=bench.plan.seed,
            device="cpu",
        )
    )
    return _answers(bench, own, best)


def _vit(bench: Bench, own: StyleSet, drawn: Sequence[Entry], name: str) -> Norm:
    """From nothing, with the recipe of the base."""
    run = bench.folder / "runs" / own.style / name
    _train(bench, run, drawn)
    return _answers(bench, own, run / "best.pt")


def _lora(bench: Bench, own: StyleSet, drawn: Sequence[Entry], name: str) -> Norm:
    """With the command's own defaults, unless the plan says how long."""
    run, plan = bench.folder / "runs" / own.style / name, bench.plan
    write_manifest(run / "manifest.jsonl", drawn)
    words = ["--checkpoint", _base(bench, own), "--train-heads"]
    words += ["--epochs", plan.epochs] if plan.epochs else []
    _call(bench, "run/lora_finetune.py", run, *words)
    return _answers(bench, own, _base(bench, own), run / "lora_best.pt")


def _train(bench: Bench, run: Path, entries: Sequence[Entry]) -> None:
    """A small encoder from random weights."""
    plan = bench.plan
    write_manifest(run / "manifest.jsonl", entries)
    words = ["--process", 2, "--backbone", plan.backbone, "--image-size", plan.image_size]
    words += ["--epochs", plan.base_epochs, "--batch-size", 32, "--lr", 2e-3]
    _call(bench, "run/train_autopilot.py", run, *words)


def _call(bench: Bench, script: str, run: Path, *words: object) -> None:
    common = ["--manifest", run / "manifest.jsonl", "--output", run, "--cache", bench.cache]
    common += ["--workers", 0, "--seed", bench.plan.seed, "--device", bench.device]
    call(script, *common, *words, "--save-frequency", 10_000)


def _base(bench: Bench, own: StyleSet) -> Path:
    return bench.folder / "runs" / own.style / "base" / "base.pt"


def train_base(bench: Bench, own: StyleSet) -> None:
    """A small base that has seen the other styles only; once a style."""
    base = _base(bench, own)
    if not base.is_file():
        _train(bench, base.parent, own.others)
        (base.parent / "best.pt").rename(base)


def _samples(bench: Bench, entries: Sequence[Entry]) -> Any:
    from dataset.sample_settings import SampleSettings
    from dataset.samples import Samples
    from model.config import STATISTICS_BACKBONE, AutoPilotConfig, BackboneConfig

    config = AutoPilotConfig(backbone=BackboneConfig(STATISTICS_BACKBONE), process=2)
    return Samples(entries, SampleSettings.of_model(config), cache=bench.cache, quiet=True)


def _answers(bench: Bench, own: StyleSet, checkpoint: Path, adapter: Path | None = None) -> Norm:
    """What a model gives for the held-out pictures."""
    import torch

    from dataset.sample_settings import SampleSettings
    from dataset.samples import Samples, collate
    from model.checkpoint import load_model
    from model.engine import predict
    from model.lora import load_lora

    model, config = load_model(checkpoint)
    if adapter is not None:
        load_lora(model, adapter)
    settings = SampleSettings.of_model(config)
    samples = Samples(own.held_out, settings, cache=bench.cache, quiet=True)
    if len(samples) != len(own.held_out):
        raise ValueError(f"{len(own.held_out) - len(samples)} held-out pictures cannot be read")
    with torch.inference_mode():
        norm = predict(model.eval(), collate([samples[i] for i in range(len(samples))]))
    return {name: value.numpy() for name, value in norm.items()}


_Row = Callable[[Bench, StyleSet, Sequence[Entry], str], Norm]
_ROWS: dict[str, _Row] = {
    AUTO: _auto,
    PRESET: _preset,
    NEAREST: _nearest,
    STATISTICS: _statistics,
    RESIDUAL: _statistics,
    VIT: _vit,
    LORA: _lora,
}
