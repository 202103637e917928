"""Predict Camera Raw settings for RAW files: XMP sidecars, JSON and previews, no rendering.

Without --checkpoint the sliders come from formulas after Lightroom's Auto.

Example:
  python run/inference.py --input photo.dng
  python run/inference.py --checkpoint run/Auto_ACR_base_v0.2.pt --input photo.dng \\
    --output outputs/predictions --export-json --export-preview
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

# Ours before any installed package of the same name, from whichever folder this is called.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cli.command import Parser, common_flags, device_flags, run_command
from cli.predict_flags import confidence_flags, predict_settings, prediction_flags
from params.files import REPO_ROOT


def build_parser() -> argparse.ArgumentParser:
    parser = Parser(
        __doc__, [common_flags(), device_flags(), prediction_flags(), confidence_flags()]
    )
    parser.add_argument(
        "--output",
        type=Path,
        default=REPO_ROOT / "outputs" / "predictions",
        help="folder to write to",
    )
    return parser


def work(args: argparse.Namespace) -> None:
    from stages.predict.batch import predict

    predict(predict_settings(args))


def main(argv: Sequence[str] | None = None) -> int:
    return run_command(build_parser(), work, argv)


if __name__ == "__main__":
    sys.exit(main())
