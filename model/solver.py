"""Levenberg-Marquardt, batched: many small least-squares problems solved side by side.

The residuals are vectors (three components a pixel) under a robust loss: what is minimised is
a smoothed mean length, so that a few pixels no edit can explain (retouched spots, edges half a
pixel off) don't pull the whole edit. Each step solves the reweighted normal equations
(Nocedal and Wright, Numerical Optimization, 10.3), keeps the bounds by projection, and is taken
problem by problem only where it lowers the loss.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.func import jvp, vmap

Residuals = Callable[[Tensor], Tensor]
FIRST_DAMPING = 1e-2


@dataclass(frozen=True)
class Problem:
    """B problems of P unknowns each.

    residuals: theta [B, P] -> [B, N, 3].
    weights: [B, N], of each residual vector, summing to 1 a problem.
    precision: [P, P], the weak prior: theta' precision theta is added to the loss.
    low, high: [P], bounds of theta.
    softness: lengths well below this count quadratically, well above it linearly.
    """

    residuals: Residuals
    weights: Tensor
    precision: Tensor
    low: Tensor
    high: Tensor
    softness: float = 1.0

    def loss(self, theta: Tensor, residuals: Tensor) -> Tensor:
        """[B]: weighted mean of the smoothed lengths, and the prior."""
        length = torch.sqrt(residuals.square().sum(-1) + self.softness**2) - self.softness
        prior = torch.einsum("bp,pq,bq->b", theta, self.precision, theta)
        return (self.weights * length).sum(-1) + prior


def jacobian(function: Residuals, theta: Tensor) -> tuple[Tensor, Tensor]:
    """Value [B, N, 3] and forward-mode Jacobian [P, B, N, 3] of `function` at theta [B, P].

    Problems don't see each other, so one tangent a parameter serves the whole batch.
    """
    directions = torch.eye(theta.shape[1], dtype=theta.dtype, device=theta.device)

    def one(direction: Tensor) -> tuple[Tensor, Tensor]:
        return jvp(function, (theta,), (direction.expand_as(theta),))

    values, tangents = vmap(one, out_dims=(None, 0))(directions)
    return values, tangents


def solve(
    problem: Problem, start: Tensor, *, iterations: int = 40, tolerance: float = 1e-4
) -> tuple[Tensor, Tensor, int]:
    """Minimise each problem's loss from `start` [B, P].

    Stops when no problem has improved by more than `tolerance` (a fraction of its loss) in
    three steps.

    Returns:
        (theta [B, P], loss [B], iterations used).
    """
    theta = start.clamp(problem.low, problem.high)
    damping = torch.full_like(theta[:, :1], FIRST_DAMPING)
    values, tangents = jacobian(problem.residuals, theta)
    loss = problem.loss(theta, values)
    idle = torch.zeros_like(loss)
    used = 0
    for _ in range(iterations):
        used += 1
        gradient, curvature = _normal_equations(problem, theta, values, tangents)
        step = _bounded_step(problem, theta, gradient, curvature, damping)
        trial = (theta + step).clamp(problem.low, problem.high)
        # The Jacobian at a trial costs more than its value alone, but most trials are taken.
        trial_values, trial_tangents = jacobian(problem.residuals, trial)
        trial_loss = problem.loss(trial, trial_values)
        better = torch.isfinite(trial_loss) & (trial_loss < loss)
        idle = torch.where(trial_loss < loss * (1.0 - tolerance), torch.zeros_like(idle), idle + 1)
        damping = torch.where(better[:, None], damping / 4.0, damping * 6.0).clamp(1e-6, 1e6)
        theta = torch.where(better[:, None], trial, theta)
        loss = torch.where(better, trial_loss, loss)
        values = torch.where(better[:, None, None], trial_values, values)
        tangents = torch.where(better[None, :, None, None], trial_tangents, tangents)
        if bool((idle >= 3).all()):
            break
    return theta, loss, used


def _normal_equations(
    problem: Problem, theta: Tensor, values: Tensor, tangents: Tensor
) -> tuple[Tensor, Tensor]:
    """Gradient [B, P] and Gauss-Newton curvature [B, P, P] of the loss."""
    length = torch.sqrt(values.square().sum(-1) + problem.softness**2)
    scale = (problem.weights / length).sqrt()[..., None]
    count = tangents.shape[0]
    columns = (tangents * scale).movedim(0, -1).flatten(1, 2)  # [B, 3N, P]
    rest = (values * scale).flatten(1)
    gradient = torch.einsum("bnp,bn->bp", columns, rest)
    curvature = torch.bmm(columns.transpose(1, 2), columns)
    prior = 2.0 * problem.precision
    assert curvature.shape[-1] == count
    return gradient + theta @ prior, curvature + prior


def _bounded_step(
    problem: Problem, theta: Tensor, gradient: Tensor, curvature: Tensor, damping: Tensor
) -> Tensor:
    """The damped step of the unknowns that aren't held by a bound."""
    held = ((theta <= problem.low) & (gradient > 0)) | ((theta >= problem.high) & (gradient < 0))
    free = (~held).to(theta.dtype)
    diagonal = torch.diagonal(curvature, dim1=1, dim2=2)
    floor = diagonal.mean(dim=1, keepdim=True) * 1e-3
    damped = curvature + torch.diag_embed(damping * (diagonal + floor) + 1e-9)
    damped = damped * free[:, :, None] * free[:, None, :] + torch.diag_embed(1.0 - free)
    return torch.linalg.solve(damped.double(), -(gradient * free).double()).to(theta.dtype)
