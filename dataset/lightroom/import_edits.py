"""The edits of catalogs, sidecars and exports as previews, parameter files, manifest lines.

A run can be killed at any moment. Each file appears whole, the parameter file last, and the
next run does what is lacking, and pictures that were edited further since.
"""

import functools
import logging
from collections.abc import Sequence
from dataclasses import replace

from dataset.hold_out import TRAINING
from dataset.lightroom.choose_edits import choose_edits
from dataset.lightroom.edit import Edit
from dataset.lightroom.find_edits import find_edits
from dataset.lightroom.report import summary, write_report
from dataset.lightroom.settings import ImportSettings
from dataset.lightroom.to_record import (
    EXTRA,
    Import,
    edit_digest,
    make_record,
    name_edits,
    split_of,
)
from dataset.manifest import merge_manifest
from dataset.set_folder import Outputs
from imaging.preview import save_preview
from imaging.raw_picture import RawPicture
from jobs.progress import check_some, each
from jobs.shard import of_shard
from jobs.where import HERE, beside
from params.files import InputError
from params.look_library import LookLibrary, usual_folders
from params.record import read_record, write_record

log = logging.getLogger(__name__)


def import_edits(settings: ImportSettings) -> list[Import]:
    """Find edits, choose among them, write those that are not there yet, and report.

    Returns:
        The pictures that are imported, now or before, of the shard; none in a dry run.

    Raises:
        InputError: a source or catalog that cannot be read, or not one picture was taken.
    """
    edits = find_edits(
        settings.sources,
        settings.roots,
        settings.process,
        settings.only.collection,
        LookLibrary((*settings.profiles, *usual_folders())),
    )
    for edit in edits:
        if edit.error:
            log.error("%s", edit.error)
    edits = choose_edits(edits, settings.only)
    chosen = [edit for edit in edits if not edit.why_not]
    if settings.dry_run:
        _log_lines(summary(edits, chosen))
        log.info("nothing written (--dry-run)")
        return []
    outputs = Outputs(settings.manifest.resolve().parent)
    done = _write_edits(_jobs(chosen, outputs, settings), outputs, settings)
    if settings.shard:  # the report is of all, and the run without parts writes it
        return done
    there = {(job.edit.raw, job.edit.copy) for job in done}
    edits = [
        replace(edit, why_not=edit.why_not or "could not be imported")
        if (edit.raw, edit.copy) not in there
        else edit
        for edit in edits
    ]
    params = [read_record(outputs.data(job.id, job.expert)).params for job in done]
    report = outputs.root / "import_report"
    _log_lines(write_report(report, edits, done, params))
    log.info("%s: report.html, report.md, pictures.csv, sliders.png", report)
    check_some(len(done), "no edited picture was taken; the report says why")
    return done


def _jobs(chosen: Sequence[Edit], outputs: Outputs, settings: ImportSettings) -> list[Import]:
    owners = {source["id"]: source["raw"] for _, source in outputs.sources()}
    splits = [split_of(edit, settings.validation_share) for edit in chosen]
    if TRAINING not in splits:  # a few pictures of one hour: somebody has to learn from them
        splits = [TRAINING] * len(splits)
    jobs = [
        Import(name, split, settings.expert, edit)
        for name, split, edit in zip(name_edits(chosen, owners), splits, chosen, strict=True)
    ]
    return of_shard(jobs, settings.shard, lambda job: job.id)


def _write_edits(
    jobs: Sequence[Import], outputs: Outputs, settings: ImportSettings
) -> list[Import]:
    """Write what is not done yet, and the manifest, also when interrupted.

    Each failure is one logged error.

    Returns:
        The jobs that are done, now or before.
    """
    process, overwrite = settings.process, settings.overwrite
    outputs.sweep()
    jobs = [job for job in jobs if _is_free(job, outputs, overwrite)]
    todo = [job for job in jobs if overwrite or not is_done(job, outputs, process)]
    if len(todo) < len(jobs):
        log.info("%d of %d pictures are imported already", len(jobs) - len(todo), len(jobs))
    where = beside(settings.workers, settings.cluster, outputs.root) if len(todo) > 1 else HERE
    done: list[Import] = []
    try:
        each(
            todo,
            functools.partial(import_one, outputs=outputs, process=process, overwrite=overwrite),
            name=lambda job: job.raw,
            desc="import",
            where=where,
            debug=settings.debug,
        )
    finally:
        outputs.sweep()
        done = [job for job in jobs if is_done(job, outputs, process)]
        if done:
            lines = [outputs.entry(job.id, job.split, job.expert, job.raw) for job in done]
            count = merge_manifest(settings.manifest, lines)
            log.info("%s: %d lines", settings.manifest, count)
    return done


def import_one(job: Import, outputs: Outputs, process: int, overwrite: bool = False) -> None:
    """Write one picture's preview and parameter file. Raises InputError."""
    preview = outputs.preview(job.id)
    other = _process(job, outputs) not in (None, process)  # each process has its own pixels
    with RawPicture(job.raw) as picture:
        if overwrite or other or not preview.is_file():
            save_preview(preview, picture.proxy(process))
        record, notes = make_record(job, picture.shot, process)
    for note in notes:
        log.warning("%s: %s", job.raw, note)
    outputs.set_aside(job.id, job.expert, process)
    write_record(outputs.data(job.id, job.expert), record)


def is_done(job: Import, outputs: Outputs, process: int) -> bool:
    """Whether the picture is there with the settings it has now."""
    if not outputs.preview(job.id).is_file():
        return False
    try:
        record = read_record(outputs.data(job.id, job.expert))
    except InputError:
        return False
    made = record.extra.get(EXTRA)
    digest = made.get("settings") if isinstance(made, dict) else None
    return record.process == process and digest == edit_digest(job.edit)


def _process(job: Import, outputs: Outputs) -> int | None:
    """The edit process of the parameter file that is there."""
    try:
        return read_record(outputs.data(job.id, job.expert)).process
    except InputError:
        return None


def _is_free(job: Import, outputs: Outputs, overwrite: bool) -> bool:
    """False, with an error, where another command's parameter file would be replaced."""
    data = outputs.data(job.id, job.expert)
    if overwrite or not data.is_file():
        return True
    try:
        if EXTRA in read_record(data).extra:
            return True
    except InputError:
        return True  # damaged: made again
    log.error("%s: %s is the result of a fit; --overwrite or another --expert", job.raw, data)
    return False


def _log_lines(lines: Sequence[str]) -> None:
    """Log the lines of a report, its warnings as such."""
    for line in lines:
        if line.startswith("warning: "):
            log.warning("%s", line.removeprefix("warning: "))
        else:
            log.info("%s", line)
