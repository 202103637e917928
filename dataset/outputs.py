"""The folder a fit leaves its results in, and the manifest rebuilt from it."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dataset.manifest import Entry, make_entry
from params.files import REPO_ROOT, InputError
from params.record import read_record

log = logging.getLogger(__name__)

DEFAULT_OUTPUT = REPO_ROOT / "outputs"
# This expert's files keep the plain names; others' carry the expert behind two underscores.
PLAIN_EXPERT = "c"


@dataclass(frozen=True)
class Outputs:
    """xmps/, preview/, data/ and dataset_manifest.jsonl below one folder."""

    root: Path

    @property
    def manifest(self) -> Path:
        return self.root / "dataset_manifest.jsonl"

    def preview(self, id: str) -> Path:
        """The RAW's preview, which all experts share."""
        return self.root / "preview" / f"{id}.png"

    def data(self, id: str, expert: str) -> Path:
        return self.root / "data" / f"{_name(id, expert)}.json"

    def xmp(self, id: str, expert: str) -> Path:
        return self.root / "xmps" / f"{_name(id, expert)}.xmp"

    def complete(self, id: str, expert: str) -> bool:
        """Whether a former run finished this picture; the parameter file is written last."""
        files = (self.data(id, expert), self.xmp(id, expert), self.preview(id))
        return all(file.is_file() for file in files)

    def entries(self) -> Iterator[Entry]:
        """Manifest entries of everything finished, from the parameter files' `source`."""
        for path in sorted(self.root.glob("data/*.json")):
            try:
                source = read_record(path).source
            except InputError as error:
                log.warning("%s", error)
                continue
            if not source or not {"id", "split", "expert", "raw"} <= source.keys():
                continue  # not fitted here: nothing says which files it belongs to
            preview = self.preview(source["id"])
            if preview.is_file():
                tif = source.get("tif")
                yield make_entry(
                    id=source["id"],
                    split=source["split"],
                    expert=source["expert"],
                    raw=_absolute(source["raw"]),
                    tif=_absolute(tif) if tif else None,
                    preview=preview,
                    data=path,
                )


def _name(id: str, expert: str) -> str:
    return id if expert == PLAIN_EXPERT else f"{id}__{expert}"


def _absolute(path: str) -> Path:
    return REPO_ROOT / path
