import numpy as np
import pytest

from params.base_curve import base_curve, inverse_base_curve
from params.colorimetry import srgb_decode, srgb_encode
from params.xmp_curve import (
    IDENTITY,
    choose_points,
    dense_points,
    draw,
    natural_cubic,
    parse_points,
    tone_curve,
    wanted_curve,
)

X = np.linspace(0.0, 1.0, 16)
SMOOTH = {
    "identity": X,
    "lifted": X**0.6,
    "lowered": X**1.7,
    "s": X * X * (3 - 2 * X),
    "base curve": base_curve(X),
}


def random_curve(seed: int, roughness: float) -> np.ndarray:
    """A curve as the model's head makes one."""
    steps = np.log1p(np.exp(np.random.default_rng(seed).normal(0, roughness, 16))) + 1e-4
    curve = np.cumsum(steps) - steps[0]
    return curve / curve[-1]


def test_natural_cubic_is_scipys():
    interpolate = pytest.importorskip("scipy.interpolate")
    x = np.array([0.0, 20.0, 64.0, 150.0, 255.0])
    y = np.array([0.0, 45.0, 60.0, 190.0, 255.0])
    at = np.linspace(0, 255, 999)
    expected = interpolate.CubicSpline(x, y, bc_type="natural")(at)
    np.testing.assert_allclose(natural_cubic(x, y, at), expected, atol=1e-9)


def test_two_points_draw_a_line_and_ends_hold():
    values = draw(((51, 0), (204, 255)))
    np.testing.assert_allclose(values[[0, 51, 102, 204, 255]], [0, 0, 85, 255, 255], atol=1e-9)


def test_process_1_formula():
    """P(v) = encode(f(inverse A(decode v))) at three places."""
    wanted = wanted_curve(SMOOTH["lifted"], 1)
    for v in (30, 128, 250):
        linear = inverse_base_curve(srgb_decode(np.array(v / 255)))
        f = np.interp(linear, X, SMOOTH["lifted"])
        assert wanted[v] == pytest.approx(255 * float(srgb_encode(np.array(f))), abs=1e-9)


def test_process_1_undoes_the_base_curve():
    """Camera Raw's rendering of an identity edit is the picture without a base curve."""
    linear = np.linspace(0, 1, 500)
    v = srgb_encode(base_curve(linear)) * 255
    rendered = srgb_decode(np.interp(v, np.arange(256), wanted_curve(X, 1)) / 255)
    np.testing.assert_allclose(srgb_encode(rendered), srgb_encode(linear), atol=2e-3)


def test_process_2_curve_is_drawn_through_its_knots():
    wanted = wanted_curve(SMOOTH["s"], 2)
    np.testing.assert_allclose(wanted[::17], 255 * SMOOTH["s"], atol=1e-9)


@pytest.mark.parametrize("process", [1, 2])
@pytest.mark.parametrize("name", [*SMOOTH, *range(8)])
def test_points_of_usual_curves_are_within_tolerance(process, name):
    curve = SMOOTH[name] if name in SMOOTH else random_curve(name, 0.5)
    tolerance = {1: 3.0, 2: 1.0}[process]
    wanted = wanted_curve(curve, process)
    points, miss = choose_points(wanted, tolerance)
    assert len(points) <= 16
    assert parse_points([f"{x},{y}" for x, y in points]) == tuple(points)
    assert (points[0], points[-1]) == ((0, 0), (255, 255))
    assert miss == pytest.approx(np.abs(draw(points) - wanted).max())
    assert miss <= tolerance
    back = tone_curve(points, process)
    np.testing.assert_allclose(back, curve, atol=0.03 if process == 1 else 0.005)


STEP = (X > 0.5).astype(float)
LATE, EARLY = (X > 0.95).astype(float), (X > 0.01).astype(float)
HARD = [STEP, LATE, EARLY, random_curve(1, 3.0), random_curve(4, 3.0)]


@pytest.mark.parametrize("process", [1, 2])
@pytest.mark.parametrize("curve", HARD)
def test_points_of_steep_curves_never_fall(process, curve):
    wanted = wanted_curve(curve, process)
    points, miss = choose_points(wanted, 1.0)
    values = draw(points, np.linspace(0, 255, 20001))
    assert np.diff(values).min() > -1e-6
    assert len(points) <= 16
    assert miss < 10.0


def test_identity_is_two_points_in_process_2():
    assert tuple(choose_points(wanted_curve(X, 2), 1.0)[0]) == IDENTITY
    np.testing.assert_allclose(tone_curve(IDENTITY, 2), X)


def test_dense_points():
    wanted = wanted_curve(SMOOTH["lifted"], 1)
    points = dense_points(wanted)
    assert [x for x, _ in points] == list(range(256))
    assert np.abs(np.array([y for _, y in points]) - wanted).max() <= 0.5


def test_raised_ends_come_back_to_0_and_1():
    curve = tone_curve(((0, 30), (255, 220)), 2)
    assert (curve[0], curve[-1]) == (0.0, 1.0)
    assert curve[8] == pytest.approx((30 + 190 * 8 / 15) / 255)


@pytest.mark.parametrize(
    "items",
    [
        [], ["0, 0"], ["0, 0", "0, 255"], ["0, 0", "300, 255"], ["0, 0", "255"], ["0, 0", "a, b"],
        ["0, 0", "255, nan"], ["0, 0", "255, inf"], ["255, 255", "0, 0"], ["0, -1", "255, 255"],
        ["0, 0, 0", "255, 255, 255"], [""],
    ],
)  # fmt: skip
def test_broken_points(items):
    with pytest.raises(ValueError, match="not a curve"):
        parse_points(items)
