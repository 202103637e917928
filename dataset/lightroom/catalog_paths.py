"""Where a catalog's picture lies now: moved drives, other machines, upper and lower case."""

import os
from collections.abc import Mapping
from pathlib import Path, PureWindowsPath

from dataset.lightroom.catalog import CatalogPicture
from params.file_names import Folders, folded


class Locator:
    """Finds the pictures of one catalog.

    roots: what a path of the catalog begins with -> what it begins with here.
    """

    def __init__(self, catalog: Path, roots: Mapping[str, str]) -> None:
        self._folder = catalog.resolve().parent
        self._roots = {_parts(old): Path(new) for old, new in roots.items()}
        self._files = Folders()

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
        """The file, when it is there; names may differ as in params.file_names."""
        for place in self.places(picture):
            found = self._files.find(place)
            if found is not None:
                return found
        return None


def _parts(path: str, *, fold: bool = True) -> tuple[str, ...]:
    parts = [part for part in path.replace("\\", "/").split("/") if part not in ("", ".")]
    return tuple(folded(part) for part in parts) if fold else tuple(parts)
