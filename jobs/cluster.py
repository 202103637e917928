"""Jobs done by the workers of a Dask cluster, on this machine or on others.

The workers see the same files under the same paths, run the same code and do one job at a time. A
worker that dies is nobody's loss: the scheduler hands its job to another one, and files appear
whole or not at all.
"""

import contextlib
import itertools
import logging
import secrets
import time
import warnings
from collections.abc import Callable, Generator, Iterable, Iterator
from pathlib import Path
from typing import Any

from jobs.cluster_worker import Needs, Place, Unfit, do_on_worker, look, versions
from jobs.one_job import Job, Outcome
from params.files import InputError, hidden_beside, write_text

log = logging.getLogger(__name__)

_SECONDS_TO_CONNECT = 20
_SECONDS_BETWEEN_LOOKS = 2.0  # at who has joined


def run_on_cluster(
    jobs: Iterable[Job],
    work: Callable[[Job], Any],
    address: str,
    folder: Path | None = None,
) -> Generator[Outcome[Job], None, None]:
    """Do work(job) on a cluster; outcomes as they come. Workers may come and go meanwhile.

    `work`, jobs and results must be picklable. When the caller stops listening (Ctrl-C, an error),
    nothing new is begun; what a worker is at, it finishes.

    Args:
        jobs: taken one by one, as workers are free.
        address: of the scheduler, tcp://host:port, or the file that it wrote.
        folder: that the workers have to see.

    Raises:
        InputError: there is no such scheduler, or a worker that cannot do the same as this process:
            other versions, or it does not see the folder.
    """
    client = _connect(address)
    try:
        with _seen_by_all(folder) as mark:
            team = _Team(client, Needs(versions(), str(Path.cwd()), mark))
            yield from _run(team, iter(jobs), work, address)
    finally:
        with contextlib.suppress(Exception):  # a scheduler that is gone has nothing to be told
            client.close(timeout=5)


def _run(
    team: "_Team", waiting: Iterator[Job], work: Callable[[Job], Any], address: str
) -> Generator[Outcome[Job], None, None]:
    from distributed import as_completed

    ended = as_completed(loop=team.client.loop, raise_errors=False)
    flying: dict[str, tuple[Any, Job]] = {}
    lost: list[Job] = []
    try:
        while True:
            room = max(0, team.room() - len(flying))
            again, lost = lost[:room], lost[room:]
            for job in (*again, *itertools.islice(waiting, room - len(again))):
                future = team.submit(work, job)
                flying[future.key] = future, job
                ended.add(future)
            if not flying and not lost:
                return
            future = next(ended)
            _, job = flying.pop(future.key)
            outcome = _outcome(future, job)
            future.release()
            if outcome is not None:
                yield outcome
            elif team.client.status == "running":
                lost.append(job)
            else:
                raise InputError(f"{address}: the cluster's scheduler has gone; run again to go on")
    finally:
        left = [future for future, _ in flying.values()]
        with contextlib.suppress(Exception):
            team.client.cancel(left, force=True)


def _outcome(future: Any, job: Job) -> Outcome[Job] | None:
    """What became of a job; None where that is lost, with a worker or the scheduler.

    Raises:
        InputError: a worker is not fit for the work.
    """
    from distributed import KilledWorker

    if future.status == "finished":
        try:
            done = future.result(timeout=_SECONDS_TO_CONNECT)
        except Exception:  # its worker died before it had handed the result over
            return None
        if isinstance(done, Unfit):
            raise InputError(done.why)
        return Outcome(job, *done)
    if future.status != "error":
        return None
    problem = future.exception()
    if isinstance(problem, KilledWorker):
        times = problem.allowed_failures + 1
        return Outcome(job, error=f"the process working on it died ({times} times)")
    return Outcome(job, error=f"{type(problem).__name__}: {' '.join(str(problem).split())}")


class _Team:
    """The workers that there are, as far as is known."""

    def __init__(self, client: Any, needs: Needs) -> None:
        self.client, self.needs = client, needs
        self._known: dict[str, Place] = {}
        self._next_look = 0.0
        self._look()
        if not self._known:
            log.info("the cluster has no worker yet; waiting for the first")

    def room(self) -> int:
        """How many jobs may be in flight: one for each worker, so that none that only waits is
        blamed for a worker's death.
        """
        self._look()
        return max(1, len(self._known))

    def submit(self, work: Callable[[Any], Any], job: Any) -> Any:
        places = list(self._known.values())
        sharing = {place: places.count(place) for place in set(places)}
        return self.client.submit(do_on_worker, work, job, self.needs, sharing, pure=False)

    def _look(self) -> None:
        """See who has joined, and whether they can do what is needed."""
        if time.monotonic() < self._next_look:
            return
        there = self.client.scheduler_info(n_workers=-1)["workers"]
        new = [address for address in there if address not in self._known]
        for address in new:
            if (threads := there[address]["nthreads"]) > 1:
                raise InputError(
                    f"worker {address} has {threads} threads: start workers with --nthreads 1"
                )
        answers = self._ask(new) if new else {}
        self._known = {a: place for a, place in self._known.items() if a in there} | answers
        self._next_look = time.monotonic() + _SECONDS_BETWEEN_LOOKS

    def _ask(self, workers: list[str]) -> dict[str, Place]:
        """Where each of some workers is. Raises InputError where one cannot do what is needed."""
        answers = self.client.run(look, self.needs, workers=workers, on_error="return")
        places = {}
        for worker, answer in answers.items():
            if isinstance(answer, Unfit):
                raise InputError(answer.why)
            if isinstance(answer, Exception) and not isinstance(answer, OSError):  # gone again
                name = type(answer).__name__
                raise InputError(f"worker {worker} cannot run Auto ACR: {name}: {answer}")
            if not isinstance(answer, Exception):
                places[worker] = answer
        return places


def _connect(address: str) -> Any:
    try:
        from distributed import Client
    except ImportError:
        raise InputError(
            '--cluster takes dask.distributed: python -m pip install -e ".[cluster]"'
        ) from None
    # It would warn of versions in its own way, and tell of each lost connection.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    file = None if "://" in address else Path(address)
    if file is not None and not file.is_file():
        raise InputError(f"{address}: neither tcp://host:port nor a scheduler's file")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            given = {"address": address} if file is None else {"scheduler_file": str(file)}
            return Client(**given, timeout=_SECONDS_TO_CONNECT, set_as_default=False)
    except Exception as error:  # whatever is wrong with a name, a file or a line
        text = " ".join(str(error).split()) or type(error).__name__
        raise InputError(f"{address}: no Dask scheduler answers there: {text}") from error


@contextlib.contextmanager
def _seen_by_all(folder: Path | None) -> Iterator[tuple[str, str] | None]:
    """A file in the folder, and what stands in it, which the workers look for."""
    if folder is None:
        yield None
        return
    word = secrets.token_hex(8)
    mark = hidden_beside(folder.resolve() / word, "cluster")
    try:
        write_text(mark, word)
        yield str(mark), word
    finally:
        with contextlib.suppress(OSError):
            mark.unlink(missing_ok=True)
