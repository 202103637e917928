"""Shoots for the tests of the studio: a folder of made-up RAW files, opened and predicted."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bursts import write_frame
from simulated import scene

from studio.jobs import Job
from studio.predicting import predict_now
from studio.settings import StudioSettings
from studio.work import Work

HEIGHT, WIDTH = 48, 72
APART = 3700.0  # seconds between pictures: no bursts, and each another hour


def write_shoot(folder: Path, count: int, apart: float = APART) -> Path:
    """Pictures 00.dng, 01.dng, … of different scenes, and as many seconds apart."""
    for number in range(count):
        picture = scene(number, HEIGHT, WIDTH)
        write_frame(folder / f"{number:02d}.dng", picture, seconds=number * apart % 3600)
    return folder


@contextmanager
def opened(shoot: Path, out: Path, *, predicted: bool = True, **settings: Any) -> Iterator[Work]:
    """A studio on a folder, with no threads of its own but those of jobs.

    predicted: by Auto, all pictures.
    """
    with Work(StudioSettings([shoot], out, browser=False, **settings)) as work:
        if predicted:
            session = work.session
            for picture in session.pictures.values():
                predict_now(session, session.current_model, picture)
        yield work


def by_name(work: Work) -> dict[str, str]:
    """File name -> id."""
    return {picture.name: picture.id for picture in work.session.pictures.values()}


def ended(job: Job, seconds: float = 60.0) -> Job:
    """The job, when it is over."""
    until(lambda: job.is_over, seconds)
    return job


def until(true: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait until something is true."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.01)
