"""Train the model that predicts Camera Raw parameters from a preview.

With --backbone statistics it predicts from some two hundred numbers of each RAW file instead.

Writes checkpoint_epochXXX.pt, best.pt, last.pt, args.json, log.csv, curves.png and
validation.png to the output folder. On several GPUs, with --batch-size of each:
torchrun --nproc-per-node 4 run/train_autopilot.py …

Example:
  python run/train_autopilot.py --manifest outputs/dataset_manifest.jsonl --use-edit-layer
  python run/train_autopilot.py --manifest outputs/dataset_manifest.jsonl \\
    --backbone statistics --residual auto --output outputs/style
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

# Ours before any installed package of the same name, from whichever folder this is called.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cli.command import Parser, common_flags, device_flags, run_command
from cli.train_flags import add_model_flags, add_run_flags, train_settings, training_flags
from stages.train.settings import TrainSettings


def build_parser() -> argparse.ArgumentParser:
    parser = Parser(__doc__, [training_flags(TrainSettings), device_flags(), common_flags()])
    add_model_flags(parser)
    add_run_flags(parser, TrainSettings.output)
    return parser


def work(args: argparse.Namespace) -> None:
    from stages.train.train import train

    train(train_settings(args))


def main(argv: Sequence[str] | None = None) -> int:
    return run_command(build_parser(), work, argv)


if __name__ == "__main__":
    sys.exit(main())
