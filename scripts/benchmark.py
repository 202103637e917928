"""Measure this machine; the figures go to standard output.

fit: how fast and how close the two solvers come. data: manifests of 100,000 lines, a tree of
25,000 files, and 200 fits in a row with their memory. render: a RAW file to a finished picture,
beside other converters, and the edit alone. commands: whole commands beside other converters, in
a table. train: the loader's cache, and training with the edit
layer. xmp: what an edit loses on its way through XMP. studio: how soon it shows something, and its
memory. `benchmark.py fit --help` has the flags of
each, of which --device is common.

Example:
  python scripts/benchmark.py data
"""

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

# Ours before any installed package of the same name, from whichever folder this is called.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cli.command import Parser, common_flags, device_flags, run_command
from scripts.bench import data as bench_data
from scripts.bench import fit as bench_fit
from scripts.bench import render as bench_render
from scripts.bench import studio as bench_studio
from scripts.bench import train as bench_train
from scripts.bench import whole_commands as bench_commands
from scripts.bench import xmp as bench_xmp

log = logging.getLogger(__name__)

PARTS = {
    "fit": bench_fit,
    "data": bench_data,
    "render": bench_render,
    "commands": bench_commands,
    "train": bench_train,
    "studio": bench_studio,
    "xmp": bench_xmp,
}


def build_parser() -> argparse.ArgumentParser:
    parser = Parser(__doc__, [])
    parts: Any = parser.add_subparsers(dest="part", required=True, metavar="|".join(PARTS))
    for name, module in PARTS.items():
        flags = parts.add_parser(
            name, description=module.__doc__, parents=[common_flags(), device_flags()]
        )
        module.add_flags(flags)
    return parser


def work(args: argparse.Namespace) -> None:
    PARTS[args.part].run(args)


def main(argv: Sequence[str] | None = None) -> int:
    return run_command(build_parser(), work, argv)


if __name__ == "__main__":
    sys.exit(main())
