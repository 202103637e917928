"""A Dask cluster on this machine: a scheduler and two workers, each a process of its own."""

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest


@contextlib.contextmanager
def local_cluster(workers: int = 2, **more: Any) -> Iterator[Any]:
    """A distributed.LocalCluster; the test is skipped where the extra isn't installed."""
    distributed = pytest.importorskip("distributed", reason='the extra "cluster" is not installed')
    import dask

    given = {"threads_per_worker": 1, "processes": True, "dashboard_address": ":0"} | more
    # A job that killed two workers is not tried a third time.
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 1}),
        distributed.LocalCluster(n_workers=workers, host="127.0.0.1", **given) as cluster,
    ):
        yield cluster
