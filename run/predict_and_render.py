"""Predict and render RAW files: full-size ProPhoto TIFF, sRGB JPEG, XMP.

Example:
  python run/predict_and_render.py --checkpoint run/Auto_ACR_base_v0.2.pt --input photo.dng \\
    --output outputs/rendered --srgb-output
"""

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

# Ours before any installed package of the same name, from whichever folder this is called.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from dataset.command_line import Parser, common_flags, device_flags, each, run_command
from dataset.results import (
    ResultPaths,
    missing,
    picture_flags,
    plan,
    prediction_flags,
    wanted_exports,
)
from params.files import REPO_ROOT

log = logging.getLogger(__name__)


def build_parser() -> argparse.ArgumentParser:
    parents = [common_flags(), device_flags(), prediction_flags(), picture_flags()]
    parser = Parser(__doc__, parents)
    parser.add_argument(
        "--output",
        type=Path,
        default=REPO_ROOT / "outputs" / "rendered",
        help="folder to write to",
    )
    parser.add_argument("--srgb-output", action="store_true", help="an sRGB JPEG beside each TIFF")
    return parser


def work(args: argparse.Namespace) -> None:
    from dataset.exports import export, write_pictures
    from dataset.prediction import Predictor
    from imaging.metadata import read_metadata
    from model.device import pick_device

    def pictures(paths: ResultPaths) -> list[Path]:
        return [paths.tiff, *([paths.jpeg] if args.srgb_output else [])]

    def wanted(paths: ResultPaths) -> list[Path]:
        return [*wanted_exports(args, paths), *pictures(paths)]

    todo = plan(args, wanted)
    if not todo:
        return
    device = pick_device(args.device)
    args.device = str(device)
    predictor = Predictor.load(args.checkpoint, args.lora_checkpoint, device, args.force_lora)

    def render_one(raw: Path) -> None:
        prediction, metadata = predictor.predict(raw), read_metadata(raw)
        export(prediction, todo[raw], args, metadata)
        files = missing(args, pictures(todo[raw]))
        if files and not args.dry_run:
            write_pictures(raw, prediction.record, files, args, metadata, prediction.shot)

    done = each(todo, render_one, name=str, desc="render", debug=args.debug)
    log.info("%d rendered, %s", done, "nothing written" if args.dry_run else f"in {args.output}")


def main(argv: Sequence[str] | None = None) -> int:
    return run_command(build_parser(), work, argv)


if __name__ == "__main__":
    sys.exit(main())
