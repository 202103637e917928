"""What the photographer's corrections teach: how many, what a model gains, training, new models."""

import contextlib
import json
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from dataset.hold_out import VALIDATION
from dataset.lightroom.advice import ENOUGH, LEAST
from imaging.metrics import delta_e00
from imaging.raw_picture import RawPicture
from imaging.resize import fit_long_side
from model.render import render_record
from params.files import InputError, read_json, write_text
from params.record import read_record
from studio.corrections import corrections, manifest_of, save_corrections, taught
from studio.jobs import Job, Jobs
from studio.learning import FEWEST, measure_curve
from studio.models import Model, adapter_model, checkpoint_model
from studio.session import Session
from studio.training import (
    Taught,
    epochs_of,
    keep_facts,
    remove_unfinished,
    taught_before,
    train_model,
)

TEACH = "teach"
_SIDE = 200  # pixels at which edits are compared, as stages.evaluate.held_out does
_MOST_JUDGED = 40
_MOST_BYTES = 1 << 20


class Teach:
    """The teaching of one session. Models that were trained before are offered from the start."""

    def __init__(self, session: Session, jobs: Jobs) -> None:
        self._session, self._jobs = session, jobs
        self._lock = threading.Lock()
        self._curve_file = session.settings.folder / "teach" / "curve.json"
        self._curve = _read_curve(self._curve_file)
        self._taught: dict[str, Taught] = {}  # by the model's id
        remove_unfinished(session.settings)
        for one in taught_before(session.settings):
            with contextlib.suppress(InputError):
                self._offer(one)
        chosen = session.history.model
        if chosen is not None and chosen in self._taught:
            session.choose(chosen)

    def to_json(self) -> dict[str, Any]:
        """How it stands, for the page."""
        session = self._session
        found = corrections(session)
        groups = len({one.picture.group or one.picture.id for one in found})
        there = taught(session.settings)
        running = self._jobs.running(TEACH)
        with self._lock:
            curve, models = self._curve, dict(self._taught)
        return {
            "corrections": len(found),
            "in_manifest": len(there),
            "manifest": str(manifest_of(session.settings)),
            "advice": advice(len(found), groups, len(there), curve),
            "curve": None if curve is None else [p for p in curve if p["edits"]],
            "auto_delta_e": next((p["delta_e"] for p in curve or () if not p["edits"]), None),
            "adapters": [
                {"id": id, "name": one.name, "edits": one.edits, "delta_e": one.delta_e}
                for id, one in models.items()
            ],
            "training": None if running is None else running.to_json(),
        }

    def save(self) -> Job:
        """Begin to enter the corrections into the manifest. Raises InputError: one is busy."""
        return self._jobs.start(
            TEACH, 0, lambda job: save_corrections(self._session, job), alone=True
        )

    def measure(self) -> Job:
        """Begin the learning curve of what is in the manifest. Raises InputError: one is busy."""
        return self._jobs.start(TEACH, 0, self._measure, alone=True)

    def train(self) -> Job:
        """Begin to train on what is in the manifest. Raises InputError: one is busy."""
        settings, judging = self._session.settings, 1
        steps = epochs_of(settings, taught(settings)) + judging
        return self._jobs.start(TEACH, steps, self._train, alone=True)

    def _measure(self, job: Job) -> str:
        entries = taught(self._session.settings)
        curve = measure_curve(entries, self._curve_file.parent, job)
        write_text(self._curve_file, json.dumps(curve) + "\n")
        with self._lock:
            self._curve = curve
        return gain(curve)

    def _train(self, job: Job) -> str:
        settings = self._session.settings
        found = train_model(settings, taught(settings), job)
        keep_facts(found)
        model = self._model(found)
        self._session.models.add(model)
        job.say("compared with edits that it has not seen")
        found = replace(found, delta_e=self._judged(model, job))
        keep_facts(found)
        self._offer(found)
        off = "" if found.delta_e is None else f", ΔE00 {found.delta_e:.1f} on unseen pictures"
        return f"{found.name}: learnt from {found.edits} edits{off}"

    def _offer(self, found: Taught) -> None:
        model = self._model(found)
        self._session.models.add(model)
        with self._lock:
            self._taught[model.id] = found

    def _model(self, found: Taught) -> Model:
        settings = self._session.settings
        if found.base is None:
            return checkpoint_model(settings.predicting(found.file), found.name)
        return adapter_model(settings.predicting(found.base, found.adapters), found.name)

    def _judged(self, model: Model, job: Job) -> float | None:
        """Mean ΔE00 to the photographer's own edits, of pictures that were not learnt from."""
        entries = [e for e in taught(self._session.settings) if e.split == VALIDATION]
        predictor = self._session.models.predictor(model.id)
        errors = []
        for entry in entries[:_MOST_JUDGED]:
            job.check()
            job.step_back()
            with contextlib.suppress(InputError):
                own = read_record(entry.path("data"))
                with RawPicture(entry.path("raw")) as raw:
                    proxy, shot, metadata = raw.proxy(predictor.process), raw.shot, raw.metadata
                found = predictor.predict_from(raw.path, proxy, shot, metadata).record
                small = fit_long_side(proxy, _SIDE)
                if own.process == found.process:
                    two = [render_record(small, one, "cpu", shot=shot) for one in (own, found)]
                    errors.append(float(delta_e00(*two).mean()))
        return round(float(np.mean(errors)), 2) if errors else None


def advice(count: int, groups: int, there: int, curve: Sequence[dict[str, float]] | None) -> str:
    """What to do next, in a line.

    count: corrections. groups: of them, bursts counted once. there: in the manifest.
    """
    if count == 0 and there == 0:
        return "Correct or accept pictures: they are what a model learns from."
    if count > there:
        left = count - there
        kept = "correction is" if left == 1 else "corrections are"
        return f"{left} {kept} not kept yet: save {'it' if left == 1 else 'them'}."
    if groups < LEAST and there < LEAST:
        return f"Below {LEAST} edits their mean, a preset, is as good as a model: go on correcting."
    if curve is not None:
        return gain(curve)
    more = "more still help" if there < ENOUGH else "more would change little"
    measure = ", or measure what it would gain" if there >= FEWEST else ""
    return f"{there} edits: train a model{measure}; {more}."


def gain(curve: Sequence[dict[str, float]]) -> str:
    """What a curve says, in a line."""
    learnt = [point for point in curve if point["edits"]]
    if not learnt:
        return "Nothing could be learnt."
    last = learnt[-1]
    line = f"Learnt from {last['edits']:.0f} edits: ΔE00 {last['delta_e']:.1f} on unseen pictures"
    if curve[0]["edits"] == 0:
        line += f"; without, {curve[0]['delta_e']:.1f}"
    if len(learnt) > 1:
        before = learnt[-2]
        fell = before["delta_e"] - last["delta_e"]
        helps = fell > 0.02 * before["delta_e"]
        line += "; more edits still help" if helps else "; more edits would change little"
    return f"{line}."


def _read_curve(file: Path) -> list[dict[str, float]] | None:
    """The curve that was measured last."""
    with contextlib.suppress(InputError, TypeError, ValueError, KeyError):
        return [
            {"edits": int(point["edits"]), "delta_e": float(point["delta_e"])}
            for point in read_json(file, _MOST_BYTES)
        ] or None
    return None
