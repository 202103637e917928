"""Predictions that a person should look at: those with little confidence go onto a list."""

import csv
import logging
import math
from collections.abc import Mapping
from pathlib import Path

from params.csv_text import csv_text
from params.files import InputError, write_text
from params.panels import PANELS
from params.record import Record

log = logging.getLogger(__name__)

NAME = "review.csv"
# look_at: the panels with as little confidence themselves, the least first.
COLUMNS = ("raw", "confidence", "look_at")


class Review:
    """review.csv in the output folder: the doubtful pictures of all runs, least trusted first.

    floor: confidence below which a picture is doubtful; None: nothing is written.
    """

    def __init__(self, folder: Path, floor: float | None) -> None:
        self.file = folder / NAME
        self.floor = floor
        self.doubtful: dict[str, tuple[float, str]] = {} if floor is None else _read(self.file)
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
            by_panel = record.extra.get("confidence_by_panel", {})
            self.doubtful[str(raw)] = confidence, _look_at(by_panel, self.floor)
            self.noted += 1
        if self.doubtful == before and self.file.is_file():
            return
        doubtful = sorted(self.doubtful.items(), key=lambda item: (item[1][0], item[0]))
        rows = [(name, f"{value:.3f}", panels) for name, (value, panels) in doubtful]
        write_text(self.file, csv_text(COLUMNS, rows))

    def report(self) -> None:
        """Log how many were doubtful in this run."""
        if self.noted:
            log.info("%d to look at: %s", self.noted, self.file)


def _look_at(by_panel: Mapping[str, float], floor: float) -> str:
    """The panels below a confidence in words, such as "mixer 0.40, curves 0.55"."""
    low = sorted((value, panel) for panel, value in by_panel.items() if value < floor)
    return ", ".join(f"{PANELS[panel].word} {value:.2f}" for value, panel in low)


def _read(file: Path) -> dict[str, tuple[float, str]]:
    """A former run's list; what is no line of it is left out."""
    found: dict[str, tuple[float, str]] = {}
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
                    found[str(line["raw"])] = value, str(line.get("look_at") or "")
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{file}: cannot be read: {error}") from error
    return found
