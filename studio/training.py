"""A model of the photographer's edits trained behind the page, by the training commands."""

import contextlib
import csv
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dataset.hold_out import TRAINING, VALIDATION
from dataset.manifest import Entry, write_manifest
from model.adapter import Adapter
from params.auto_edit import PROCESS as AUTO_PROCESS
from params.files import REPO_ROOT, InputError, read_json, read_lines, write_text
from params.record import read_record
from stages.train.settings import FOLDS_TABLE, LoraSettings
from studio.jobs import CancelledError, Job
from studio.settings import StudioSettings

FACTS = "taught.json"  # in a model's folder, written last: it is whole
LOG, MANIFEST = "train.log", "manifest.jsonl"
_SECONDS = 0.3  # between looks at how far it is
_SECONDS_TO_END = 5.0
_MOST_BYTES = 1 << 20


@dataclass(frozen=True)
class Taught:
    """A model that was trained here.

    file: the adapter or checkpoint. base: of an adapter the checkpoint that it belongs to, else
    None. edits: how many it has learnt. delta_e: mean ΔE00 on the photographer's pictures that it
    has not learnt from; None: there were none.
    """

    name: str
    file: Path
    base: Path | None
    edits: int
    delta_e: float | None = None

    @property
    def adapters(self) -> tuple[Adapter, ...]:
        return () if self.base is None else (Adapter(self.file),)


def models_folder(settings: StudioSettings) -> Path:
    return settings.output / "models"


def train_model(settings: StudioSettings, entries: Sequence[Entry], job: Job) -> Taught:
    """Train LoRA on the first checkpoint, or without one linear heads on statistics.

    A folder of its own below models/; where it is cancelled or fails nothing is left but, of a
    failure, its log.

    Raises:
        InputError: nothing to learn from, or the training ended with an error.
        CancelledError: the job was cancelled.
    """
    if not entries:
        raise InputError("no corrections are in the manifest yet")
    base = settings.checkpoints[0] if settings.checkpoints else None
    folder = _new_folder(models_folder(settings), f"{settings.expert}-{len(entries)}")
    try:
        write_manifest(folder / MANIFEST, _some_to_train_on(entries))
        _run(_command(settings, base, entries, folder), folder, job)
        file = folder / ("best.pt" if base is None else "lora_best.pt")
        if not file.is_file():
            raise InputError(f"{folder / LOG}: the training has left no model")
    except CancelledError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    except InputError:
        for file in folder.iterdir():
            if file.name != LOG:
                with contextlib.suppress(OSError):
                    shutil.rmtree(file) if file.is_dir() else file.unlink()
        raise
    return Taught(folder.name, file, base, len(entries))


def epochs_of(settings: StudioSettings, entries: Sequence[Entry]) -> int:
    """How many epochs train_model() takes at most: of LoRA, folds included, as its command
    chooses, else 1.
    """
    if not settings.checkpoints:
        return 1
    splits = [entry.split for entry in _some_to_train_on(entries)]
    chosen = LoraSettings(checkpoint=settings.checkpoints[0]).for_pictures(
        splits.count(TRAINING), splits.count(VALIDATION)
    )
    epochs: int = chosen.epochs * (1 + (chosen.folds or 0))
    return epochs


def keep_facts(taught: Taught) -> None:
    """Write down what a model is: from then on it is there after a restart."""
    facts = {
        "base": None if taught.base is None else str(taught.base),
        "edits": taught.edits,
        "delta_e": taught.delta_e,
    }
    write_text(taught.file.parent / FACTS, json.dumps(facts, indent=1) + "\n")


def remove_unfinished(settings: StudioSettings) -> None:
    """Remove what a training of a killed studio has left."""
    for log in models_folder(settings).glob(f"*/{LOG}"):
        if log.with_name(MANIFEST).is_file() and not log.with_name(FACTS).is_file():
            shutil.rmtree(log.parent, ignore_errors=True)


def taught_before(settings: StudioSettings) -> list[Taught]:
    """The models trained here that suit the checkpoints of today, by name."""
    found = []
    base = settings.checkpoints[0] if settings.checkpoints else None
    for facts_file in sorted(models_folder(settings).glob(f"*/{FACTS}")):
        with contextlib.suppress(InputError, TypeError, ValueError, KeyError):
            facts: dict[str, Any] = read_json(facts_file, _MOST_BYTES)
            own = facts["base"] is not None
            file = facts_file.with_name("lora_best.pt" if own else "best.pt")
            if not file.is_file() or (own and facts["base"] != str(base)):
                continue
            delta_e = facts["delta_e"]
            taught = Taught(
                facts_file.parent.name,
                file,
                base if own else None,
                int(facts["edits"]),
                None if delta_e is None else float(delta_e),
            )
            found.append(taught)
    return found


def _new_folder(parent: Path, name: str) -> Path:
    number = 1
    while True:
        folder = parent / (name if number == 1 else f"{name}-{number}")
        try:
            folder.mkdir(parents=True)
            return folder
        except FileExistsError:
            number += 1
        except OSError as error:
            raise InputError(f"{folder}: cannot be made: {error.strerror}") from error


def _some_to_train_on(entries: Sequence[Entry]) -> list[Entry]:
    """The entries; all to train on where their splits leave nothing for that."""
    if any(entry.split == TRAINING for entry in entries):
        return list(entries)
    return [replace(entry, fields={**entry.fields, "split": TRAINING}) for entry in entries]


def _command(
    settings: StudioSettings, base: Path | None, entries: Sequence[Entry], folder: Path
) -> list[str]:
    words: list[object] = ["--manifest", folder / MANIFEST, "--output", folder]
    words += ["--cache", settings.folder / "teach" / "cache", "--workers", 0]
    words += ["--save-frequency", 10_000, "--device", settings.device]
    if base is not None:
        script = "lora_finetune.py"
        # Epochs and learning rate it chooses; a style may be far from the base.
        words += ["--checkpoint", base, "--train-heads"]
    else:
        script = "train_autopilot.py"
        words += ["--backbone", "statistics"]
        if all(read_record(e.path("data")).process == AUTO_PROCESS for e in entries):
            words += ["--residual", "auto"]
    program = [sys.executable, "-m", "jobs.while_owned", str(REPO_ROOT / "run" / script)]
    return [*program, *map(str, words)]


def _run(command: Sequence[str], folder: Path, job: Job) -> None:
    """Run a training command to its end, which comes with this process's, too."""
    with (folder / LOG).open("wb") as log:
        try:
            process = subprocess.Popen(
                command,
                cwd=REPO_ROOT,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is the studio's to handle
            )
        except OSError as error:
            raise InputError(f"the training cannot be started: {error.strerror}") from error
        job.on_cancel(process.terminate)
        try:
            while process.poll() is None:
                job.check()
                _tell(folder, job)
                time.sleep(_SECONDS)
            job.check()
        finally:
            job.on_cancel(None)
            _end(process)
    _tell(folder, job)
    if process.returncode:
        raise InputError(f"the training failed: {_last_line(folder / LOG)}")


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(_SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    if process.stdin is not None:
        with contextlib.suppress(OSError):
            process.stdin.close()


def _tell(folder: Path, job: Job) -> None:
    """Say how far a training is, by its tables."""
    tried, rows = _rows(folder / FOLDS_TABLE), _rows(folder / "log.csv")
    done = len(tried) + len(rows)
    if done <= job.done:
        return
    if rows:
        loss = rows[-1].get("val_loss") or rows[-1].get("train_loss") or ""
        job.step(f"epoch {len(rows)}, loss {loss[:6]}", done)
    else:
        job.step(f"trying how long to learn, loss {tried[-1].get('loss', '')[:6]}", done)


def _rows(file: Path) -> list[dict[str, str]]:
    with contextlib.suppress(InputError, csv.Error):
        return list(csv.DictReader(read_lines(file, _MOST_BYTES)))
    return []


def _last_line(file: Path) -> str:
    """The last thing that a command said."""
    with contextlib.suppress(OSError):
        data = file.read_bytes()[-4096:].decode("utf-8", "replace")
        lines = [line.split("\r")[-1].strip() for line in data.splitlines()]
        if said := [line for line in lines if line]:
            return said[-1]
    return "it said nothing"
