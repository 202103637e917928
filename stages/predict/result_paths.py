"""Where prediction and rendering put their results, and which of them are wanted.

Nothing here imports torch: a wrong call is answered at once.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from stages.predict.find_raws import find_raws, result_names
from stages.predict.settings import PredictSettings, XmpOutput

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ResultPaths:
    """Where one picture's results go: `name` (may hold folders) below `root`.

    raw: the picture.
    """

    root: Path
    name: Path
    raw: Path | None = None

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


def missing(files: Sequence[Path], *, overwrite: bool) -> list[Path]:
    """The files that are not there yet; all of them if they are to be overwritten."""
    return [file for file in files if overwrite or not file.is_file()]


@dataclass(frozen=True)
class Plan:
    """RAW files and where their results go: those that lack a wanted file, and the others."""

    todo: dict[Path, ResultPaths]
    done: dict[Path, ResultPaths]


def plan(settings: PredictSettings) -> Plan:
    """The pictures that the inputs name, and which of them are to do.

    Raises:
        InputError: they name nothing that can be done.
    """
    sources = find_raws(settings.inputs, batch=settings.batch, recursive=settings.recursive)
    names = result_names(sources.raws, sources.base)
    paths = {raw: ResultPaths(settings.output, names[raw], raw) for raw in sources.raws}
    todo = {
        raw: places
        for raw, places in paths.items()
        if missing(wanted_files(settings, places), overwrite=settings.overwrite)
    }
    done = {raw: places for raw, places in paths.items() if raw not in todo}
    if done:
        log.info(
            "%d of %d pictures are done already; --overwrite redoes them", len(done), len(paths)
        )
    dngs = sum(raw.suffix.lower() == ".dng" for raw in todo)
    if dngs and settings.xmp.write and settings.xmp.in_place and not settings.xmp.embed:
        log.warning(
            "Lightroom is reported to ignore the sidecars of DNGs, here of %d; --embed-xmp writes "
            "into the DNG itself",
            dngs,
        )
    return Plan(todo, done)
