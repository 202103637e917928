"""report.json of an output folder: what became of each picture, over all runs into it."""

import contextlib
import json
import logging
import os
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jobs.pace import Pace
from jobs.shard import Shard
from params.files import REPO_ROOT, InputError, read_json, read_lines, write_text
from params.record import Record, record_from_json, record_to_json
from params.xmp_white import shown_settings
from stages.predict.shard_files import part_name, parts_of, remove_parts

log = logging.getLogger(__name__)

FORMAT = "auto-acr-report-v1"
NAME, _JOURNAL = "report.json", ".report.jsonl"
_BEGUN = "begun"  # in the journal: no entry, but what is about to be written
_MOST_BYTES = 512 << 20  # of some hundred thousand pictures


@dataclass
class BatchReport:
    """Entries by the name of a picture's results (posix, relative to the output folder).

    earlier: as file and journal had them. new: of this run. Written together; other runs'
    entries that came in between are kept.

    The file is written now and then. What a killed run has begun and finished since stands in a
    journal beside it, a line each, until the next run.

    Runs of parts have a file and a journal each, which the run of all takes over.

    begun: the kinds of files (stages.predict.made_with) that a killed run was about to write for
        a picture, and may have written, some or all.
    """

    path: Path
    earlier: dict[str, dict[str, Any]]
    new: dict[str, dict[str, Any]] = field(default_factory=dict)
    last_run: dict[str, Any] = field(default_factory=dict)
    writable: bool = True
    begun: dict[str, list[str]] = field(default_factory=dict)
    _killed: dict[str, dict[str, Any]] = field(default_factory=dict)  # journals', and of parts
    _parts: list[Path] = field(default_factory=list)  # files to take over
    _finished: dict[str, dict[str, Any]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _pace: Pace = field(default_factory=Pace)

    @classmethod
    def open(cls, folder: Path, shard: Shard | None = None) -> "BatchReport":
        """The report of an output folder; a file of that name that isn't one is left alone.

        shard: the report is of a run of this part only.
        """
        path = folder / part_name(NAME, shard)
        try:
            earlier = _entries(folder / NAME)
            killed: dict[str, dict[str, Any]] = {}
            begun: dict[str, list[str]] = {}
            parts = [] if shard else parts_of(folder, NAME) + parts_of(folder, _JOURNAL)
            for file in (*parts, *([path] if shard else []), _journal_of(path)):
                if file.suffix == ".json":
                    killed |= _entries(file)
                    continue
                finished, unfinished = _journal(file)
                killed |= finished
                begun = {n: kinds for n, kinds in begun.items() if n not in finished} | unfinished
            return cls(path, earlier | killed, begun=begun, _killed=killed, _parts=parts)
        except InputError as error:
            log.warning("%s; it stays as it is, and this run leaves no report", error)
            return cls(path, {}, writable=False)

    def get(self, name: Path) -> dict[str, Any]:
        """The entry of a picture, empty when there is none."""
        key = name.as_posix()
        return self.new.get(key) or self.earlier.get(key) or {}

    def made_with(self, name: Path) -> Any:
        """What the results of this name were made with, as stages.predict.made_with entered it.

        A picture that failed since, or was skipped, may have them all the same.
        """
        return self.get(name).get("made_with")

    def begins(self, name: Path, kinds: Iterable[str]) -> None:
        """Note that files of a picture are about to be written. From any thread."""
        with self._lock, contextlib.suppress(OSError):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._note(name, {_BEGUN: sorted(kinds)})

    def finished(self, name: Path, raw: Path, record: Record, **facts: Any) -> None:
        """Note that all files of a picture are written. From any thread; done() may never come.

        facts: as of done(), with `made_with`.
        """
        entry = {"raw": _written(raw), "status": "done", **_edit(record), **facts}
        with self._lock:
            self._finished[name.as_posix()] = entry
            self.begun.pop(name.as_posix(), None)
            self._note(name, entry)

    def _note(self, name: Path, entry: dict[str, Any]) -> None:
        """A line in the journal; the last one of a picture counts."""
        if self.writable:
            with contextlib.suppress(OSError), _journal_of(self.path).open("a") as file:
                file.write(json.dumps([name.as_posix(), entry]) + "\n")

    def owner(self, name: Path) -> Path | None:
        """The RAW file that the results of this name were made from, when known."""
        raw = self.get(name).get("raw")
        return REPO_ROOT / raw if isinstance(raw, str) and raw else None

    def record(self, name: Path) -> Record | None:
        """The edit that a picture was given; None where the report has none that can be used."""
        entry = self.get(name)
        try:
            kept = {key: entry[key] for key in ("process", "masks") if key in entry}
            params = entry.get("params_denorm", entry.get("settings"))  # older ones: the same
            return record_from_json({**kept, "params_denorm": params}, self.path)
        except InputError:
            return None

    def done(self, name: Path, raw: Path, record: Record, **facts: Any) -> None:
        """Enter a picture whose files are all there."""
        self._enter(name, raw, "done", **{**_edit(record), **facts})
        with self._lock:
            self._note(name, self.new[name.as_posix()])

    def failed(self, name: Path, raw: Path, error: str, **facts: Any) -> None:
        """Enter a picture that could not be done, and why."""
        self._enter(name, raw, "failed", error=error, **facts)

    def skipped(self, name: Path, raw: Path) -> None:
        """A picture that was done before; what was reported of it stays."""
        if self.get(name).get("status") != "done":
            self._enter(name, raw, "skipped")

    def failures(self) -> Iterator[tuple[str, str]]:
        """Name and reason of each picture that could not be done, in this or an earlier run."""
        for name, entry in sorted((self.earlier | self.new).items()):
            if entry.get("status") == "failed":
                yield name, str(entry.get("error", ""))

    def _enter(self, name: Path, raw: Path, status: str, **facts: Any) -> None:
        kept = {"made_with": made} if (made := self.made_with(name)) else {}
        self.new[name.as_posix()] = {"raw": _written(raw), "status": status, **kept, **facts}

    def write(self, final: bool = True) -> None:
        """Write the file; unless final, only when some seconds have passed. Never raises."""
        if not self.writable or not (final or self._pace.is_due):
            return
        try:
            with self._pace.taken():
                self._write()
            if final:
                self._close_journal()
                remove_parts(self._parts)
        except InputError as error:
            self.writable = False
            log.warning("%s", error)

    def _write(self) -> None:
        with self._lock:
            finished = dict(self._finished)
        pictures = _entries(self.path) | self._killed | finished | self.new
        run = {**self.last_run, "written": datetime.now(UTC).isoformat("T", "seconds")}
        document = {
            "format": FORMAT,
            "last_run": run,
            "pictures": dict(sorted(pictures.items())),
        }
        write_text(self.path, json.dumps(document, indent=1, allow_nan=False) + "\n")

    def _close_journal(self) -> None:
        """What it says is in the file now; what is begun only is kept for a later run."""
        journal = _journal_of(self.path)
        if self.begun:
            lines = (json.dumps([name, {_BEGUN: kinds}]) for name, kinds in self.begun.items())
            write_text(journal, "".join(f"{line}\n" for line in lines))
        else:
            with contextlib.suppress(OSError):
                journal.unlink(missing_ok=True)


def _journal_of(path: Path) -> Path:
    """The journal of a report: .report.jsonl of report.json, and so on."""
    return path.with_name(f".{path.stem}.jsonl")


def _edit(record: Record) -> dict[str, Any]:
    document = record_to_json(record)
    kept = {key: document[key] for key in ("process", "masks")}
    # What people look for, the kelvin and tint that Lightroom shows; and what is read again.
    return {**kept, "settings": shown_settings(record), "params_denorm": document["params_denorm"]}


def _written(raw: Path) -> str:
    """As portable_path, but a link stays the link that was given."""
    path = Path(os.path.abspath(raw))
    return path.relative_to(REPO_ROOT).as_posix() if path.is_relative_to(REPO_ROOT) else str(path)


def _journal(path: Path) -> tuple[dict[str, dict[str, Any]], dict[str, list[str]]]:
    """The pictures that a killed run had finished, and the kinds of files of those begun only.

    A line that makes no sense is passed over.
    """
    found: dict[str, dict[str, Any]] = {}
    begun: dict[str, list[str]] = {}
    with contextlib.suppress(InputError):
        for line in read_lines(path, _MOST_BYTES):
            with contextlib.suppress(ValueError, TypeError, RecursionError):
                name, entry = json.loads(line)
                if not (isinstance(name, str) and isinstance(entry, dict)):
                    continue
                if isinstance(kinds := entry.get(_BEGUN), list):
                    begun[name] = [kind for kind in kinds if isinstance(kind, str)]
                else:
                    found[name] = entry
                    begun.pop(name, None)
    return found, begun


def _entries(path: Path) -> dict[str, dict[str, Any]]:
    """The pictures of a report file; none when there is no file.

    Raises:
        InputError: it cannot be read, or is not a report.
    """
    with contextlib.suppress(OSError):
        if not path.exists():
            return {}
    document = read_json(path, _MOST_BYTES)
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise InputError(f"{path}: not a report of format {FORMAT}")
    pictures = document.get("pictures")
    if not isinstance(pictures, dict):
        raise InputError(f"{path}: not a report of format {FORMAT}")
    return {name: entry for name, entry in pictures.items() if isinstance(entry, dict)}
