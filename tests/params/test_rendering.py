"""The default rendering's formulas, against the SDK's as the specification writes them."""

import numpy as np
import pytest

from params.base_curve import base_curve
from params.rendering import SHADOWS, Rendering, dim, ramp

X = np.linspace(0.0, 1.0, 4001)


def by_the_book(x: float, exposure: float, shadows: float) -> float:
    white, black = 2.0 ** -max(0.0, exposure), shadows * 0.001
    slope = 1.0 / (white - black)
    radius = min(0.5 * black, (1.0 / 16.0) / slope)
    if x <= black - radius:
        return 0.0
    if x < black + radius:
        return slope / (4.0 * radius) * (x - black + radius) ** 2
    return min(1.0, slope * (x - black))


@pytest.mark.parametrize("exposure", [-1.0, 0.0, 0.35, 1.0, 6.5])
@pytest.mark.parametrize("shadows", [0.002, 5.0, 7.0])
def test_the_ramp(exposure: float, shadows: float) -> None:
    found = ramp(X, 2.0 ** -max(0.0, exposure), 0.001 * shadows)
    assert found == pytest.approx([by_the_book(x, exposure, shadows) for x in X], abs=1e-12)


def test_less_exposure_keeps_white() -> None:
    """The SDK's quadratic: s x up to a quarter, then a smooth way to 1."""
    s = 2.0**-1.5
    found = dim(X, -1.5)
    assert found[X <= 0.25] == pytest.approx(s * X[X <= 0.25])
    assert found[-1] == pytest.approx(1.0)
    assert np.diff(found).min() > 0.0
    slope = np.diff(found) / np.diff(X)
    assert np.abs(np.diff(slope)).max() < 0.01
    assert dim(X, 0.5) is X


def test_the_profiles_own_curve_replaces_the_default() -> None:
    assert Rendering().tone(X) == pytest.approx(base_curve(X))
    own = Rendering(curve=(np.array([0.0, 0.5, 1.0]), np.array([0.0, 0.8, 1.0])))
    assert own.tone(np.array([0.25, 0.75])) == pytest.approx([0.4, 0.9])
    assert Rendering(exposure=-1.0).tone(X) == pytest.approx(base_curve(X))
    assert SHADOWS == 5.0
