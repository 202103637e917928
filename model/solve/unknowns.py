"""The unknowns of a fit: which sliders may move, in what unit, and the shape of the curve."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from model.edit.fit_rules import FitRules, Start
from params.ranges import CURVE_NAME, SLIDERS, Slider

# A fit's unit for each slider: the move that changes a picture about as much as any other's.
# MIRED_UNIT serves where Temperature moves in mired.
MIRED_UNIT = 20.0
UNITS = {
    "Temperature": 2000.0,
    "Tint": 20.0,
    "Exposure2012": 1.0,
    "Contrast2012": 50.0,
    "Highlights2012": 50.0,
    "Shadows2012": 50.0,
    "Whites2012": 50.0,
    "Blacks2012": 50.0,
    "Vibrance": 50.0,
    "Saturation": 50.0,
}
# Rises between knots are exp(z) over their sum: 16 spans more than any curve needs.
CURVE_BOUND = 8.0


@dataclass(frozen=True)
class FitSpace:
    """Unknowns theta [B, P]: the free sliders in units from neutral, then the curve's rises.

    theta = 0 is the neutral edit. The curve never falls, for any theta.

    rules: of the edit process.
    knots: of the tone curve.
    curves: what it is: the tone curve, or the curves of all channels alike.
    """

    rules: FitRules
    knots: int
    device: torch.device | str = "cpu"
    curves: tuple[str, ...] = (CURVE_NAME,)

    @property
    def sliders(self) -> tuple[Slider, ...]:
        return tuple(s for s in SLIDERS if s.name not in self.rules.fixed)

    @property
    def size(self) -> int:
        return len(self.sliders) + self.knots - 1

    def bounds(self) -> tuple[Tensor, Tensor]:
        """Lowest and highest theta, [P] each."""
        low = [self._units(s, self.rules.lowest.get(s.name, s.low)) for s in self.sliders]
        high = [self._units(s, s.high) for s in self.sliders]
        rises = [CURVE_BOUND] * (self.knots - 1)
        return (
            torch.tensor(low + [-r for r in rises], device=self.device),
            torch.tensor(high + rises, device=self.device),
        )

    def starts(self, starts: Sequence[Start]) -> Tensor:
        """Where a fit begins, [len(starts), P]."""
        return torch.stack([self._start(start) for start in starts])

    def params(self, theta: Tensor) -> dict[str, Tensor]:
        """theta [B, P] -> sliders [B] in Camera Raw's units and ToneCurve [B, knots]."""
        values = {s.name: theta.new_full(theta.shape[:1], s.neutral) for s in SLIDERS}
        for i, slider in enumerate(self.sliders):
            if self._by_mired(slider.name):
                mired = 1e6 / slider.neutral - theta[:, i] * MIRED_UNIT
                values[slider.name] = (1e6 / mired).clamp(slider.low, slider.high)
            else:
                values[slider.name] = slider.neutral + theta[:, i] * UNITS[slider.name]
        curve = self._curve(torch.softmax(theta[:, len(self.sliders) :], dim=1))
        if CURVE_NAME not in self.curves:
            values[CURVE_NAME] = torch.linspace(0.0, 1.0, self.knots).to(curve).expand_as(curve)
        return values | dict.fromkeys(self.curves, curve)

    def tangents(self, theta: Tensor, names: tuple[str, ...]) -> tuple[list[int], list[Tensor]]:
        """How the named parameters change with theta.

        Returns:
            the indices of theta that any of them depends on, and for each name the change
            per unit of each of those: [len(indices), B] or, of the curve, [.., B, knots].
        """
        free = [s.name for s in self.sliders]
        count, size = len(free), self.size
        indices = [free.index(name) for name in names if name in free]
        if set(names) & set(self.curves):
            indices += range(count, size)
        changes = []
        for name in names:
            if name == CURVE_NAME and name not in self.curves:
                change = theta.new_zeros(len(indices), theta.shape[0], self.knots)
            elif name in self.curves:
                rise = torch.softmax(theta[:, count:], dim=1)
                slope = torch.diag_embed(rise) - rise[:, :, None] * rise[:, None, :]
                change = theta.new_zeros(len(indices), theta.shape[0], self.knots)
                change[-rise.shape[1] :] = self._curve(slope).movedim(1, 0)
            else:
                change = theta.new_zeros(len(indices), theta.shape[0])
                if self._by_mired(name):
                    kelvin = self.params(theta)[name]
                    change[indices.index(free.index(name))] = kelvin**2 * (1e-6 * MIRED_UNIT)
                elif name in free:
                    change[indices.index(free.index(name))] = UNITS[name]
            changes.append(change)
        return indices, changes

    def prior(self, slider: float, roughness: float, slope: float) -> Tensor:
        """Precision [P, P] of the weak prior.

        Args:
            slider: cost of each slider's square, in units.
            roughness: cost of the squared change between neighbouring rises of the curve.
            slope: cost of each rise's square.
        """
        count, rises = len(self.sliders), self.knots - 1
        step = torch.diff(torch.eye(rises), dim=0)
        precision = torch.zeros(self.size, self.size)
        precision[:count, :count] = slider * torch.eye(count)
        precision[count:, count:] = roughness * step.T @ step + slope * torch.eye(rises)
        return precision.to(self.device)

    def _start(self, start: Start) -> Tensor:
        theta = torch.zeros(self.size, device=self.device)
        for i, slider in enumerate(self.sliders):
            theta[i] = start.sliders.get(slider.name, 0.0)
        if start.curve is not None:
            rises = np.diff(start.curve(np.linspace(0.0, 1.0, self.knots))).clip(1e-4, None)
            logs = np.log(rises)
            theta[len(self.sliders) :] = torch.from_numpy(logs - logs.mean())
        return theta

    def _by_mired(self, name: str) -> bool:
        return self.rules.by_mired and name == "Temperature"

    def _units(self, slider: Slider, value: float) -> float:
        """A slider's value in units from neutral."""
        if self._by_mired(slider.name):
            return (1e6 / slider.neutral - 1e6 / value) / MIRED_UNIT
        return (value - slider.neutral) / UNITS[slider.name]

    @staticmethod
    def _curve(rises: Tensor) -> Tensor:
        """Rises [..., knots - 1] -> values at the knots [..., knots], the first one 0."""
        return torch.nn.functional.pad(torch.cumsum(rises, dim=-1), (1, 0))
