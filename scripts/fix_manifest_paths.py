"""Mend a manifest whose files have been moved.

Each path that leads nowhere is looked for below the given folders, by its name and as much of
the end of its path as possible. A table says what was in place, found, ambiguous and missing.

Example:
  python scripts/fix_manifest_paths.py --search /mnt/photos --dry-run
"""

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

# Ours before any installed package of the same name, from whichever folder this is called.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cli.command import Parser, common_flags, run_command
from dataset.manifest import DEFAULT_MANIFEST, merge_manifest, read_manifest, write_manifest

log = logging.getLogger(__name__)

_NAMED = 50  # lost files that are named one by one


def build_parser() -> argparse.ArgumentParser:
    parser = Parser(__doc__, [common_flags()])
    parser.add_argument("--manifest", type=Path, default=DEFAULT_MANIFEST, help="to mend")
    parser.add_argument(
        "--search", type=Path, nargs="+", required=True, help="folders where the files may be now"
    )
    parser.add_argument("--output", type=Path, help="to write; by default the manifest itself")
    parser.add_argument("--dry-run", action="store_true", help="show the table, write nothing")
    return parser


def work(args: argparse.Namespace) -> None:
    from dataset.relocation import relocate

    output = args.output or args.manifest
    result = relocate(read_manifest(args.manifest), args.search)
    for line in result.table():
        log.info("%s", line)
    for line in result.lost[:_NAMED]:
        log.error("%s", line)
    if len(result.lost) > _NAMED:
        log.error("and %d more", len(result.lost) - _NAMED)
    if args.dry_run:
        log.info("nothing written (--dry-run)")
    elif output.resolve() == args.manifest.resolve():
        merge_manifest(output, result.entries)
        log.info("%s: mended", output)
    else:
        write_manifest(output, result.entries)
        log.info("%s: written", output)


def main(argv: Sequence[str] | None = None) -> int:
    return run_command(build_parser(), work, argv)


if __name__ == "__main__":
    sys.exit(main())
