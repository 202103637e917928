"""The edit process of a training run, and fits of another one made anew for it."""

import functools
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dataset.manifest import Entry, portable_path
from imaging.preview import save_preview
from jobs.progress import each
from jobs.where import HERE
from params.files import InputError
from params.plain_names import plain_name
from params.record import PROCESSES, read_record, write_record
from stages.fit.fit_pair import Job, fit_loaded, load, record_of
from stages.fit.settings import FitSettings

log = logging.getLogger(__name__)

# Fewer pictures than this are fitted before other processes have started.
FEW = 10


@dataclass(frozen=True)
class Refit:
    """A picture to fit anew, and where its files go.

    Beside the old ones, with the process; where these lie outside the manifest's folder, which
    may say anything, into data/ and preview/ in it.
    """

    job: Job
    data: Path
    preview: Path


def choose_process(entries: Sequence[Entry], wanted: int | None) -> int:
    """The edit process of a run: the one asked for, else the fits' own.

    Raises:
        InputError: the fits are of several processes, and none was asked for.
    """
    if wanted is not None:
        return wanted
    found = Counter(process for entry in entries if (process := _process(entry)) is not None)
    if len(found) > 1:
        counts = ", ".join(f"{count} fits of process {p}" for p, count in sorted(found.items()))
        raise InputError(
            f"the manifest mixes edit processes ({counts}): choose one with --process; fits of "
            "the other are made anew for it"
        )
    return next(iter(found), PROCESSES[0])


def for_process(entries: Sequence[Entry], settings: FitSettings) -> list[Entry]:
    """The entries with fits of the settings' edit process.

    A fit of another one is kept, and the TIFF fitted anew beside it: `photo__p1.json` beside
    `photo.json`, with a preview of its own. What is there already is not done again. Pictures
    that can't be fitted are left out with an error each.

    Raises:
        InputError: a fit of another process has no TIFF.
    """
    process = settings.process
    found = {entry.key: _process(entry) for entry in entries}
    others = {key: other for key, other in found.items() if other not in (process, None)}
    to_refit = [entry for entry in entries if entry.key in others]
    without_tif = [entry for entry in to_refit if not entry.has_tif]
    if without_tif:
        other = others[without_tif[0].key]
        raise InputError(
            f"{len(without_tif)} pictures were edited in process {other} and have no TIFF that "
            f"could be fitted for process {process}, the first is {without_tif[0].id}: train in "
            f"process {other} (--process, or a base of that process), import them for the other "
            "(import_edits.py --process), or take them out of the manifest"
        )
    anew = {}
    for entry in to_refit:
        try:
            anew[entry.key] = _refit(entry, process)
        except InputError as error:
            log.error("left out: %s", error)
    todo = [refit for refit in anew.values() if not _is_done(refit, settings)]
    if todo:
        log.info("%d pictures are fitted anew for edit process %d", len(todo), process)
        _fit(todo, functools.partial(fit_anew, settings=settings), settings)
    kept = []
    for entry in entries:
        if entry.key not in others:
            kept.append(entry)
        elif entry.key in anew and _is_done(anew[entry.key], settings):
            kept.append(_replaced(entry, anew[entry.key]))
    return kept


def fit_anew(refit: Refit, settings: FitSettings) -> None:
    """Fit one picture and write its preview and, last, its parameter file."""
    loaded = load(refit.job, settings)
    [found] = fit_loaded([loaded], settings)
    save_preview(refit.preview, loaded.pair.proxy)
    write_record(refit.data, record_of(loaded, found, settings))


def _fit(todo: Sequence[Refit], work: "functools.partial[None]", settings: FitSettings) -> None:
    several = len(todo) >= FEW
    each(
        todo,
        work,
        name=lambda refit: f"left out: {refit.job.raw}",
        desc="fit anew",
        where=settings.where(todo[0].data.parent) if several else HERE,
    )


def _refit(entry: Entry, process: int) -> Refit:
    job = Job(entry.id, entry.split, entry.key[2], entry.path("raw"), entry.path("tif"))
    return Refit(job, _beside(entry, "data", process), _beside(entry, "preview", process))


def _beside(entry: Entry, name: str, process: int) -> Path:
    """Where the new file of an entry's field goes, in the manifest's folder if it was read."""
    file = entry.path(name).resolve()
    there = entry.ours or file.is_relative_to(entry.folder)
    folder = file.parent if there else entry.folder / name
    return folder / plain_name(f"{file.stem}__p{process}{file.suffix}")


def _is_done(refit: Refit, settings: FitSettings) -> bool:
    try:
        record = read_record(refit.data)
    except InputError:
        return False
    made_for = record.process, record.masks
    return refit.preview.is_file() and made_for == (settings.process, settings.masks)


def _replaced(entry: Entry, refit: Refit) -> Entry:
    files = {"data": portable_path(refit.data), "preview": portable_path(refit.preview)}
    return Entry({**entry.fields, **files}, entry.folder)


def _process(entry: Entry) -> int | None:
    """The process of an entry's fit; None where it can't be read, which Samples reports."""
    try:
        return read_record(entry.path("data")).process
    except InputError:
        return None
