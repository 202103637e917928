"""Where jobs are done: in this process, in several of this machine, on a cluster."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jobs.one_job import Job, Outcome
from jobs.processes import run_jobs


@dataclass(frozen=True)
class Where:
    """A place for jobs.

    workers: processes that share the cores of this machine; 0: this one.
    cluster: a Dask scheduler that hands the jobs to its workers instead, see jobs.cluster.
    folder: that the cluster's workers have to see, because results go there.
    """

    workers: int = 0
    cluster: str | None = None
    folder: Path | None = None

    @property
    def elsewhere(self) -> bool:
        """Whether jobs are done in other processes than this."""
        return bool(self.workers or self.cluster)

    def outcomes(
        self, jobs: Sequence[Job], work: Callable[[Job], Any]
    ) -> Generator[Outcome[Job], None, None]:
        """Do work(job) elsewhere; outcomes as they come. Close it in any case."""
        if self.cluster is None:
            return run_jobs(jobs, work, self.workers)
        from jobs.cluster import run_on_cluster

        return run_on_cluster(jobs, work, self.cluster, self.folder)


HERE = Where()


def beside(workers: int, cluster: str | None, folder: Path) -> Where:
    """The place that settings mean in which 1 worker is this process."""
    return Where(workers if workers > 1 else 0, cluster, folder)
