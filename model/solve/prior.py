"""What a fit holds to be likely before it looks at the target."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from model.edit.fit_rules import PANEL_SPREAD, SPREADS, WHEEL_SPREAD
from model.solve.unknowns import FitSpace
from model.solve.wheels import WHEEL_UNIT

# Of the tone curve, in ΔE00: what the squared change between neighbouring rises costs, and each
# rise's square.
CURVE_ROUGHNESS, CURVE_PRIOR = 1e-3, 3e-3
# Of a plausible edit's curve also, at strength 1: what the change of change costs, squared, and
# what its mean lies off a half, squared: a picture is made brighter by Exposure, not by a curve.
SMOOTHNESS, LEVEL = 1e-2, 15.0
# What an end of the curve costs that is END_UNIT away from 0 or 1.
END_PRIOR = 0.02
# Of a recipe: its edits' spread in that of all edits, and the cost of a rise's square.
RECIPE_SPREAD, RECIPE_CURVE = 0.3, 0.05


@dataclass(frozen=True)
class Prior:
    """(theta - center)' precision (theta - center) is added to the loss, in ΔE00.

    center: [P].
    precision: [P, P].
    """

    center: np.ndarray
    precision: np.ndarray

    def __call__(self, theta: np.ndarray) -> np.ndarray:
        away = theta - self.center
        return ((away @ self.precision) * away).sum(1)

    def added(
        self, theta: np.ndarray, gradient: np.ndarray, curvature: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """A loss's gradient [B, P] and curvature [B, P, P] with the prior's."""
        twice = 2.0 * self.precision
        return gradient + (theta - self.center) @ twice, curvature + twice


def prior_of(space: FitSpace, plausible: float) -> Prior:
    """Around the neutral edit.

    plausible: how much weight what photographers do has, see FitRules.plausible; 0 is none.
    """
    rises = space.knots - 1
    costs = [space.rules.slider_prior] * space.rises.start
    step = np.diff(np.eye(rises), axis=0)
    curve = CURVE_ROUGHNESS * step.T @ step + CURVE_PRIOR * np.eye(rises)
    if plausible and space.rules.plausible is not None:
        costs = [space.rules.plausible * plausible / unit**2 for unit in _spreads(space)]
        bend = np.diff(step, axis=0)
        curve = SMOOTHNESS * plausible * bend.T @ bend + curve
        lift = (np.linspace(0.5, -0.5, rises) / rises)[:, None]  # of the mean, by each rise
        curve = LEVEL * plausible * lift @ lift.T + curve
    return _around(np.zeros(space.size), costs, curve, space)


def prior_around(space: FitSpace, params: Mapping[str, Any]) -> Prior:
    """Around a recipe: an edit that others of its kind are a little off.

    Raises:
        ValueError: the rules know no plausible edits.
    """
    cost = space.rules.plausible
    if cost is None:
        raise ValueError("this edit process has no recipes")
    costs = [cost / (RECIPE_SPREAD * unit) ** 2 for unit in _spreads(space)]
    return _around(space.theta_of(params), costs, RECIPE_CURVE * np.eye(space.knots - 1), space)


def _spreads(space: FitSpace) -> list[float]:
    """How far photographers move each slider and wheel, in units."""
    moves = [SPREADS.get(s.name, PANEL_SPREAD) for s in space.sliders]
    units = [space.in_units(s, m) for s, m in zip(space.sliders, moves, strict=True)]
    return units + [WHEEL_SPREAD / WHEEL_UNIT] * (2 * len(space.wheels))


def _around(
    center: np.ndarray, costs: Sequence[float], curve: np.ndarray, space: FitSpace
) -> Prior:
    precision = np.diag([*costs, *[END_PRIOR] * (space.size - len(costs))])
    precision[space.rises, space.rises] = curve
    return Prior(center, precision)
