"""Few points that draw a given curve: what Camera Raw's point curve is to hold.

Sets of points are drawn by the hundred at once, and the best of many small moves is taken,
until the curve is near enough or no move helps.
"""

from typing import Any

import numpy as np

from params.xmp_curve import IDENTITY, Point, draw, draw_many

MOST_POINTS = 16
_AXIS = np.arange(256.0)
# Parts that the first points divide the curve into, and the most that there can be.
_STARTS, _MOST_PARTS = (1, 4, 8), MOST_POINTS - 1
# Where a curve is flat, to within this, from an end on, its first or last point may be the one
# at which it begins to bend, a little about the place where it is seen to.
_FLAT, _ABOUT, _LEAST_FLAT = 0.25, (-1, 0, 1, 2, 3), 4
# Places between whole numbers where a spline could dip: looked at in the search, and at last.
_FINE, _FINEST = np.linspace(0.0, 255.0, 1021), np.linspace(0.0, 255.0, 8161)
# Moves of a point: along the curve, there to or beside the nearest whole number; up and down.
_ALONG, _OFF = (0, 1, -1, 2, -2, 3, -3, 5, -5, 8, -8, 13, -13), (0, 1, -1)
_UP = (1, -1, 3, -3, 8, -8)
_PAIRED, _LOOKED_AT = 24, 6
_EVENLY = 2.8
_MOST_STEPS, _KICKS, _HOPELESS = 80, 2, 4.0
_NOISE = 60.0  # of 255, which a curve that falls and is none that people draw is missed by


def choose_points(
    wanted: np.ndarray, tolerance: float, free: bool = False
) -> tuple[list[Point], float]:
    """At most 16 points whose point curve is near the wanted one, and falls only if that does.

    Args:
        wanted: float (256,), 0..255.
        tolerance: the largest miss allowed, in steps of 255.
        free: the outer points need not lie at 0 and 255.

    Returns:
        The points, and their largest miss at the 256 whole numbers. It is above the tolerance
        where no better points were found: whole numbers round, and a smooth spline cannot
        follow steps and corners.
    """
    ends = _ends(wanted, tolerance) if free else (0, 255)
    for softness in (0.0, 0.02, 0.05, 0.1, 0.2, 0.4, 0.7):
        target = (1.0 - softness) * wanted + softness * _AXIS
        grown = [_grow(_parts(ends, count), target, tolerance) for count in _STARTS]
        # Softened: it is steep.
        seeds = () if softness else (*grown, _on(_parts(ends, _MOST_PARTS), target))
        stages = (  # for very smooth curves, for smooth ones, for steep ones
            (0.0, iter(grown)),
            (0.0, (_refine(points, target, tolerance) for points in seeds)),
            (_HOPELESS * tolerance, (_extend(points, target, tolerance) for points in grown)),
        )
        best, least = None, np.inf
        for near_enough, stage in stages:
            if least < near_enough or (_NOISE < least < np.inf and _falls(wanted)):
                break
            for points in stage:
                found = [(int(x), int(y)) for x, y in points]
                miss = float(np.abs(draw(found) - wanted).max())
                if miss < least and not _dip(draw(found, _FINEST), wanted):
                    best, least = found, miss
                    if _cost(points, wanted) <= tolerance:
                        return best, least
        if best:
            return best, least
    return list(IDENTITY), float(np.abs(_AXIS - wanted).max())


def _ends(wanted: np.ndarray, tolerance: float) -> tuple[int, int]:
    """Places of the outer points: 0 and 255, or where the curve's flat ends end."""
    spans = [
        (first, last)
        for first in _bends(wanted)
        for last in (255 - x for x in _bends(wanted[::-1]))
        if first + MOST_POINTS < last
    ]
    if len(spans) < 2:
        return 0, 255

    def cost(span: tuple[int, int]) -> float:
        return min(
            _cost(_grow(_parts(span, count), wanted, tolerance), wanted) for count in _STARTS
        )

    return min(spans, key=cost)


def _bends(wanted: np.ndarray) -> list[int]:
    """0, and where the curve may begin to leave its first value."""
    flat = int((np.abs(wanted - wanted[0]) > _FLAT).argmax()) - 1
    return [0] if flat < _LEAST_FLAT else [0, *(flat + off for off in _ABOUT if flat + off < 255)]


def _parts(ends: tuple[int, int], count: int) -> np.ndarray:
    """Whole numbers that divide the way between two into nearly equal parts."""
    first, last = ends
    return first + -(-(last - first) * np.arange(count + 1) // count)


def _on(x: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Points [points, 2] at these places of the curve."""
    return np.stack([x, np.rint(wanted[x])], axis=1)


def _grow(start: np.ndarray, wanted: np.ndarray, tolerance: float) -> np.ndarray:
    """Points added where the curve misses most, until it is near enough; the best on the way."""
    places, best, least = start.tolist(), None, np.inf
    while True:
        points = _on(np.array(sorted(places)), wanted)
        miss = np.abs(draw_many(*points.T[:, None])[0] - wanted)
        if (cost := _cost(points, wanted)) < least:
            best, least = points, cost
        if miss.max() <= tolerance or len(places) == MOST_POINTS:
            return points if best is None else best
        miss[places] = -1.0
        places.append(int(miss.argmax()))


def _extend(points: np.ndarray, wanted: np.ndarray, tolerance: float) -> np.ndarray:
    """Move points, then add one on the curve that is there, and so on; the best on the way."""
    best, least = points, np.inf
    while True:
        points, cost = _improve(points, wanted, tolerance)
        if cost < least:
            best, least = points, cost
        if cost <= tolerance or len(points) == MOST_POINTS:
            return best
        values = draw_many(*points.T[:, None])[0]
        miss = np.abs(values - wanted)
        miss[points[:, 0].astype(int)] = -1.0
        x = int(miss.argmax())
        more = np.vstack([points, [x, np.rint(values[x])]])
        points = more[more[:, 0].argsort()]


def _improve(points: np.ndarray, wanted: np.ndarray, tolerance: float) -> tuple[np.ndarray, float]:
    """Take each move of one point that helps, as it comes: gets further on steep curves."""
    points, cost, before = points.copy(), _cost(points, wanted), np.inf
    moves = [*((0, up) for up in _UP[:4]), *((along, 0) for along in _ALONG[1:])]
    while tolerance < cost < before:
        before = cost
        for k in range(1, len(points) - 1):
            for along, up in moves:
                trial = points.copy()
                x = trial[k, 0] + along
                if not points[k - 1, 0] < x < points[k + 1, 0]:
                    continue
                trial[k] = x, np.rint(wanted[int(x)]) if along else trial[k, 1] + up
                if not _between(points[k - 1, 1], trial[k, 1], points[k + 1, 1], wanted):
                    continue
                if (less := _cost(trial, wanted)) < cost:
                    points, cost = trial, less
    return points, cost


def _refine(points: np.ndarray, wanted: np.ndarray, tolerance: float) -> np.ndarray:
    """Move points while that brings the curve nearer; then a few times from beside the best."""
    points = _filled(points, wanted)
    random = np.random.default_rng(0)
    best, best_cost = points, np.inf
    for _ in range(1 + _KICKS):
        points, cost = _descend(points, wanted, tolerance)
        if cost < best_cost:
            best, best_cost = points, cost
        if best_cost <= tolerance or best_cost > _HOPELESS * tolerance:
            break
        points = best.copy()
        for k in random.choice(np.arange(1, len(points) - 1), 4, replace=False):
            x = points[k, 0] + random.integers(-6, 7)
            if points[k - 1, 0] < x < points[k + 1, 0]:
                points[k] = x, np.rint(wanted[int(x)])
    return best


def _filled(points: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """As many points as are allowed: more in the widest gaps."""
    x = points[:, 0].astype(int)
    while x.size < MOST_POINTS:
        k = int(np.diff(x).argmax())
        x = np.insert(x, k + 1, (x[k] + x[k + 1]) // 2)
    return _on(x, wanted)


def _descend(points: np.ndarray, wanted: np.ndarray, tolerance: float) -> tuple[np.ndarray, float]:
    cost = _cost(points, wanted)
    for _ in range(_MOST_STEPS):
        if cost <= tolerance:
            break
        single = _moves(points, wanted)
        better = _best(single, wanted)
        if better[1] >= cost:
            ranks = np.argsort(_rough_costs(single, wanted))[:_PAIRED]
            better = _best(_pairs(points, single[ranks], wanted), wanted)
        if better[1] >= cost:
            break
        points, cost = better
    return points, cost


def _moves(points: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """All sets [sets, points, 2] that differ from this one in one legal move."""
    inner = np.arange(1, len(points) - 1)
    k, along, off = (
        a.ravel() for a in np.meshgrid(inner, np.array(_ALONG), np.array(_OFF), indexing="ij")
    )
    x = points[k, 0] + along
    y = np.rint(wanted[x.clip(0, 255).astype(int)]) + off
    still, up = (a.ravel() for a in np.meshgrid(inner, np.array(_UP), indexing="ij"))
    k = np.concatenate([k, still])
    x = np.concatenate([x, points[still, 0]])
    y = np.concatenate([y, points[still, 1] + up])
    legal = (points[k - 1, 0] < x) & (x < points[k + 1, 0])
    legal &= _between(points[k - 1, 1], y, points[k + 1, 1], wanted)
    sets = np.repeat(points[None], legal.sum(), axis=0)
    sets[np.arange(len(sets)), k[legal]] = np.stack([x, y], axis=1)[legal]
    return sets


def _pairs(points: np.ndarray, single: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The legal sets that take two of these moves at once, of different points."""
    moved = (single != points).any(axis=2).argmax(axis=1)
    a, b = np.triu_indices(len(single), 1)
    a, b = a[moved[a] != moved[b]], b[moved[a] != moved[b]]
    sets = np.where(single[b] != points, single[b], single[a])
    before, after = sets[:, :-1], sets[:, 1:]
    legal = before[..., 0] < after[..., 0]
    legal &= _between(before[..., 1], after[..., 1], 255.0, wanted)
    sets = sets[legal.all(axis=1)]
    return sets if len(sets) else single


def _best(sets: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, float]:
    """The best of the sets, and its cost."""
    ranks = np.argsort(_rough_costs(sets, wanted))[:_LOOKED_AT]
    costs = [_cost(sets[k], wanted) for k in ranks]
    k = int(np.argmin(costs))
    return sets[ranks[k]], costs[k]


def _rough_costs(sets: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    miss = np.abs(draw_many(sets[..., 0], sets[..., 1], 2) - wanted[::2])
    return miss.max(axis=1) + 0.1 * np.sqrt((miss * miss).mean(axis=1))


def _cost(points: np.ndarray, wanted: np.ndarray) -> float:
    """The largest miss, or _EVENLY times their root mean square; far more for a falling curve."""
    fine = draw([(int(x), int(y)) for x, y in points], _FINE)
    dip, miss = _dip(fine, wanted), fine[::4] - wanted
    cost = max(float(np.abs(miss).max()), _EVENLY * float(np.sqrt((miss * miss).mean())))
    return cost + (1.0 + 50.0 * dip if dip else 0.0)


def _dip(values: np.ndarray, wanted: np.ndarray) -> float:
    """How far a curve falls at its worst where the wanted one never does, 0 when it may."""
    fall = -float(np.diff(values).min())
    return fall if fall > 1e-9 and not _falls(wanted) else 0.0


def _falls(wanted: np.ndarray) -> bool:
    return bool(np.diff(wanted).min() < 0.0)


def _between(before: Any, y: Any, after: Any, wanted: np.ndarray) -> Any:
    """Whether points may have these heights, between those of their neighbours."""
    if _falls(wanted):
        return (y >= 0.0) & (y <= 255.0)
    return (before <= y) & (y <= after)
