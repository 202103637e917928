"""Download MIT-Adobe FiveK: RAW files, experts' TIFFs and split files.

A run that was broken off goes on where it stopped. Files are checked, and recorded with their
digests in index.jsonl below the root. FiveK is for research only: see docs/fivek.md.

Example:
  python download_fivek_editor.py --root data/MITAboveFiveK --splits train val --experts c
"""

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

# Ours before any installed package of the same name, from whichever folder this is called.
sys.path.insert(0, str(Path(__file__).resolve().parent))

from cli.command import Parser, common_flags, run_command
from cli.types import split_flag, whole_number
from dataset.fivek.pictures import EXPERTS
from dataset.fivek.split_lists import HUB_REPO
from params.files import REPO_ROOT

log = logging.getLogger(__name__)


def build_parser() -> argparse.ArgumentParser:
    parser = Parser(__doc__, [common_flags()])
    data = parser.add_argument_group("pictures")
    data.add_argument(
        "--root",
        type=Path,
        default=REPO_ROOT / "data" / "MITAboveFiveK",
        help="folder to download to",
    )
    data.add_argument(
        "--splits",
        nargs="+",
        type=split_flag,
        default=["training", "validation"],
        help="train val test debug, or their long names",
    )
    data.add_argument(
        "--experts", nargs="*", choices=EXPERTS, default=["c"], help="whose edits; none: RAWs only"
    )
    data.add_argument("--limit", type=whole_number(1), help="at most this many pictures a split")
    lists = parser.add_argument_group("split files, unless --root has them")
    lists.add_argument("--dataset-repo", type=Path, help="a clone of the public FiveK loader")
    lists.add_argument(
        "--from-hub",
        nargs="?",
        const=HUB_REPO,
        metavar="REPO",
        help=f"take them anew from the Hugging Face Hub (REPO: {HUB_REPO})",
    )
    line = parser.add_argument_group("connection")
    line.add_argument("--connections", type=whole_number(1, 64), default=4, help="files at a time")
    line.add_argument(
        "--retries", type=whole_number(0), default=6, help="tries in a row without progress"
    )
    line.add_argument(
        "--timeout", type=whole_number(1), default=30, help="seconds of silence to bear"
    )
    line.add_argument("--base-url", help="another server: <URL>/dng/ and <URL>/tiff16_c/")
    line.add_argument("--verify", action="store_true", help="read again what is here, and check")
    return parser


def work(args: argparse.Namespace) -> None:
    from dataset.fivek.download import Download
    from dataset.fivek.http_download import Patience
    from dataset.fivek.index import wanted_files
    from dataset.fivek.split_lists import ensure_lists

    splits = list(dict.fromkeys(args.splits))
    ensure_lists(args.root, splits, args.dataset_repo, args.from_hub)
    wanted = wanted_files(args.root, splits, args.experts, args.base_url, args.limit)
    download = Download(
        args.root,
        wanted,
        connections=args.connections,
        patience=Patience(retries=args.retries, timeout=args.timeout),
        verify=args.verify,
    )
    try:
        todo = download.plan()
        gigabytes = sum(file.size or 0 for file in todo) / 1e9
        log.info("%d files wanted, %d to download: %.2f GB", len(wanted), len(todo), gigabytes)
        download.check_space(todo)
        done = download.fetch_all(todo)
    finally:
        download.write_index()
    complete = sum(file.sha256 is not None for file in download.files.values())
    log.info("%d downloaded; %d of %d files are complete", done, complete, len(wanted))


def main(argv: Sequence[str] | None = None) -> int:
    return run_command(build_parser(), work, argv)


if __name__ == "__main__":
    sys.exit(main())
