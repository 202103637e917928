"""Predict Camera Raw settings for RAW files: XMP sidecars, JSON and previews, no rendering.

Example:
  python run/inference.py --checkpoint run/Auto_ACR_base_v0.2.pt --input photo.dng \\
    --output outputs/predictions --export-json --export-preview
"""

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

# Ours before any installed package of the same name, from whichever folder this is called.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from dataset.command_line import Parser, common_flags, device_flags, each, run_command
from dataset.results import plan, prediction_flags, wanted_exports
from params.files import REPO_ROOT

log = logging.getLogger(__name__)


def build_parser() -> argparse.ArgumentParser:
    parser = Parser(__doc__, [common_flags(), device_flags(), prediction_flags()])
    parser.add_argument(
        "--output",
        type=Path,
        default=REPO_ROOT / "outputs" / "predictions",
        help="folder to write to",
    )
    return parser


def work(args: argparse.Namespace) -> None:
    from dataset.exports import export
    from dataset.prediction import Predictor
    from imaging.metadata import read_metadata
    from model.device import pick_device

    if not (args.export_xmp or args.export_json or args.export_preview):
        log.warning("nothing to export: every export is switched off")
    todo = plan(args, lambda paths: wanted_exports(args, paths))
    if not todo:
        return
    device = pick_device(args.device)
    args.device = str(device)
    predictor = Predictor.load(args.checkpoint, args.lora_checkpoint, device, args.force_lora)

    def predict_one(raw: Path) -> None:
        export(predictor.predict(raw), todo[raw], args, read_metadata(raw))

    done = each(todo, predict_one, name=str, desc="predict", debug=args.debug)
    log.info("%d predicted, %s", done, "nothing written" if args.dry_run else f"in {args.output}")


def main(argv: Sequence[str] | None = None) -> int:
    return run_command(build_parser(), work, argv)


if __name__ == "__main__":
    sys.exit(main())
