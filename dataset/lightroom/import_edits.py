"""Found edits into the output folder: previews, parameter files, manifest lines.

A run can be killed at any moment. Each file appears whole, the parameter file last, and the
next run does what is lacking, and pictures that were edited further since.
"""

import functools
import logging
from collections.abc import Sequence
from pathlib import Path

from dataset.lightroom.to_record import EXTRA, Import, make_record, settings_digest
from dataset.manifest import Entry, make_entry, merge_manifest
from dataset.set_folder import Outputs
from imaging.preview import save_preview
from imaging.raw_picture import RawPicture
from jobs.processes import Outcome, each_job
from jobs.progress import about, each
from params.files import InputError
from params.record import read_record, write_record

log = logging.getLogger(__name__)


def import_edits(
    jobs: Sequence[Import],
    outputs: Outputs,
    manifest: Path,
    process: int,
    *,
    workers: int = 1,
    overwrite: bool = False,
    debug: bool = False,
) -> list[Import]:
    """Write what is not done yet, and the manifest, also when interrupted.

    Each failure is one logged error.

    Returns:
        The jobs that are done, now or before.
    """
    outputs.sweep()
    jobs = [job for job in jobs if _is_free(job, outputs, overwrite)]
    todo = [job for job in jobs if overwrite or not is_done(job, outputs, process)]
    if len(todo) < len(jobs):
        log.info("%d of %d pictures are imported already", len(jobs) - len(todo), len(jobs))
    work = functools.partial(import_one, outputs=outputs, process=process, overwrite=overwrite)
    done: list[Import] = []
    try:
        if workers == 1 or len(todo) < 2:
            each(todo, work, name=lambda job: job.raw, desc="import", debug=debug)
        else:
            _by_workers(todo, work, workers)
    finally:
        outputs.sweep()
        done = [job for job in jobs if is_done(job, outputs, process)]
        if done:
            count = merge_manifest(manifest, [_entry(job, outputs) for job in done])
            log.info("%s: %d lines", manifest, count)
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
    return record.process == process and digest == settings_digest(job.edit.settings)


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


def _by_workers(todo: Sequence[Import], work: functools.partial[None], workers: int) -> None:
    def take(outcome: Outcome[Import]) -> None:
        if outcome.error is not None:
            log.error("%s", about(outcome.job.raw, outcome.error))

    each_job(todo, work, workers, desc="import", take=take)


def _entry(job: Import, outputs: Outputs) -> Entry:
    return make_entry(
        id=job.id,
        split=job.split,
        expert=job.expert,
        raw=job.raw,
        tif=None,
        preview=outputs.preview(job.id),
        data=outputs.data(job.id, job.expert),
    )
