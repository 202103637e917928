"""Render a RAW file with the settings of a parameter file or of XMP, without a model.

Example:
  python scripts/apply_params.py photo.arw outputs/data/photo.json --out photo.tif
"""

import argparse
import logging
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

# Ours before any installed package of the same name, from whichever folder this is called.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cli.command import Parser, common_flags, device_flags, run_command
from cli.output_flags import picture_flags
from params.record import PROCESSES

log = logging.getLogger(__name__)

PICTURES = (".tif", ".tiff", ".jpg", ".jpeg", ".png")


def build_parser() -> argparse.ArgumentParser:
    parser = Parser(__doc__, [common_flags(), device_flags(), picture_flags()])
    parser.add_argument("raw", type=Path, help="RAW file")
    parser.add_argument("settings", type=Path, help="parameter file (.json), or XMP")
    parser.add_argument(
        "--out", type=_picture, required=True, help="picture to write: .tif, .jpg or .png"
    )
    parser.add_argument(
        "--process",
        type=int,
        choices=PROCESSES,
        help="edit process to read XMP as; by default the one we wrote it for, else 2",
    )
    return parser


def _picture(text: str) -> Path:
    if Path(text).suffix.lower() not in PICTURES:
        raise argparse.ArgumentTypeError(f"{text}: ends neither in .tif nor in .jpg or .png")
    return Path(text)


def work(args: argparse.Namespace) -> None:
    from imaging.raw_picture import RawPicture
    from stages.predict.edit_file import read_edit

    with RawPicture(args.raw) as picture, ThreadPoolExecutor(1) as pool:
        shot, metadata = picture.shot, picture.metadata
        record = read_edit(args.settings, shot, args.process)
        decoding = pool.submit(picture.full, record.process)
        # Meanwhile torch is loaded, which takes as long.
        from model.device import pick_device
        from stages.predict.write_results import write_pictures

        args.device = str(pick_device(args.device))
        pixels = decoding.result()
    write_pictures(args.raw, record, [args.out], args, metadata, shot, pixels)
    log.info("%s written", args.out)


def main(argv: Sequence[str] | None = None) -> int:
    return run_command(build_parser(), work, argv)


if __name__ == "__main__":
    sys.exit(main())
