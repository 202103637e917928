"""Monotone cubic interpolation: no overshoot, a continuous slope."""

import numpy as np


def pchip_slopes(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Slopes at the points (Fritsch and Butland 1984); y is N values, or N rows of them.

    Where neighbouring rises have opposite signs, or one is 0, the slope is 0.
    """
    step = np.diff(x).reshape(-1, *[1] * (y.ndim - 1))
    rise = np.diff(y, axis=0) / step
    w1, w2 = 2.0 * step[1:] + step[:-1], step[1:] + 2.0 * step[:-1]
    same = rise[:-1] * rise[1:] > 0.0
    first, second = (np.where(same, r, 1.0) for r in (rise[:-1], rise[1:]))
    inner = np.where(same, (w1 + w2) / (w1 / first + w2 / second), 0.0)

    def end(h0: np.ndarray, h1: np.ndarray, s0: np.ndarray, s1: np.ndarray) -> np.ndarray:
        slope = ((2.0 * h0 + h1) * s0 - h0 * s1) / (h0 + h1)
        return np.where(
            s0 >= 0.0,
            slope.clip(0.0, 3.0 * s0.clip(0.0, None)),
            slope.clip(3.0 * s0.clip(None, 0.0), 0.0),
        )

    first_end = end(step[0], step[1], rise[0], rise[1])
    last_end = end(step[-1], step[-2], rise[-1], rise[-2])
    return np.concatenate([first_end[None], inner, last_end[None]])


def pchip_cubics(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Coefficients [4, N - 1, ...] of each stretch: c0 + c1 d + c2 d² + c3 d³, d = at - x[i]."""
    step = np.diff(x).reshape(-1, *[1] * (y.ndim - 1))
    rise, slope = np.diff(y, axis=0) / step, pchip_slopes(x, y)
    c2 = (3.0 * rise - 2.0 * slope[:-1] - slope[1:]) / step
    c3 = (slope[:-1] + slope[1:] - 2.0 * rise) / step**2
    return np.stack([y[:-1], slope[:-1], c2, c3])


def pchip(x: np.ndarray, y: np.ndarray, at: np.ndarray) -> np.ndarray:
    """The curve through (x, y), x rising, at other places; beyond the ends it stays.

    y is N values, or N rows of M: what comes back has M values for each of `at`.
    """
    at = at.clip(x[0], x[-1])
    i = np.searchsorted(x, at, side="right").clip(1, x.size - 1) - 1
    c0, c1, c2, c3 = pchip_cubics(x, y)[:, i]
    d = (at - x[i]).reshape(*at.shape, *[1] * (y.ndim - 1))
    return c0 + d * (c1 + d * (c2 + d * c3))
