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
_AHEAD = 2  # jobs in flight for each worker, so that none waits for its next


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

    ended = as_completed(raise_errors=False)
    flying: dict[str, tuple[Any, Job]] = {}
    try:
        while True:
            for job in itertools.islice(waiting, max(0, team.room() - len(flying))):
                future = team.submit(work, job)
                flying[future.key] = future, job
                ended.add(future)
            if not flying:
                return
            future = next(ended)
            _, job = flying.pop(future.key)
            yield _outcome(future, job, address)
            future.release()
    finally:
        left = [future for future, _ in flying.values()]
        with contextlib.suppress(Exception):
            team.client.cancel(left, force=True)


def _outcome(future: Any, job: Job, address: str) -> Outcome[Job]:
    """What became of a job. Raises InputError where it is the whole that cannot go on."""
    from distributed import KilledWorker

    if future.status == "finished":
        try:
            done = future.result(timeout=_SECONDS_TO_CONNECT)
        except Exception as error:  # its worker died before it had handed the result over
            raise _gone(address) from error
        if isinstance(done, Unfit):
            raise InputError(done.why)
        return Outcome(job, *done)
    if future.status != "error":
        raise _gone(address)
    problem = future.exception()
    if isinstance(problem, KilledWorker):
        times = problem.allowed_failures + 1
        return Outcome(job, error=f"the process working on it died ({times} times)")
    return Outcome(job, error=f"{type(problem).__name__}: {' '.join(str(problem).split())}")


def _gone(address: str) -> InputError:
    return InputError(f"{address}: the cluster's scheduler has gone; run again to go on")


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
        """How many jobs may be in flight."""
        self._look()
        return _AHEAD * max(1, len(self._known)) + 1

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
