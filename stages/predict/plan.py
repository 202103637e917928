"""Which pictures a run is to do, and which are done already."""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from jobs.shard import of_shard
from stages.predict.batch_report import BatchReport
from stages.predict.find_raws import find_raws, result_names
from stages.predict.made_with import MadeWith, kinds_of, made_with, source_of
from stages.predict.result_paths import ResultPaths, missing, wanted_files
from stages.predict.review_list import NAME
from stages.predict.settings import PredictSettings
from stages.predict.xmp_files import changed_since

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Plan:
    """RAW files and where their results go: those that lack a wanted file, and the others.

    taken: RAW files, in neither, whose results' places another photograph's results have.
    made: what the run makes pictures with, where it had to be known.
    sequences: with `consistent`, the pictures that have to be looked at together.
    """

    todo: dict[Path, ResultPaths]
    done: dict[Path, ResultPaths]
    made: MadeWith | None = None
    sequences: Sequence[Sequence[Path]] = ()
    taken: Collection[Path] = ()


def plan(settings: PredictSettings, report: BatchReport) -> Plan:
    """The pictures that the inputs name, and which of them are to do.

    A picture is done when all files are there that are wanted of it, and the report doesn't say
    that they were made with another model, other options or another RAW file. Settings that
    somebody changed after they were written in place are done.

    Raises:
        InputError: they name nothing that can be done, or there is no such model.
    """
    sources = find_raws(settings.inputs, batch=settings.batch, recursive=settings.recursive)
    names = result_names(sources.raws, sources.base)
    raws = of_shard(sources.raws, settings.shard, lambda raw: names[raw].as_posix())
    paths = {raw: ResultPaths(settings.output, names[raw], raw, source_of(raw)) for raw in raws}
    together: list[list[Path]] = []
    if settings.consistent and settings.strength > 0.0:
        together, paths = _in_sequences(paths)
    taken = _results_of_other_files(settings, paths, report)
    paths = {raw: places for raw, places in paths.items() if raw not in taken}
    made = None
    if not (settings.overwrite or settings.skip_existing) and _any_file(settings, paths):
        made = made_with(settings)
        paths = {raw: _with_stale(settings, p, report, made) for raw, p in paths.items()}
        paths = _without_changed(settings, paths)
    todo = {
        raw: places
        for raw, places in paths.items()
        if missing(wanted_files(settings, places), places, overwrite=settings.overwrite)
    }
    done = {raw: places for raw, places in paths.items() if raw not in todo}
    if done:
        log.info(
            "%d of %d pictures are done already; --overwrite redoes them", len(done), len(paths)
        )
    if done and settings.min_confidence is not None and not (settings.output / NAME).is_file():
        log.warning(
            "%d pictures were done without confidence: %s lists new predictions only; --overwrite "
            "judges all",
            len(done),
            NAME,
        )
    if stale := sum(bool(places.stale) for places in todo.values()):
        log.info(
            "%d are done again: made with another model, other options or another file; "
            "--skip-existing leaves what is there",
            stale,
        )
    dngs = sum(raw.suffix.lower() == ".dng" for raw in todo)
    if dngs and settings.xmp.write and settings.xmp.in_place and not settings.xmp.embed:
        log.warning(
            "Lightroom is reported to ignore the sidecars of DNGs, here of %d; --embed-xmp writes "
            "into the DNG itself",
            dngs,
        )
    sequences = [members for members in together if not todo.keys().isdisjoint(members)]
    return Plan(todo, done, made, sequences, taken)


def _results_of_other_files(
    settings: PredictSettings, paths: Mapping[Path, ResultPaths], report: BatchReport
) -> set[Path]:
    """The RAW files whose results' places are taken by another photograph's, each named."""
    found: set[Path] = set()
    for raw, places in paths.items():
        owner = report.owner(places.name)
        # An owner that is gone has been moved: the same photograph at another place.
        if settings.overwrite or owner is None or not (owner.is_file() and raw.is_file()):
            continue
        there = any(file.is_file() for file in wanted_files(settings, places))
        if not owner.samefile(raw) and there:
            found.add(raw)
            log.error(
                "%s: the output folder holds the results of another file of this name, %s; "
                "choose another --output, or --overwrite",
                raw,
                owner,
            )
    return found


def _in_sequences(
    paths: Mapping[Path, ResultPaths],
) -> tuple[list[list[Path]], dict[Path, ResultPaths]]:
    """The pictures that may be of one scene, and the paths, which say so."""
    from stages.predict.frame_groups import read_facts, sequence_digest, sequences

    facts = read_facts(list(paths))
    found = sequences(facts)
    digests = {raw: sequence_digest(one, facts) for one in found for raw in one}
    return found, {raw: replace(p, sequence=digests.get(raw)) for raw, p in paths.items()}


def _any_file(settings: PredictSettings, paths: Mapping[Path, ResultPaths]) -> bool:
    return any(file.is_file() for p in paths.values() for file in wanted_files(settings, p))


def _with_stale(
    settings: PredictSettings, paths: ResultPaths, report: BatchReport, made: MadeWith
) -> ResultPaths:
    """The paths, with those of files that are there and have to be made anew.

    Among them those that a killed run may have written, or may not, without saying with what.
    """
    there = [file for file in wanted_files(settings, paths) if file.is_file()]
    before = report.made_with(paths.name)
    kinds, begun = kinds_of(paths), report.begun.get(paths.name.as_posix(), [])
    unsure = {file for file in there if kinds[file] in begun}
    return replace(paths, stale=made.stale(paths, there, before) | unsure)


def _without_changed(
    settings: PredictSettings, paths: Mapping[Path, ResultPaths]
) -> dict[Path, ResultPaths]:
    """The paths, stale no more where somebody changed what had been written in place."""
    changed = [
        raw for raw, p in paths.items() if p.in_place in p.stale and changed_since(settings.xmp, p)
    ]
    if changed:
        log.warning(
            "%s%s: settings in place are no longer those that were written there, and stay; "
            "--overwrite replaces them",
            changed[0],
            f" and {len(changed) - 1} more" if len(changed) > 1 else "",
        )
    left = {
        raw: replace(paths[raw], stale=paths[raw].stale - {paths[raw].in_place}) for raw in changed
    }
    return {**paths, **left}
