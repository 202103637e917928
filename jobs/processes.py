"""Jobs done by several processes: one that crashes loses its own job only."""

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from typing import Any

from jobs.cores import cores
from jobs.one_job import Job, Outcome, do_job, limit_threads


def run_jobs(
    jobs: Sequence[Job], work: Callable[[Job], Any], workers: int
) -> Generator[Outcome[Job], None, None]:
    """Do work(job) in `workers` processes that share the cores; outcomes as they come.

    Processes are spawned, so `work`, jobs and results must be picklable. A process that dies
    (a decoder crashed, no memory left) is replaced. When the caller stops listening (Ctrl-C,
    an error) the processes are ended at once; when this process dies they end by themselves.
    """
    waiting = list(reversed(jobs))
    busy: dict[Any, tuple[_Worker, Job]] = {}
    pool = [_Worker(work, workers) for _ in range(min(workers, len(jobs)))]
    idle = list(pool)
    try:
        while waiting or busy:
            while waiting and idle:
                worker, job = idle.pop(), waiting.pop()
                worker.send(job)
                busy[worker.pipe] = worker, job
            for pipe in wait(list(busy)):
                worker, job = busy.pop(pipe)
                outcome = worker.receive(job)
                if outcome is None:
                    pool.remove(worker)
                    code = worker.end(dead=True)
                    worker = _Worker(work, workers)
                    pool.append(worker)
                    outcome = Outcome(job, error=f"the process working on it died ({code})")
                idle.append(worker)
                yield outcome
    finally:
        for worker in pool:
            worker.end()


class _Worker:
    """A process and this end of the pipe to it."""

    def __init__(self, work: Callable[[Any], Any], workers: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        threads = max(1, cores() // workers)
        self.process = context.Process(target=_serve, args=(theirs, work, threads), daemon=True)
        with _environment(OMP_NUM_THREADS=str(threads)):  # read when a library is loaded
            self.process.start()
        theirs.close()

    def send(self, job: Any) -> None:
        with contextlib.suppress(OSError):  # it died: receive() will tell
            self.pipe.send(job)

    def receive(self, job: Any) -> Outcome[Any] | None:
        """The outcome of `job`, or None when the process died."""
        try:
            result, error, trace, records = self.pipe.recv()
        except (EOFError, OSError):
            return None
        return Outcome(job, result, error, trace, records)

    def end(self, dead: bool = False) -> str:
        """End the process, or see to its burial; how it ended."""
        if dead:
            self.process.join(5)
        self.process.terminate()
        self.process.join()
        self.pipe.close()
        code = self.process.exitcode or 0
        return f"signal {-code}" if code < 0 else f"exit status {code}"


@contextlib.contextmanager
def _environment(**values: str) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def _serve(pipe: Connection, work: Callable[[Any], Any], threads: int) -> None:
    """A worker's whole life: jobs in, outcomes out, until the other end is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    from tqdm import tqdm

    # Its usual one is a semaphore, which nobody clears away when this process is ended.
    tqdm.set_lock(threading.RLock())
    limit_threads(threads)
    while True:
        try:
            job = pipe.recv()
        except (EOFError, OSError):
            return
        done = do_job(work, job)
        try:
            pipe.send(tuple(done))
        except OSError:  # nobody listens any more
            return
