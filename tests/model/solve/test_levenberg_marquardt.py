"""Levenberg-Marquardt on problems with known answers."""

import torch
from torch import Tensor

from model.solve.levenberg_marquardt import Loss, solve
from model.solve.prior import Prior


class Line:
    """Residuals of a straight line through points, some of them far off."""

    def __init__(self, outliers: int) -> None:
        x = torch.linspace(0, 1, 60, dtype=torch.float64)
        y = 3.0 * x - 1.0
        y[:: 60 // outliers if outliers else 61] += 50.0 if outliers else 0.0
        self.x, self.y = x, y

    def pick(self, rows: Tensor) -> "Line":
        return self

    def values(self, theta: Tensor) -> Tensor:
        error = theta[:, :1] * self.x + theta[:, 1:2] - self.y
        return torch.stack([error, 0 * error, 0 * error], dim=1)

    def values_and_jacobian(self, theta: Tensor) -> tuple[Tensor, Tensor]:
        columns = torch.stack([self.x, torch.ones_like(self.x)])
        jacobian = torch.zeros(2, len(theta), 3, 60, dtype=torch.float64)
        jacobian[:, :, 0] = columns[:, None]
        return self.values(theta), jacobian


def run(
    problem: Line, low: float, high: float, prior: float = 0.0, starts: int = 1
) -> tuple[Tensor, Tensor, int]:
    weights = torch.full((starts, 60), 1 / 60, dtype=torch.float64)
    around = Prior(torch.zeros(2, dtype=torch.float64), prior * torch.eye(2, dtype=torch.float64))
    loss = Loss(weights, around, softness=0.01)
    bounds = (torch.full((2,), v, dtype=torch.float64) for v in (low, high))
    start = 4.0 * torch.arange(starts, dtype=torch.float64)[:, None].expand(starts, 2)
    return solve(problem, loss, start, *bounds, iterations=100, tolerance=1e-8)


def test_finds_the_line_and_ignores_outliers() -> None:
    theta, _, used = run(Line(outliers=10), -10, 10)
    assert torch.allclose(theta, torch.tensor([[3.0, -1.0]], dtype=torch.float64), atol=0.02)
    assert used < 100


def test_keeps_bounds_and_finds_the_best_within() -> None:
    theta, _, _ = run(Line(outliers=0), -10, 2.0)
    assert (theta <= 2.0).all()
    assert abs(theta[0, 0] - 2.0) < 1e-6
    assert abs(theta[0, 1] + 0.5) < 0.05  # the median of what is left: x − 1


def test_a_strong_prior_holds_at_zero() -> None:
    theta, _, _ = run(Line(outliers=0), -10, 10, prior=1e4)
    assert theta.abs().max() < 1e-2


def test_several_starts_side_by_side_agree() -> None:
    theta, cost, _ = run(Line(outliers=5), -20, 20, starts=4)
    assert torch.allclose(theta, theta[:1].expand_as(theta), atol=1e-2)
    assert torch.allclose(cost, cost[:1].expand_as(cost), rtol=1e-2)
