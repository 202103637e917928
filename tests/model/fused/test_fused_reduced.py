"""The kernel makes pictures smaller as imaging.resize does."""

import numpy as np
import pytest

from imaging.resize import fit_size, resize_area
from model.fused import library

pytestmark = pytest.mark.skipif(library.library() is None, reason="no C compiler: no kernel")


@pytest.mark.parametrize(
    ("size", "long_side"),
    [
        ((700, 1100), 512),
        ((513, 400), 512),
        ((600, 300), 300),
        ((1100, 1), 512),
        ((2, 1300), 512),
        ((1, 1), 1),
        ((9, 3000), 3),
    ],
)
def test_as_opencv_does(size: tuple[int, int], long_side: int) -> None:
    pixels = np.random.default_rng(1).random((*size, 3), np.float32)
    height, width = fit_size(*size, long_side)
    found = library.reduced(pixels, height, width)
    assert found.shape == (height, width, 3)
    # A float32 sum of many is not rounded as another.
    np.testing.assert_allclose(found, resize_area(pixels, height, width), atol=2e-6)


def test_of_a_part_of_a_picture() -> None:
    pixels = np.random.default_rng(2).random((90, 140, 3), np.float32)
    part = pixels[7:80, 20:131]
    found = library.reduced(part, 30, 45)
    assert np.array_equal(found, library.reduced(np.ascontiguousarray(part), 30, 45))


def test_what_is_no_number_stays_so() -> None:
    pixels = np.zeros((40, 60, 3), np.float32)
    pixels[5, 7, 1] = np.nan
    assert np.isnan(library.reduced(pixels, 20, 30)).sum() == 1
