import time

import numpy as np
import pytest

from params.base_curve import base_curve
from params.curve_points import choose_points
from params.xmp_curve import IDENTITY, draw, draw_many, parse_points, tone_curve, wanted_curve

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


@pytest.mark.parametrize("process", [1, 2])
@pytest.mark.parametrize("name", [*SMOOTH, *range(8)])
def test_points_of_usual_curves_are_within_tolerance(process, name):
    curve = SMOOTH[name] if name in SMOOTH else random_curve(name, 0.5)
    wanted = wanted_curve(curve, process)
    points, miss = choose_points(wanted, 0.5)
    assert len(points) <= 16
    assert parse_points([f"{x},{y}" for x, y in points]) == tuple(points)
    assert (points[0], points[-1]) == ((0, 0), (255, 255))
    assert miss == pytest.approx(np.abs(draw(points) - wanted).max())
    # Process 1's curves have corners, which 16 points of a spline are not always near to.
    assert miss <= (0.5 if process == 2 else 0.6 if name in SMOOTH else 1.2)
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
    assert miss < 4.0


def test_identity_is_two_points_in_process_2():
    assert tuple(choose_points(wanted_curve(X, 2), 0.5)[0]) == IDENTITY


@pytest.mark.parametrize("count", [2, 3, 16])
def test_many_are_drawn_as_one(count):
    random = np.random.default_rng(count)
    inner = [np.sort(random.choice(np.arange(1, 255), count - 2, False)) for _ in range(30)]
    x = np.array([[0, *places, 255] for places in inner])
    y = np.sort(random.integers(0, 256, x.shape), axis=1)
    drawn = draw_many(x, y)
    for k in range(30):
        points = list(zip(x[k].tolist(), y[k].tolist(), strict=True))
        np.testing.assert_allclose(drawn[k], draw(points), atol=1e-9)
    inside = np.concatenate([x[:, :1] + 7, x[:, 1:-1].clip(9, 240), x[:, -1:] - 12], axis=1)
    if count < 16:  # else the places may be the same
        for values, places, heights in zip(draw_many(inside, y), inside, y, strict=True):
            points = list(zip(places.tolist(), heights.tolist(), strict=True))
            np.testing.assert_allclose(values, draw(points), atol=1e-9)
    np.testing.assert_array_equal(draw_many(x, y, 2), drawn[:, ::2])


# The points that a curve comes from, and the most that are to be needed.
FREE = {
    "raised": (((0, 30), (255, 220)), 2),
    "negative": (((0, 255), (255, 0)), 2),
    "falling": (((0, 0), (100, 200), (150, 90), (255, 255)), 16),
    "up and down": (((0, 0), (64, 128), (128, 255), (192, 128), (255, 0)), 5),
    "late": (((20, 0), (235, 255)), 2),
    "late, raised": (((30, 20), (128, 140), (220, 235)), 3),
    "steep": (((90, 0), (160, 255)), 2),
    "cut off": (((0, 0), (40, 0), (200, 255), (255, 255)), 8),
    "flat": (((0, 128), (255, 128)), 2),
    "film": (((0, 25), (60, 50), (130, 135), (200, 215), (255, 245)), 16),
}


@pytest.mark.parametrize("name", FREE)
def test_points_of_free_curves_are_within_tolerance(name):
    given, most = FREE[name]
    wanted = draw(given)
    points, miss = choose_points(wanted, 0.5, free=True)
    assert parse_points([f"{x},{y}" for x, y in points]) == tuple(points)
    assert miss == np.abs(draw(points) - wanted).max() <= 0.5
    assert len(points) <= most


def test_noise_is_given_up_soon():
    started = time.process_time()
    points, miss = choose_points(255.0 * np.random.default_rng(1).random(256), 0.5, free=True)
    assert len(points) <= 16
    assert miss > 60.0
    assert time.process_time() - started < 3.0  # 29 s when every stage is tried


def test_points_of_a_curve_that_never_falls_never_do():
    wanted = np.interp(np.arange(256), [0, 60, 70, 180, 255], [10, 20, 200, 210, 230])
    values = draw(choose_points(wanted, 0.5, free=True)[0], np.linspace(0, 255, 20001))
    assert np.diff(values).min() > -1e-6


def test_points_are_the_same_each_time():
    wanted = wanted_curve(random_curve(3, 0.5), 1)
    assert choose_points(wanted, 0.5) == choose_points(wanted.copy(), 0.5)
