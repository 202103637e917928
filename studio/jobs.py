"""Work that goes on behind the page: told of as it goes, cancelled, ended with the studio."""

import functools
import logging
import queue
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from jobs.messages import one_line
from params.files import InputError
from studio.background import background
from studio.session import Session, UnknownError

log = logging.getLogger(__name__)

WAITING, RUNNING, DONE, FAILED, CANCELLED = "waiting", "running", "done", "failed", "cancelled"
_KEPT = 50  # jobs that are over, and may be asked about
_MOST_LINES = 500  # of one job's errors and warnings
_SECONDS_TO_END = 20.0


class CancelledError(Exception):
    """Raised by Job.check() where the job is to end."""


class ToldError(InputError):
    """The end of a job that has complained of each thing that went wrong."""


@dataclass
class Job:
    """One piece of work. Changed by the thread that does it; read by others.

    what: its kind, which is a queue of its own: "accept", "teach".
    done, total: steps. text: what it is at, or came to.
    lines: errors and warnings, (level, text) each.
    """

    session: Session
    what: str
    total: int = 0
    id: str = field(default_factory=lambda: secrets.token_hex(6))
    done: int = 0
    text: str = ""
    state: str = WAITING
    lines: list[tuple[str, str]] = field(default_factory=list)
    _cancelled: threading.Event = field(default_factory=threading.Event)
    _on_cancel: Callable[[], None] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def is_over(self) -> bool:
        return self.state in (DONE, FAILED, CANCELLED)

    @property
    def is_cancelled(self) -> bool:
        return self._cancelled.is_set()

    def check(self) -> None:
        """Raise CancelledError where the job is to end."""
        if self.is_cancelled:
            raise CancelledError

    def step_back(self) -> None:
        """Wait while somebody waits for a picture, some seconds at most."""
        self.session.attention.wait(self._cancelled)

    def step(self, text: str, done: int | None = None) -> None:
        """One step more is done, or so many in all."""
        self.done = self.done + 1 if done is None else done
        self.say(text)

    def say(self, text: str) -> None:
        """Tell the pages how it stands; the last step is told with what it all came to."""
        self.text = text
        if not self.total or self.done < self.total:
            self.tell()

    def complain(self, line: str, level: str = "error") -> None:
        """A line on something that went wrong; the work goes on."""
        if len(self.lines) < _MOST_LINES:
            self.lines.append((level, line))
        self.session.tell({"kind": "message", "level": level, "text": line, "job": self.id})

    def tell(self) -> None:
        """Tell the pages of this job."""
        self.session.tell({"kind": "progress", **self.to_json()})

    def to_json(self) -> dict[str, Any]:
        return {
            "job": self.id,
            "what": self.what,
            "done": self.done,
            "total": self.total,
            "text": self.text,
            "state": self.state,
            "finished": self.is_over,
            "errors": [line for level, line in self.lines if level == "error"],
            "warnings": [line for level, line in self.lines if level == "warning"],
        }

    def on_cancel(self, end: Callable[[], None] | None) -> None:
        """What else is to be done when it is cancelled, such as end a process; at once where it
        is cancelled already."""
        with self._lock:
            self._on_cancel = end
            cancelled = self.is_cancelled
        if cancelled and end is not None:
            end()

    def cancel(self) -> None:
        """End it at its next step."""
        with self._lock:
            self._cancelled.set()
            end = self._on_cancel
        if end is not None:
            end()


Work = Callable[[Job], str]


class Jobs:
    """All jobs of a session: those of one kind one after the other, kinds side by side."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._lock = threading.Lock()
        self._known: OrderedDict[str, Job] = OrderedDict()
        self._queues: dict[str, queue.SimpleQueue[tuple[Job, Work] | None]] = {}
        self._threads: list[threading.Thread] = []
        self._closed = False

    def start(self, what: str, total: int, work: Work, *, alone: bool = False) -> Job:
        """Begin work(job) in the background; what it returns is said in the end.

        alone: not while another of its kind goes on.

        Raises:
            InputError: it does, or the studio is closing.
        """
        job = Job(self._session, what, total)
        with self._lock:
            if self._closed:
                raise InputError("the studio is closing")
            if alone and any(one.what == what and not one.is_over for one in self._known.values()):
                raise InputError(f"{what}: going on already")
            self._known[job.id] = job
            over = [one.id for one in self._known.values() if one.is_over]
            for name in over[: max(0, len(over) - _KEPT)]:
                del self._known[name]
            if what not in self._queues:
                self._queues[what] = queue.SimpleQueue()
                thread = background(what, functools.partial(self._serve, self._queues[what]))
                self._threads.append(thread)
                thread.start()
            self._queues[what].put((job, work))
        job.tell()
        return job

    def to_json(self) -> list[dict[str, Any]]:
        """All that are known, the latest last."""
        with self._lock:
            return [job.to_json() for job in self._known.values()]

    def running(self, what: str) -> Job | None:
        """The one of this kind that is not over, if there is one."""
        with self._lock:
            return next((j for j in self._known.values() if j.what == what and not j.is_over), None)

    def cancel(self, name: str) -> Job:
        """End a job at its next step. Raises UnknownError."""
        with self._lock:
            job = self._known.get(name)
        if job is None:
            raise UnknownError("no such job")
        job.cancel()
        return job

    def close(self) -> None:
        """End all jobs, and wait for the step that each is at."""
        with self._lock:
            self._closed = True
            known, queues = list(self._known.values()), list(self._queues.values())
        for job in known:
            if not job.is_over:
                job.cancel()
        for one in queues:
            one.put(None)
        for thread in self._threads:
            thread.join(_SECONDS_TO_END)

    def _serve(self, waiting: "queue.SimpleQueue[tuple[Job, Work] | None]") -> None:
        while (next_one := waiting.get()) is not None:
            job, work = next_one
            try:
                job.check()
                job.state = RUNNING
                job.tell()
                job.text = work(job)
                job.state = CANCELLED if job.is_cancelled else DONE
                if job.state == DONE:
                    job.done = job.total = max(job.done, job.total)
            except CancelledError:
                job.state, job.text = CANCELLED, "cancelled"
            except Exception as error:  # its own end, not the studio's
                log.debug("%s", job.what, exc_info=True)
                job.text = one_line(error)
                job.state = CANCELLED if job.is_cancelled else FAILED
                if not (job.is_cancelled or isinstance(error, ToldError)):
                    job.complain(job.text)
            job.on_cancel(None)
            job.tell()
