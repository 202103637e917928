"""Deal a manifest's pictures into training, validation and testing.

All edits of one picture, and the frames of one burst, stay together; each camera is dealt out
in the same ratios. The same seed deals the same way. Writes a new manifest beside the old one.

Example:
  python scripts/split_manifest.py outputs/dataset_manifest.jsonl --ratios 0.8 0.1 0.1
"""

import argparse
import logging
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

# Ours before any installed package of the same name, from whichever folder this is called.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cli.command import Parser, common_flags, run_command
from cli.types import whole_number
from dataset.manifest import DEFAULT_MANIFEST, Entry, read_manifest, write_manifest
from dataset.splits import BURST_SECONDS
from params.files import InputError

log = logging.getLogger(__name__)


class _Ratios(argparse.Action):
    """Two or three numbers that sum to 1."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option: Any = None) -> None:
        if len(values) > 3 or not all(math.isfinite(v) and v >= 0 for v in values):
            parser.error(f"{option}: at most three numbers, none below 0")
        if abs(sum(values) - 1.0) > 1e-6:
            parser.error(f"{option}: {' + '.join(map(str, values))} is not 1")
        namespace.ratios = values


def build_parser() -> argparse.ArgumentParser:
    parser = Parser(__doc__, [common_flags()])
    parser.add_argument("path", nargs="?", type=Path, metavar="MANIFEST", help="to read")
    parser.add_argument(
        "--manifest", type=Path, help=f"the same; by default {DEFAULT_MANIFEST.name} in outputs/"
    )
    parser.add_argument(
        "--output", type=Path, help="to write; by default <manifest>_split.jsonl beside it"
    )
    parser.add_argument(
        "--ratios",
        nargs="+",
        type=float,
        action=_Ratios,
        default=[0.8, 0.1, 0.1],
        help="of training, validation and testing; they sum to 1",
    )
    parser.add_argument("--seed", type=whole_number(0), default=0, help="of the dealing")
    parser.add_argument(
        "--burst-seconds",
        type=_seconds,
        default=BURST_SECONDS,
        help="shots of one camera that follow within this time are one burst",
    )
    parser.add_argument("--expert", nargs="+", help="only lines of these experts")
    parser.add_argument(
        "--by-expert", action="store_true", help="one manifest for each expert, dealt alike"
    )
    return parser


def _seconds(text: str) -> float:
    number = float(text)
    if not 0 <= number < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is not 0 or more")
    return number


def work(args: argparse.Namespace) -> None:
    from dataset.fivek.pictures import SPLITS
    from dataset.splits import deal

    manifest = args.path or args.manifest or DEFAULT_MANIFEST
    output = args.output or manifest.with_name(f"{manifest.stem}_split.jsonl")
    if output.resolve() == manifest.resolve():
        raise InputError(
            f"{output}: the manifest itself; choose another --output, because the next fit "
            "would bring the old splits back"
        )
    entries = read_manifest(manifest)
    if args.expert:
        entries = [e for e in entries if e.fields["expert"] in args.expert]
        if not entries:
            raise InputError(f"{manifest}: no line of expert {' or '.join(args.expert)}")
    dealt = deal(
        entries, dict(zip(SPLITS, args.ratios, strict=False)), args.seed, args.burst_seconds
    )
    if not args.by_expert:
        _write(output, dealt)
        return
    for expert in sorted({entry.fields["expert"] for entry in dealt}):
        if not all(c.isalnum() or c in "-_" for c in expert):
            log.error("expert %r: no name for a file; left out", expert)
            continue
        own = [entry for entry in dealt if entry.fields["expert"] == expert]
        _write(output.with_name(f"{output.stem}_{expert}{output.suffix}"), own)


def _write(path: Path, entries: Sequence[Entry]) -> None:
    write_manifest(path, entries)
    counts: dict[str, int] = {}
    for entry in entries:
        counts[entry.split] = counts.get(entry.split, 0) + 1
    log.info("%s: %s", path, ", ".join(f"{n} {split}" for split, n in sorted(counts.items())))


def main(argv: Sequence[str] | None = None) -> int:
    parser = build_parser()
    args = parser.parse_args(argv)
    if args.path and args.manifest:
        parser.error("give the manifest once")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
