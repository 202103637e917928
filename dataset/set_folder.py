"""The folder a fit leaves its results in, and the manifest rebuilt from it."""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dataset.manifest import Entry, make_entry
from params.edit_process import MASKS
from params.files import REPO_ROOT, InputError, sweep
from params.plain_names import check_plain

if TYPE_CHECKING:
    from params.record import Record

log = logging.getLogger(__name__)

DEFAULT_OUTPUT = REPO_ROOT / "outputs"
# This expert's files keep the plain names; others' carry the expert behind two underscores.
PLAIN_EXPERT = "c"


@dataclass(frozen=True)
class Outputs:
    """xmps/, preview/, data/ and dataset_manifest.jsonl below one folder.

    Ids and experts, which files may say, have to be plain names: each path else raises InputError.
    """

    root: Path

    @property
    def manifest(self) -> Path:
        return self.root / "dataset_manifest.jsonl"

    def preview(self, id: str) -> Path:
        """The RAW's preview, which all experts share."""
        return self.root / "preview" / f"{check_plain(id, 'an id')}.png"

    def data(self, id: str, expert: str) -> Path:
        return self.root / "data" / f"{_name(id, expert)}.json"

    def xmp(self, id: str, expert: str) -> Path:
        return self.root / "xmps" / f"{_name(id, expert)}.xmp"

    def cube(self, id: str, expert: str) -> Path:
        return self.root / "luts" / f"{_name(id, expert)}.cube"

    def debug_preview(self, id: str, expert: str) -> Path:
        return self.root / "debug_previews" / f"{_name(id, expert)}.png"

    def recipe(self, expert: str) -> Path:
        """What the edits of one photographer have in common, as a parameter file."""
        return self.root / "recipes" / f"{check_plain(expert, 'an expert')}.json"

    @property
    def fit_report(self) -> Path:
        return self.root / "fit_report.html"

    def complete(
        self,
        id: str,
        expert: str,
        process: int,
        masks: str = "plain",
        *,
        xmp: bool = True,
        preview: bool = True,
    ) -> bool:
        """Whether a former run finished this picture for an edit process with these masks.

        The parameter file is written last.
        """
        files = [self.data(id, expert)]
        files += [self.xmp(id, expert)] if xmp else []
        files += [self.preview(id)] if preview else []
        wanted = (process, masks)
        return all(file.is_file() for file in files) and self._edited(id, expert) == wanted

    def set_aside(self, id: str, expert: str, process: int, masks: str = "plain") -> None:
        """Keep a parameter file of another edit process or other masks.

        As `<name>__p1.json`, or `<name>__p1_centred.json` for masks that aren't plain.
        """
        old, data = self._edited(id, expert), self.data(id, expert)
        if old is not None and old != (process, masks):
            number, kind = old
            mark = f"p{number}" if kind == MASKS[0] else f"p{number}_{kind}"
            data.replace(data.with_name(f"{data.stem}__{mark}.json"))

    def _edited(self, id: str, expert: str) -> tuple[int, str] | None:
        """Edit process and masks of a parameter file; None where there's none that can be read."""
        from params.record import read_record  # not for --help

        try:
            record = read_record(self.data(id, expert))
        except InputError:
            return None
        return record.process, record.masks

    def records(self) -> "Iterator[tuple[Path, Record]]":
        """The parameter files that were fitted here."""
        from params.record import read_record

        for path in sorted(self.root.glob("data/*.json")):
            try:
                record = read_record(path)
                if record.source and self._names(record.source, path):
                    yield path, record
            except InputError as error:
                log.warning("%s", error)
            except (OSError, ValueError) as error:  # names that no file can have
                log.warning("%s: its source cannot be used: %s", path, error)

    def sources(self) -> Iterator[tuple[Path, dict[str, Any]]]:
        """The parameter files that were fitted here, and what they say they were fitted from."""
        for path, record in self.records():
            if record.source:
                yield path, record.source

    def entry(self, id: str, split: str, expert: str, raw: Path, tif: Path | None = None) -> Entry:
        """The manifest line of a picture whose preview and parameter file are here."""
        return make_entry(
            id=id,
            split=split,
            expert=expert,
            raw=raw,
            tif=tif,
            preview=self.preview(id),
            data=self.data(id, expert),
        )

    def entries(self) -> Iterator[Entry]:
        """Manifest entries of everything finished, from the parameter files' `source`."""
        return self.entries_of(self.sources())

    def entries_of(self, sources: Iterable[tuple[Path, dict[str, Any]]]) -> Iterator[Entry]:
        """As entries(), of what sources() gave."""
        for path, source in sources:
            preview, tif = self.preview(source["id"]), source.get("tif")
            try:
                if preview.is_file():
                    yield make_entry(
                        id=source["id"],
                        split=source["split"],
                        expert=source["expert"],
                        raw=_absolute(source["raw"]),
                        tif=_absolute(tif) if tif else None,
                        preview=preview,
                        data=path,
                    )
            except (OSError, ValueError) as error:  # names that no file can have
                log.warning("%s: its source cannot be used: %s", path, error)

    def sweep(self) -> None:
        """Remove the temporary files of runs that were killed."""
        for folder in self.root.glob("*/"):
            sweep(folder)

    def _names(self, source: Any, path: Path) -> bool:
        """Whether `source` is complete and belongs to the parameter file at `path`."""
        if not isinstance(source, dict) or not isinstance(source.get("tif"), str | None):
            return False
        given = [source.get(name) for name in ("id", "split", "expert", "raw")]
        if not all(isinstance(value, str) and value for value in given):
            return False
        return self.data(source["id"], source["expert"]) == path


def _name(id: str, expert: str) -> str:
    """Raises InputError unless both are plain names."""
    check_plain(expert, "an expert")
    return check_plain(id if expert == PLAIN_EXPERT else f"{id}__{expert}", "an id")


def _absolute(path: str) -> Path:
    return REPO_ROOT / path
