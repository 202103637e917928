"""Pictures made smaller: sizes, and the light that must not get lost."""

import numpy as np
import pytest
from tolerances import FLOAT32

from imaging.resize import fit_long_side, fit_size, resize_area


@pytest.mark.parametrize(
    ("height", "width", "long_side", "expected"),
    [
        (3000, 4000, 512, (384, 512)),
        (4000, 3000, 512, (512, 384)),
        (100, 200, 512, (100, 200)),  # never larger
        (512, 512, 512, (512, 512)),
        (1, 5000, 100, (1, 100)),
        (667, 1000, 512, (342, 512)),  # 341.5 to even
        (0, 7, 7, (1, 7)),
    ],
)
def test_sizes(height: int, width: int, long_side: int, expected: tuple[int, int]) -> None:
    assert fit_size(height, width, long_side) == expected


def test_a_whole_factor_is_the_mean_of_blocks() -> None:
    picture = np.random.default_rng(0).random((60, 40, 3), np.float32)
    blocks = picture.reshape(15, 4, 10, 4, 3).mean(axis=(1, 3))
    assert np.abs(fit_long_side(picture, 15) - blocks).max() < FLOAT32


def test_light_is_kept_at_any_factor() -> None:
    picture = np.random.default_rng(1).random((90, 130, 3), np.float32)
    small = resize_area(picture, 37, 51)
    assert small.mean(axis=(0, 1)) == pytest.approx(picture.mean(axis=(0, 1)), rel=1e-4)


def test_the_same_size_is_the_same_picture() -> None:
    picture = np.zeros((5, 6, 3), np.float32)
    assert resize_area(picture, 5, 6) is picture
    assert fit_long_side(picture, 100) is picture
