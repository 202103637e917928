"""The chained Jacobian of the fit equals automatic differentiation of the whole."""

import torch
from torch import Tensor
from torch.func import jacfwd

from model.edit.process_1 import PROCESS
from model.edit_layer import DifferentiableEditLayer
from model.solve.jacobian import PixelResiduals
from model.solve.perceptual import delta_e_basis, to_lab
from model.solve.unknowns import FitSpace


def problem(batch: int, knots: int) -> tuple[PixelResiduals, Tensor]:
    generator = torch.Generator().manual_seed(3)
    pixels = torch.rand(batch, 3, 40, generator=generator, dtype=torch.float64)
    target = to_lab((pixels * 1.2 + 0.01).clamp(0, 1))
    space = FitSpace(PROCESS.rules, knots)
    residuals = PixelResiduals(
        DifferentiableEditLayer(1), space, pixels, target, delta_e_basis(target)
    )
    theta = 0.3 * torch.randn(batch, space.size, generator=generator, dtype=torch.float64)
    return residuals, theta


def test_jacobian_equals_autodiff() -> None:
    residuals, theta = problem(2, 16)
    values, jacobian = residuals.values_and_jacobian(theta)
    whole = jacfwd(residuals.values)(theta)  # [B, 3, N, B, P]
    for b in range(2):
        wanted = whole[b, :, :, b].movedim(-1, 0)
        assert torch.allclose(jacobian[:, b], wanted, rtol=0, atol=1e-9)
    assert torch.allclose(values, residuals.values(theta), rtol=0, atol=1e-9)


def test_problems_do_not_see_each_other() -> None:
    residuals, theta = problem(3, 8)
    _, together = residuals.values_and_jacobian(theta)
    for b in range(3):
        rows = torch.tensor([b])
        _, alone = residuals.pick(rows).values_and_jacobian(theta[rows])
        assert torch.allclose(alone[:, 0], together[:, b], rtol=0, atol=1e-12)
