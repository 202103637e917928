"""What a fit minimises: by hand, its derivative, and the same by torch and by the kernel."""

import numpy as np
import pytest
import torch

from model.fused.library import library
from model.fused.sample import SampledPixels, squares
from model.solve import smoothed

RANDOM = np.random.default_rng(4)
SOFTNESS = np.array([0.3, 2.0])


def problem(kind: type = np.float64) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Residuals [2, 3, 50], their change with five unknowns, weights."""
    residuals = RANDOM.normal(0.0, 2.0, (2, 3, 50)).astype(kind)
    jacobian = RANDOM.normal(0.0, 1.0, (5, 2, 3, 50)).astype(kind)
    weights = RANDOM.uniform(0.1, 1.0, (2, 50))
    return residuals, jacobian, (weights / weights.sum(1, keepdims=True)).astype(kind)


def test_lengths_and_losses_by_hand() -> None:
    residuals = np.array([[[3.0, 0.0], [0.0, 0.0], [4.0, 0.0]]])
    weights = np.array([[0.25, 0.75]])
    assert smoothed.mean_lengths(residuals) == pytest.approx([2.5])
    found = smoothed.losses(residuals, weights, np.array([12.0]))
    assert found == pytest.approx([0.25 * (13.0 - 12.0)])


def test_the_gradient_is_the_losses_derivative() -> None:
    residuals, jacobian, weights = problem()
    gradient, curvature = smoothed.normal_equations(residuals, jacobian, weights, SOFTNESS)
    for k in range(len(jacobian)):
        up, down = (residuals + step * jacobian[k] for step in (1e-6, -1e-6))
        slope = smoothed.losses(up, weights, SOFTNESS) - smoothed.losses(down, weights, SOFTNESS)
        assert gradient[:, k] == pytest.approx(slope / 2e-6, rel=1e-6)
    assert np.allclose(curvature, curvature.swapaxes(1, 2))
    assert (np.linalg.eigvalsh(curvature) > 0.0).all()


def test_tensors_give_the_same() -> None:
    parts = problem()
    wanted = smoothed.normal_equations(*parts, SOFTNESS)
    found = smoothed.normal_equations(*map(torch.from_numpy, parts), SOFTNESS)
    for one, other in zip(found, wanted, strict=True):
        assert np.allclose(one, other, rtol=1e-12)


@pytest.mark.skipif(library() is None, reason="no C compiler here")
@pytest.mark.parametrize("count", [16, 50, 300])
def test_the_kernel_gives_the_same(count: int) -> None:
    residuals = RANDOM.normal(0.0, 2.0, (3, count)).astype(np.float32)
    jacobian = RANDOM.normal(0.0, 1.0, (7, 3, count)).astype(np.float32)
    weights = RANDOM.uniform(0.1, 1.0, count).astype(np.float32)
    planes = np.zeros((3, count)), np.zeros((3, count)), np.zeros((9, count)), np.zeros(count)
    sample = SampledPixels.of(*planes, weights)
    spare = sample.weights.size - count
    padded = [np.pad(p, [*[(0, 0)] * (p.ndim - 1), (0, spare)]) for p in (residuals, jacobian)]
    gradient, curvature = squares(sample, *padded, 0.7)
    wanted = smoothed.normal_equations(
        residuals[None], jacobian[:, None], sample.weights[None, :count], np.array([0.7])
    )
    assert np.allclose(gradient, wanted[0][0], atol=1e-6)
    assert np.allclose(curvature, wanted[1][0], atol=1e-6)
