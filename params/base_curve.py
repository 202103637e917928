"""Camera Raw's default tone curve (ACR3), published in Adobe's DNG SDK."""

import functools

import numpy as np

# Linear in, linear out. A monotone cubic (PCHIP) through these 28 points is within 1.5e-4 of
# the SDK's 1025-entry table.
POINTS_X = (
    0.0, 0.0029297, 0.0078125, 0.0136719, 0.0224609, 0.0351562, 0.0634766, 0.0908203, 0.1005859,
    0.1201172, 0.1425781, 0.1787109, 0.2128906, 0.2578125, 0.3046875, 0.3310547, 0.3632812,
    0.4052734, 0.4414062, 0.4794922, 0.5332031, 0.5810547, 0.65625, 0.7373047, 0.7841797,
    0.8154297, 0.8964844, 1.0,
)  # fmt: skip
POINTS_Y = (
    0.0, 0.00242, 0.00623, 0.01238, 0.02485, 0.0473, 0.10652, 0.17166, 0.19641, 0.24717, 0.30305,
    0.38533, 0.45447, 0.53356, 0.60373, 0.63854, 0.67723, 0.72212, 0.75643, 0.78884, 0.82888,
    0.85971, 0.90035, 0.93515, 0.95163, 0.96129, 0.98189, 1.0,
)  # fmt: skip
TABLE_SIZE = 16385


@functools.cache
def _table() -> tuple[np.ndarray, np.ndarray]:
    x = np.linspace(0.0, 1.0, TABLE_SIZE)
    return x, _pchip(np.array(POINTS_X), np.array(POINTS_Y), x)


def _pchip(x: np.ndarray, y: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Monotone cubic Hermite interpolation (Fritsch and Butland 1984) of rising points."""
    step, slope = np.diff(x), np.diff(y) / np.diff(x)
    w1, w2 = 2.0 * step[1:] + step[:-1], step[1:] + 2.0 * step[:-1]
    inner = (w1 + w2) / (w1 / slope[:-1] + w2 / slope[1:])

    def end(h0: float, h1: float, s0: float, s1: float) -> float:
        return float(np.clip(((2.0 * h0 + h1) * s0 - h0 * s1) / (h0 + h1), 0.0, 3.0 * s0))

    first = end(step[0], step[1], slope[0], slope[1])
    last = end(step[-1], step[-2], slope[-1], slope[-2])
    tangent = np.concatenate([[first], inner, [last]])
    i = np.searchsorted(x, at, side="right").clip(1, x.size - 1) - 1
    t = (at - x[i]) / step[i]
    rise = (3.0 - 2.0 * t) * t * t
    bend = step[i] * t * (1.0 - t) * ((1.0 - t) * tangent[i] - t * tangent[i + 1])
    return y[i] + (y[i + 1] - y[i]) * rise + bend


def base_curve(linear: np.ndarray) -> np.ndarray:
    """The default rendering's curve, linear 0..1 to linear 0..1 (0.18 to 0.388); input clamped."""
    return np.interp(linear, *_table())


def inverse_base_curve(rendered: np.ndarray) -> np.ndarray:
    """The inverse of base_curve, to within 1e-8."""
    x, y = _table()
    return np.interp(rendered, y, x)
