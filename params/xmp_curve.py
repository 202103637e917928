"""Camera Raw's point curve: reading and drawing it, and an edit's tone curve as one.

A point curve is a natural cubic spline through whole numbers 0..255, limited to 0..255, on
sRGB-encoded values, after the profile's base curve.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from params.base_curve import base_curve, inverse_base_curve
from params.colorimetry import srgb_decode, srgb_encode
from params.edit_process import edit_process
from params.ranges import CURVE_KNOTS, limit_tone_curve

Point = tuple[int, int]
IDENTITY: tuple[Point, ...] = ((0, 0), (255, 255))
_AXIS = np.arange(256.0)
_LEAST_FALL = 1e-4  # between knots of 0..1: below it is rounding


def parse_points(items: Sequence[str]) -> tuple[Point, ...]:
    """The texts of a curve, each "x, y", as points.

    Raises:
        ValueError: fewer than two, numbers outside 0..255, or x that does not rise.
    """
    try:
        numbers = [tuple(int(float(n)) for n in item.split(",")) for item in items]
        points = tuple((x, y) for x, y in numbers)
    except (ValueError, OverflowError):
        points = ()
    inside = all(0 <= n <= 255 for point in points for n in point)
    if len(points) < 2 or not inside or any(a[0] >= b[0] for a, b in pairwise(points)):
        raise ValueError("not a curve of points 0..255 with rising x")
    return points


def natural_cubic(x: np.ndarray, y: np.ndarray, at: np.ndarray) -> np.ndarray:
    """The natural cubic spline through (x, y), x rising; beyond the ends it stays at their y.

    y: one value a point, or [points, M] for M splines at once; so are the values [places, M].
    """
    step = np.diff(x)
    column = step.reshape(-1, *[1] * (y.ndim - 1))
    slope = np.diff(y, axis=0) / column
    bend = np.zeros_like(y)  # second derivatives
    if x.size > 2:
        matrix = np.diag(2.0 * (step[:-1] + step[1:]))
        matrix += np.diag(step[1:-1], 1) + np.diag(step[1:-1], -1)
        bend[1:-1] = np.linalg.solve(matrix, 6.0 * np.diff(slope, axis=0))
    at = at.clip(x[0], x[-1])
    i = np.searchsorted(x, at, side="right").clip(1, x.size - 1) - 1
    d = (at - x[i]).reshape(*at.shape, *[1] * (y.ndim - 1))
    cubic = (bend[i + 1] - bend[i]) / (6.0 * column[i])
    linear = slope[i] - column[i] * (2.0 * bend[i] + bend[i + 1]) / 6.0
    return y[i] + d * (linear + d * (bend[i] / 2.0 + d * cubic))


def draw(points: Sequence[Point], at: np.ndarray = _AXIS) -> np.ndarray:
    """A point curve's values, 0..255, at places 0..255."""
    x, y = np.array(points, dtype=np.float64).T
    return natural_cubic(x, y, at).clip(0.0, 255.0)


def draw_many(x: np.ndarray, y: np.ndarray, every: int = 1) -> np.ndarray:
    """Point curves [sets, points], x rising in 0..255 -> values at 0, every, 2 every, ...

    Each is params.xmp_curve.draw's; float64 in 0..255.
    """
    x, y = x.astype(np.float64), y.astype(np.float64)
    sets, count = x.shape
    step = np.diff(x)
    slope = np.diff(y) / step
    bend = np.zeros_like(x)  # second derivatives, of a tridiagonal system
    above, right = np.zeros((2, count, sets))
    for k in range(1, count - 1):
        pivot = 2.0 * (step[:, k - 1] + step[:, k]) - step[:, k - 1] * above[k - 1]
        above[k] = step[:, k] / pivot
        sides = 6.0 * (slope[:, k] - slope[:, k - 1]) - step[:, k - 1] * right[k - 1]
        right[k] = sides / pivot
    for k in range(count - 2, 0, -1):
        bend[:, k] = right[k] - above[k] * bend[:, k + 1]
    first = slope - step * (2.0 * bend[:, :-1] + bend[:, 1:]) / 6.0
    third = np.diff(bend) / (6.0 * step)
    # How many of the places lie in each interval, its left end with it; those before the first
    # point in its, those behind the last in its; 255 in none.
    edges = -(-x.astype(np.int64) // every)
    edges[:, 0], edges[:, -1] = 0, -(-255 // every)
    lengths = np.diff(edges).ravel()

    def spread(table: np.ndarray) -> np.ndarray:
        return np.repeat(table.ravel(), lengths).reshape(sets, -1)

    d = _AXIS[:255:every] - spread(x[:, :-1])
    if x[:, 0].any() or (x[:, -1] < 255.0).any():
        d = d.clip(0.0, spread(step))
    values = spread(third) * d
    values += 0.5 * spread(bend[:, :-1])
    values *= d
    values += spread(first)
    values *= d
    values += spread(y[:, :-1])
    if 255 % every == 0:
        values = np.hstack([values, y[:, -1:]])
    return values.clip(0.0, 255.0)


def wanted_curve(curve: Sequence[float], process: int) -> np.ndarray:
    """What the point curve has to be for an edit's tone curve: float64 (256,), 0..255.

    A curve f on linear values, without the base curve A: P(v) = encode(f(inverse A(decode v))).
    Else it lies on the point curve's own axis. It falls only where the curve's own values do.
    process: the edit process's number.
    """
    holds = edit_process(process)
    knots = limit_tone_curve(curve, holds.free_curve)
    places = np.linspace(0.0, 1.0, knots.size)
    axis = _AXIS / 255.0
    if holds.curve_on_linear:
        values = srgb_encode(np.interp(inverse_base_curve(srgb_decode(axis)), places, knots))
    else:
        values = natural_cubic(places, knots, axis)
    values = values.clip(0.0, 1.0)
    if np.diff(knots).min() > -_LEAST_FALL:
        values = np.maximum.accumulate(values)
    return values * 255.0


def tone_curve(points: Sequence[Point], process: int, knots: int = CURVE_KNOTS) -> np.ndarray:
    """A point curve -> an edit's tone curve, at its knots: the inverse of wanted_curve.

    Where the process's curves are not free, ends that were raised or lowered and falling
    stretches are lost.
    """
    holds = edit_process(process)
    places = np.linspace(0.0, 1.0, knots)
    axis = srgb_encode(base_curve(places)) if holds.curve_on_linear else places
    values = draw(points, 255.0 * axis) / 255.0
    if holds.curve_on_linear:
        values = srgb_decode(values)
    if not holds.free_curve:
        values[0], values[-1] = 0.0, 1.0
    return limit_tone_curve(values, holds.free_curve)


def dense_points(wanted: np.ndarray) -> list[Point]:
    """The curve as 256 points."""
    return list(enumerate(np.rint(wanted).astype(int).tolist()))
