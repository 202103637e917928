"""Stages in threads: what overlaps, what stays apart, and how it ends."""

import contextlib
import logging
import threading
import time
from typing import Any

import pytest

from jobs.pipeline import ItemResult, Stage, run_stages


def test_every_item_goes_through_every_stage_in_order() -> None:
    stages = [Stage(lambda n: n + 1), Stage(lambda n: n * 10), Stage(str)]
    found = list(run_stages(range(20), stages))
    assert [passage.item for passage in found] == list(range(20))
    assert [passage.result for passage in found] == [str((n + 1) * 10) for n in range(20)]
    assert all(passage.error is None and passage.seconds >= 0 for passage in found)


def test_nothing_to_do() -> None:
    assert list(run_stages([], [Stage(str)])) == []


def test_the_stages_work_at_the_same_time() -> None:
    """Three stages that each wait for the other two to be at work on another item."""
    together = threading.Barrier(3, timeout=20)

    def meet(item: int) -> int:
        if item >= 0:
            together.wait()
        return item

    # The first two items fill the stages; from then on all three are at work together.
    first = Stage(lambda n: meet(n) if n >= 2 else n)
    second = Stage(lambda n: meet(n) if 1 <= n < 9 else n)
    third = Stage(lambda n: meet(n) if n < 8 else n)
    found = list(run_stages(range(10), [first, second, third]))
    assert [passage.error for passage in found] == [None] * 10


def test_two_threads_of_a_stage_work_side_by_side() -> None:
    together = threading.Barrier(2, timeout=20)
    found = list(run_stages(range(6), [Stage(lambda _: together.wait(), threads=2)]))
    assert [passage.error for passage in found] == [None] * 6


@pytest.mark.parametrize(("in_flight", "most"), [(None, 3), (2, 2), (1, 1)])
def test_few_items_are_in_memory(in_flight: int | None, most: int) -> None:
    lock, alive, peak = threading.Lock(), 0, 0

    def count(change: int) -> None:
        nonlocal alive, peak
        with lock:
            alive += change
            peak = max(peak, alive)

    def begin(item: int) -> int:
        count(1)
        return item

    def end(item: int) -> None:
        time.sleep(0.002)  # the last stage is the slow one: the first could run far ahead
        count(-1)

    stages = [Stage(begin), Stage(lambda n: n), Stage(end)]
    assert len(list(run_stages(range(30), stages, in_flight))) == 30
    assert peak == most


@pytest.mark.parametrize("kind", [ValueError, MemoryError, SystemExit])
def test_an_error_stays_with_its_item(kind: type[BaseException]) -> None:
    def fail(item: int) -> int:
        if item % 3 == 0:
            raise kind(f"item {item}")
        return item

    found = {p.item: p for p in run_stages(range(7), [Stage(int), Stage(fail), Stage(str)])}
    assert sorted(found) == list(range(7))
    for item, passage in found.items():
        if item % 3 == 0:
            assert (type(passage.error), str(passage.error)) == (kind, f"item {item}")
            assert passage.result is None
        else:
            assert (passage.error, passage.result) == (None, str(item))


def test_a_system_without_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each item ends, with an error: none is waited for in vain."""
    start = threading.Thread.start
    alive: list[threading.Thread] = []

    def refuse(self: threading.Thread) -> None:
        if alive:
            raise RuntimeError("can't start new thread")
        alive.append(self)
        start(self)

    monkeypatch.setattr(threading.Thread, "start", refuse)
    found = list(run_stages(range(5), [Stage(int), Stage(int)]))
    assert [str(passage.error) for passage in found] == ["can't start new thread"] * 5


def test_warnings_stay_with_their_item(caplog: pytest.LogCaptureFixture) -> None:
    log = logging.getLogger("somewhere")

    def work(item: int) -> int:
        log.info("not this")
        if item % 2:
            log.warning("odd\n%d", item)
        return item

    handlers = list(logging.getLogger().handlers)
    found = list(run_stages(range(12), [Stage(work, 3), Stage(work)]))
    logging.getLogger().warning("of nobody")
    for passage in found:
        assert passage.warnings == ([f"odd {passage.item}"] * 2 if passage.item % 2 else [])
    assert logging.getLogger().handlers == handlers


def test_seconds_are_those_of_work() -> None:
    """Twenty wait for each other before the second stage: with the waits it would be ten times."""
    stages = [Stage(int), Stage(lambda _: time.sleep(0.01))]
    start = time.perf_counter()
    found = list(run_stages(range(20), stages, in_flight=20))
    together = time.perf_counter() - start
    assert all(passage.seconds >= 0.01 for passage in found)
    assert sum(passage.seconds for passage in found) < 2 * together


def test_a_caller_that_stops_listening() -> None:
    """What is being worked on is finished, nothing else begun, and no thread stays."""
    before, begun, written = threading.active_count(), [], []

    def write(item: int) -> int:
        begun.append(item)
        time.sleep(0.01)
        written.append(item)
        return item

    with contextlib.closing(run_stages(range(1000), [Stage(int), Stage(write)])) as passages:
        first: ItemResult[Any] = next(passages)
    assert first.result == 0
    assert begun == written  # none was left half done
    assert len(begun) < 6
    assert threading.active_count() == before


def test_items_are_taken_as_they_are_needed() -> None:
    taken = []

    def items() -> Any:
        for item in range(100):
            taken.append(item)
            yield item

    with contextlib.closing(run_stages(items(), [Stage(int), Stage(int)])) as passages:
        next(passages)
        assert len(taken) <= 3
