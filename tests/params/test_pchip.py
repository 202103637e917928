"""Monotone cubics, against SciPy's."""

import numpy as np
import pytest

from params.pchip import pchip, pchip_cubics, pchip_slopes

X = np.array([0.0, 1.0, 1.5, 4.0, 6.0])


@pytest.mark.parametrize(
    "y", [[0.0, 0.2, 1.0, 1.1, 5.0], [3.0, 1.0, 1.0, 0.5, -2.0], [0.0, 2.0, 1.0, 4.0, 4.0]]
)
def test_as_scipy(y: list[float]) -> None:
    from scipy.interpolate import PchipInterpolator

    at = np.linspace(0.0, 6.0, 301)
    assert pchip(X, np.array(y), at) == pytest.approx(PchipInterpolator(X, y)(at), abs=1e-12)


def test_rows_at_once_and_beyond_the_ends() -> None:
    rows = np.array([[0.0, 1.0], [1.0, 0.0], [1.2, -1.0], [3.0, -1.0], [4.0, 2.0]])
    both = pchip_slopes(X, rows)
    assert both[:, 0] == pytest.approx(pchip_slopes(X, rows[:, 0]))
    assert both[:, 1] == pytest.approx(pchip_slopes(X, rows[:, 1]))
    assert pchip_cubics(X, rows).shape == (4, 4, 2)
    assert pchip(X, rows[:, 0], np.array([-5.0, 9.0])) == pytest.approx([0.0, 4.0])
