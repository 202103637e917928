"""Take over the edits that a photographer has: the settings that Lightroom and Camera Raw keep.

SOURCE is a folder, a Lightroom Classic catalog (.lrcat; a copy is read, in use or not), a RAW
file or an exported JPEG or TIFF, any of them mixed. Settings are read from catalogs, XMP
sidecars, the files themselves and exports, and become previews, parameter files and lines of
the manifest that training and LoRA take; import_report/ says what was left out, and why.

Example:
  python scripts/import_edits.py ~/Pictures/Lightroom.lrcat --flag picked --rating 3
"""

import argparse
import contextlib
import logging
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

# Ours before any installed package of the same name, from whichever folder this is called.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cli.command import Parser, common_flags, run_command
from cli.types import expert_name, root_pair, whole_number
from dataset.manifest import DEFAULT_MANIFEST
from params.files import InputError
from params.record import PROCESSES

if TYPE_CHECKING:
    from dataset.lightroom.find_edits import Edit

log = logging.getLogger(__name__)


def build_parser() -> argparse.ArgumentParser:
    parser = Parser(__doc__, [common_flags()])
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
    only = parser.add_argument_group("only these pictures")
    only.add_argument("--rating", type=whole_number(0, 5), help="with at least this many stars")
    only.add_argument("--flag", choices=("picked", "not-rejected"), help="by their flag")
    only.add_argument("--collection", help="of the catalog's collection of this name")
    only.add_argument("--since", type=_day, metavar="YYYY-MM-DD", help="taken on this day or later")
    only.add_argument("--camera", help="whose camera's name has this in it")
    only.add_argument(
        "--require-supported",
        action="store_true",
        help="without masks, black and white, colour mixing and others that no edit holds",
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
    out = parser.add_argument_group("output")
    out.add_argument(
        "--manifest",
        type=Path,
        default=DEFAULT_MANIFEST,
        help="to write; preview/, data/ and import_report/ go beside it",
    )
    out.add_argument("--expert", default="own", type=expert_name, help="whose edits these are")
    out.add_argument(
        "--validation-share",
        type=_share,
        default=0.1,
        help="of the pictures, by hour of capture, that go into the split validation",
    )
    out.add_argument(
        "--process",
        type=int,
        choices=PROCESSES,
        default=2,
        help="edit process: 2 means what Camera Raw does; 1 for models of process 1",
    )
    out.add_argument(
        "--workers", type=whole_number(1, 256), default=1, help="processes; they share the cores"
    )
    out.add_argument("--overwrite", action="store_true", help="do again what is done")
    out.add_argument("--dry-run", action="store_true", help="report only, write nothing")
    return parser


def work(args: argparse.Namespace) -> None:
    from dataset.lightroom.find_edits import find_edits
    from dataset.lightroom.import_edits import import_edits
    from dataset.lightroom.report import summary, write_report
    from dataset.lightroom.to_record import Import, name_edits, split_of
    from dataset.set_folder import Outputs
    from params.record import read_record

    edits = find_edits(args.sources, dict(args.map_root), args.collection)
    for edit in edits:
        if edit.error:
            log.error("%s", edit.error)
    edits = choose(edits, args)
    chosen = [edit for edit in edits if not edit.why_not]
    if args.dry_run:
        _tell(summary(edits, chosen))
        log.info("nothing written (--dry-run)")
        return
    outputs = Outputs(args.manifest.resolve().parent)
    owners = {source["id"]: source["raw"] for _, source in outputs.sources()}
    jobs = [
        Import(name, split_of(edit, args.validation_share), args.expert, edit)
        for name, edit in zip(name_edits(chosen, owners), chosen, strict=True)
    ]
    done = import_edits(
        jobs,
        outputs,
        args.manifest,
        args.process,
        workers=args.workers,
        overwrite=args.overwrite,
        debug=args.debug,
    )
    there = {(job.edit.raw, job.edit.copy) for job in done}
    edits = [
        replace(edit, why_not=edit.why_not or "could not be imported")
        if (edit.raw, edit.copy) not in there
        else edit
        for edit in edits
    ]
    params = [read_record(outputs.data(job.id, job.expert)).params for job in done]
    report = outputs.root / "import_report"
    _tell(write_report(report, edits, done, params))
    log.info("%s: report.md, pictures.csv, sliders.png", report)
    if not done:
        raise InputError("no edited picture was taken; the report says why")


def choose(edits: "list[Edit]", args: argparse.Namespace) -> "list[Edit]":
    """The edits, with a reason beside each that the flags leave out."""
    from dataset.lightroom.find_edits import BY_US
    from dataset.lightroom.to_record import is_untouched

    def reason(edit: "Edit") -> str:
        checks = (
            (args.rating is not None and edit.rating < args.rating, f"rating below {args.rating}"),
            (args.flag == "picked" and edit.pick != 1, "not picked"),
            (args.flag == "not-rejected" and -1 in (edit.pick, edit.rating), "rejected"),
            (args.since is not None and edit.taken is None, "date unknown"),
            (args.since and edit.taken and edit.taken < args.since, "older than --since"),
            (not _has(edit.camera, args.camera), f"not taken by {args.camera}"),
            (not args.include_predicted and edit.by_us, BY_US),
            (not args.include_untouched and is_untouched(edit.settings), "nothing edited"),
            (
                args.require_supported and any(one.matters for one in edit.lost),
                "edits that no slider holds matter (--require-supported)",
            ),
        )
        return next((text for out, text in checks if out), "")

    room = args.limit if args.limit is not None else len(edits)
    chosen = []
    for edit in edits:
        why_not = edit.why_not or reason(edit) or ("" if room > 0 else "beyond --limit")
        room -= not why_not
        chosen.append(replace(edit, why_not=why_not))
    return chosen


def _has(camera: str | None, wanted: str | None) -> bool:
    return wanted is None or wanted.casefold() in (camera or "").casefold()


def _tell(lines: list[str]) -> None:
    for line in lines:
        if line.startswith("warning: "):
            log.warning("%s", line.removeprefix("warning: "))
        else:
            log.info("%s", line)


def _day(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d")
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day as YYYY-MM-DD") from None


def _share(text: str) -> float:
    with contextlib.suppress(ValueError):
        if 0.0 <= (share := float(text)) <= 0.9:
            return share
    raise argparse.ArgumentTypeError(f"{text!r} is not a number in 0..0.9")


def main(argv: Sequence[str] | None = None) -> int:
    return run_command(build_parser(), work, argv)


if __name__ == "__main__":
    sys.exit(main())
