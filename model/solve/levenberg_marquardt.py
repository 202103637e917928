"""Levenberg-Marquardt, batched: many small least-squares problems solved side by side.

The residuals are vectors (three components a pixel) under a robust loss: what is minimised is
a smoothed mean length, so that a few pixels no edit can explain (retouched spots, edges half a
pixel off) don't pull the whole edit. The smoothing starts wide and narrows, which keeps the
first steps from a bad start out of local minima. Each step solves the reweighted normal
equations (Nocedal and Wright, Numerical Optimization, 10.3), keeps the bounds by projection,
and is taken problem by problem only where it lowers the loss.
"""

from dataclasses import dataclass, replace
from typing import Protocol

import torch
from torch import Tensor

from model.solve.prior import Prior

FIRST_DAMPING = 1e-2
LAST_DAMPING = 1e6
NARROWING = 0.4
PATIENCE = 2
# A step that loses less than this part of the tolerance would gain as little if it were shorter.
NOTHING = 0.1


class Residuals(Protocol):
    """B problems of P unknowns: N residual vectors each."""

    def pick(self, rows: Tensor) -> "Residuals":
        """The problems of these rows."""
        ...

    def values(self, theta: Tensor) -> Tensor:
        """theta [B, P] -> residuals [B, 3, N]."""
        ...

    def values_and_jacobian(self, theta: Tensor) -> tuple[Tensor, Tensor]:
        """theta [B, P] -> residuals [B, 3, N] and their derivative [P, B, 3, N]."""
        ...


@dataclass(frozen=True)
class Loss:
    """What is minimised: a weighted mean of smoothed lengths, and a prior.

    weights: [B, N], of each residual vector, summing to 1 a problem.
    prior: what theta costs by itself.
    softness: lengths well below it count quadratically, well above it linearly.
    """

    weights: Tensor
    prior: Prior
    softness: float = 1.0

    def pick(self, rows: Tensor) -> "Loss":
        """That of these rows."""
        return replace(self, weights=self.weights[rows])

    def __call__(self, theta: Tensor, residuals: Tensor, softness: Tensor) -> Tensor:
        """[B], for softness [B, 1]."""
        length = torch.sqrt(residuals.square().sum(1) + softness**2) - softness
        return (self.weights * length).sum(1) + self.prior(theta)

    def normal_equations(
        self, theta: Tensor, residuals: Tensor, jacobian: Tensor, softness: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Gradient [B, P] and Gauss-Newton curvature [B, P, P], in float64.

        Summed in float32, rounding would choose the way along flat valleys, and a batch would
        not end where its problems end alone.
        """
        length = torch.sqrt(residuals.square().sum(1) + softness**2)
        scale = (self.weights / length).sqrt()[:, None]
        rows = (jacobian * scale).transpose(0, 1).flatten(2).double()  # [B, P, 3N]
        gradient = torch.bmm(rows, (residuals * scale).double().flatten(1)[..., None])[..., 0]
        prior = 2.0 * self.prior.precision.double()
        away = (theta - self.prior.center).double()
        return gradient + away @ prior, torch.bmm(rows, rows.transpose(1, 2)) + prior


@torch.inference_mode()
def solve(
    residuals: Residuals,
    loss: Loss,
    start: Tensor,
    low: Tensor,
    high: Tensor,
    *,
    iterations: int = 60,
    tolerance: float = 2e-4,
) -> tuple[Tensor, Tensor, int]:
    """Minimise each problem's loss.

    Args:
        start: [B, P].
        low, high: [P] or [B, P], bounds; where they are equal, an unknown is held.
        iterations: Jacobians at most.
        tolerance: a problem is done when PATIENCE steps in turn improve it by less than this
            fraction, or no step does however short.

    Returns:
        (theta [B, P], loss [B], Jacobians used).
    """
    low, high = low.expand_as(start), high.expand_as(start)
    theta = start.clamp(low, high)
    damping = torch.full_like(theta[:, :1], FIRST_DAMPING)
    values, jacobian = residuals.values_and_jacobian(theta)
    softness = values.square().sum(1).sqrt().mean(1, keepdim=True).clamp(min=loss.softness)
    current = loss(theta, values, softness)
    idle = torch.zeros_like(current)
    # What comes out, and which of its rows are still worked on.
    found, costs, rows = theta.clone(), current.clone(), torch.arange(len(theta), device=low.device)
    used = 0
    while used < iterations:
        used += 1
        gradient, curvature = loss.normal_equations(theta, values, jacobian, softness)
        damped = _Damped(theta, gradient, curvature, low, high)
        before, narrowing = current, softness[:, 0] > loss.softness
        trying = torch.arange(len(rows), device=low.device)
        theta, current, damping = theta.clone(), current.clone(), damping.clone()
        # A value costs a fraction of a Jacobian: shorten the step until it helps.
        while len(trying):
            trial = damped.trial(trying, damping[trying])
            part, cost = (
                (residuals, loss)
                if len(trying) == len(rows)
                else (residuals.pick(trying), loss.pick(trying))
            )
            trial_loss = cost(trial, part.values(trial), softness[trying])
            better = trial_loss < current[trying]
            taken, trying = trying[better], trying[~better]
            theta[taken], current[taken] = trial[better], trial_loss[better]
            damping[taken] /= 5.0
            damping[trying] *= 8.0
            # A step that changes next to nothing is idle, and so is a shorter one.
            lost = trial_loss[~better] - current[trying]
            hopeful = lost > NOTHING * tolerance * current[trying]
            trying = trying[hopeful & (damping[trying, 0] < LAST_DAMPING)]
        found[rows], costs[rows] = theta, current
        small = before - current <= tolerance * before
        idle = torch.where(small & ~narrowing, idle + 1, 0.0)
        left = torch.nonzero(idle < PATIENCE)[:, 0]
        if not len(left):
            break
        if len(left) < len(rows):
            rows, residuals, loss = rows[left], residuals.pick(left), loss.pick(left)
            theta, damping, softness, idle, low, high = (
                part[left] for part in (theta, damping, softness, idle, low, high)
            )
        damping = damping.clamp(1e-7, 1.0)
        softness = (softness * NARROWING).clamp(min=loss.softness)
        if used == iterations:
            costs[rows] = loss(theta, residuals.values(theta), softness)
            break
        values, jacobian = residuals.values_and_jacobian(theta)
        current = loss(theta, values, softness)
    return found, costs, used


class _Damped:
    """The normal equations of the unknowns that aren't held by a bound."""

    def __init__(
        self, theta: Tensor, gradient: Tensor, curvature: Tensor, low: Tensor, high: Tensor
    ) -> None:
        held = ((theta <= low) & (gradient > 0)) | ((theta >= high) & (gradient < 0))
        self._theta, self._low, self._high = theta, low, high
        self._free = (~held).to(gradient.dtype)
        self._gradient, self._curvature = gradient * self._free, curvature

    def trial(self, rows: Tensor, damping: Tensor) -> Tensor:
        """Where the damped step of these rows leads, within the bounds: [len(rows), P]."""
        curvature, free = self._curvature[rows], self._free[rows]
        diagonal = torch.diagonal(curvature, dim1=1, dim2=2)
        floor = diagonal.mean(dim=1, keepdim=True) * 1e-3
        damped = curvature + torch.diag_embed(damping * (diagonal + floor) + 1e-9)
        damped = damped * free[:, :, None] * free[:, None, :] + torch.diag_embed(1.0 - free)
        step = torch.linalg.solve(damped, -self._gradient[rows]).to(self._theta.dtype)
        return (self._theta[rows] + step).clamp(self._low[rows], self._high[rows])
