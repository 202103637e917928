"""Make a synthetic data set: simulated RAW files and three made-up styles of editing them.

The scenes are the photographs in samples/photos (their licences: samples/README.md) and pictures
drawn by formulas, cropped and lit anew. Every picture is edited in each style, and the edits are
known. A second run makes only what is missing. The manifest's splits share no source picture.

Example:
  python scripts/make_synthetic_set.py --output outputs/synthetic --pictures 240
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

# Ours before any installed package of the same name, from whichever folder this is called.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cli.command import Parser, common_flags, run_command
from cli.types import whole_number
from dataset.synthetic.styles import STYLES
from params.edit_process import PROCESSES
from params.files import REPO_ROOT

DEFAULT_OUTPUT = REPO_ROOT / "outputs" / "synthetic"


def build_parser() -> argparse.ArgumentParser:
    parser = Parser(__doc__, [common_flags()])
    parser.add_argument("--output", type=Path, default=DEFAULT_OUTPUT, help="folder to write to")
    parser.add_argument(
        "--pictures", type=whole_number(1, 9999), default=240, help="how many RAW files"
    )
    parser.add_argument(
        "--styles",
        nargs="+",
        choices=tuple(STYLES),
        default=list(STYLES),
        help="whose edits; the manifest has them as its experts",
    )
    parser.add_argument(
        "--tiffs", action="store_true", help="edited TIFFs as well, for losses on pictures"
    )
    parser.add_argument(
        "--process", type=int, choices=PROCESSES, default=2, help="edit process of the edits"
    )
    parser.add_argument("--seed", type=whole_number(0), default=0, help="of scenes and edits")
    return parser


def work(args: argparse.Namespace) -> None:
    from dataset.synthetic.make_set import Recipe, make_set

    chosen = tuple(name for name in STYLES if name in args.styles)
    recipe = Recipe(args.pictures, chosen, args.process, args.tiffs, args.seed)
    make_set(recipe, args.output, debug=args.debug)


def main(argv: Sequence[str] | None = None) -> int:
    return run_command(build_parser(), work, argv)


if __name__ == "__main__":
    sys.exit(main())
