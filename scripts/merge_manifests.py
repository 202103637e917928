"""Put several manifests into one: of machines that share no folder, or of several sets.

Lines of the same picture, split and expert have to be the same; relative paths are brought along.
What is in the new manifest already stays.

Example:
  python scripts/merge_manifests.py outputs/all.jsonl one/dataset_manifest.jsonl \\
    two/dataset_manifest.jsonl
"""

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

# Ours before any installed package of the same name, from whichever folder this is called.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cli.command import Parser, common_flags, run_command

log = logging.getLogger(__name__)


def build_parser() -> argparse.ArgumentParser:
    parser = Parser(__doc__, [common_flags()])
    parser.add_argument("output", type=Path, help="manifest to write, or to add to")
    parser.add_argument("manifests", metavar="MANIFEST", nargs="+", type=Path, help="to be merged")
    return parser


def work(args: argparse.Namespace) -> None:
    from dataset.manifest import merge_manifest
    from dataset.merged_manifests import merged

    count = merge_manifest(args.output, merged(args.output, args.manifests))
    log.info("%s: %d lines", args.output, count)


def main(argv: Sequence[str] | None = None) -> int:
    return run_command(build_parser(), work, argv)


if __name__ == "__main__":
    sys.exit(main())
