"""What an import of edits is asked to do: typed, documented, never changed on the way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from dataset.hold_out import SHARE
from dataset.manifest import DEFAULT_MANIFEST
from jobs.shard import Shard
from params.checks import check_choice, check_range
from params.edit_process import PROCESSES
from params.files import InputError
from params.plain_names import OWN_EXPERT, check_expert

FLAGS = ("picked", "not-rejected")


@dataclass(frozen=True)
class EditFilter:
    """Which of the pictures that were found are taken; the default takes all that were edited.

    rating: with at least this many stars, 0 to 5.
    flag: "picked" or "not-rejected".
    collection: of the catalog's collection of this name.
    since: taken at this time or later.
    camera: whose camera's name has this in it, in upper or lower case.
    require_supported: without masks, looks and others that the edit process does not hold.
    include_untouched: those as well that nobody edited.
    include_predicted: those as well whose sidecar this project wrote.
    limit: at most this many.

    Raises:
        InputError: another flag, or a value out of its range.
    """

    rating: int | None = None
    flag: str | None = None
    collection: str | None = None
    since: datetime | None = None
    camera: str | None = None
    require_supported: bool = False
    include_untouched: bool = False
    include_predicted: bool = False
    limit: int | None = None

    def __post_init__(self) -> None:
        check_range("rating", self.rating, 0, 5)
        check_choice("flag", self.flag, (None, *FLAGS))
        check_range("limit", self.limit, 1)


@dataclass(frozen=True)
class ImportSettings:
    """One import of the edits that a photographer has.

    sources: folders, Lightroom Classic catalogs (.lrcat), RAW files, exported JPEGs and TIFFs.
    roots: what a path of a catalog begins with -> the folder that it begins with here.
    only: which pictures are taken.
    manifest: JSONL file to add lines to; preview/, data/ and import_report/ go beside it.
    expert: whose edits these are; letters, digits, - and _, as it becomes part of file names.
    validation_share: of the pictures, 0 to 0.9, that go into the split validation.
    profiles: folders of look profiles of the photographer's own, before Camera Raw's usual ones.
    process: edit process, 2 (means what Camera Raw does) or 1 (for models of process 1).
    workers: processes that share the cores; 1: this one.
    cluster: Dask scheduler whose workers do it instead, see jobs.cluster.
    shard: the part of the pictures that this run is to import; None: all.
    overwrite: do again what is done.
    dry_run: report only, write nothing.
    debug: raise the first error of a picture instead of naming it and going on.

    Raises:
        InputError: a value out of its range, or a single path as `sources`.
    """

    sources: Sequence[Path]
    roots: Mapping[str, str] = field(default_factory=dict)
    only: EditFilter = EditFilter()
    manifest: Path = DEFAULT_MANIFEST
    expert: str = OWN_EXPERT
    validation_share: float = SHARE
    profiles: Sequence[Path] = ()
    process: int = 2
    workers: int = 1
    cluster: str | None = None
    shard: Shard | None = None
    overwrite: bool = False
    dry_run: bool = False
    debug: bool = False

    def __post_init__(self) -> None:
        if isinstance(self.sources, str | Path):  # a string would be taken letter by letter
            raise InputError(f"sources is {str(self.sources)!r}, not a list of paths")
        check_expert(self.expert)
        check_range("validation_share", self.validation_share, 0.0, 0.9)
        check_choice("process", self.process, PROCESSES)
        check_range("workers", self.workers, 1, 256)
