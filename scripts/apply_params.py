"""Render a RAW file with the settings of a parameter file or of XMP, without a model.

Example:
  python scripts/apply_params.py photo.arw outputs/data/photo.json --out photo.tif
"""

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

# Ours before any installed package of the same name, from whichever folder this is called.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cli.command import Parser, common_flags, device_flags, run_command
from cli.look_flags import look_flags
from cli.output_flags import picture_flags, picture_output
from params.edit_process import PROCESSES
from params.files import InputError
from stages.predict.settings import RenderSettings, check_picture_name

log = logging.getLogger(__name__)


def build_parser() -> argparse.ArgumentParser:
    parser = Parser(__doc__, [common_flags(), device_flags(), look_flags(), picture_flags()])
    parser.add_argument("raw", type=Path, help="RAW file")
    parser.add_argument("settings", type=Path, help="parameter file (.json), or XMP")
    parser.add_argument(
        "--out", type=_picture, required=True, help="picture to write: .tif, .jpg or .png"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace --out if it is there")
    parser.add_argument(
        "--process",
        type=int,
        choices=PROCESSES,
        help="edit process to read XMP as; by default the one we wrote it for, else 2",
    )
    parser.add_argument(
        "--no-crop",
        action="store_true",
        help="the whole picture, where XMP crops or straightens it",
    )
    return parser


def _picture(text: str) -> Path:
    """An argparse type: a file to write a picture to."""
    try:
        check_picture_name(Path(text))
    except InputError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return Path(text)


def work(args: argparse.Namespace) -> None:
    from stages.predict.render_file import render_file

    render_file(
        RenderSettings(
            raw=args.raw,
            edit=args.settings,
            output=args.out,
            process=args.process,
            profiles=args.profiles,
            crop=not args.no_crop,
            overwrite=args.overwrite,
            pictures=picture_output(args),
            device=args.device,
        )
    )
    log.info("%s written", args.out)


def main(argv: Sequence[str] | None = None) -> int:
    return run_command(build_parser(), work, argv)


if __name__ == "__main__":
    sys.exit(main())
