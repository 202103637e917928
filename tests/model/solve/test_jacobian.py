"""The chained Jacobian of the fit equals automatic differentiation of the whole."""

import numpy as np
import torch
from torch.func import jacfwd

from model.edit.process_1 import PROCESS
from model.edit_layer import DifferentiableEditLayer
from model.solve.jacobian import PixelResiduals
from model.solve.perceptual import delta_e_basis, to_lab
from model.solve.unknowns import FitSpace


def problem(batch: int, knots: int) -> tuple[PixelResiduals, np.ndarray]:
    generator = torch.Generator().manual_seed(3)
    pixels = torch.rand(batch, 3, 40, generator=generator, dtype=torch.float64)
    target = to_lab((pixels * 1.2 + 0.01).clamp(0, 1))
    space = FitSpace(PROCESS.rules, knots)
    weights = torch.full((batch, 40), 1 / 40, dtype=torch.float64)
    residuals = PixelResiduals(
        DifferentiableEditLayer(1), space, pixels, target, delta_e_basis(target), weights
    )
    return residuals, 0.3 * np.random.default_rng(3).normal(size=(batch, space.size))


def test_jacobian_equals_autodiff() -> None:
    residuals, theta = problem(2, 16)
    values, jacobian = residuals.values_and_jacobian(theta)
    params = residuals.params(theta)

    def values_of(params: dict[str, torch.Tensor]) -> torch.Tensor:
        lab = to_lab(residuals.layer(residuals.pixels[..., None], params)[..., 0])
        away = lab - residuals.target_lab
        return torch.einsum("bnij,bjn->bin", residuals.basis, away)

    by_slider = jacfwd(values_of)(params)  # [B, 3, N, B, (knots)]
    indices, changes = residuals.space.tangents(theta, tuple(params))
    for b in range(2):
        wanted = torch.zeros(residuals.space.size, 3, 40, dtype=torch.float64)
        for name, change in zip(params, changes, strict=True):
            slope = by_slider[name][b, :, :, b].reshape(3, 40, -1)
            tangent = torch.from_numpy(change[:, b]).reshape(len(indices), -1)
            wanted[indices] += torch.einsum("cnk,pk->pcn", slope, tangent)
        assert torch.allclose(jacobian[:, b], wanted, rtol=0, atol=1e-9)
    assert torch.allclose(values, residuals.values(theta), rtol=0, atol=1e-9)


def test_problems_do_not_see_each_other() -> None:
    residuals, theta = problem(3, 8)
    _, together = residuals.values_and_jacobian(theta)
    for b in range(3):
        rows = np.array([b])
        _, alone = residuals.pick(rows).values_and_jacobian(theta[rows])
        assert torch.allclose(alone[:, 0], together[:, b], rtol=0, atol=1e-12)
