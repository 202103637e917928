"""Work behind the page: one after the other, told, cancelled, ended with the studio."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from shoots import ended, opened, until, write_shoot

from params.files import InputError
from studio.jobs import CANCELLED, DONE, FAILED, Job
from studio.session import UnknownError
from studio.work import Work


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Work]:
    with opened(write_shoot(tmp_path / "shoot", 1), tmp_path / "out", predicted=False) as work:
        yield work


def test_steps_are_told(work: Work) -> None:
    told: list[dict[str, Any]] = []
    work.session.subscribe(told.append)

    def count(job: Job) -> str:
        job.step("one")
        job.step("two")
        return "counted"

    job = ended(work.jobs.start("accept", 2, count))
    assert (job.state, job.done, job.text) == (DONE, 2, "counted")
    until(lambda: told[-1].get("state") == DONE)
    steps = [(event["done"], event["text"]) for event in told if event["kind"] == "progress"]
    assert steps[-2:] == [(1, "one"), (2, "counted")]
    assert [event.get("finished") for event in told][-2:] == [False, True]


def test_one_after_the_other_and_kinds_side_by_side(work: Work) -> None:
    go, order = threading.Event(), []

    def wait(job: Job) -> str:
        assert go.wait(20)
        order.append(job.id)
        return ""

    first, second = (work.jobs.start("accept", 1, wait) for _ in range(2))
    other = ended(work.jobs.start("teach", 1, lambda _: "at once"))
    assert other.state == DONE
    assert order == []
    with pytest.raises(InputError, match="going on already"):
        work.jobs.start("accept", 1, wait, alone=True)
    go.set()
    ended(second)
    assert order == [first.id, second.id]


def test_an_error_is_its_own(work: Work) -> None:
    def fail(job: Job) -> str:
        raise InputError("no such thing")

    job = ended(work.jobs.start("accept", 1, fail))
    assert (job.state, job.to_json()["errors"]) == (FAILED, ["no such thing"])
    assert ended(work.jobs.start("accept", 1, lambda _: "fine")).state == DONE


def test_cancelled(work: Work) -> None:
    """While it goes on, and before it has begun; what it has begun elsewhere is ended too."""
    begun, ends = threading.Event(), []

    def endless(job: Job) -> str:
        job.on_cancel(lambda: ends.append(job.id))
        begun.set()
        while True:
            job.check()

    first = work.jobs.start("accept", 1, endless)
    second = work.jobs.start("accept", 1, endless)
    assert begun.wait(20)
    work.jobs.cancel(second.id)
    work.jobs.cancel(first.id)
    assert {ended(first).state, ended(second).state} == {CANCELLED}
    assert ends == [first.id]
    with pytest.raises(UnknownError):
        work.jobs.cancel("nothing")


def test_closing_ends_them(work: Work) -> None:
    begun = threading.Event()

    def endless(job: Job) -> str:
        begun.set()
        while True:
            job.check()

    job = work.jobs.start("teach", 1, endless)
    assert begun.wait(20)
    work.jobs.close()
    assert job.state == CANCELLED
    with pytest.raises(InputError, match="closing"):
        work.jobs.start("teach", 1, endless)
