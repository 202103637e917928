"""Where prediction and rendering put their results, and which of them are wanted.

Nothing here imports torch: a wrong call is answered at once.
"""

import logging
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from stages.predict.settings import PredictSettings, XmpOutput

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ResultPaths:
    """Where one picture's results go: `name` (may hold folders) below `root`.

    raw: the picture.
    source: its size and time of change when the run was planned; None where it is not there.
    sequence: what stands for the frames that it may be made consistent with; None: there are none.
    stale: results that are there and are made anew: they were made with something else.
    """

    root: Path
    name: Path
    raw: Path | None = None
    source: list[int] | None = field(default=None, compare=False)
    sequence: str | None = field(default=None, compare=False)
    stale: frozenset[Path] = frozenset()

    def _in(self, folder: str, suffix: str) -> Path:
        return self.root / folder / self.name.with_name(self.name.name + suffix)

    @property
    def xmp(self) -> Path:
        return self._in("xmps", ".xmp")

    @property
    def dng(self) -> Path:
        """The copy of a DNG with the XMP in it."""
        return self._in("dngs", ".dng")

    @property
    def in_place(self) -> Path:
        """What was written beside the RAW; that it is there says that it was."""
        return self._in("in_place", ".xmp")

    @property
    def json(self) -> Path:
        return self._in("data", ".json")

    @property
    def preview(self) -> Path:
        return self._in("preview", ".png")

    @property
    def cube(self) -> Path:
        return self._in("luts", ".cube")

    @property
    def tiff(self) -> Path:
        return self._in("", ".tif")

    @property
    def jpeg(self) -> Path:
        return self._in("", ".jpg")


def embeds(output: XmpOutput, raw: Path | None) -> bool:
    """Whether a picture's XMP goes into a DNG."""
    return bool(output.embed and raw and raw.suffix.lower() == ".dng")


def xmp_result(output: XmpOutput, paths: ResultPaths) -> Path:
    """The file in the output folder that a picture's XMP ends in, or that tells it is written."""
    if output.in_place:
        return paths.in_place
    return paths.dng if embeds(output, paths.raw) else paths.xmp


def wanted_exports(settings: PredictSettings, paths: ResultPaths) -> list[Path]:
    """The files wanted of a picture's edit."""
    choices = {
        xmp_result(settings.xmp, paths): settings.xmp.write,
        paths.json: settings.json,
        paths.preview: settings.preview,
        paths.cube: bool(settings.cube),
    }
    return [path for path, wanted in choices.items() if wanted]


def wanted_pictures(settings: PredictSettings, paths: ResultPaths) -> list[Path]:
    """The full-size files wanted of a picture."""
    choices = {paths.tiff: settings.tiff, paths.jpeg: settings.jpeg}
    return [path for path, wanted in choices.items() if wanted]


def wanted_files(settings: PredictSettings, paths: ResultPaths) -> list[Path]:
    """All files wanted of a picture."""
    return [*wanted_exports(settings, paths), *wanted_pictures(settings, paths)]


def written_to(settings: PredictSettings, places: Iterable[ResultPaths]) -> set[Path]:
    """The folders that pictures' results go to, where a killed run may have left something."""
    found = {settings.output}
    for paths in places:
        found |= {file.parent for file in wanted_files(settings, paths)}
        if settings.xmp.write and settings.xmp.in_place and paths.raw is not None:
            found |= {paths.raw.parent, Path(os.path.realpath(paths.raw)).parent}
    return found


def missing(files: Sequence[Path], paths: ResultPaths, *, overwrite: bool) -> list[Path]:
    """The files that are not there yet or are stale; all of them if they are to be overwritten."""
    return [file for file in files if overwrite or file in paths.stale or not file.is_file()]
