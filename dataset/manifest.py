"""The JSONL manifest: which RAW, edited TIFF, preview and parameter file belong together."""

import contextlib
import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from params.files import REPO_ROOT, InputError, read_lines, write_text
from params.lock import locked

log = logging.getLogger(__name__)

DEFAULT_MANIFEST = REPO_ROOT / "outputs" / "dataset_manifest.jsonl"
DEFAULT_CACHE = REPO_ROOT / "outputs" / "cache"  # of decoded pictures, see dataset.sample_cache
REQUIRED = ("id", "split", "expert", "raw", "preview", "data")
PATH_FIELDS = ("raw", "tif", "preview", "data")
_MOST_BYTES = 128 << 20
_NAMED, _MOST_BAD = 100, 10_000  # bad lines that have an error each, and that are passed over
_encode = json.JSONEncoder(ensure_ascii=False).encode  # made once: json.dumps would each time


@dataclass(frozen=True, slots=True)
class Entry:
    """One line. `fields` is the JSON object as read; `folder` is the manifest's own.

    ours: made here, from files, and not read: its paths are known to be what they should be.
    """

    fields: dict[str, Any]
    folder: Path
    ours: bool = False

    @property
    def key(self) -> tuple[str, str, str]:
        """(id, split, expert): what makes a line the same line."""
        return self.fields["id"], self.fields["split"], self.fields["expert"]

    @property
    def id(self) -> str:
        return self.fields["id"]

    @property
    def split(self) -> str:
        return self.fields["split"]

    @property
    def has_tif(self) -> bool:
        """Whether there is an edited TIFF (edits imported from settings have none)."""
        return bool(self.fields.get("tif"))

    def path(self, name: str) -> Path:
        """The existing file of field `name` (raw, tif, preview or data).

        A relative path is looked for in the manifest's folder, then in the repository root.

        Raises:
            InputError: the field is empty, or the file is in neither place.
        """
        value = self.fields.get(name)
        if not value:
            raise InputError(f"{self.id}: its manifest line has no {name}")
        places = (
            [Path(value)] if Path(value).is_absolute() else [self.folder / value, REPO_ROOT / value]
        )
        for place in places:
            with contextlib.suppress(OSError):  # a name too long to be a file's
                if place.is_file():
                    return place
        raise InputError(f"{self.id}: no {name} file at {' or '.join(map(str, places))}")


def portable_path(path: Path) -> str:
    """How a path is written: relative to the repository root below it, else absolute."""
    path = Path(path).resolve()
    return path.relative_to(REPO_ROOT).as_posix() if path.is_relative_to(REPO_ROOT) else str(path)


def make_entry(
    *, id: str, split: str, expert: str, raw: Path, tif: Path | None, preview: Path, data: Path
) -> Entry:
    """A new line from the files it names."""
    paths = {"raw": raw, "tif": tif, "preview": preview, "data": data}
    written = {name: portable_path(path) if path else None for name, path in paths.items()}
    return Entry({"id": id, "split": split, "expert": expert, **written}, REPO_ROOT, ours=True)


def read_manifest(path: Path) -> list[Entry]:
    """Read a manifest; a bad line is reported as an error, and the rest is used.

    Raises:
        InputError: the file can't be read, or holds no good line.
    """
    entries, bad = _read(Path(path))
    if not entries:
        raise InputError(f"{path}: no usable line" + (f" ({len(bad)} bad)" if bad else ""))
    return entries


def merge_manifest(path: Path, entries: Iterable[Entry], rebuilt: Iterable[Entry] = ()) -> int:
    """Add or update lines by (id, split, expert), sorted, atomically; returns the line count.

    Fields of the old line that the new one doesn't name survive, and so do bad lines.
    `rebuilt` lines only fill gaps: a line that is there stays as it is, because its paths may
    have been mended since the files were written. Of two processes that merge into one manifest
    the second waits for the first.
    """
    path = Path(path)
    with locked(path):
        old, bad = _read(path) if path.exists() else ([], [])
        merged = {entry.key: entry.fields for entry in old}
        for entry in rebuilt:
            merged.setdefault(entry.key, entry.fields)
        for entry in entries:
            merged[entry.key] = {**merged.get(entry.key, {}), **entry.fields}
        lines = [_line(merged[key]) for key in sorted(merged)]
        write_text(path, "".join(f"{line}\n" for line in lines + bad))
    return len(lines)


def write_manifest(path: Path, entries: Iterable[Entry]) -> None:
    """Write a manifest of these entries, sorted, atomically.

    Relative paths that are found beside the entry's own manifest are rewritten when the new one
    lies in another folder, so that they stay right.
    """
    path = Path(path)
    folder = path.resolve().parent
    ordered = sorted(entries, key=lambda entry: entry.key)
    rows = (moved(entry) if entry.folder != folder else entry.fields for entry in ordered)
    write_text(path, "".join(f"{_line(fields)}\n" for fields in rows))


def moved(entry: Entry) -> dict[str, Any]:
    """The fields with paths that do not depend on the manifest's folder."""
    fields = dict(entry.fields)
    for name in PATH_FIELDS:
        with contextlib.suppress(InputError):
            fields[name] = portable_path(entry.path(name))
    return fields


def _line(fields: dict[str, Any]) -> str:
    line = _encode(fields)
    try:
        line.encode()
    except UnicodeEncodeError:  # a file name that is not text: JSON's escapes hold it
        return json.dumps(fields)
    return line


def _read(path: Path) -> tuple[list[Entry], list[str]]:
    """The good lines, and the bad ones as they stand."""
    folder = path.resolve().parent
    entries: list[Entry] = []
    bad: list[str] = []
    for number, line in enumerate(read_lines(path, _MOST_BYTES), start=1):
        if not line.strip():
            continue
        problem = None
        try:
            fields = json.loads(line)
        except (ValueError, RecursionError):
            problem = "not JSON"
        else:
            problem = _problem(fields)
        if problem:
            if len(bad) < _NAMED:
                log.error("%s:%d: %s; line left out", path, number, problem)
            bad.append(line)
            if len(bad) > max(_MOST_BAD, len(entries)):
                raise InputError(f"{path}: more bad lines than good ones: not a manifest")
        else:
            entries.append(Entry(fields, folder))
    if len(bad) > _NAMED:
        log.error("%s: %d more lines left out", path, len(bad) - _NAMED)
    return entries, bad


def _problem(fields: Any) -> str | None:
    if not isinstance(fields, dict):
        return "not a JSON object"
    for name in REQUIRED:
        if not isinstance(fields.get(name), str) or not fields[name]:
            return f"no {name}"
    if not isinstance(fields.get("tif"), str | None):
        return "tif is neither a path nor null"
    return None
