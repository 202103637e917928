import numpy as np
import pytest

from params.base_curve import base_curve, inverse_base_curve
from params.colorimetry import srgb_decode, srgb_encode
from params.edit_process import PROCESS_2
from params.xmp_curve import (
    IDENTITY,
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


def test_two_points_are_the_identity_in_process_2():
    np.testing.assert_allclose(tone_curve(IDENTITY, 2), X)


def test_dense_points():
    wanted = wanted_curve(SMOOTH["lifted"], 1)
    points = dense_points(wanted)
    assert [x for x, _ in points] == list(range(256))
    assert np.abs(np.array([y for _, y in points]) - wanted).max() <= 0.5


def test_raised_ends_and_falls_are_lost_in_process_1():
    curve = tone_curve(((0, 30), (100, 200), (150, 90), (255, 220)), 1)
    assert (curve[0], curve[-1]) == (0.0, 1.0)
    assert np.diff(curve).min() >= 0.0


# Free ends, falling stretches, corners where a curve is cut off or begins.
FREE = {
    "raised": ((0, 30), (255, 220)),
    "negative": ((0, 255), (255, 0)),
    "falling": ((0, 0), (100, 200), (150, 90), (255, 255)),
    "late": ((20, 0), (235, 255)),
    "late, raised": ((30, 20), (128, 140), (220, 235)),
    "steep": ((90, 0), (160, 255)),
    "cut off": ((0, 0), (40, 0), (200, 255), (255, 255)),
    "film": ((0, 25), (60, 50), (130, 135), (200, 215), (255, 245)),
}


@pytest.mark.parametrize("name", FREE)
def test_free_curves_are_drawn_as_camera_raw_does_in_process_2(name):
    curve = tone_curve(FREE[name], 2, PROCESS_2.curve_knots_read)
    np.testing.assert_allclose(wanted_curve(curve, 2), draw(FREE[name]), atol=1e-6)
    assert curve[0] * 255 == pytest.approx(draw(FREE[name])[0])


def test_a_curve_whose_values_never_fall_is_never_drawn_falling():
    """A spline through a step goes below it and above."""
    assert np.diff(wanted_curve((X > 0.5).astype(float), 2)).min() >= 0.0
    assert np.diff(wanted_curve([0.0, 0.6, 0.5, 1.0], 2)).min() < 0.0


@pytest.mark.parametrize(
    "items",
    [
        [],
        ["0, 0"],
        ["0, 0", "0, 255"],
        ["0, 0", "300, 255"],
        ["0, 0", "255"],
        ["0, 0", "a, b"],
        ["0, 0", "255, nan"],
        ["0, 0", "255, inf"],
        ["255, 255", "0, 0"],
        ["0, -1", "255, 255"],
        ["0, 0, 0", "255, 255, 255"],
        [""],
    ],
)
def test_broken_points(items):
    with pytest.raises(ValueError, match="not a curve"):
        parse_points(items)
