"""What a fit minimises, of residual vectors: the weighted mean of smoothed lengths.

On NumPy's arrays and torch's tensors alike; model.fused.sample has the same in C.
"""

from typing import Any

import numpy as np


def mean_lengths(residuals: Any) -> np.ndarray:
    """Residual vectors [B, 3, N] -> [B]."""
    return _numbers(_double((residuals * residuals).sum(1) ** 0.5).mean(1))


def losses(residuals: Any, weights: Any, softness: np.ndarray) -> np.ndarray:
    """√(|r|² + s²) - s of residual vectors r [B, 3, N], by weights [B, N], softness s [B]: [B]."""
    soft = _like(softness[:, None], residuals)
    length = ((residuals * residuals).sum(1) + soft * soft) ** 0.5 - soft
    return _numbers(_double(weights * length).sum(1))


def normal_equations(
    residuals: Any, jacobian: Any, weights: Any, softness: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The losses' gradient [B, P] and Gauss-Newton curvature [B, P, P], by jacobian [P, B, 3, N].

    Summed in float32, rounding would choose the way along flat valleys, and a batch would not end
    where its problems end alone.
    """
    soft = _like(softness[:, None], residuals)
    length = ((residuals * residuals).sum(1) + soft * soft) ** 0.5
    scale = ((weights / length) ** 0.5)[:, None]
    count, problems = jacobian.shape[:2]
    rows = _double((jacobian * scale).swapaxes(0, 1).reshape(problems, count, -1))
    away = _double((residuals * scale).reshape(problems, -1, 1))
    return _numbers((rows @ away)[..., 0]), _numbers(rows @ rows.swapaxes(1, 2))


def _double(values: Any) -> Any:
    return values.astype(np.float64) if isinstance(values, np.ndarray) else values.double()


def _like(numbers: np.ndarray, values: Any) -> Any:
    if isinstance(values, np.ndarray):
        return numbers.astype(values.dtype)
    import torch

    return torch.from_numpy(numbers).to(values)


def _numbers(values: Any) -> np.ndarray:
    return values if isinstance(values, np.ndarray) else values.cpu().numpy()
