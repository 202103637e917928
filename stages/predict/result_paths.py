"""Where inference and rendering put their results, and the flags that choose them.

Nothing here imports torch: a wrong call is answered at once.
"""

import argparse
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from stages.predict.find_raws import find_raws, result_names

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


def embeds(args: argparse.Namespace, raw: Path | None) -> bool:
    """Whether a picture's XMP goes into a DNG."""
    return bool(args.embed_xmp and raw and raw.suffix.lower() == ".dng")


def xmp_result(args: argparse.Namespace, paths: ResultPaths) -> Path:
    """The file in the output folder that a picture's XMP ends in, or that tells it is written."""
    if args.in_place:
        return paths.in_place
    return paths.dng if embeds(args, paths.raw) else paths.xmp


def wanted_exports(args: argparse.Namespace, paths: ResultPaths) -> list[Path]:
    """The files that the flags of prediction_flags ask for."""
    choices = {
        xmp_result(args, paths): args.export_xmp,
        paths.json: args.export_json,
        paths.preview: args.export_preview,
        paths.cube: bool(args.export_cube),
    }
    return [path for path, wanted in choices.items() if wanted]


def missing(args: argparse.Namespace, files: list[Path]) -> list[Path]:
    """The files that are not there yet; all of them with --overwrite."""
    return [file for file in files if args.overwrite or not file.is_file()]


@dataclass(frozen=True)
class Plan:
    """RAW files and where their results go: those that lack a wanted file, and the others."""

    todo: dict[Path, ResultPaths]
    done: dict[Path, ResultPaths]


def plan(args: argparse.Namespace, wanted: Callable[[ResultPaths], list[Path]]) -> Plan:
    """What the flags of prediction_flags name, and what of it is to do.

    Raises:
        InputError: they name nothing that can be done.
    """
    given = args.input or [f"@{args.input_list}"]
    sources = find_raws(given, batch=args.batch, recursive=args.recursive)
    names = result_names(sources.raws, sources.base)
    paths = {raw: ResultPaths(args.output, names[raw], raw) for raw in sources.raws}
    todo = {raw: places for raw, places in paths.items() if missing(args, wanted(places))}
    done = {raw: places for raw, places in paths.items() if raw not in todo}
    if done:
        log.info(
            "%d of %d pictures are done already; --overwrite redoes them", len(done), len(paths)
        )
    dngs = sum(raw.suffix.lower() == ".dng" for raw in todo)
    if dngs and args.in_place and args.export_xmp and not args.embed_xmp:
        log.warning(
            "Lightroom is reported to ignore the sidecars of DNGs, here of %d; --embed-xmp writes "
            "into the DNG itself",
            dngs,
        )
    return Plan(todo, done)
