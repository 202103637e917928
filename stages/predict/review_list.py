"""Predictions that a person should look at: those with little confidence go onto a list."""

import csv
import logging
import math
from collections.abc import Mapping
from pathlib import Path

from jobs.shard import Shard
from params.csv_text import csv_text
from params.files import InputError, write_text
from params.panels import PANELS
from params.record import Record
from stages.predict.shard_files import part_name, parts_of, remove_parts

log = logging.getLogger(__name__)

NAME = "review.csv"
# look_at: the panels with as little confidence themselves, the least first.
COLUMNS = ("raw", "confidence", "look_at")


class Review:
    """review.csv in the output folder: the doubtful pictures of all runs, least trusted first.

    It is in this order when a run is over; while it goes on, and after it was killed, what it
    noted stands behind, and the last line of a picture counts. A line without confidence takes the
    picture off.

    floor: confidence below which a picture is doubtful; None: nothing is written.
    shard: a run of a part has a list of its own, which the run of all takes over.
    """

    def __init__(self, folder: Path, floor: float | None, shard: Shard | None = None) -> None:
        self.file = folder / part_name(NAME, shard)
        self.floor = floor
        self.doubtful: dict[str, tuple[float, str]] = {} if floor is None else _read(self.file)
        self.noted = 0
        self._is_part, self._off, self._begun = shard is not None, set[str](), False

    def note(self, raw: Path, record: Record) -> None:
        """Put a picture on the list, or take it off, by its record's confidence.

        Raises:
            InputError: the folder refuses.
        """
        confidence = record.extra.get("confidence")
        if self.floor is None or confidence is None:
            return
        name = str(raw)
        before = self.doubtful.pop(name, None)
        if confidence < self.floor:
            by_panel = record.extra.get("confidence_by_panel", {})
            self.doubtful[name] = confidence, _look_at(by_panel, self.floor)
            self.noted += 1
        elif self._is_part:
            self._off.add(name)
        if not (self._begun and self.file.is_file()):
            self.sort()
            self._begun = True
        elif self.doubtful.get(name) != before or name in self._off:
            self._append(name)

    def sort(self) -> None:
        """Write the list in its order. Raises InputError: the folder refuses."""
        names = sorted(self.doubtful, key=lambda name: (self.doubtful[name][0], name))
        names += sorted(self._off - self.doubtful.keys())
        write_text(self.file, csv_text(COLUMNS, map(self._row, names)))

    def close(self) -> None:
        """The run is over: put the list in order, if anything was noted."""
        if self._begun:
            self.sort()

    def report(self) -> None:
        """Log how many were doubtful in this run."""
        if self.noted:
            log.info("%d to look at: %s", self.noted, self.file)

    def _row(self, name: str) -> tuple[str, str, str]:
        if name not in self.doubtful:
            return name, "", ""
        value, panels = self.doubtful[name]
        return name, f"{value:.3f}", panels

    def _append(self, name: str) -> None:
        try:
            with self.file.open("a", encoding="utf-8", newline="") as file:
                file.write(csv_text(self._row(name), ()))
        except OSError as error:
            raise InputError(f"{self.file}: cannot be written: {error.strerror}") from error


def take_over_parts(folder: Path) -> None:
    """Put what runs of parts have listed onto the list, and remove their lists.

    Raises:
        InputError: a list cannot be read, or the folder refuses.
    """
    parts = parts_of(folder, NAME)
    if parts:
        whole = Review(folder, 0.0)
        for part in parts:
            whole.doubtful = _read(part, whole.doubtful)
        whole.sort()
        remove_parts(parts)


def _look_at(by_panel: Mapping[str, float], floor: float) -> str:
    """The panels below a confidence in words, such as "mixer 0.40, curves 0.55"."""
    low = sorted((value, panel) for panel, value in by_panel.items() if value < floor)
    return ", ".join(f"{PANELS[panel].word} {value:.2f}" for value, panel in low)


def _read(
    file: Path, before: Mapping[str, tuple[float, str]] | None = None
) -> dict[str, tuple[float, str]]:
    """What a file makes of a list; what is no line of one is left out."""
    found = dict(before or {})
    if not file.is_file():
        return found
    try:
        with file.open(encoding="utf-8", newline="") as lines:
            for line in csv.DictReader(lines):
                name, text = line.get("raw"), line.get("confidence")
                try:
                    value = float(text or "nan")
                except ValueError:
                    continue
                if name and text == "":
                    found.pop(name, None)
                elif name and math.isfinite(value):
                    found[name] = value, str(line.get("look_at") or "")
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{file}: cannot be read: {error}") from error
    return found
