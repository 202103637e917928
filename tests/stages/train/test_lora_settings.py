"""Epochs and learning rate of an adapter suit the number of pictures, unless others are given."""

from dataclasses import replace
from pathlib import Path

import pytest

from params.files import InputError
from stages.train.settings import LoraSettings

BASE = Path("base.pt")


@pytest.mark.parametrize(
    ("count", "epochs", "lr"),
    [(1, 100, 1e-3), (20, 80, 1e-3), (500, 30, 1e-3), (501, 15, 3e-4), (100_000, 10, 1e-4)],
)
def test_by_the_number_of_pictures(count: int, epochs: int, lr: float) -> None:
    found = LoraSettings(checkpoint=BASE).for_pictures(count)
    assert (found.epochs, found.lr) == (epochs, lr)


def test_what_is_given_stays() -> None:
    given = LoraSettings(checkpoint=BASE, epochs=3, lr=0.5)
    assert given.for_pictures(20) == replace(given, folds=0)  # nor is it tried how long
    assert LoraSettings(checkpoint=BASE, epochs=3).for_pictures(20).lr == 1e-3


def test_values_are_still_checked() -> None:
    for wrong in ({"epochs": 0}, {"lr": 0.0}, {"lr": float("nan")}):
        with pytest.raises(InputError):
            LoraSettings(checkpoint=BASE, **wrong)
