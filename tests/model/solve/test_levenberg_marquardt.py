"""Levenberg-Marquardt on problems with known answers."""

import numpy as np

from model.solve import smoothed
from model.solve.levenberg_marquardt import Loss, solve
from model.solve.prior import Prior


class Line:
    """Residuals of a straight line through points, some of them far off."""

    def __init__(self, outliers: int) -> None:
        x = np.linspace(0, 1, 60)
        y = 3.0 * x - 1.0
        y[:: 60 // outliers if outliers else 61] += 50.0 if outliers else 0.0
        self.x, self.y = x, y

    def pick(self, rows: np.ndarray) -> "Line":
        return self

    def values(self, theta: np.ndarray) -> np.ndarray:
        error = theta[:, :1] * self.x + theta[:, 1:2] - self.y
        return np.stack([error, 0 * error, 0 * error], axis=1)

    def weights(self, theta: np.ndarray) -> np.ndarray:
        return np.full((len(theta), 60), 1 / 60)

    def mean_lengths(self, theta: np.ndarray) -> np.ndarray:
        return smoothed.mean_lengths(self.values(theta))

    def losses(self, theta: np.ndarray, softness: np.ndarray) -> np.ndarray:
        return smoothed.losses(self.values(theta), self.weights(theta), softness)

    def slopes(
        self, theta: np.ndarray, softness: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        columns = np.stack([self.x, np.ones_like(self.x)])
        jacobian = np.zeros((2, len(theta), 3, 60))
        jacobian[:, :, 0] = columns[:, None]
        values, weights = self.values(theta), self.weights(theta)
        equations = smoothed.normal_equations(values, jacobian, weights, softness)
        return smoothed.losses(values, weights, softness), *equations


def run(
    problem: Line, low: float, high: float, prior: float = 0.0, starts: int = 1
) -> tuple[np.ndarray, np.ndarray, int]:
    loss = Loss(Prior(np.zeros(2), prior * np.eye(2)), softness=0.01)
    bounds = (np.full(2, v) for v in (low, high))
    start = 4.0 * np.arange(starts)[:, None].repeat(2, axis=1)
    return solve(problem, loss, start, *bounds, iterations=100, tolerance=1e-8)


def test_finds_the_line_and_ignores_outliers() -> None:
    theta, _, used = run(Line(outliers=10), -10, 10)
    assert np.allclose(theta, [[3.0, -1.0]], atol=0.02)
    assert used < 100


def test_keeps_bounds_and_finds_the_best_within() -> None:
    theta, _, _ = run(Line(outliers=0), -10, 2.0)
    assert (theta <= 2.0).all()
    assert abs(theta[0, 0] - 2.0) < 1e-6
    assert abs(theta[0, 1] + 0.5) < 0.05  # the median of what is left: x − 1


def test_a_strong_prior_holds_at_zero() -> None:
    theta, _, _ = run(Line(outliers=0), -10, 10, prior=1e4)
    assert np.abs(theta).max() < 1e-2


def test_several_starts_side_by_side_agree() -> None:
    theta, cost, _ = run(Line(outliers=5), -20, 20, starts=4)
    assert np.allclose(theta, theta[:1], atol=1e-2)
    assert np.allclose(cost, cost[:1], rtol=1e-2)
