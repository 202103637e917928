"""Camera Raw's point curve: reading it, and choosing few points that draw a given curve.

A point curve is a natural cubic spline through whole numbers 0..255, limited to 0..255, on
sRGB-encoded values, after the profile's base curve.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from params.base_curve import base_curve, inverse_base_curve
from params.colorimetry import srgb_decode, srgb_encode
from params.ranges import CURVE_KNOTS, normalize_tone_curve

Point = tuple[int, int]
IDENTITY: tuple[Point, ...] = ((0, 0), (255, 255))
MOST_POINTS = 16
_AXIS = np.arange(256.0)
# Where a spline is looked at: every whole number, and between, where it could dip.
_FINE = np.linspace(0.0, 255.0, 1021)
_FINEST = np.linspace(0.0, 255.0, 8161)
_STARTS = ((0, 255), (0, 64, 128, 192, 255), (0, 32, 64, 96, 128, 160, 192, 224, 255))
_MOVES = (
    *((0, up) for up in (1, -1, 3, -3)),
    *((along, 0) for along in (1, -1, 2, -2, 4, -4, 12, -12)),
)


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
    """The natural cubic spline through (x, y), x rising; beyond the ends it stays at their y."""
    step, slope = np.diff(x), np.diff(y) / np.diff(x)
    bend = np.zeros_like(y)  # second derivatives
    if x.size > 2:
        matrix = np.diag(2.0 * (step[:-1] + step[1:]))
        matrix += np.diag(step[1:-1], 1) + np.diag(step[1:-1], -1)
        bend[1:-1] = np.linalg.solve(matrix, 6.0 * np.diff(slope))
    at = at.clip(x[0], x[-1])
    i = np.searchsorted(x, at, side="right").clip(1, x.size - 1) - 1
    d = at - x[i]
    cubic = (bend[i + 1] - bend[i]) / (6.0 * step[i])
    linear = slope[i] - step[i] * (2.0 * bend[i] + bend[i + 1]) / 6.0
    return y[i] + d * (linear + d * (bend[i] / 2.0 + d * cubic))


def draw(points: Sequence[Point], at: np.ndarray = _AXIS) -> np.ndarray:
    """A point curve's values, 0..255, at places 0..255."""
    x, y = np.array(points, dtype=np.float64).T
    return natural_cubic(x, y, at).clip(0.0, 255.0)


def wanted_curve(curve: Sequence[float], process: int) -> np.ndarray:
    """What the point curve has to be for an edit's tone curve: float64 (256,), 0..255, rising.

    Process 1's curve f acts on linear values and its rendering has no base curve A, so
    P(v) = encode(f(inverse A(decode v))). Process 2's lies on the point curve's own axis.
    """
    knots = normalize_tone_curve(curve, len(curve))
    places = np.linspace(0.0, 1.0, knots.size)
    axis = _AXIS / 255.0
    if process == 1:
        values = srgb_encode(np.interp(inverse_base_curve(srgb_decode(axis)), places, knots))
    else:
        values = natural_cubic(places, knots, axis)
    return np.maximum.accumulate(values.clip(0.0, 1.0)) * 255.0


def tone_curve(points: Sequence[Point], process: int, knots: int = CURVE_KNOTS) -> np.ndarray:
    """A point curve -> an edit's tone curve, at its knots: the inverse of wanted_curve.

    An edit's curve goes from 0 to 1: ends that were raised or lowered are lost.
    """
    places = np.linspace(0.0, 1.0, knots)
    axis = srgb_encode(base_curve(places)) if process == 1 else places
    values = draw(points, 255.0 * axis) / 255.0
    if process == 1:
        values = srgb_decode(values)
    values[0], values[-1] = 0.0, 1.0
    return normalize_tone_curve(values, knots)


def dense_points(wanted: np.ndarray) -> list[Point]:
    """The curve as 256 points."""
    return list(enumerate(np.rint(wanted).astype(int).tolist()))


def choose_points(wanted: np.ndarray, tolerance: float) -> tuple[list[Point], float]:
    """At most 16 points whose point curve is near the wanted one, and never falls.

    Args:
        wanted: float (256,), 0..255, never falling.
        tolerance: the largest miss allowed, in steps of 255.

    Returns:
        The points, and their largest miss at the 256 whole numbers. It is above the tolerance
        where no better points were found: a smooth spline cannot follow steps and corners.
    """
    for softness in (0.0, 0.02, 0.05, 0.1, 0.2, 0.4, 0.7, 1.0):  # at 1 a straight line is left
        target = (1.0 - softness) * wanted + softness * _AXIS
        legal = []
        for start in _STARTS:
            points = _search(start, target, tolerance)
            if not _dip(draw(points, _FINEST)):
                legal.append((_miss(points, wanted), points))
                if legal[-1][0] <= tolerance:
                    break
        if legal:
            break
    miss, points = min(legal)
    return points, miss


def _search(start: Sequence[int], wanted: np.ndarray, tolerance: float) -> list[Point]:
    """Grow from a few points; then move points, and add them on the curve that is there."""
    points = _grow(start, wanted, tolerance / 2.0)
    best, best_cost = points, _cost(points, wanted)
    while best_cost > tolerance:
        points = _improve(points, wanted, tolerance)
        cost = _cost(points, wanted)
        if cost < best_cost:
            best, best_cost = points, cost
        if len(points) == MOST_POINTS:
            break
        values = draw(points)
        miss = np.abs(values - wanted)
        miss[[x for x, _ in points]] = -1.0
        x = int(miss.argmax())
        points = sorted([*points, (x, round(float(values[x])))])
    return best


def _grow(start: Sequence[int], wanted: np.ndarray, goal: float) -> list[Point]:
    """Add points where the curve misses most; the best set on the way."""
    heights = {x: round(float(wanted[x])) for x in start}
    best, best_cost = sorted(heights.items()), np.inf
    while True:
        points = sorted(heights.items())
        cost = _cost(points, wanted)
        if cost < best_cost:
            best, best_cost = points, cost
        if cost <= goal or len(points) == MOST_POINTS:
            return best
        miss = np.abs(draw(points) - wanted)
        miss[list(heights)] = -1.0
        x = int(miss.argmax())
        heights[x] = round(float(wanted[x]))


def _improve(points: list[Point], wanted: np.ndarray, goal: float) -> list[Point]:
    """Move points, one at a time, while that lowers the cost."""
    points, cost, before = list(points), _cost(points, wanted), np.inf
    while goal < cost < before:
        before = cost
        for k in range(1, len(points) - 1):
            for dx, dy in _MOVES:
                (left, low), (x, y), (right, high) = points[k - 1 : k + 2]
                if not left < x + dx < right:
                    continue
                y = round(float(wanted[x + dx])) if dx else y + dy
                trial = [*points[:k], (x + dx, y), *points[k + 1 :]]
                if low <= y <= high and (trial_cost := _cost(trial, wanted)) < cost:
                    points, cost = trial, trial_cost
    return points


def _miss(points: Sequence[Point], wanted: np.ndarray) -> float:
    return float(np.abs(draw(points) - wanted).max())


def _dip(values: np.ndarray) -> float:
    """How far the curve falls at its worst, 0 when it never does."""
    fall = -float(np.diff(values).min())
    return fall if fall > 1e-9 else 0.0


def _cost(points: Sequence[Point], wanted: np.ndarray) -> float:
    """The largest miss, and far more for a curve that falls."""
    fine = draw(points, _FINE)
    dip = _dip(fine)
    return float(np.abs(fine[::4] - wanted).max()) + (1.0 + 50.0 * dip if dip else 0.0)
