"""Files of a manifest that have been moved: found again by the end of their path."""

import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dataset.manifest import PATH_FIELDS, Entry
from params.file_names import FOLDS, difference, folded
from params.files import REPO_ROOT, InputError

KEPT, FOUND, AMBIGUOUS, MISSING = "in place", "found", "ambiguous", "missing"


@dataclass
class Relocation:
    """What became of a manifest's paths.

    counts: (field, KEPT | FOUND | AMBIGUOUS | MISSING) -> how many.
    moves: (old folder, new folder), up to where they differ -> how many files.
    lost: one line for each path that was not found.
    """

    entries: list[Entry] = field(default_factory=list)
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    moves: Counter[tuple[str, str]] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)

    def table(self) -> list[str]:
        """The counts as lines of text, and the moves."""
        columns = (KEPT, FOUND, AMBIGUOUS, MISSING)
        lines = [f"{'':8}" + "".join(f"{name:>11}" for name in columns)]
        for name in PATH_FIELDS:
            row = "".join(f"{self.counts[name, column]:>11}" for column in columns)
            lines.append(f"{name:8}{row}")
        for (old, new), count in self.moves.most_common(20):
            lines.append(f"{count} files: {old or '.'} -> {new or '.'}")
        return lines


def relocate(entries: Sequence[Entry], search: Iterable[Path]) -> Relocation:
    """Look below the `search` folders for each file that is not where its entry says.

    A file is the same when its name is (params.file_names says when), and of several the one
    that shares most of the end of the path. Where two share as much, the one in whose folder
    most others of that old folder were found; failing that the path is ambiguous and stays as
    it is.

    Raises:
        InputError: a search folder does not exist.
    """
    places = _places(search)
    result = Relocation()
    # Paths are looked up once, however many lines have them.
    answers: dict[tuple[Path, str], list[str] | None] = {}
    for entry in entries:
        for name in PATH_FIELDS:
            value = entry.fields.get(name)
            if value and (entry.folder, value) not in answers:
                answers[entry.folder, value] = _look(entry, name, places)
    roots = Counter(
        _roots(value, found[0])
        for (_, value), found in answers.items()
        if found and len(found) == 1
    )
    for entry in entries:
        fields = dict(entry.fields)
        for name in PATH_FIELDS:
            value = fields.get(name)
            if not value:
                continue
            state, new = _decide(value, answers[entry.folder, value], roots)
            result.counts[name, state] += 1
            if new is not None:
                result.moves[_roots(value, new)] += 1
                fields[name] = new.removeprefix(f"{REPO_ROOT}/")
            elif state != KEPT:
                result.lost.append(f"{entry.id}: {name} {value}: {state}")
        result.entries.append(Entry(fields, entry.folder))
    return result


def _decide(
    value: str, found: list[str] | None, roots: Counter[tuple[str, str]]
) -> tuple[str, str | None]:
    if found is None:
        return KEPT, None
    if len(found) == 1:
        return FOUND, found[0]
    if not found:
        return MISSING, None
    votes = [(roots[_roots(value, path)], path) for path in found]
    most = max(votes)[0]
    best = [path for count, path in votes if count == most]
    return (FOUND, best[0]) if most and len(best) == 1 else (AMBIGUOUS, None)


def _look(entry: Entry, name: str, places: dict[str, list[str]]) -> list[str] | None:
    """None when the file is in place, else the candidates that match best."""
    try:
        entry.path(name)
        return None
    except InputError:
        pass
    parts = _parts(entry.fields[name])
    if not parts:
        return []
    candidates = places.get(folded(parts[-1]), [])
    near = [difference(parts[-1], os.path.basename(path)) for path in candidates]
    candidates = [p for p, far in zip(candidates, near, strict=True) if far == min(near)]
    shared = [
        ([_shared(parts, _parts(path), fold) for fold in reversed(FOLDS)], path)
        for path in candidates
    ]
    most = max((counts for counts, _ in shared), default=[])
    return [path for counts, path in shared if counts == most]


def _places(search: Iterable[Path]) -> dict[str, list[str]]:
    """Folded file name -> paths of that name below the folders."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for folder in search:
        if not folder.is_dir():
            raise InputError(f"{folder}: no such folder")
        for here, _, names in os.walk(folder.resolve()):
            for name in names:
                found[folded(name)][os.path.join(here, name)] = None
    return {name: list(paths) for name, paths in found.items()}


def _parts(path: str) -> list[str]:
    """The path's parts, without root or drive; a manifest from Windows has backslashes."""
    if "\\" in path and "/" not in path:
        path = path.replace("\\", "/")
    parts = [part for part in path.split("/") if part]
    return parts[1:] if parts and parts[0].endswith(":") else parts


def _shared(one: Sequence[str], other: Sequence[str], fold: Callable[[str], str] = folded) -> int:
    """How many parts at the end are equal, each folded."""
    count = 0
    for a, b in zip(reversed(one), reversed(other), strict=False):
        if fold(a) != fold(b):
            break
        count += 1
    return count


def _roots(old: str, new: str) -> tuple[str, str]:
    """Both paths without the end they share."""
    old_parts, new_parts = _parts(old), _parts(new)
    count = _shared(old_parts, new_parts)
    anchor = "/" if old.startswith("/") else ""
    return (
        anchor + "/".join(old_parts[: len(old_parts) - count]),
        "/" + "/".join(new_parts[: len(new_parts) - count]),
    )
