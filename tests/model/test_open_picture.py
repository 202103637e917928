"""A picture that stays open gives what model.render gives, whole and in rows."""

import gc
import weakref
from typing import Any

import numpy as np
import pytest
from simulated import scene
from whole_edits import random_edit

from model import open_picture
from model.open_picture import OpenPicture
from model.render import render_record
from params.record import Record


def an_edit(seed: int, process: int = 2) -> Record:
    return Record(random_edit(np.random.default_rng(seed), process), process)


def rendered(pixels: np.ndarray, record: Record) -> np.ndarray:
    out = np.empty(pixels.shape, np.uint8)
    return render_record(pixels, record, out=out)


@pytest.fixture(scope="module")
def pixels() -> np.ndarray:
    return scene(4, 150, 210)


@pytest.mark.parametrize("process", [1, 2])
def test_edit_after_edit(pixels: np.ndarray, process: int) -> None:
    before, opened = pixels.copy(), OpenPicture(pixels, process)
    for seed in range(4):
        record = an_edit(seed, process)
        np.testing.assert_array_equal(opened.srgb8(record), rendered(pixels, record))
    np.testing.assert_array_equal(pixels, before)
    assert opened.size == (150, 210)
    assert opened.nbytes >= pixels.nbytes


def test_rows_are_those_of_the_whole(pixels: np.ndarray) -> None:
    record = an_edit(2)
    whole = rendered(pixels, record)
    opened = OpenPicture(pixels, 2)
    for rows in ((0, 1), (0, 150), (37, 101), (149, 150)):
        np.testing.assert_array_equal(opened.srgb8(record, rows), whole[slice(*rows)])


def test_without_the_kernel(pixels: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    record = an_edit(3)
    expected = OpenPicture(pixels, 2).srgb8(record)
    none: Any = lambda: None  # noqa: E731
    monkeypatch.setattr(open_picture, "library", none)
    found = OpenPicture(pixels, 2).srgb8(record, (20, 140))
    assert np.abs(found.astype(int) - expected[20:140]).max() <= 1


def test_rows_that_the_kernel_leaves_alone(pixels: np.ndarray) -> None:
    broken = pixels.copy()
    broken[70, 3] = 1e30
    record = an_edit(1)
    expected = rendered(broken, record)
    opened = OpenPicture(broken, 2)
    np.testing.assert_array_equal(opened.srgb8(record), expected)
    np.testing.assert_array_equal(opened.srgb8(record, (60, 80)), expected[60:80])


def test_its_memory_is_free_at_once() -> None:
    """Else a session that looks at picture after picture grows until Python looks for rings."""
    gc.collect()
    gc.disable()
    try:
        pixels = scene(4, 60, 90)
        held, opened = weakref.ref(pixels), OpenPicture(pixels, 2)
        opened.srgb8(an_edit(5))
        del pixels, opened
        assert held() is None
    finally:
        gc.enable()
