"""Where inference and rendering put their results, and the flags that choose them.

Nothing here imports torch: a wrong call is answered at once.
"""

import argparse
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cli.adapter_flags import adapter_flags
from cli.command import whole_number
from imaging.icc import DEFAULT_ICC
from imaging.jpeg import GAMUTS, SUBSAMPLINGS
from imaging.tiff import COMPRESSIONS
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


def add_cube_flag(group: argparse._ArgumentGroup) -> None:
    """--export-cube: None, or a space of model.cube_lut."""
    group.add_argument(
        "--export-cube",
        choices=("srgb", "prophoto"),
        nargs="?",
        const="srgb",
        help="also the edit's global part as a 33-point look-up table, in luts/, for pictures in "
        "this space",
    )


def curve_flags() -> argparse.ArgumentParser:
    """Parent parser of the commands that write XMP."""
    parent = argparse.ArgumentParser(add_help=False)
    parent.add_argument_group("XMP").add_argument(
        "--xmp-curve",
        choices=("points", "dense"),
        default="points",
        help="tone curve of at most 16 points, or of 256",
    )
    return parent


def xmp_flags() -> argparse.ArgumentParser:
    """Parent parser of the commands whose XMP the photographer's own programs are to read."""
    parent = argparse.ArgumentParser(add_help=False, parents=[curve_flags()])
    group = parent.add_argument_group("where the XMP goes")
    group.add_argument(
        "--embed-xmp",
        action="store_true",
        help="DNGs: into a copy of the file, in dngs/, where Lightroom looks; others: sidecars",
    )
    group.add_argument(
        "--in-place",
        action="store_true",
        help="beside the RAW file, or with --embed-xmp into the DNG itself; what was there is "
        "kept once as photo.xmp.bak, photo.dng.bak",
    )
    group.add_argument(
        "--dry-run",
        action="store_true",
        help="print what would change in the settings, write nothing",
    )
    return parent


def prediction_flags() -> argparse.ArgumentParser:
    """Parent parser of the commands that predict."""
    parent = argparse.ArgumentParser(add_help=False, parents=[xmp_flags(), adapter_flags()])
    model = parent.add_argument_group("model")
    model.add_argument(
        "--checkpoint",
        type=Path,
        required=True,
        help="trained model (.pt), or hf://owner/repo/file.pt",
    )
    _add_input_flags(parent)
    out = parent.add_argument_group("exports")
    out.add_argument(
        "--export-xmp",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="XMP sidecars, in xmps/",
    )
    out.add_argument("--export-json", action="store_true", help="parameter files, in data/")
    out.add_argument(
        "--export-preview", action="store_true", help="sRGB previews of the edit, in preview/"
    )
    add_cube_flag(out)
    out.add_argument(
        "--contact-sheet",
        action="store_true",
        help="contact_sheet.html: before, after and sliders of every picture in one page",
    )
    return parent


def _add_input_flags(parent: argparse.ArgumentParser) -> None:
    group = parent.add_argument_group("pictures")
    which = group.add_mutually_exclusive_group(required=True)
    which.add_argument(
        "--input",
        nargs="+",
        action="extend",
        metavar="PATH",
        help="RAW files, folders (with --batch), patterns in quotes ('shoot/*.nef', '**' for "
        "any subfolders), @LIST for the paths in a file",
    )
    which.add_argument(
        "--input-list", type=Path, metavar="LIST", help="a file of paths, one a line"
    )
    group.add_argument("--batch", action="store_true", help="every RAW file in a folder")
    group.add_argument(
        "--recursive", action="store_true", help="every RAW file in a folder and its subfolders"
    )
    group.add_argument("--overwrite", action="store_true", help="do again what is done")
    group.add_argument(
        "--jobs",
        type=whole_number(1, 64),
        metavar="N",
        help="pictures read, and written, side by side, which takes memory for 2 N + 1 of them "
        "(default: by the number of cores)",
    )


def picture_flags() -> argparse.ArgumentParser:
    """Parent parser of the commands that render full-size pictures."""
    parent = argparse.ArgumentParser(add_help=False)
    group = parent.add_argument_group("pictures out")
    group.add_argument(
        "--icc-profile",
        type=Path,
        default=DEFAULT_ICC,
        help="RGB profile that the TIFF is encoded to and carries",
    )
    group.add_argument(
        "--bits", type=int, choices=(8, 16), default=16, help="bits a channel of the TIFF"
    )
    group.add_argument(
        "--compression",
        choices=("none", *COMPRESSIONS),
        default="none",
        help="of the TIFF; lossless, smaller and slower",
    )
    group.add_argument("--jpeg-quality", type=whole_number(1, 100), default=95, help="1 to 100")
    group.add_argument(
        "--jpeg-subsampling",
        choices=[name.replace(":", "") for name in SUBSAMPLINGS],
        default="444",
        help="resolution of the JPEG's colour: whole, halved across, halved both ways",
    )
    group.add_argument(
        "--gamut",
        choices=GAMUTS,
        default="clip",
        help="colours outside sRGB in JPEG and PNG: cut off, or brought inside softly",
    )
    return parent


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
