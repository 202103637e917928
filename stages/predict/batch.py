"""RAW files predicted, exported and rendered: while one is edited, others are read and written.

What inference and rendering share. Torch is imported on a GPU and where model.prepared or
model.render need it, not before there is something to do.
"""

import contextlib
import itertools
import logging
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from imaging.decoder.pool import warm_up
from jobs.cores import cores
from jobs.messages import about, one_line
from jobs.pipeline import ItemResult, run_stages
from model.device import CPU, device_name
from params.files import sweep
from params.record import Record
from stages.predict.batch_report import BatchReport
from stages.predict.contact_sheet import ContactSheet
from stages.predict.dry_run import show_changes
from stages.predict.load_predictor import begin_decoding, check_models, load_predictor
from stages.predict.made_with import MadeWith, kinds_of, made_with
from stages.predict.plan import Plan, plan
from stages.predict.result_paths import (
    ResultPaths,
    missing,
    wanted_files,
    wanted_pictures,
    written_to,
)
from stages.predict.review_list import Review, take_over_parts
from stages.predict.settings import PredictSettings
from stages.predict.xmp_files import written_in_place

if TYPE_CHECKING:
    from stages.predict.picture_stages import PictureStages, Written

log = logging.getLogger(__name__)

_MOST_JOBS = 4  # each holds two pictures at full size


@dataclass
class Tally:
    """Pictures counted, and the time they took.

    verb: what is done with a picture, "predict" or "render".
    pictures: all that were asked for.
    skipped: done before.
    start: seconds of time.perf_counter.
    in_place: the sidecars and DNGs written in place.
    """

    verb: str
    pictures: int
    skipped: int = 0
    failed: int = 0
    done: int = 0
    start: float = field(default_factory=time.perf_counter)
    in_place: list[Path] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        counts = {"done": self.done, "skipped": self.skipped, "failed": self.failed}
        seconds = round(time.perf_counter() - self.start, 3)
        return {"command": self.verb, "pictures": self.pictures, **counts, "seconds": seconds}

    def log(self, where: str) -> None:
        """The closing line; for more than one picture a table above it."""
        if self.pictures > 1:
            seconds, worked = time.perf_counter() - self.start, self.done + self.failed
            each = f"{seconds / worked:.2f}" if worked else "-"
            row = "%10s %8s %8s %8s %10s"
            log.info(row, "done", "skipped", "failed", "seconds", "a picture")
            log.info(row, self.done, self.skipped, self.failed, f"{seconds:.1f}", each)
        log.info("%d %sed, %s", self.done, self.verb, where)
        if self.in_place:
            log.info("%s", written_in_place(self.in_place))


def predict(settings: PredictSettings) -> Tally:
    """Predict and write what the settings ask for and is not there yet, and keep a report of it.

    A picture that fails is named, the rest go on. Killed and called again, it continues.

    Returns:
        how many pictures were done, skipped and failed.

    Raises:
        InputError: nothing can be done at all.
    """
    verb = "render" if settings.renders else "predict"
    if not settings.writes:
        log.warning("nothing to export: every export is switched off")
    check_models(settings)
    report = BatchReport.open(settings.output, settings.shard)
    planned = plan(settings, report)
    if settings.dry_run:
        done = show_changes(settings, planned)
        count, skipped = len(planned.todo), len(planned.done)
        return Tally(verb, count + skipped, skipped, failed=count - done)
    sheet = ContactSheet.open(settings.output) if settings.contact_sheet else None
    todo, done_before, taken = dict(planned.todo), planned.done, planned.taken
    again = {
        raw: report.record(places.name)
        for raw, places in done_before.items()
        if sheet and (settings.overwrite or sheet.lacks(places.name, report))
    }
    tally = Tally(verb, len(todo) + len(done_before) + len(taken), len(done_before), len(taken))
    for raw, places in done_before.items():
        report.skipped(places.name, raw)
    if settings.shard is None:
        take_over_parts(settings.output)
    for folder in written_to(settings, (planned.todo | planned.done).values()):
        sweep(folder)
    if again:
        log.info("%d of them are looked at again, for the contact sheet", len(again))
    todo |= {raw: done_before[raw] for raw in again}
    if todo and settings.cluster is None:
        warm_up()
    made = planned.made or (made_with(settings) if todo else None)
    stages = _load_stages(settings, planned, todo, again, made, report) if todo and made else None
    try:
        if stages and made:
            _run(stages, made, report, sheet, tally)
    finally:
        if stages:
            stages.review.close()
        report.last_run = {**tally.as_json(), **_asked(settings)}
        report.write()
        if sheet and (sheet.cards or stages):
            sheet.write(report)
    if stages:
        stages.review.report()
        tally.log(f"in {settings.output}")
    return tally


def _asked(settings: PredictSettings) -> dict[str, Any]:
    """What report.json says of the run's model."""
    said: dict[str, Any] = {"checkpoint": settings.model, "strength": settings.strength}
    if settings.consistent:
        said["consistent"] = True
    return said | {"lora": [str(adapter) for adapter in settings.adapters]}


def _load_stages(
    settings: PredictSettings,
    planned: Plan,
    todo: Mapping[Path, ResultPaths],
    again: Mapping[Path, Record | None],
    made: MadeWith,
    report: BatchReport,
) -> "PictureStages":
    """The stages with their model, while the first picture is being decoded already."""

    def finished(raw: Path, record: Record, facts: dict[str, Any]) -> dict[str, Any]:
        places = todo[raw]
        files, before = wanted_files(settings, places), report.made_with(places.name)
        facts = {**facts, "made_with": made.entry(settings, places, files, before)}
        report.finished(places.name, raw, record, **facts)
        return facts

    def begins(raw: Path) -> None:
        places = todo[raw]
        files = missing(wanted_files(settings, places), places, overwrite=settings.overwrite)
        report.begins(places.name, (kinds_of(places)[file] for file in files))

    from stages.predict.picture_stages import PictureStages

    device = CPU
    if settings.draws:
        device = device_name(settings.device)
    new = (
        raw
        for raw, places in todo.items()
        if raw not in again
        and missing(wanted_pictures(settings, places), places, overwrite=settings.overwrite)
    )
    # Not while scenes are looked at, which would take this picture's memory for long.
    here = settings.cluster is None and not planned.sequences
    begun = {raw: begin_decoding(raw, settings) for raw in itertools.islice(new, int(here))}
    predictor = load_predictor(settings)
    if planned.sequences:
        from stages.predict.consistent_predictor import look_at_scenes

        predictor = look_at_scenes(
            predictor, planned.sequences, _jobs(settings), debug=settings.debug
        )
    review = Review(settings.output, settings.min_confidence, settings.shard)
    return PictureStages(settings, predictor, device, todo, again, review, begins, finished, begun)


def _run(
    stages: "PictureStages",
    made: MadeWith,
    report: BatchReport,
    sheet: ContactSheet | None,
    tally: Tally,
) -> None:
    from tqdm import tqdm

    settings = stages.settings
    tally.start = time.perf_counter()  # without the loading of the model
    jobs = _jobs(settings)
    progress = {"unit": "picture", "file": sys.stderr, "dynamic_ncols": True}
    if settings.cluster is None:
        source = run_stages(stages.todo, stages.stages(jobs))
    else:
        from stages.predict.on_cluster import pictures_on_cluster

        source = pictures_on_cluster(stages, made)
    with contextlib.closing(source) as results:
        for result in tqdm(results, total=len(stages.todo), desc=tally.verb, **progress):
            if result.error is not None and settings.debug:
                raise result.error
            _enter(result, stages, report, sheet, tally)
            report.write(final=False)


def _jobs(settings: PredictSettings) -> int:
    """Pictures read, and written, side by side."""
    each = 4 if settings.renders else 1
    return settings.jobs or max(1, min(_MOST_JOBS, cores() // each))


def _enter(
    result: ItemResult[Path],
    stages: "PictureStages",
    report: BatchReport,
    sheet: ContactSheet | None,
    tally: Tally,
) -> None:
    """Put what became of a picture into report, sheet and tally."""
    raw, again = result.item, result.item in stages.again
    name = stages.todo[raw].name
    facts = {
        "seconds": round(result.seconds, 3),
        "warnings": list(dict.fromkeys(result.warnings)),
    }
    if result.error is not None:
        tally.failed += 1
        tally.skipped -= again
        text = one_line(result.error)
        log.error("%s", about(raw, text))
        if not again:
            report.failed(name, raw, text, **facts)
        return
    written: Written = result.result
    if sheet and written.card:
        if again and "by" in (entry := report.get(name)):
            written.card["by"] = str(entry["by"])  # as of the run that made it
        sheet.cards[name.as_posix()] = written.card
    if not again:
        if written.in_place:
            tally.in_place.append(written.in_place)
        tally.done += 1
        report.done(name, raw, written.record, **facts, **written.facts)
