"""The unknowns of a fit: which sliders may move, in what unit, and the shape of the curve."""

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from model.edit.fit_rules import FitRules, Start
from model.solve.rising_curve import curve_of, curve_slopes, rises_of
from model.solve.wheels import WHEEL_START, WHEEL_UNIT, place_of, wheel_at, wheel_slopes
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
PANEL_UNIT = 50.0  # of a panel's slider
# How far the curve's ends stand from 0 and 1: in this unit, and at most.
END_UNIT, MOST_END = 0.1, 0.25
# Rises between knots are exp(z) over their sum: 16 spans more than any curve needs.
CURVE_BOUND = 8.0


@dataclass(frozen=True)
class FitSpace:
    """Unknowns theta [B, P]: the free sliders in units from neutral, both coordinates of grading's
    wheels, then the curve's rises, and how far it begins above 0 and ends below 1 where the rules
    free its ends.

    theta = 0 is the neutral edit, where the tone curve is drawn. The curve never falls. All in
    float64.

    rules: of the edit process.
    knots: of the tone curve.
    panels: those whose sliders are free beside the basic ones.
    drawing: [B], which of the rules' drawings each row is; None: the first, whatever B.
    """

    rules: FitRules
    knots: int
    panels: tuple[Panel, ...] = ()
    drawing: np.ndarray | None = None

    def pick(self, rows: np.ndarray) -> "FitSpace":
        """That of these rows of the batch."""
        if self.drawing is None:
            return self
        picked = replace(self, drawing=self.drawing[rows])
        for name in ("sliders", "wheels", "rises", "_held", "_scale", "_straight", "_bounds"):
            picked.__dict__[name] = getattr(self, name)  # no row's own: found once
        return picked

    def widened(self, theta: np.ndarray) -> np.ndarray:
        """theta [B, P] of this space without its panels, with the panels at rest."""
        wide = self.starts([Start()]).repeat(len(theta), 0)
        basic = len(SLIDERS) - len(self.rules.fixed)
        wide[:, :basic] = theta[:, :basic]
        wide[:, self.rises.start :] = theta[:, basic:]
        return wide

    @functools.cached_property
    def curves(self) -> dict[str, np.ndarray | None]:
        """By the names of the curves that any row draws: [B, 1], which do; None: all."""
        drawings = self.rules.drawings
        if self.drawing is None:
            return dict.fromkeys(drawings[0].curves)
        names = {name for k in set(self.drawing.tolist()) for name in drawings[k].curves}
        found: dict[str, np.ndarray | None] = {}
        for name in sorted(names):
            draws = np.array([name in d.curves for d in drawings])[self.drawing][:, None]
            found[name] = None if draws.all() else draws
        return found

    @functools.cached_property
    def _under(self) -> np.ndarray:
        """The tone curve where it is not drawn: [B, knots], or [1, knots]."""
        every = np.stack([_curve_under(d.under, self.knots) for d in self.rules.drawings])
        return every[:1] if self.drawing is None else every[self.drawing]

    @functools.cached_property
    def sliders(self) -> tuple[Slider, ...]:
        basic = (s for s in SLIDERS if s.name not in self.rules.fixed)
        return (*basic, *(s for panel in self.panels for s in panel.sliders if s.low == -s.high))

    @functools.cached_property
    def _scale(self) -> tuple[np.ndarray, np.ndarray]:
        """Neutral values and units of the free sliders, [S] each."""
        return (
            np.array([s.neutral for s in self.sliders]),
            np.array([_unit(s.name) for s in self.sliders]),
        )

    @functools.cached_property
    def _held(self) -> tuple[Slider, ...]:
        """Those that an edit states, free or not."""
        return (*SLIDERS, *(s for panel in self.panels for s in panel.sliders))

    @functools.cached_property
    def _straight(self) -> np.ndarray:
        return np.linspace(0.0, 1.0, self.knots)

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

    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """Lowest and highest theta, [P] each."""
        return self._bounds

    @functools.cached_property
    def _bounds(self) -> tuple[np.ndarray, np.ndarray]:
        wheels = [100.0 / WHEEL_UNIT] * (2 * len(self.wheels))
        low = [self._units(s, self.rules.lowest.get(s.name, s.low)) for s in self.sliders]
        low += [-w for w in wheels]
        high = [self._units(s, s.high) for s in self.sliders] + wheels
        rises, ends = [CURVE_BOUND] * (self.knots - 1), 2 * self.rules.free_ends
        return (
            np.array(low + [-r for r in rises] + [0.0] * ends),
            np.array(high + rises + [MOST_END / END_UNIT] * ends),
        )

    def starts(self, starts: Sequence[Start]) -> np.ndarray:
        """Where a fit begins, [len(starts), P]."""
        return np.stack([self._start(start) for start in starts])

    def params(self, theta: np.ndarray) -> dict[str, np.ndarray]:
        """theta [B, P] -> sliders [B] in Camera Raw's units and curves [B, knots].

        Of a free panel every slider is there.
        """
        neutral, units = self._scale
        moved = neutral + theta[:, : len(units)] * units
        values = dict(zip((s.name for s in self.sliders), moved.T, strict=True))
        for slider in self._held:
            if slider.name not in values:
                values[slider.name] = np.full(len(theta), slider.neutral)
            elif self._by_mired(slider.name):
                place = theta[:, self._place(slider.name)]
                kelvin = 1e6 / (1e6 / slider.neutral - place * MIRED_UNIT)
                # As shot is exactly as shot.
                kelvin = kelvin.clip(slider.low, slider.high)
                values[slider.name] = np.where(place == 0.0, slider.neutral, kelvin)
        for wheel, coordinates in zip(self.wheels, self._wheels(theta), strict=True):
            values |= zip(wheel, wheel_at(*coordinates), strict=True)
        curve = self._curve(theta)
        under = self._under
        values[CURVE_NAME] = under if len(under) == len(curve) else under.repeat(len(curve), 0)
        for name, draws in self.curves.items():
            other = values.get(name, self._straight)
            values[name] = curve if draws is None else np.where(draws, curve, other)
        return values

    def theta_of(self, params: Mapping[str, Any]) -> np.ndarray:
        """The theta [P] of an edit, as near as there is one; what it does not hold is neutral."""
        theta = np.zeros(self.size)
        for i, slider in enumerate(self.sliders):
            theta[i] = self._units(slider, float(params.get(slider.name, slider.neutral)))
        for k, (hue, saturation) in enumerate(self.wheels):
            place = len(self.sliders) + 2 * k
            theta[place : place + 2] = place_of(params.get(hue, 0.0), params.get(saturation, 0.0))
        drawn = self.rules.drawings[self.drawing_of(params)].curves[0]
        heights = np.asarray(params[drawn], dtype=np.float64)
        places = np.linspace(0.0, 1.0, self.knots)
        curve = np.interp(places, np.linspace(0.0, 1.0, heights.size), heights)
        theta[self.rises] = rises_of(curve)
        ends = np.array([curve[0], 1.0 - curve[-1]]) / END_UNIT
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

    def tangents(
        self, theta: np.ndarray, names: tuple[str, ...]
    ) -> tuple[list[int], list[np.ndarray]]:
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
                change = np.zeros((len(indices), len(theta), self.knots))
            elif name in self.curves:
                change = np.zeros((len(indices), len(theta), self.knots))
                drawn, draws = self._curve_slopes(theta), self.curves[name]
                change[-len(drawn) :] = drawn if draws is None else drawn * draws
            else:
                change = np.zeros((len(indices), len(theta)))
                if self._by_mired(name):
                    kelvin = self.params(theta)[name]
                    change[place[free[name]]] = kelvin**2 * (1e-6 * MIRED_UNIT)
                elif name in free:
                    change[place[free[name]]] = _unit(name)
                for index, slope in turning.get(name, {}).items():
                    change[place[index]] = slope
            changes.append(change)
        return indices, changes

    def moved(self, row: int) -> list[frozenset[str]]:
        """What each unknown of a row of the batch changes, [P]."""
        drawing = self.rules.drawings[0 if self.drawing is None else int(self.drawing[row])]
        sliders = [frozenset((s.name,)) for s in self.sliders]
        wheels = [frozenset(wheel) for wheel in self.wheels for _ in range(2)]
        return sliders + wheels + [frozenset(drawing.curves)] * (self.size - self.rises.start)

    def as_shot(self, theta: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """theta [B, P] with white balance as shot in the rows [B] that are true."""
        white = np.zeros(self.size, dtype=bool)
        white[: len(self.sliders)] = [s.name in ("Temperature", "Tint") for s in self.sliders]
        return np.where(rows[:, None] & white, 0.0, theta)

    def in_units(self, slider: Slider, move: float) -> float:
        """A move of a slider (mired, where Temperature moves in mired) in units."""
        return move / (MIRED_UNIT if self._by_mired(slider.name) else _unit(slider.name))

    def _start(self, start: Start) -> np.ndarray:
        theta = np.zeros(self.size)
        for i, slider in enumerate(self.sliders):
            theta[i] = start.sliders.get(slider.name, 0.0)
        theta[len(self.sliders) : self.rises.start : 2] = WHEEL_START
        if start.curve is not None:
            theta[self.rises] = rises_of(start.curve(np.linspace(0.0, 1.0, self.knots)))
        return theta

    def _by_mired(self, name: str) -> bool:
        return self.rules.by_mired and name == "Temperature"

    def _units(self, slider: Slider, value: float) -> float:
        """A slider's value in units from neutral."""
        if self._by_mired(slider.name):
            return (1e6 / slider.neutral - 1e6 / value) / MIRED_UNIT
        return (value - slider.neutral) / _unit(slider.name)

    def _wheels(self, theta: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
        """Of each wheel its coordinates, [B] each."""
        places = range(len(self.sliders), self.rises.start, 2)
        return [(theta[:, i], theta[:, i + 1]) for i in places]

    def _wheel_slopes(self, theta: np.ndarray) -> dict[str, dict[int, np.ndarray]]:
        """By the name of a wheel's slider: its change with each of the wheel's unknowns, [B]."""
        slopes: dict[str, dict[int, np.ndarray]] = {}
        for k, (wheel, place) in enumerate(zip(self.wheels, self._wheels(theta), strict=True)):
            i = len(self.sliders) + 2 * k
            for name, (by_a, by_b) in zip(wheel, wheel_slopes(*place), strict=True):
                slopes[name] = {i: by_a, i + 1: by_b}
        return slopes

    def _curve(self, theta: np.ndarray) -> np.ndarray:
        """The drawn curve's values at the knots, [B, knots]."""
        curve = curve_of(theta[:, self.rises])
        if not self.rules.free_ends:
            return curve
        ends = END_UNIT * theta[:, self.rises.stop :]
        low, high = ends[:, :1], ends[:, 1:]
        return low + (1.0 - low - high) * curve

    def _curve_slopes(self, theta: np.ndarray) -> np.ndarray:
        """Its change with its rises and ends, [.., B, knots]."""
        slopes = np.moveaxis(curve_slopes(theta[:, self.rises]), 1, 0)
        if not self.rules.free_ends:
            return slopes
        curve = curve_of(theta[:, self.rises])
        height = 1.0 - END_UNIT * theta[:, self.rises.stop :].sum(1, keepdims=True)
        return np.concatenate([height * slopes, END_UNIT * np.stack([1.0 - curve, -curve])])


def _unit(name: str) -> float:
    return UNITS.get(name, PANEL_UNIT)


@functools.cache
def _curve_under(curve: Callable[[np.ndarray], np.ndarray] | None, knots: int) -> np.ndarray:
    places = np.linspace(0.0, 1.0, knots)
    return curve(places) if curve else places
