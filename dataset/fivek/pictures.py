"""MIT-Adobe FiveK on disk: its splits, its pictures, and what is missing.

Layouts: raw/<Make_Model>/<id>.dng or raw_photos/HQa.../photos/<id>.dng (also below raw/), with
processed/tiff16_<expert>/<id>.tif; or loose RAW and TIFF files of the same names. Split files
are <split>.json, a dictionary keyed by id, or a list of ids.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from params.files import InputError, read_json
from params.plain_names import is_plain

log = logging.getLogger(__name__)

SPLITS = ("training", "validation", "testing", "debugging")
EXPERTS = ("a", "b", "c", "d", "e")
# Short names, and the other name that the last split's file has had.
_SHORT = {"train": "training", "val": "validation", "test": "testing", "debug": "debugging"}
_FILES = {split: (f"{split}.json",) for split in SPLITS} | {
    "debugging": ("debugging.json", "debug.json")
}


@dataclass(frozen=True)
class FiveKPicture:
    """One photograph: its RAW, the edits there are (expert -> TIFF), and the split file's
    {urls, categories, id, license, camera}, empty where that says nothing."""

    id: str
    raw: Path
    tifs: Mapping[str, Path]
    info: Mapping[str, Any] = field(default_factory=dict)


def split_name(text: str) -> str:
    """The long name of a split given by its long or short name. Raises ValueError."""
    name = _SHORT.get(text, text)
    if name not in SPLITS:
        raise ValueError(f"{text!r} is none of {', '.join(SPLITS)}")
    return name


def split_file(root: Path, split: str, dataset_repo: Path | None = None) -> Path | None:
    """Where a split's list is: in `root`, else in a clone of the public loader's repository."""
    folders = [root, *([dataset_repo / "data", dataset_repo] if dataset_repo else [])]
    places = (folder / name for folder in folders for name in _FILES[split])
    return next((place for place in places if place.is_file()), None)


def file_names(split: str) -> tuple[str, ...]:
    """The names that a split's file may have."""
    return _FILES[split]


def read_split(path: Path) -> dict[str, dict[str, Any]]:
    """id -> what the split file says of it.

    Raises:
        InputError: neither a dictionary nor a list of ids, or an id no file can be named by.
    """
    content = read_json(path)
    if not isinstance(content, dict | list) or not all(isinstance(name, str) for name in content):
        raise InputError(f"{path}: neither a dictionary nor a list of basenames")
    bad = next((name for name in content if not is_plain(name)), None)
    if bad is not None:
        raise InputError(f"{path}: {bad[:60]!r} is not the name of a picture")
    facts = content if isinstance(content, dict) else {}
    return {name: facts[name] if isinstance(facts.get(name), dict) else {} for name in content}


class FiveK(Sequence[FiveKPicture]):
    """The pictures of one split that are on disk, sorted by id.

    A picture is there when its RAW and the TIFF of at least one of `experts` are (with no
    experts asked for, the RAW alone). `missing` names what the split lists and the disk lacks.
    Without a split file every picture found counts, and a warning says so.

    Raises:
        InputError: no such folder, a bad split file, or not one picture.
    """

    def __init__(
        self,
        root: Path,
        split: str,
        experts: Iterable[str] = ("c",),
        dataset_repo: Path | None = None,
    ) -> None:
        from dataset.pairs import raw_files  # not for --help

        self.root, self.split, self.experts = Path(root), split_name(split), tuple(experts)
        raws = raw_files(self.root)
        listing = split_file(self.root, self.split, dataset_repo)
        listed = read_split(listing) if listing else None
        if listed is None:
            log.warning(
                "%s: no split file; every pair found counts as %s",
                self.root / f"{self.split}.json",
                self.split,
            )
        self.missing: list[str] = []
        self._pictures: list[FiveKPicture] = []
        self._collect(raws, listed)
        if not self._pictures and listed:
            raise InputError(f"{self.root}: not one picture of {listing} is there")

    def _collect(self, raws: list[Path], listed: dict[str, dict[str, Any]] | None) -> None:
        from dataset.pairs import match_by_stem, no_pairs, tif_files

        wanted = raws if listed is None else [raw for raw in raws if raw.stem in listed]
        edits: dict[str, dict[str, Path]] = {}
        places = {raw.stem: raw for raw in wanted}
        tifs: list[Path] = []
        for expert in self.experts:
            tifs = tif_files(self.root, expert)
            for raw, tif in match_by_stem(wanted, tifs, expert)[0]:
                edits.setdefault(raw.stem, {})[expert] = tif
        for name in sorted(places if listed is None else listed):
            found = edits.get(name, {})
            if name not in places:
                self.missing.append(f"{name}.dng")
            self.missing += [f"tiff16_{e}/{name}.tif" for e in self.experts if e not in found]
            if name in places and (found or not self.experts):
                info = listed[name] if listed else {}
                self._pictures.append(FiveKPicture(name, places[name], found, info))
        if not self._pictures and listed is None:
            raise no_pairs(self.root, ", ".join(self.experts), raws, tifs)

    def __len__(self) -> int:
        return len(self._pictures)

    def __getitem__(self, index: Any) -> Any:
        return self._pictures[index]

    def __iter__(self) -> Iterator[FiveKPicture]:
        return iter(self._pictures)

    def report_missing(self) -> None:
        """One warning with how much is missing, and its beginning."""
        if self.missing:
            first = ", ".join(self.missing[:5]) + (", ..." if len(self.missing) > 5 else "")
            log.warning(
                "%s: %d files of %s are missing and left out: %s",
                self.root,
                len(self.missing),
                self.split,
                first,
            )
