import numpy as np
import pytest

from params.base_curve import POINTS_X, POINTS_Y, base_curve, inverse_base_curve


def test_passes_through_its_points():
    np.testing.assert_allclose(base_curve(np.array(POINTS_X)), POINTS_Y, atol=1e-6)


def test_middle_grey():
    assert base_curve(np.array(0.18)) == pytest.approx(0.388, abs=5e-4)


def test_ends_and_monotone():
    y = base_curve(np.linspace(-0.1, 1.1, 5001))
    assert y[0] == 0.0
    assert y[-1] == 1.0
    assert (np.diff(y) >= 0).all()


def test_inverse():
    x = np.linspace(0.0, 1.0, 4001)
    np.testing.assert_allclose(inverse_base_curve(base_curve(x)), x, atol=1e-9)
    np.testing.assert_allclose(base_curve(inverse_base_curve(x)), x, atol=1e-9)


def test_is_scipys_pchip():
    interpolate = pytest.importorskip("scipy.interpolate")
    x = np.linspace(0.0, 1.0, 16385)
    expected = interpolate.PchipInterpolator(POINTS_X, POINTS_Y)(x)
    np.testing.assert_allclose(base_curve(x), expected, atol=1e-12)
