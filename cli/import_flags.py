"""Flags of the import of edits, and the settings that they make."""

import argparse
from datetime import datetime
from pathlib import Path

from cli.types import expert_name, real, root_pair, whole_number, wrong_call
from cli.where_flags import where_flags
from dataset.lightroom.settings import FLAGS, EditFilter, ImportSettings
from params.edit_process import PROCESSES


def import_flags() -> argparse.ArgumentParser:
    """Parent parser of scripts/import_edits.py."""
    parser = argparse.ArgumentParser(add_help=False, parents=[where_flags()])
    parser.add_argument(
        "sources", metavar="SOURCE", nargs="+", type=Path, help="folder, catalog, RAW or export"
    )
    parser.add_argument(
        "--map-root",
        metavar="OLD=NEW",
        type=root_pair,
        action="append",
        default=[],
        help="where a folder of the catalog lies now, such as 'D:/Photos=/mnt/photos'",
    )
    _add_filter_flags(parser)
    out = parser.add_argument_group("output")
    out.add_argument(
        "--manifest",
        type=Path,
        default=ImportSettings.manifest,
        help="to write; preview/, data/ and import_report/ go beside it",
    )
    out.add_argument(
        "--expert", default=ImportSettings.expert, type=expert_name, help="whose edits these are"
    )
    out.add_argument(
        "--validation-share",
        type=real(0.0, 0.9),
        default=ImportSettings.validation_share,
        help="of the pictures, by hour of capture, that go into the split validation",
    )
    out.add_argument(
        "--process",
        type=int,
        choices=PROCESSES,
        default=ImportSettings.process,
        help="edit process: 2 means what Camera Raw does; 1 for models of process 1",
    )
    out.add_argument(
        "--workers",
        type=whole_number(1, 256),
        default=ImportSettings.workers,
        help="processes; they share the cores",
    )
    out.add_argument("--overwrite", action="store_true", help="do again what is done")
    out.add_argument("--dry-run", action="store_true", help="report only, write nothing")
    return parser


def _add_filter_flags(parser: argparse.ArgumentParser) -> None:
    only = parser.add_argument_group("only these pictures")
    only.add_argument("--rating", type=whole_number(0, 5), help="with at least this many stars")
    only.add_argument("--flag", choices=FLAGS, help="by their flag")
    only.add_argument("--collection", help="of the catalog's collection of this name")
    only.add_argument("--since", type=_day, metavar="YYYY-MM-DD", help="taken on this day or later")
    only.add_argument("--camera", help="whose camera's name has this in it")
    only.add_argument(
        "--require-supported",
        action="store_true",
        help="without masks, looks and others that the edit process does not hold",
    )
    only.add_argument(
        "--include-untouched", action="store_true", help="those as well that nobody edited"
    )
    only.add_argument(
        "--include-predicted",
        action="store_true",
        help="those as well whose sidecar this project wrote: when you have corrected them since",
    )
    only.add_argument("--limit", type=whole_number(1), help="at most this many")


@wrong_call()
def import_settings(args: argparse.Namespace) -> ImportSettings:
    """What import_flags ask for."""
    only = EditFilter(
        rating=args.rating,
        flag=args.flag,
        collection=args.collection,
        since=args.since,
        camera=args.camera,
        require_supported=args.require_supported,
        include_untouched=args.include_untouched,
        include_predicted=args.include_predicted,
        limit=args.limit,
    )
    return ImportSettings(
        sources=args.sources,
        roots=dict(args.map_root),
        only=only,
        profiles=tuple(args.profiles),
        manifest=args.manifest,
        expert=args.expert,
        validation_share=args.validation_share,
        process=args.process,
        workers=args.workers,
        cluster=args.cluster,
        shard=args.shard,
        overwrite=args.overwrite,
        dry_run=args.dry_run,
        debug=args.debug,
    )


def _day(text: str) -> datetime:
    """An argparse type: a day as YYYY-MM-DD."""
    try:
        return datetime.strptime(text, "%Y-%m-%d")
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day as YYYY-MM-DD") from None
