"""One job done, wherever that is: its result or its error, and what was logged meanwhile."""

import logging
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, TypeVar

from jobs.messages import one_line

Job = TypeVar("Job")
# What other packages log of themselves says nothing of a job.
_OTHERS = ("distributed", "tornado", "asyncio", "bokeh")


@dataclass(frozen=True)
class Outcome(Generic[Job]):
    """What became of a job: its result, or one line of why there is none (and a traceback).

    records: what was logged meanwhile.
    """

    job: Job
    result: Any = None
    error: str | None = None
    trace: str = ""
    records: Sequence[logging.LogRecord] = field(default_factory=tuple)


class Done(NamedTuple):
    """An Outcome on its way from another process, without the job, which is known here."""

    result: Any
    error: str | None
    trace: str
    records: list[logging.LogRecord]


class _Collector(logging.Handler):
    """Keeps records, made ready for another process."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.partition(".")[0] in _OTHERS:
            return
        record.msg, record.args, record.exc_info = record.getMessage(), None, None
        self.kept.append(record)


def do_job(work: Callable[[Any], Any], job: Any) -> Done:
    """work(job) in a process of its own: nothing is raised, and logs are kept for the other."""
    logs, root = _Collector(), logging.getLogger()
    root.addHandler(logs)
    root.setLevel(logging.INFO)
    try:
        return Done(work(job), None, "", logs.kept)
    except Exception as problem:
        return Done(None, one_line(problem), traceback.format_exc(), logs.kept)
    finally:
        root.removeHandler(logs)


def limit_threads(threads: int) -> None:
    """Let the libraries of this process work with so many threads."""
    import cv2
    import torch

    torch.set_num_threads(threads)
    cv2.setNumThreads(threads)
