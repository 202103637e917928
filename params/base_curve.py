"""Camera Raw's default tone curve (ACR3), published in Adobe's DNG SDK."""

import functools

import numpy as np

from params.pchip import pchip

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
    return x, pchip(np.array(POINTS_X), np.array(POINTS_Y), x)


def base_curve(linear: np.ndarray) -> np.ndarray:
    """The default rendering's curve, linear 0..1 to linear 0..1 (0.18 to 0.388); input clamped."""
    return np.interp(linear, *_table())


def inverse_base_curve(rendered: np.ndarray) -> np.ndarray:
    """The inverse of base_curve, to within 1e-8."""
    x, y = _table()
    return np.interp(rendered, y, x)
