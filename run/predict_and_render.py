"""Predict and render RAW files: full-size ProPhoto TIFF, sRGB JPEG, XMP.

Without --checkpoint the sliders come from formulas after Lightroom's Auto.

Example:
  python run/predict_and_render.py --input photo.dng
  python run/predict_and_render.py --checkpoint run/Auto_ACR_base_v0.2.pt --input photo.dng \\
    --output outputs/rendered --srgb-output
  python run/predict_and_render.py --checkpoint run/Auto_ACR_base_v0.2.pt --input shoot \\
    --recursive --contact-sheet
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

# Ours before any installed package of the same name, from whichever folder this is called.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cli.command import Parser, common_flags, device_flags, run_command
from cli.output_flags import picture_flags, picture_output
from cli.predict_flags import confidence_flags, predict_settings, prediction_flags
from params.files import REPO_ROOT


def build_parser() -> argparse.ArgumentParser:
    parents = [
        common_flags(),
        device_flags(),
        prediction_flags(),
        picture_flags(),
        confidence_flags(),
    ]
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
    from stages.predict.batch import predict

    pictures = picture_output(args)
    predict(predict_settings(args, tiff=True, jpeg=args.srgb_output, pictures=pictures))


def main(argv: Sequence[str] | None = None) -> int:
    return run_command(build_parser(), work, argv)


if __name__ == "__main__":
    sys.exit(main())
