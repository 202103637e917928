"""Where a catalog's picture lies now: moved drives, other machines, upper and lower case."""

import os
import unicodedata
from collections.abc import Mapping
from pathlib import Path, PureWindowsPath

from dataset.lightroom.catalog import CatalogPicture


class Locator:
    """Finds the pictures of one catalog.

    roots: what a path of the catalog begins with -> what it begins with here.
    """

    def __init__(self, catalog: Path, roots: Mapping[str, str]) -> None:
        self._folder = catalog.resolve().parent
        self._roots = {_parts(old): Path(new) for old, new in roots.items()}
        self._names: dict[Path, dict[str, str]] = {}

    def places(self, picture: CatalogPicture) -> list[Path]:
        """Where the picture may be, likeliest first: as mapped, as written, near the catalog."""
        whole = f"{picture.root}/{picture.folder}/{picture.name}"
        parts = _parts(whole)
        found = [
            new.joinpath(*_parts(whole, fold=False)[len(old) :])
            for old, new in sorted(self._roots.items(), key=lambda root: -len(root[0]))
            if parts[: len(old)] == old
        ]
        foreign = bool(PureWindowsPath(picture.root).drive)  # C:, or //server/share
        if os.name == "nt" or (whole.startswith("/") and not foreign):
            found.append(Path(whole))
        if picture.relative_root:
            near = f"{picture.relative_root}/{picture.folder}/{picture.name}"
            place = self._folder.joinpath(*_parts(near, fold=False))
            found.append(Path(os.path.normpath(place)))
        return found

    def find(self, picture: CatalogPicture) -> Path | None:
        """The file, when it is there; its name may differ in upper and lower case."""
        for place in self.places(picture):
            found = self._there(place)
            if found is not None:
                return found
        return None

    def _there(self, place: Path) -> Path | None:
        try:
            if place.is_file():
                return place
        except (OSError, ValueError):  # no name of a file
            return None
        here = Path(place.anchor)
        for part in place.parts[1:] if place.anchor else place.parts:
            name = self._listing(here).get(_fold(part))
            if name is None:
                return None
            here = here / name
        return here if here.is_file() else None

    def _listing(self, folder: Path) -> dict[str, str]:
        if folder not in self._names:
            try:
                self._names[folder] = {_fold(name): name for name in os.listdir(folder)}
            except OSError:
                self._names[folder] = {}
        return self._names[folder]


def _parts(path: str, *, fold: bool = True) -> tuple[str, ...]:
    parts = [part for part in path.replace("\\", "/").split("/") if part not in ("", ".")]
    return tuple(_fold(part) for part in parts) if fold else tuple(parts)


def _fold(name: str) -> str:
    """Names that some file system takes for the same: case, and composed letters or not."""
    return unicodedata.normalize("NFC", name).casefold()
