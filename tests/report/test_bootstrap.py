"""Bootstrap intervals against what theory says of them."""

import numpy as np
import pytest

from report.bootstrap import estimate


def test_the_interval_is_that_of_the_mean() -> None:
    """Of many values from a bell curve: mean ± 1.96 standard errors."""
    values = np.random.default_rng(0).normal(5.0, 2.0, 400)
    found = estimate(list(values))
    error = values.std() / 20.0
    assert found.mean == pytest.approx(values.mean())
    wanted = values.mean() - 1.96 * error, values.mean() + 1.96 * error
    assert found.interval == pytest.approx(wanted, abs=0.15 * error)
    assert found.count == 400
    assert found == estimate(list(values))
    assert found != estimate(list(values), seed=1)


def test_it_covers_the_truth_as_often_as_it_says() -> None:
    random = np.random.default_rng(1)
    hits = 0
    for _ in range(200):
        low, high = estimate(list(random.exponential(1.0, 60))).interval
        hits += low <= 1.0 <= high
    assert 0.88 <= hits / 200 <= 0.98


def test_pictures_of_one_source_are_drawn_together() -> None:
    """Ten copies of each value tell no more than the values themselves."""
    values = list(np.random.default_rng(2).normal(0.0, 1.0, 50))
    alone = estimate(values)
    copies = estimate(values * 10, [*range(50)] * 10)
    assert copies.interval == pytest.approx(alone.interval, abs=0.02)
    assert np.ptp(estimate(values * 10).interval) < 0.5 * np.ptp(copies.interval)
    assert copies.count == 500


def test_missing_values_and_few() -> None:
    assert estimate([]) is None
    assert estimate([None, None]) is None
    one = estimate([None, 3.0, None], ["a", "b", "c"])
    assert one.as_json() == {"mean": 3.0, "low": None, "high": None, "count": 1}
    assert estimate([1.0, 2.0], ["a", "a"]).interval is None  # one witness
    assert estimate([1.0, 3.0]).interval == (1.0, 3.0)
