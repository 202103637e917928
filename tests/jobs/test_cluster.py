"""Jobs on a cluster of two workers: as in processes, whatever happens to the workers."""

import contextlib
import functools
import json
import logging
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from clusters import local_cluster

from jobs.cluster import run_on_cluster
from jobs.cluster_worker import Needs, Unfit, do_on_worker, here, unfit, versions
from jobs.one_job import Outcome
from jobs.progress import each
from jobs.where import Where
from params.files import InputError

log = logging.getLogger("test")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    with local_cluster() as found:
        yield found


def halve(number: int) -> int:
    log.warning("halving %d", number)
    if number % 2:
        raise InputError(f"{number} is odd")
    return number // 2


def note(number: int, folder: Path, kills: int = -1) -> int:
    """Write a file; the worker that first takes number `kills` dies of it."""
    with (folder / "log").open("a") as file:
        file.write(f"{number} {os.getpid()}\n")
    if number == kills and not (folder / "died").exists():
        (folder / "died").touch()
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.05)
    return number


def die(number: int) -> int:
    if number == 2:
        os._exit(3)
    return number


def wait(number: int, folder: Path) -> None:
    (folder / str(number)).touch()
    time.sleep(0.3)


def place(number: int) -> tuple[str, int, int]:
    import torch

    return os.getcwd(), os.getpid(), torch.get_num_threads()


def all_of(cluster: Any, jobs: list[int], work: Any, folder: Path) -> dict[int, Outcome[int]]:
    outcomes = run_on_cluster(jobs, work, cluster.scheduler_address, folder)
    with contextlib.closing(outcomes):
        found = list(outcomes)
    assert len(found) == len({one.job for one in found})
    assert not [file for file in folder.iterdir() if file.name.startswith(".")]  # the mark is gone
    return {one.job: one for one in found}


@pytest.mark.slow
def test_as_in_processes(cluster, tmp_path, caplog) -> None:
    found: dict[int, int] = {}
    with caplog.at_level("INFO"):
        done = each(
            [2, 3, 4],
            halve,
            name="number {}".format,
            desc="halve",
            where=Where(cluster=cluster.scheduler_address, folder=tmp_path),
            take=found.__setitem__,
        )
    assert (done, found) == (2, {2: 1, 4: 2})
    lines = [record.getMessage() for record in caplog.records if record.name != "asyncio"]
    assert sorted(lines) == [
        "halve: 2 of 3 done, 1 failed",
        "halving 2",
        "halving 3",
        "halving 4",
        "number 3: 3 is odd",
    ]


@pytest.mark.slow
def test_both_work_in_this_folder_with_their_share_of_the_cores(cluster, tmp_path) -> None:
    found = all_of(cluster, list(range(12)), place, tmp_path)
    folders, workers, threads = zip(*(one.result for one in found.values()), strict=True)
    assert set(folders) == {os.getcwd()}
    assert len(set(workers)) == 2
    assert os.getpid() not in workers
    assert set(threads) == {max(1, len(os.sched_getaffinity(0)) // 2)}


@pytest.mark.slow
def test_a_killed_worker_loses_nothing(cluster, tmp_path) -> None:
    work = functools.partial(note, folder=tmp_path, kills=7)
    found = all_of(cluster, list(range(30)), work, tmp_path)
    assert {number: one.result for number, one in found.items()} == {n: n for n in range(30)}
    assert (tmp_path / "died").exists()
    # What the dead one had finished is not done again, but for what it had not handed over yet.
    taken = (tmp_path / "log").read_text().splitlines()
    assert len(taken) <= 30 + 4


@pytest.mark.slow
def test_a_job_that_kills_each_worker_is_named(cluster, tmp_path) -> None:
    found = all_of(cluster, [1, 2, 3], die, tmp_path)
    assert {n: one.error for n, one in found.items() if one.error is None} == {1: None, 3: None}
    assert found[2].error == "the process working on it died (2 times)"


@pytest.mark.slow
def test_who_stops_listening_ends_the_work(cluster, tmp_path) -> None:
    work = functools.partial(wait, folder=tmp_path)
    outcomes = run_on_cluster(range(200), work, cluster.scheduler_address, tmp_path)
    next(outcomes)
    outcomes.close()
    begun = len(list(tmp_path.iterdir()))
    time.sleep(1.0)
    assert len(list(tmp_path.iterdir())) <= begun + 2 < 20


@pytest.mark.slow
def test_a_scheduler_by_its_file(cluster, tmp_path) -> None:
    file = tmp_path / "scheduler.json"
    file.write_text(json.dumps({"address": cluster.scheduler_address}))
    with contextlib.closing(run_on_cluster([4], halve, str(file))) as outcomes:
        assert [one.result for one in outcomes] == [2]


@pytest.mark.slow
def test_workers_with_threads_are_refused(tmp_path) -> None:
    with (
        local_cluster(1, threads_per_worker=2) as cluster,
        pytest.raises(InputError, match="has 2 threads: start workers with --nthreads 1"),
    ):
        list(run_on_cluster([4], halve, cluster.scheduler_address))


@pytest.mark.parametrize("address", ["nowhere", "tcp://127.0.0.1:1", "gopher://x", "tcp://"])
def test_no_scheduler_there(address: str, monkeypatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("jobs.cluster._SECONDS_TO_CONNECT", 0.5)
    with pytest.raises(InputError) as raised:
        list(run_on_cluster([4], halve, address))
    assert str(raised.value).startswith(f"{address}: n")
    assert "\n" not in str(raised.value)


def test_a_worker_of_other_versions_is_refused(tmp_path) -> None:
    needs = Needs(versions(), str(tmp_path))
    assert unfit(needs) is None
    for number, (name, own) in enumerate(needs.versions):
        others = list(needs.versions)
        others[number] = name, "0.1"
        why = str(unfit(replace(needs, versions=tuple(others))))
        assert f"has {name} {own}, this process 0.1" in why
    elsewhere = replace(needs, folder=str(tmp_path / "none"))
    answer = do_on_worker(halve, 4, elsewhere, {})
    assert isinstance(answer, Unfit)
    assert answer.why.endswith(f"does not see {tmp_path / 'none'}, where this process runs")


def test_a_worker_that_does_not_see_the_folder_is_refused(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("jobs.cluster_worker._PATIENCE", 0.0)
    (tmp_path / "mark").write_text("one")
    there = Needs(versions(), str(tmp_path), (str(tmp_path / "mark"), "one"))
    assert unfit(there) is None
    for file, word in (("mark", "two"), ("none", "one"), ("none/mark", "one")):
        why = str(unfit(replace(there, mark=(str(tmp_path / file), word))))
        assert why.endswith(f"does not see {(tmp_path / file).parent}, where results go")


def test_the_machine_and_its_cores() -> None:
    name, own = here()
    assert name
    assert len(own) == len(os.sched_getaffinity(0))
