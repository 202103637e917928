"""Measure this machine: each figure is one line on standard output.

data: manifests of 100,000 lines, a tree of 25,000 files, 200 fits and their memory.

Example:
  python scripts/benchmark.py data
"""

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

# Ours before any installed package of the same name, from whichever folder this is called.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from dataset.command_line import Parser, common_flags, device_flags, run_command, whole_number

log = logging.getLogger(__name__)


def build_parser() -> argparse.ArgumentParser:
    parser = Parser(__doc__, [common_flags(), device_flags()])
    parser.add_argument("what", choices=("data",), help="what to measure")
    parser.add_argument(
        "--pairs", type=whole_number(2), default=200, help="data: how many pairs to fit"
    )
    return parser


def work(args: argparse.Namespace) -> None:
    from dataset.benchmark_data import measure
    from model.device import pick_device

    for what, figure in measure(args.pairs, str(pick_device(args.device))):
        print(f"{what:48} {figure}", flush=True)


def main(argv: Sequence[str] | None = None) -> int:
    return run_command(build_parser(), work, argv)


if __name__ == "__main__":
    sys.exit(main())
