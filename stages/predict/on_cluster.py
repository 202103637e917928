"""Whole pictures predicted, exported and rendered by a cluster's workers, who keep a model."""

import contextlib
import functools
import logging
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from jobs.pipeline import ItemResult
from model.device import CPU, device_name
from params.files import InputError
from params.record import Record
from stages.predict.load_predictor import load_predictor
from stages.predict.made_with import MadeWith
from stages.predict.picture_stages import PictureStages, Written
from stages.predict.prediction import AnyPredictor
from stages.predict.result_paths import ResultPaths
from stages.predict.review_list import Review
from stages.predict.settings import PredictSettings

_model: dict[Any, tuple[AnyPredictor, str]] = {}  # a worker's, by what it was made from


@dataclass(frozen=True)
class PictureJob:
    """One picture. again: it was done before and only gets a new card, by the edit `known`."""

    raw: Path
    places: ResultPaths
    again: bool = False
    known: Record | None = None


def pictures_on_cluster(
    stages: PictureStages, made: MadeWith
) -> Generator[ItemResult[Path], None, None]:
    """What became of each picture, as jobs.pipeline.run_stages has it; report and list of doubtful
    pictures are kept here.

    made: by which workers tell a model from another one of the same name.

    Raises:
        InputError: the cluster cannot do the work, see jobs.cluster.
    """
    from jobs.cluster import run_on_cluster

    settings = stages.settings
    assert settings.cluster is not None
    work = functools.partial(do_picture, settings=replace(settings, inputs=()), made=made)
    # Closed in any case, which ends the work.
    outcomes = run_on_cluster(_jobs(stages), work, settings.cluster, settings.output)
    with contextlib.closing(outcomes):
        for outcome in outcomes:
            found: ItemResult[Path] = ItemResult(outcome.job.raw)
            found.warnings = [
                " ".join(record.getMessage().split())
                for record in outcome.records
                if record.levelno >= logging.WARNING
            ]
            for record in outcome.records:
                logging.getLogger(record.name).handle(record)
            if outcome.error is None:
                written, found.seconds = outcome.result
                found.result = _note(stages, outcome.job, written)
            else:
                found.error = InputError(outcome.error)
            yield found


def do_picture(job: PictureJob, settings: PredictSettings, made: MadeWith) -> tuple[Written, float]:
    """Read, edit and write one picture; and the seconds that it took. Raises InputError."""
    key = settings, made.edit, tuple(made.outputs.items())
    if repr(key) not in _model:
        _model.clear()
        device = device_name(settings.device) if settings.draws else CPU
        _model[repr(key)] = _quietly(settings), device
    predictor, device = _model[repr(key)]
    stages = PictureStages(
        settings,
        predictor,
        device,
        {job.raw: job.places},
        {job.raw: job.known} if job.again else {},
        Review(settings.output, None),
        begins=lambda raw: None,
        finished=lambda raw, record, facts: facts,
    )
    start = time.perf_counter()
    written = stages.write(stages.edit(stages.read(job.raw)))
    return written, time.perf_counter() - start


def _quietly(settings: PredictSettings) -> AnyPredictor:
    """The predictor; what there is to say of it, the process that hands out the jobs has said."""
    logging.disable(logging.WARNING)
    try:
        return load_predictor(settings)
    finally:
        logging.disable(logging.NOTSET)


def _jobs(stages: PictureStages) -> Iterator[PictureJob]:
    """The pictures, each noted as begun when it is about to be handed out."""
    for raw, places in stages.todo.items():
        again = raw in stages.again
        if not again:
            stages.begins(raw)
        yield PictureJob(raw, places, again, stages.again.get(raw))


def _note(stages: PictureStages, job: PictureJob, written: Written) -> Written:
    """Enter a picture whose files are written. Raises InputError: the folder refuses."""
    if job.again:
        return written
    stages.review.note(job.raw, written.record)
    facts = stages.finished(job.raw, written.record, written.facts)
    return written._replace(facts=facts)
