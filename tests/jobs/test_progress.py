"""One loop over items, here or in processes: failures are named, results come as they are done."""

import logging

import pytest

from jobs.progress import check_some, each
from jobs.where import Where
from params.files import InputError

log = logging.getLogger("test")


def halve(number: int) -> int:
    """In a process of its own as well: at the top of a module."""
    log.warning("halving %d", number)
    if number % 2:
        raise InputError(f"{number} is odd")
    return number // 2


@pytest.mark.parametrize("workers", [0, pytest.param(2, marks=pytest.mark.slow)])
def test_results_and_failures(workers: int, caplog: pytest.LogCaptureFixture) -> None:
    found: dict[int, int] = {}
    name = "number {}".format
    with caplog.at_level("INFO"):
        done = each(
            [2, 3, 4], halve, name=name, desc="halve", where=Where(workers), take=found.__setitem__
        )
    assert (done, found) == (2, {2: 1, 4: 2})
    lines = [record.getMessage() for record in caplog.records]
    assert sorted(lines) == [
        "halve: 2 of 3 done, 1 failed",
        "halving 2",
        "halving 3",
        "halving 4",
        "number 3: 3 is odd",
    ]


@pytest.mark.parametrize("workers", [0, pytest.param(2, marks=pytest.mark.slow)])
def test_debug_raises_the_first(workers: int) -> None:
    with pytest.raises((InputError, RuntimeError), match="3 is odd"):
        each([3, 4], halve, name=str, desc="halve", where=Where(workers), debug=True)


def test_what_takes_the_results_may_end_it_all() -> None:
    seen: list[int] = []

    def take(item: int, _: int) -> None:
        seen.append(item)
        raise InputError("the folder refuses")

    with pytest.raises(InputError, match="refuses"):
        each([2, 4], halve, name=str, desc="halve", take=take)
    assert seen == [2]


def test_nothing_done_at_all() -> None:
    check_some(1, "all failed")
    with pytest.raises(InputError, match="all failed"):
        check_some(0, "all failed")
