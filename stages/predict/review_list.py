"""Predictions that a person should look at: those with little confidence go onto a list."""

import argparse
import csv
import io
import logging
import math
from pathlib import Path
from typing import TYPE_CHECKING

from params.files import REPO_ROOT, InputError, write_text
from params.record import Record

if TYPE_CHECKING:
    from model.confidence import Confidence

log = logging.getLogger(__name__)

# What run/evaluate.py writes by default, and its file of what confidence is built on.
EVALUATION, CONFIDENCE = REPO_ROOT / "outputs" / "evaluation", "confidence.pt"
COLUMNS = ("raw", "confidence")


def confidence_flags() -> argparse.ArgumentParser:
    """Parent parser of the commands that can tell how far to trust a prediction."""
    parent = argparse.ArgumentParser(add_help=False)
    group = parent.add_argument_group("confidence")
    group.add_argument(
        "--min-confidence",
        type=_share,
        metavar="0..1",
        help="list pictures below it in review.csv; they are done all the same",
    )
    group.add_argument(
        "--confidence",
        type=Path,
        metavar="FILE",
        help="confidence.pt of run/evaluate.py for this model; with --min-confidence by default "
        "outputs/evaluation/confidence.pt",
    )
    return parent


def _share(text: str) -> float:
    number = float(text)
    if not 0.0 <= number <= 1.0:  # which NaN is not either
        raise argparse.ArgumentTypeError(f"{text} is not in 0..1")
    return number


def confidence_of(args: argparse.Namespace) -> "Confidence | None":
    """What the flags ask for; None where they ask for nothing.

    Raises:
        InputError: no such file, or it was learnt for another model.
    """
    from model.confidence import load_confidence
    from stages.evaluate.model_answers import model_digest

    if args.confidence is None and args.min_confidence is None:
        return None
    file = args.confidence or EVALUATION / CONFIDENCE
    try:
        confidence = load_confidence(file)
    except InputError as error:
        raise InputError(f"{error} (run/evaluate.py writes confidence.pt)") from error
    if confidence.digest != model_digest(args.checkpoint, args.lora_checkpoint):
        raise InputError(f"{file}: learnt for another model, or with other adapters, than these")
    return confidence


class Review:
    """review.csv in the output folder: the doubtful pictures of all runs, least trusted first.

    floor: confidence below which a picture is doubtful; None: nothing is written.
    """

    def __init__(self, folder: Path, floor: float | None) -> None:
        self.file = folder / "review.csv"
        self.floor = floor
        self.doubtful: dict[str, float] = {} if floor is None else _read(self.file)
        self.noted = 0

    def note(self, raw: Path, record: Record) -> None:
        """Put a picture on the list, or take it off, by its record's confidence.

        Raises:
            InputError: the folder refuses.
        """
        confidence = record.extra.get("confidence")
        if self.floor is None or confidence is None:
            return
        before = dict(self.doubtful)
        self.doubtful.pop(str(raw), None)
        if confidence < self.floor:
            self.doubtful[str(raw)] = confidence
            self.noted += 1
        if self.doubtful == before and self.file.is_file():
            return
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(COLUMNS)
        for name, value in sorted(self.doubtful.items(), key=lambda item: (item[1], item[0])):
            writer.writerow((name.encode("utf-8", "replace").decode(), f"{value:.3f}"))
        write_text(self.file, text.getvalue())

    def report(self) -> None:
        """Say how many were doubtful in this run."""
        if self.noted:
            log.info("%d to look at: %s", self.noted, self.file)


def _read(file: Path) -> dict[str, float]:
    """A former run's list; what is no line of it is left out."""
    found: dict[str, float] = {}
    if not file.is_file():
        return found
    try:
        with file.open(encoding="utf-8", newline="") as lines:
            for line in csv.DictReader(lines):
                try:
                    value = float(line.get("confidence") or "nan")
                except ValueError:
                    continue
                if line.get("raw") and math.isfinite(value):
                    found[str(line["raw"])] = value
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{file}: cannot be read: {error}") from error
    return found
