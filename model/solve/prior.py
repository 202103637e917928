"""What a fit holds to be likely before it looks at the target."""

from dataclasses import dataclass

import torch
from torch import Tensor

from model.edit.fit_rules import PANEL_SPREAD, SPREADS, WHEEL_SPREAD
from model.solve.unknowns import WHEEL_UNIT, FitSpace

# Of the tone curve, in ΔE00: what the squared change between neighbouring rises costs, and each
# rise's square.
CURVE_ROUGHNESS, CURVE_PRIOR = 1e-3, 3e-3
# The same of a plausible edit's curve, at strength 1, and what the change of change costs.
SMOOTHNESS = 1e-2
# What an end of the curve costs that is END_UNIT away from 0 or 1.
END_PRIOR = 0.02


@dataclass(frozen=True)
class Prior:
    """(theta - center)' precision (theta - center) is added to the loss, in ΔE00.

    center: [P], or [B, P].
    precision: [P, P].
    """

    center: Tensor
    precision: Tensor

    def pick(self, rows: Tensor) -> "Prior":
        """That of these rows of the batch."""
        return self if self.center.ndim == 1 else Prior(self.center[rows], self.precision)

    def __call__(self, theta: Tensor) -> Tensor:
        away = theta - self.center
        return ((away @ self.precision) * away).sum(1)


def prior_of(space: FitSpace, plausible: float) -> Prior:
    """Around the neutral edit.

    plausible: how much weight what photographers do has, see FitRules.plausible; 0 is none.
    """
    count, rises = space.rises.start, space.knots - 1
    precision = torch.zeros(space.size, space.size)
    costs = [space.rules.slider_prior] * count
    step = torch.diff(torch.eye(rises), dim=0)
    curve = CURVE_ROUGHNESS * step.T @ step + CURVE_PRIOR * torch.eye(rises)
    if plausible and space.rules.plausible is not None:
        cost = space.rules.plausible * plausible
        moves = [SPREADS.get(s.name, PANEL_SPREAD) for s in space.sliders]
        units = [space.in_units(s, m) for s, m in zip(space.sliders, moves, strict=True)]
        units += [WHEEL_SPREAD / WHEEL_UNIT] * (2 * len(space.wheels))
        costs = [cost / unit**2 for unit in units]
        bend = torch.diff(step, dim=0)
        curve = SMOOTHNESS * plausible * bend.T @ bend + 0.1 * curve
    precision[:count, :count] = torch.diag(torch.tensor(costs))
    precision[space.rises, space.rises] = curve
    ends = slice(space.rises.stop, space.size)
    precision[ends, ends] = END_PRIOR * torch.eye(space.size - space.rises.stop)
    return Prior(torch.zeros(space.size, device=space.device), precision.to(space.device))
