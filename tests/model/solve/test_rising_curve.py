"""Curves by their rises: from 0 to 1, rising, found again, slopes exact."""

import numpy as np
import pytest

from model.solve.rising_curve import curve_of, curve_slopes, rises_of


def test_a_curve_is_found_again_and_rises_from_0_to_1() -> None:
    curve = np.linspace(0.0, 1.0, 9) ** 1.7
    assert curve_of(rises_of(curve)) == pytest.approx(curve, abs=1e-3)
    any_one = curve_of(5.0 * np.random.default_rng(0).normal(size=(20, 8)))
    assert (np.diff(any_one) >= 0.0).all()
    assert any_one[:, 0] == pytest.approx(0.0)
    assert any_one[:, -1] == pytest.approx(1.0)


def test_its_slopes_are_the_derivative() -> None:
    rises = np.random.default_rng(1).normal(size=(2, 6))
    slopes = curve_slopes(rises)
    for k in range(6):
        step = np.zeros(6)
        step[k] = 1e-5
        wanted = (curve_of(rises + step) - curve_of(rises - step)) / 2e-5
        assert np.allclose(slopes[:, k], wanted, atol=1e-9)
