"""Levenberg-Marquardt, batched: many small least-squares problems solved side by side.

The residuals are vectors (three components a pixel) under a robust loss: what is minimised is
a smoothed mean length, so that a few pixels no edit can explain (retouched spots, edges half a
pixel off) don't pull the whole edit. The smoothing starts wide and narrows, which keeps the
first steps from a bad start out of local minima. Each step solves the reweighted normal
equations (Nocedal and Wright, Numerical Optimization, 10.3), keeps the bounds by projection,
and is taken problem by problem only where it lowers the loss.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from model.solve.prior import Prior

FIRST_DAMPING = 1e-2
LAST_DAMPING = 1e6
NARROWING = 0.4
PATIENCE = 2
# A step that loses less than this part of the tolerance would gain as little if it were shorter.
NOTHING = 0.1


class Residuals(Protocol):
    """B problems of P unknowns: weighted residual vectors each, whose weights sum to 1.

    What is asked of them is a length's weighted mean: √(|r|² + s²) - s, softness s [B].
    """

    def pick(self, rows: np.ndarray) -> "Residuals":
        """The problems of these rows."""
        ...

    def mean_lengths(self, theta: np.ndarray) -> np.ndarray:
        """theta [B, P] -> the residual vectors' mean length, [B], without weights."""
        ...

    def losses(self, theta: np.ndarray, softness: np.ndarray) -> np.ndarray:
        """The smoothed mean lengths, [B]."""
        ...

    def slopes(
        self, theta: np.ndarray, softness: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The same, their gradient [B, P] and its Gauss-Newton curvature [B, P, P]."""
        ...


@dataclass(frozen=True)
class Loss:
    """What is minimised: residuals' smoothed mean length and a prior.

    prior: what theta costs by itself.
    softness: lengths well below it count quadratically, well above it linearly.
    """

    prior: Prior
    softness: float = 1.0


def solve(
    residuals: Residuals,
    loss: Loss,
    start: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    *,
    iterations: int = 60,
    tolerance: float = 2e-4,
) -> tuple[np.ndarray, np.ndarray, int]:
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
    prior, softness = loss.prior, loss.softness
    low, high = np.broadcast_to(low, start.shape), np.broadcast_to(high, start.shape)
    theta = start.clip(low, high)
    damping = np.full(len(theta), FIRST_DAMPING)
    soft = residuals.mean_lengths(theta).clip(softness, None)
    idle = np.zeros(len(theta), dtype=int)
    # What comes out, and which of its rows are still worked on.
    found, costs, rows = theta.copy(), np.zeros(len(theta)), np.arange(len(theta))
    used = 0
    while used < iterations:
        used += 1
        current, gradient, curvature = residuals.slopes(theta, soft)
        current = current + prior(theta)
        gradient, curvature = prior.added(theta, gradient, curvature)
        damped = _Damped(theta, gradient, curvature, low, high)
        before, narrowing = current.copy(), soft > softness
        theta, trying = theta.copy(), np.arange(len(rows))
        # A value costs a fraction of a Jacobian: shorten the step until it helps.
        while len(trying):
            trial = damped.trial(trying, damping[trying])
            part = residuals if len(trying) == len(rows) else residuals.pick(trying)
            trial_loss = part.losses(trial, soft[trying]) + prior(trial)
            better = trial_loss < current[trying]
            taken, trying = trying[better], trying[~better]
            theta[taken], current[taken] = trial[better], trial_loss[better]
            damping[taken] /= 5.0
            damping[trying] *= 8.0
            # A step that changes next to nothing is idle, and so is a shorter one.
            lost = trial_loss[~better] - current[trying]
            hopeful = lost > NOTHING * tolerance * current[trying]
            trying = trying[hopeful & (damping[trying] < LAST_DAMPING)]
        found[rows], costs[rows] = theta, current
        small = before - current <= tolerance * before
        idle = np.where(small & ~narrowing, idle + 1, 0)
        left = np.flatnonzero(idle < PATIENCE)
        if not len(left):
            break
        if len(left) < len(rows):
            rows, residuals = rows[left], residuals.pick(left)
            theta, damping, soft, idle, low, high = (
                part[left] for part in (theta, damping, soft, idle, low, high)
            )
        damping = damping.clip(1e-7, 1.0)
        soft = (soft * NARROWING).clip(softness, None)
        if used == iterations:
            costs[rows] = residuals.losses(theta, soft) + prior(theta)
    return found, costs, used


class _Damped:
    """The normal equations of the unknowns that aren't held by a bound."""

    def __init__(
        self,
        theta: np.ndarray,
        gradient: np.ndarray,
        curvature: np.ndarray,
        low: np.ndarray,
        high: np.ndarray,
    ) -> None:
        held = ((theta <= low) & (gradient > 0)) | ((theta >= high) & (gradient < 0))
        free = (~held).astype(gradient.dtype)
        self._theta, self._low, self._high = theta, low, high
        self._gradient = gradient * free
        # Held unknowns stay: their rows say that they move by 0.
        self._curvature = curvature * free[:, :, None] * free[:, None, :]
        diagonal = np.diagonal(curvature, axis1=1, axis2=2)
        self._scale = (diagonal + diagonal.mean(axis=1, keepdims=True) * 1e-3) * free
        self._least = 1e-9 * free + (1.0 - free)

    def trial(self, rows: np.ndarray, damping: np.ndarray) -> np.ndarray:
        """Where the damped step of these rows leads, within the bounds: [len(rows), P]."""
        damped = self._curvature[rows]
        places = np.arange(damped.shape[1])
        damped[:, places, places] += damping[:, None] * self._scale[rows] + self._least[rows]
        step = np.linalg.solve(damped, -self._gradient[rows][..., None])[..., 0]
        return (self._theta[rows] + step).clip(self._low[rows], self._high[rows])
