"""Means with an interval that says how far to trust them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

RESAMPLES = 2000


@dataclass(frozen=True)
class Estimate:
    """A mean over `count` values with its 95 % bootstrap interval, None of a single group."""

    mean: float
    interval: tuple[float, float] | None
    count: int

    def as_json(self) -> dict[str, float | int | None]:
        low, high = self.interval or (None, None)
        return {"mean": self.mean, "low": low, "high": high, "count": self.count}


def estimate(
    values: Sequence[float | None], groups: Sequence[Any] | None = None, *, seed: int = 0
) -> Estimate | None:
    """The mean of the values that there are, with its interval; None where there is none.

    The interval spans the 2.5th to the 97.5th percentile of the means of RESAMPLES samples drawn
    with replacement (Efron 1979). With `groups` whole groups are drawn: pictures of one source
    are no independent witnesses. The same seed draws the same samples.
    """
    chosen = [i for i, value in enumerate(values) if value is not None]
    if not chosen:
        return None
    numbers = np.array([values[i] for i in chosen], float)
    names = [i if groups is None else groups[i] for i in chosen]
    places = {name: place for place, name in enumerate(dict.fromkeys(names))}
    group = np.array([places[name] for name in names])
    mean = float(numbers.mean())
    if len(places) < 2:
        return Estimate(mean, None, len(chosen))
    sums = np.bincount(group, weights=numbers)
    counts = np.bincount(group)
    random = np.random.default_rng(seed)
    # How often each group is drawn, in each resample.
    drawn = random.multinomial(len(sums), np.full(len(sums), 1.0 / len(sums)), size=RESAMPLES)
    means = (drawn @ sums) / (drawn @ counts)
    low, high = np.percentile(means, (2.5, 97.5))
    return Estimate(mean, (float(low), float(high)), len(chosen))
