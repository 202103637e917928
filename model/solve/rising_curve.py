"""Curves that never fall, by unknowns without bounds.

Their rises between even places are exp(z) over their sum.
"""

import numpy as np


def rises_of(curve: np.ndarray) -> np.ndarray:
    """What draws a curve of these values [K], from 0 to 1: z [K - 1]."""
    logs = np.log(np.diff(curve).clip(1e-4, None))
    return logs - logs.mean()


def curve_of(rises: np.ndarray) -> np.ndarray:
    """z [..., K - 1] -> values [..., K] from 0 to 1."""
    return _summed(_shares(rises))


def curve_slopes(rises: np.ndarray) -> np.ndarray:
    """curve_of's change with each z: [..., K - 1, K]."""
    share = _shares(rises)
    return _summed(share[..., None] * (np.eye(share.shape[-1]) - share[..., None, :]))


def _shares(rises: np.ndarray) -> np.ndarray:
    grown = np.exp(rises - rises.max(axis=-1, keepdims=True))
    return grown / grown.sum(axis=-1, keepdims=True)


def _summed(rises: np.ndarray) -> np.ndarray:
    """Rises [..., K - 1] -> values at the knots [..., K], the first one 0."""
    values = np.zeros((*rises.shape[:-1], rises.shape[-1] + 1))
    np.cumsum(rises, axis=-1, out=values[..., 1:])
    return values
