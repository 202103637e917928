"""Many fits: what is done already is left, the rest is done, the manifest is kept.

A run can be killed at any moment. Each file appears whole, the parameter file last, and the
next run finds from the files alone what is left to do.
"""

import functools
import itertools
import logging
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dataset.manifest import Entry, merge_manifest
from dataset.set_folder import Outputs
from jobs.progress import each
from jobs.shard import of_shard
from model.fit import Fit
from params.files import REPO_ROOT, InputError
from params.record import read_record
from stages.fit.draw_fit import draw_fit
from stages.fit.fit_pair import (
    Job,
    Loaded,
    entry_of,
    export_cube,
    fit_loaded,
    fit_to_files,
    load,
    write_results,
)
from stages.fit.recipe import recipes_of
from stages.fit.report_page import write_report
from stages.fit.settings import FitSettings

log = logging.getLogger(__name__)


def fit_many(
    jobs: Sequence[Job],
    outputs: Outputs,
    settings: FitSettings | None = None,
    manifest: Path | None = None,
) -> list[Entry]:
    """Fit what is not done yet and write the manifest, also when interrupted.

    Args:
        outputs: the folder that the results go to.
        settings: by default those of FitSettings: edit process 2, with XMP and previews.
        manifest: the JSONL file to add lines to; None: none is written.

    Returns:
        the manifest lines of the jobs that are done, now or earlier. Each failure is one
        logged error.
    """
    settings = settings or FitSettings()
    outputs.sweep()
    records = list(outputs.records())
    sources = [(path, record.source) for path, record in records if record.source]
    rebuilt = list(outputs.entries_of(sources))
    jobs = _without_other_photographs(jobs, [source for _, source in sources])
    everyone = jobs  # a recipe is taken from all of a photographer's pictures
    jobs = of_shard(jobs, settings.shard, lambda job: job.id)
    done = [job for job in jobs if not settings.overwrite and _is_done(job, outputs, settings)]
    if done:
        log.info("%d of %d pictures are done already", len(done), len(jobs))
        files = {outputs.data(job.id, job.expert) for job in done}
        _warn_of_others([record.fit for path, record in records if path in files], settings)
        _export_missing_cubes(done, outputs, settings)
        _draw_missing(done, outputs, settings)
    kept = set(done)
    todo = [job for job in jobs if job not in kept]
    recipes: Mapping[str, Mapping[str, Any]] = {}
    if settings.consistent:
        experts = {job.expert for job in todo}
        own = [job for job in everyone if job.expert in experts]
        recipes = recipes_of(own, outputs, settings)
    try:
        if settings.batch > 1 and todo:
            _fit_in_batches(todo, outputs, settings, recipes)
        elif todo:
            each(
                todo,
                functools.partial(
                    fit_to_files, outputs=outputs, settings=settings, recipes=recipes
                ),
                name=lambda job: job.raw,
                desc="fit",
                where=settings.where(outputs.root),
                take=_note,
                debug=settings.debug,
            )
    finally:
        outputs.sweep()
        # By the files: a worker may have finished one that an interrupted run didn't note.
        there = [job for job in todo if _is_done(job, outputs, settings)]
        entries = [entry_of(job, outputs) for job in (*done, *there)]
        if manifest and (entries or rebuilt):
            count = merge_manifest(manifest, entries, rebuilt)
            log.info("%s: %d lines", manifest, count)
        interrupted = isinstance(sys.exc_info()[1], KeyboardInterrupt)  # the next run makes it
        if settings.shard is None and not interrupted:
            _report(outputs, settings.process)
    return entries


def _report(outputs: Outputs, process: int) -> None:
    """The page of all fits in the folder; without it they are as good."""
    try:
        write_report(outputs, process)
    except InputError as error:
        log.error("no report: %s", error)


def _note(job: Job, found: Fit) -> None:
    log.info(
        "%s: ΔE00 %.2f -> %.2f, PSNR %.1f -> %.1f dB, %.1f s",
        job.id,
        found.before.delta_e,
        found.after.delta_e,
        found.before.psnr,
        found.after.psnr,
        found.seconds,
    )


def _is_done(job: Job, outputs: Outputs, settings: FitSettings) -> bool:
    exports = settings.exports
    return outputs.complete(
        job.id,
        job.expert,
        settings.process,
        settings.masks,
        xmp=exports.xmp,
        preview=exports.preview,
    )


def _warn_of_others(fits: Sequence[Any], settings: FitSettings) -> None:
    """Name the settings that finished fits (Record.fit) differ in; older files don't tell."""
    wanted = settings.options().as_json() | {"consistent": settings.consistent}
    known = [fit for fit in fits if isinstance(fit, dict)]
    others = [[n for n, value in wanted.items() if fit.get(n, value) != value] for fit in known]
    count = sum(map(bool, others))
    if count:
        differ = " or ".join(f"--{name}" for name in wanted if any(name in o for o in others))
        log.warning("%d were fitted with other %s; --overwrite fits them again", count, differ)


def _without_other_photographs(jobs: Sequence[Job], sources: Sequence[dict[str, Any]]) -> list[Job]:
    """The jobs but for those whose results would replace another photograph's."""
    owners = {(source["id"], source["expert"]): source["raw"] for source in sources}
    kept: list[Job] = []
    for job in jobs:
        owner = REPO_ROOT / owners.get((job.id, job.expert), job.raw)
        # A RAW that is gone has been moved: the same photograph at another place.
        if owner.is_file() and job.raw.is_file() and not owner.samefile(job.raw):
            log.error(
                "%s: the output folder holds the fit of another file of this name, %s; "
                "choose another --output",
                job.raw,
                owner,
            )
        else:
            kept.append(job)
    return kept


def _export_missing_cubes(done: Sequence[Job], outputs: Outputs, settings: FitSettings) -> None:
    """Look-up tables of pictures that were fitted without."""
    space = settings.exports.cube
    if space is None:
        return
    lacking = [job for job in done if not outputs.cube(job.id, job.expert).is_file()]

    def export(job: Job) -> None:
        export_cube(job, outputs, space, read_record(outputs.data(job.id, job.expert)))

    if lacking:
        each(lacking, export, name=lambda job: job.raw, desc="cube", debug=settings.debug)


def _draw_missing(done: Sequence[Job], outputs: Outputs, settings: FitSettings) -> None:
    """Pictures to look at of fits that were made without."""
    if not settings.exports.debug_preview:
        return
    lacking = [job for job in done if not outputs.debug_preview(job.id, job.expert).is_file()]

    def draw(job: Job) -> None:
        loaded = load(job, settings)
        record = read_record(outputs.data(job.id, job.expert))
        place = outputs.debug_preview(job.id, job.expert)
        draw_fit(place, loaded.pair.raw, loaded.pair.target, record, loaded.shot)

    if lacking:
        each(lacking, draw, name=lambda job: job.raw, desc="draw", debug=settings.debug)


def _fit_in_batches(
    todo: Sequence[Job],
    outputs: Outputs,
    settings: FitSettings,
    recipes: Mapping[str, Mapping[str, Any]],
) -> None:
    """Read a batch of pairs, fit them side by side, write them; failures are named one by one."""
    if recipes:
        todo = sorted(todo, key=lambda job: job.expert)
    for start in range(0, len(todo), settings.batch):
        chunk = todo[start : start + settings.batch]
        place = f"{start + 1}-{start + len(chunk)} of {len(todo)}"
        pairs: list[Loaded] = []

        def read(job: Job, pairs: list[Loaded] = pairs) -> None:
            pairs.append(load(job, settings))

        each(
            chunk,
            read,
            name=lambda job: job.raw,
            desc=f"read {place}",
            debug=settings.debug,
        )
        if not pairs:
            continue
        groups = itertools.groupby(pairs, key=lambda pair: recipes.get(pair.job.expert))
        found = [
            one
            for recipe, group in groups
            for one in fit_loaded(list(group), settings, recipe=recipe)
        ]

        def write(one: tuple[Loaded, Fit]) -> None:
            write_results(*one, outputs, settings)
            _note(one[0].job, one[1])

        each(
            list(zip(pairs, found, strict=True)),
            write,
            name=lambda one: one[0].job.raw,
            desc=f"write {place}",
            debug=settings.debug,
        )
