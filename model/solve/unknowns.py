"""The unknowns of a fit: which sliders may move, in what unit, and the shape of the curve."""

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from model.edit.arrays import constant
from model.edit.fit_rules import FitRules, Start
from params.panels import COLOR_GRADING, GRADING_WHEELS, Panel
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
# Of a panel's slider, and of a grading wheel's saturation, whose hue turns; a wheel begins a little
# off its middle, where its hue means something.
PANEL_UNIT, WHEEL_UNIT, WHEEL_START = 50.0, 20.0, 0.05
_OFF_MIDDLE = 1e-3
# How far the curve's ends stand from 0 and 1: in this unit, and at most.
END_UNIT, MOST_END = 0.1, 0.25
# Rises between knots are exp(z) over their sum: 16 spans more than any curve needs.
CURVE_BOUND = 8.0


@dataclass(frozen=True)
class FitSpace:
    """Unknowns theta [B, P]: the free sliders in units from neutral, both coordinates of grading's
    wheels, then the curve's rises, and how far it begins above 0 and ends below 1 where the rules
    free its ends.

    theta = 0 is the neutral edit, where the tone curve is drawn. The curve never falls.

    rules: of the edit process.
    knots: of the tone curve.
    panels: those whose sliders are free beside the basic ones.
    drawing: [B], which of the rules' drawings each row is; None: the first, whatever B.
    """

    rules: FitRules
    knots: int
    device: torch.device | str = "cpu"
    panels: tuple[Panel, ...] = ()
    drawing: Tensor | None = None

    def pick(self, rows: Tensor) -> "FitSpace":
        """That of these rows of the batch."""
        return self if self.drawing is None else replace(self, drawing=self.drawing[rows])

    def widened(self, theta: Tensor) -> Tensor:
        """theta [B, P] of this space without its panels, with the panels at rest."""
        wide = self.starts([Start()]).repeat(len(theta), 1)
        basic = len(SLIDERS) - len(self.rules.fixed)
        wide[:, :basic] = theta[:, :basic]
        wide[:, self.rises.start :] = theta[:, basic:]
        return wide

    @functools.cached_property
    def curves(self) -> dict[str, Tensor | None]:
        """By the names of the curves that any row draws: [B, 1], which do; None: all."""
        drawings = self.rules.drawings
        if self.drawing is None:
            return dict.fromkeys(drawings[0].curves)
        names = {name for k in set(self.drawing.tolist()) for name in drawings[k].curves}
        found: dict[str, Tensor | None] = {}
        for name in sorted(names):
            draws = torch.tensor([name in d.curves for d in drawings], device=self.device)
            found[name] = draws[self.drawing][:, None]
        return found

    @functools.cached_property
    def _under(self) -> Tensor:
        """The tone curve where it is not drawn: [B, knots], or [1, knots]."""
        every = torch.stack([_curve_under(d.under, self.knots) for d in self.rules.drawings])
        under = every[:1] if self.drawing is None else every.to(self.device)[self.drawing]
        return under.to(self.device)

    @functools.cached_property
    def sliders(self) -> tuple[Slider, ...]:
        basic = (s for s in SLIDERS if s.name not in self.rules.fixed)
        return (*basic, *(s for panel in self.panels for s in panel.sliders if s.low == -s.high))

    @functools.cached_property
    def _scale(self) -> tuple[Tensor, Tensor]:
        """Neutral values and units of the free sliders, [S] each."""
        return (
            torch.tensor([s.neutral for s in self.sliders], dtype=torch.float64),
            torch.tensor([_unit(s.name) for s in self.sliders], dtype=torch.float64),
        )

    def _place(self, name: str) -> int:
        return next(i for i, slider in enumerate(self.sliders) if slider.name == name)

    @functools.cached_property
    def wheels(self) -> tuple[tuple[str, str], ...]:
        """Names of hue and saturation of each grading wheel that is free."""
        return GRADING_WHEELS if COLOR_GRADING in self.panels else ()

    @functools.cached_property
    def rises(self) -> slice:
        """Where in theta the curve's rises are; its ends follow."""
        first = len(self.sliders) + 2 * len(self.wheels)
        return slice(first, first + self.knots - 1)

    @property
    def size(self) -> int:
        return self.rises.stop + 2 * self.rules.free_ends

    def bounds(self) -> tuple[Tensor, Tensor]:
        """Lowest and highest theta, [P] each."""
        wheels = [100.0 / WHEEL_UNIT] * (2 * len(self.wheels))
        low = [self._units(s, self.rules.lowest.get(s.name, s.low)) for s in self.sliders]
        low += [-w for w in wheels]
        high = [self._units(s, s.high) for s in self.sliders] + wheels
        rises, ends = [CURVE_BOUND] * (self.knots - 1), 2 * self.rules.free_ends
        return (
            torch.tensor(low + [-r for r in rises] + [0.0] * ends, device=self.device),
            torch.tensor(high + rises + [MOST_END / END_UNIT] * ends, device=self.device),
        )

    def starts(self, starts: Sequence[Start]) -> Tensor:
        """Where a fit begins, [len(starts), P]."""
        return torch.stack([self._start(start) for start in starts])

    def params(self, theta: Tensor) -> dict[str, Tensor]:
        """theta [B, P] -> sliders [B] in Camera Raw's units and curves [B, knots].

        Of a free panel every slider is there.
        """
        held = (*SLIDERS, *(s for panel in self.panels for s in panel.sliders))
        free = {slider.name for slider in self.sliders}
        neutral, units = self._scale
        moved = torch.addcmul(neutral.to(theta), theta[:, : len(free)], units.to(theta))
        values = dict(zip((s.name for s in self.sliders), moved.unbind(1), strict=True))
        for slider in held:
            if slider.name not in free:
                values[slider.name] = theta.new_full(theta.shape[:1], slider.neutral)
            elif self._by_mired(slider.name):
                place = theta[:, self._place(slider.name)]
                kelvin = 1e6 / (1e6 / slider.neutral - place * MIRED_UNIT)
                # As shot is exactly as shot.
                kelvin = kelvin.clamp(slider.low, slider.high)
                values[slider.name] = torch.where(place == 0.0, slider.neutral, kelvin)
        for (hue, saturation), (a, b, radius) in zip(self.wheels, self._wheels(theta), strict=True):
            values[hue] = torch.rad2deg(torch.atan2(b, a)) % 360.0
            values[saturation] = (radius * WHEEL_UNIT).clamp(max=100.0)
        curve = self._curve(theta)
        values[CURVE_NAME] = self._under.to(curve).expand_as(curve)
        straight = torch.linspace(0.0, 1.0, self.knots).to(curve)
        for name, draws in self.curves.items():
            other = values.get(name, straight)
            values[name] = curve if draws is None else torch.where(draws, curve, other)
        return values

    def theta_of(self, params: Mapping[str, Any]) -> Tensor:
        """The theta [P] of an edit, as near as there is one; what it does not hold is neutral."""
        theta = torch.zeros(self.size)
        for i, slider in enumerate(self.sliders):
            theta[i] = self._units(slider, float(params.get(slider.name, slider.neutral)))
        for k, (hue, saturation) in enumerate(self.wheels):
            turn = np.radians(params.get(hue, 0.0))
            length = max(params.get(saturation, 0.0) / WHEEL_UNIT, WHEEL_START)
            place = len(self.sliders) + 2 * k
            theta[place], theta[place + 1] = length * np.cos(turn), length * np.sin(turn)
        drawn = self.rules.drawings[self.drawing_of(params)].curves[0]
        heights = np.asarray(params[drawn], dtype=np.float64)
        places = np.linspace(0.0, 1.0, self.knots)
        curve = np.interp(places, np.linspace(0.0, 1.0, heights.size), heights)
        theta[self.rises] = _rises_of(curve)
        ends = torch.tensor([curve[0], 1.0 - curve[-1]]) / END_UNIT
        theta[self.rises.stop :] = ends[: self.size - self.rises.stop]
        return theta

    def drawing_of(self, params: Mapping[str, Any]) -> int:
        """Which of the rules' drawings an edit is: by the curves that it moves."""
        straight = np.linspace(0.0, 1.0, len(params[CURVE_NAME]))
        under = not np.allclose(params[CURVE_NAME], straight, rtol=0.0, atol=1e-3)
        for k, drawing in enumerate(self.rules.drawings):
            others = [name for name in drawing.curves if name != CURVE_NAME]
            alike = under == (drawing.under is not None)
            if others and alike and all(name in params for name in others):
                return k
        return 0

    def tangents(self, theta: Tensor, names: tuple[str, ...]) -> tuple[list[int], list[Tensor]]:
        """How the named parameters change with theta.

        Returns:
            the indices of theta that any of them depends on, and for each name the change
            per unit of each of those: [len(indices), B] or, of the curve, [.., B, knots].
        """
        free = {s.name: i for i, s in enumerate(self.sliders)}
        turning = self._wheel_slopes(theta)
        wanted = [free[name] for name in names if name in free]
        wanted += sorted({i for name in names for i in turning.get(name, {})})
        if set(names) & set(self.curves):
            wanted += range(self.rises.start, self.size)
        indices, place = wanted, {index: k for k, index in enumerate(wanted)}
        changes = []
        for name in names:
            if name == CURVE_NAME and name not in self.curves:
                change = theta.new_zeros(len(indices), theta.shape[0], self.knots)
            elif name in self.curves:
                change = theta.new_zeros(len(indices), theta.shape[0], self.knots)
                drawn, draws = self._curve_slopes(theta), self.curves[name]
                change[-len(drawn) :] = drawn if draws is None else drawn * draws
            else:
                change = theta.new_zeros(len(indices), theta.shape[0])
                if self._by_mired(name):
                    kelvin = self.params(theta)[name]
                    change[place[free[name]]] = kelvin**2 * (1e-6 * MIRED_UNIT)
                elif name in free:
                    change[place[free[name]]] = _unit(name)
                for index, slope in turning.get(name, {}).items():
                    change[place[index]] = slope
            changes.append(change)
        return indices, changes

    def as_shot(self, theta: Tensor, rows: Tensor) -> Tensor:
        """theta [B, P] with white balance as shot in the rows [B] that are true."""
        whites = [s.name in ("Temperature", "Tint") for s in self.sliders]
        white = torch.zeros(self.size, dtype=torch.bool, device=theta.device)
        white[: len(whites)] = torch.tensor(whites)
        return torch.where(rows[:, None] & white, 0.0, theta)

    def in_units(self, slider: Slider, move: float) -> float:
        """A move of a slider (mired, where Temperature moves in mired) in units."""
        return move / (MIRED_UNIT if self._by_mired(slider.name) else _unit(slider.name))

    def _start(self, start: Start) -> Tensor:
        theta = torch.zeros(self.size, device=self.device)
        for i, slider in enumerate(self.sliders):
            theta[i] = start.sliders.get(slider.name, 0.0)
        theta[len(self.sliders) : self.rises.start : 2] = WHEEL_START
        if start.curve is not None:
            theta[self.rises] = _rises_of(start.curve(np.linspace(0.0, 1.0, self.knots)))
        return theta

    def _by_mired(self, name: str) -> bool:
        return self.rules.by_mired and name == "Temperature"

    def _units(self, slider: Slider, value: float) -> float:
        """A slider's value in units from neutral."""
        if self._by_mired(slider.name):
            return (1e6 / slider.neutral - 1e6 / value) / MIRED_UNIT
        return (value - slider.neutral) / _unit(slider.name)

    def _wheels(self, theta: Tensor) -> list[tuple[Tensor, Tensor, Tensor]]:
        """Of each wheel its coordinates and their length, [B] each."""
        places = range(len(self.sliders), self.rises.start, 2)
        pairs = [(theta[:, i], theta[:, i + 1]) for i in places]
        return [(a, b, torch.sqrt(a * a + b * b + _OFF_MIDDLE**2)) for a, b in pairs]

    def _wheel_slopes(self, theta: Tensor) -> dict[str, dict[int, Tensor]]:
        """By the name of a wheel's slider: its change with each of the wheel's unknowns, [B]."""
        slopes: dict[str, dict[int, Tensor]] = {}
        for k, (a, b, radius) in enumerate(self._wheels(theta)):
            i = len(self.sliders) + 2 * k
            square = (a * a + b * b).clamp(min=_OFF_MIDDLE**2) * (torch.pi / 180.0)
            hue, saturation = self.wheels[k]
            slopes[hue] = {i: -b / square, i + 1: a / square}
            inside = (radius * WHEEL_UNIT < 100.0) * WHEEL_UNIT / radius
            slopes[saturation] = {i: a * inside, i + 1: b * inside}
        return slopes

    def _curve(self, theta: Tensor) -> Tensor:
        """The drawn curve's values at the knots, [B, knots]."""
        curve = _summed(torch.softmax(theta[:, self.rises], dim=1))
        if not self.rules.free_ends:
            return curve
        low, high = (END_UNIT * theta[:, self.rises.stop :]).split(1, dim=1)
        return low + (1.0 - low - high) * curve

    def _curve_slopes(self, theta: Tensor) -> Tensor:
        """Its change with its rises and ends, [.., B, knots]."""
        rise = torch.softmax(theta[:, self.rises], dim=1)
        slopes = torch.diag_embed(rise) - rise[:, :, None] * rise[:, None, :]
        slopes = _summed(slopes).movedim(1, 0)
        if not self.rules.free_ends:
            return slopes
        curve = _summed(rise)
        height = 1.0 - END_UNIT * theta[:, self.rises.stop :].sum(1, keepdim=True)
        return torch.cat([height * slopes, END_UNIT * torch.stack([1.0 - curve, -curve])])


def _unit(name: str) -> float:
    return UNITS.get(name, PANEL_UNIT)


def _rises_of(curve: np.ndarray) -> Tensor:
    """What draws a curve of these values: theta of its rises."""
    logs = np.log(np.diff(curve).clip(1e-4, None))
    return torch.from_numpy(logs - logs.mean())


def _summed(rises: Tensor) -> Tensor:
    """Rises [..., knots - 1] -> values at the knots [..., knots], the first one 0."""
    return torch.nn.functional.pad(torch.cumsum(rises, dim=-1), (1, 0))


@functools.cache
def _curve_under(curve: Callable[[np.ndarray], np.ndarray] | None, knots: int) -> Tensor:
    places = np.linspace(0.0, 1.0, knots)
    return constant(curve(places) if curve else places, torch.float32, torch.device("cpu"))
