"""RAW files predicted, exported and rendered: while one is edited, others are read and written.

What inference and rendering share. Nothing here imports torch before there is something to do.
"""

import argparse
import contextlib
import itertools
import logging
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobs.pipeline import run_stages
from jobs.processes import cores
from jobs.progress import about, one_line
from params.files import sweep
from params.record import Record
from stages.predict.batch_report import BatchReport
from stages.predict.confidence_file import confidence_of
from stages.predict.contact_sheet import ContactSheet
from stages.predict.dry_run import show_changes
from stages.predict.result_paths import ResultPaths, missing, plan, wanted_exports
from stages.predict.review_list import Review

if TYPE_CHECKING:
    from stages.predict.picture_stages import Road, Written

log = logging.getLogger(__name__)

_MOST_JOBS = 4  # each holds two pictures at full size


def run_batch(
    args: argparse.Namespace, pictures: Callable[[ResultPaths], list[Path]], *, desc: str
) -> None:
    """Do what the flags ask for and is not there yet, and keep the report of it.

    A picture that fails is named, the rest go on. Killed and called again, it continues.

    Args:
        pictures: the full-size files wanted of a picture.
        desc: what is done, for the progress bar.

    Raises:
        InputError: nothing can be done at all.
    """

    def wanted(paths: ResultPaths) -> list[Path]:
        return [*wanted_exports(args, paths), *pictures(paths)]

    planned = plan(args, wanted)
    if args.dry_run:
        show_changes(args, planned.todo)
        return
    report = BatchReport.open(args.output)
    sheet = ContactSheet.open(args.output) if args.contact_sheet else None
    strangers = _strangers(planned.todo | planned.done, report, wanted, args.overwrite)
    todo = {raw: places for raw, places in planned.todo.items() if raw not in strangers}
    done = {raw: places for raw, places in planned.done.items() if raw not in strangers}
    again = {
        raw: report.record(places.name)
        for raw, places in done.items()
        if sheet and (args.overwrite or sheet.lacks(places.name, report))
    }
    tally = Tally(desc, len(done) + len(todo) + len(strangers), len(done), len(strangers))
    for raw, places in done.items():
        report.skipped(places.name, raw)
    for folder in {file.parent for places in todo.values() for file in wanted(places)}:
        sweep(folder)
    if again:
        log.info("%d of them are looked at again, for the contact sheet", len(again))
    todo |= {raw: done[raw] for raw in again}
    road = _road(args, todo, pictures, again) if todo else None
    try:
        if road:
            _pass_through(road, report, sheet, tally)
    finally:
        report.last_run = {**tally.as_json(), "checkpoint": str(args.checkpoint)}
        report.last_run["lora"] = [str(adapter) for adapter in args.lora_checkpoint]
        report.write()
        if sheet and (sheet.cards or road):
            sheet.write(report)
    if road:
        road.review.report()
        tally.log(f"in {args.output}")


def _strangers(
    planned: Mapping[Path, ResultPaths],
    report: BatchReport,
    wanted: Callable[[ResultPaths], list[Path]],
    overwrite: bool,
) -> set[Path]:
    """The RAW files whose results' places are taken by another photograph's, each named."""
    found: set[Path] = set()
    for raw, places in planned.items():
        owner = report.owner(places.name)
        # An owner that is gone has been moved: the same photograph at another place.
        if overwrite or owner is None or not (owner.is_file() and raw.is_file()):
            continue
        if not owner.samefile(raw) and any(file.is_file() for file in wanted(places)):
            found.add(raw)
            log.error(
                "%s: the output folder holds the results of another file of this name, %s; "
                "choose another --output, or --overwrite",
                raw,
                owner,
            )
    return found


def _road(
    args: argparse.Namespace,
    todo: Mapping[Path, ResultPaths],
    pictures: Callable[[ResultPaths], list[Path]],
    again: Mapping[Path, Record | None],
) -> "Road":
    from model.device import pick_device
    from stages.predict.picture_stages import Road
    from stages.predict.predictor import Predictor, begin_decoding

    device = pick_device(args.device)
    args.device = str(device)
    new = (raw for raw in todo if raw not in again and missing(args, pictures(todo[raw])))
    begun = {raw: begin_decoding(raw, args.checkpoint) for raw in itertools.islice(new, 1)}
    predictor = Predictor.load(
        args.checkpoint, args.lora_checkpoint, device, args.force_lora, confidence_of(args)
    )
    review = Review(args.output, args.min_confidence)
    return Road(args, predictor, todo, pictures, again, review, begun)


def _pass_through(
    road: "Road", report: BatchReport, sheet: ContactSheet | None, tally: "Tally"
) -> None:
    from tqdm import tqdm

    heavy = any(road.pictures(places) for places in road.todo.values())
    tally.start = time.perf_counter()  # without the loading of the model
    jobs = road.args.jobs or max(1, min(_MOST_JOBS, cores() // (4 if heavy else 1)))
    progress = {"unit": "picture", "file": sys.stderr, "dynamic_ncols": True}
    with contextlib.closing(run_stages(road.todo, road.stages(jobs))) as passages:
        for passage in tqdm(passages, total=len(road.todo), desc=tally.desc, **progress):
            raw, name = passage.item, road.todo[passage.item].name
            facts = {
                "seconds": round(passage.seconds, 3),
                "warnings": list(dict.fromkeys(passage.warnings)),
            }
            if passage.error is not None:
                if road.args.debug:
                    raise passage.error
                tally.failed += 1
                tally.skipped -= raw in road.again
                text = one_line(passage.error)
                log.error("%s", about(raw, text))
                if raw not in road.again:
                    report.failed(name, raw, text, **facts)
            else:
                written: Written = passage.result
                if sheet and written.card:
                    sheet.cards[name.as_posix()] = written.card
                if raw not in road.again:
                    tally.done += 1
                    report.done(name, raw, written.record, **facts, **written.facts)
            report.write(final=False)


@dataclass
class Tally:
    """Pictures counted, and the time they took."""

    desc: str
    pictures: int
    skipped: int = 0
    failed: int = 0
    done: int = 0
    start: float = field(default_factory=time.perf_counter)

    def as_json(self) -> dict[str, Any]:
        counts = {"done": self.done, "skipped": self.skipped, "failed": self.failed}
        seconds = round(time.perf_counter() - self.start, 3)
        return {"command": self.desc, "pictures": self.pictures, **counts, "seconds": seconds}

    def log(self, where: str) -> None:
        """The closing line; for more than one picture a table above it."""
        if self.pictures > 1:
            seconds, worked = time.perf_counter() - self.start, self.done + self.failed
            each = f"{seconds / worked:.2f}" if worked else "-"
            row = "%10s %8s %8s %8s %10s"
            log.info(row, "done", "skipped", "failed", "seconds", "a picture")
            log.info(row, self.done, self.skipped, self.failed, f"{seconds:.1f}", each)
        log.info("%d %sed, %s", self.done, self.desc, where)
