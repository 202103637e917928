"""Fine-tune a trained model to a style with low-rank adapters (LoRA).

Writes lora_best.pt and lora_epochXXX.pt (the adapter's weights only), last.pt (to resume from),
args.json, log.csv and curves.png to the output folder. Use an adapter with --lora-checkpoint of
the inference and rendering commands.

Example:
  python run/lora_finetune.py --checkpoint run/Auto_ACR_base_v0.2.pt --output outputs/lora
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

# Ours before any installed package of the same name, from whichever folder this is called.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cli.command import Parser, common_flags, device_flags, run_command
from cli.train_flags import add_lora_flags, add_run_flags, lora_settings, training_flags
from stages.train.settings import LoraSettings


def build_parser() -> argparse.ArgumentParser:
    parser = Parser(__doc__, [training_flags(LoraSettings), device_flags(), common_flags()])
    add_lora_flags(parser)
    add_run_flags(parser, LoraSettings.output)
    return parser


def work(args: argparse.Namespace) -> None:
    from stages.train.finetune import finetune

    finetune(lora_settings(args))


def main(argv: Sequence[str] | None = None) -> int:
    return run_command(build_parser(), work, argv)


if __name__ == "__main__":
    sys.exit(main())
