"""File names that look the same: composed or decomposed letters, upper or lower case.

macOS's tools write an umlaut as two characters, others as one; some disks tell such names, and
upper from lower case, apart and some do not. A name is meant as it is written; where there is
none, one with the same letters; where there is none either, one that differs in case.
"""

import os
import time
import unicodedata
from collections.abc import Callable, Iterable
from pathlib import Path

_MOST_FOLDERS = 256  # whose names are kept
_SETTLED = 2.0  # seconds after which a folder's time of change tells a later change


def composed(name: str) -> str:
    """A name with its letters composed: equal for names that look the same."""
    return name if name.isascii() else unicodedata.normalize("NFC", name)


def folded(name: str) -> str:
    """As composed, and equal for names that differ in upper and lower case only."""
    return composed(composed(name).casefold())


# From the strictest to the loosest.
FOLDS: tuple[Callable[[str], str], ...] = (str, composed, folded)


def difference(one: str, other: str) -> int:
    """How much two names differ: 0 equal, 1 in the form of letters, 2 in case, 3 more."""
    return next((i for i, fold in enumerate(FOLDS) if fold(one) == fold(other)), len(FOLDS))


def nearest_name(name: str, others: Iterable[str]) -> str | None:
    """Of several names the one that is meant by `name`.

    None where none looks the same, or where two do so equally.
    """
    near: dict[int, list[str]] = {}
    for other in others:
        near.setdefault(difference(name, other), []).append(other)
    best = min(near, default=len(FOLDS))
    return near[best][0] if best < len(FOLDS) and len(near[best]) == 1 else None


class Folders:
    """The names in folders, each folder read once for as long as it does not change."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[int, dict[str, list[str]]]] = {}

    def of_stem(self, folder: Path, stem: str) -> list[str]:
        """The names, sorted, whose stem folds to the same; none in a folder that can't be read."""
        return self._listing(folder).get(folded(stem), [])

    def find(self, path: Path) -> Path | None:
        """The file that is meant by a path, whose folders' names may differ likewise."""
        try:
            if path.is_file():
                return path
        except (OSError, ValueError):  # no name of a file
            return None
        here = Path(path.anchor)
        for part in path.parts[1:] if path.anchor else path.parts:
            if (here / part).exists():
                here = here / part
                continue
            name = nearest_name(part, self.of_stem(here, os.path.splitext(part)[0]))
            if name is None:
                return None
            here = here / name
        return here if here.is_file() else None

    def _listing(self, folder: Path) -> dict[str, list[str]]:
        """Folded stem -> names."""
        try:
            changed = os.stat(folder).st_mtime_ns
            known = self._known.get(folder)
            if known is not None and known[0] == changed:
                return known[1]
            now = time.time_ns()
            listing: dict[str, list[str]] = {}
            for name in sorted(os.listdir(folder)):
                listing.setdefault(folded(os.path.splitext(name)[0]), []).append(name)
        except OSError:
            return {}
        if len(self._known) >= _MOST_FOLDERS:
            self._known.clear()
        if now - changed > _SETTLED * 1e9:  # else a further change might have the same time
            self._known[folder] = changed, listing
        return listing
