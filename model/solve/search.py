"""Where a fit looks: which curves are drawn, which starts, whether white balance moves at all."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from model.solve.levenberg_marquardt import Loss, solve
from model.solve.prior import Prior, prior_around, prior_of

# Enough to see which of several starts leads somewhere; on every sixth pixel of the sample, and
# the best end is followed on all of it.
FIRST_ITERATIONS = 10
THINNED = 6
# Where they lead is seen before they are there: tolerance in that of the rules.
FIRST_TOLERANCE = 10.0


class Hypothesis(NamedTuple):
    """What each problem is taken for: which of the rules' drawings, and white balance as shot."""

    drawing: np.ndarray
    as_shot: np.ndarray


@dataclass
class Search:
    """Problems solved side by side; each ends as it would alone.

    problem: model.solve.fused_pixels.FusedPixels or model.solve.jacobian.PixelResiduals.
    in_black: [B], whether the edit drove part of the picture to black.
    plausible: see model.solve.prior.prior_of.
    recipe: params that all are taken to be a little off; None: nothing is known of them.
    """

    problem: Any
    in_black: np.ndarray
    plausible: float = 1.0
    recipe: Mapping[str, Any] | None = None

    def find(self) -> tuple[dict[str, np.ndarray], int]:
        """Params [B], and the solver's iterations."""
        every = np.arange(len(self.in_black))
        space = self.problem.space
        if self.recipe is None:
            # As photographers go about it: white balance and tones first, other panels last.
            basic = replace(self.problem, space=replace(space, panels=()))
            start, taken, first = replace(self, problem=basic)._first(every)
            start = space.widened(start)
        else:
            start, taken, first = self._by_recipe(every, self.recipe)
        theta, cost, used = self._solve(every, start[:, None], taken)
        theta, more = self._again(theta, cost, taken)
        return replace(space, drawing=taken.drawing).params(theta), first + used + more

    def _by_recipe(
        self, rows: np.ndarray, recipe: Mapping[str, Any]
    ) -> tuple[np.ndarray, Hypothesis, int]:
        space = self.problem.space
        start = space.theta_of(recipe)[None].repeat(len(rows), 0)
        drawing = np.full_like(rows, space.drawing_of(recipe))
        return start, Hypothesis(drawing, (space.as_shot(start, rows >= 0) == start).all(1)), 0

    @functools.cached_property
    def _prior(self) -> Prior:
        if self.recipe is None:
            return prior_of(self.problem.space, self.plausible)
        return prior_around(self.problem.space, self.recipe)

    def _first(self, rows: np.ndarray) -> tuple[np.ndarray, Hypothesis, int]:
        """Where to begin, [B, P], and with what; iterations."""
        space, rules = self.problem.space, self.problem.space.rules
        starts = [(k, one) for k, drawing in enumerate(rules.drawings) for one in drawing.starts]
        theta = space.starts([start for _, start in starts])
        none = np.zeros_like(rows, dtype=bool)
        if len(starts) == 1:
            return theta.repeat(len(rows), 0), Hypothesis(np.zeros_like(rows), none), 0
        drawing = np.array([k for k, _ in starts])
        repeated = rows.repeat(len(starts))
        taken = Hypothesis(np.tile(drawing, len(rows)), none[repeated])
        theta, cost, used = self._quick(repeated, np.tile(theta, (len(rows), 1))[:, None], taken)
        cost = cost.reshape(-1, len(starts)) + rules.drawing_gain * (drawing > 0)
        best = cost.argmin(1) + len(starts) * rows
        theta, taken = theta[best], Hypothesis(taken.drawing[best], none)
        if rules.as_shot_gain is None:
            return theta, taken, used
        return self._as_shot(rows, theta, taken, used, rules.as_shot_gain)

    def _as_shot(
        self, rows: np.ndarray, theta: np.ndarray, taken: Hypothesis, used: int, enough: float
    ) -> tuple[np.ndarray, Hypothesis, int]:
        """White balance left as shot where moving it explains little, or other sliders as well."""
        space, count = self.problem.space, len(rows)
        twice = np.concatenate([rows, rows])
        held = np.arange(2 * count) >= count
        both = Hypothesis(taken.drawing[twice], held)
        start = space.as_shot(theta[twice], held)
        theta, cost, more = self._quick(twice, start[:, None], both)
        gain = cost[count:] - cost[:count]
        left = gain < enough * (1.0 + cost[count:])
        best = rows + count * left
        return theta[best], Hypothesis(taken.drawing, left), used + more

    def _again(
        self, theta: np.ndarray, cost: np.ndarray, taken: Hypothesis
    ) -> tuple[np.ndarray, int]:
        """Doubtful fits begun anew, in case they were local minima: theta, iterations."""
        space, rules = self.problem.space, self.problem.space.rules
        poor = cost > rules.poor_fit
        if rules.fair_fit_in_black is not None:
            poor = poor | self.in_black & (cost > rules.fair_fit_in_black)
        if not rules.other_starts or not poor.any():
            return theta, 0
        rows = np.flatnonzero(poor)
        taken = Hypothesis(*(part[rows] for part in taken))
        starts = space.starts(rules.other_starts)[None].repeat(len(rows), 0)
        again, _, more = self._quick(rows, starts, taken)
        again, again_cost, last = self._solve(rows, again[:, None], taken)
        better = again_cost < cost[rows]
        theta = theta.copy()
        theta[rows] = np.where(better[:, None], again, theta[rows])
        return theta, more + last

    def _quick(
        self, rows: np.ndarray, starts: np.ndarray, taken: Hypothesis
    ) -> tuple[np.ndarray, np.ndarray, int]:
        return self._solve(rows, starts, taken, first=True)

    def _solve(
        self,
        rows: np.ndarray,
        starts: np.ndarray,
        taken: Hypothesis,
        first: bool = False,
    ) -> tuple[np.ndarray, np.ndarray, int]:
        """The problems of these rows, each from several starts side by side: the best of each.

        Args:
            starts: [rows, S, P].
            taken: of each of the rows.
            first: only until it shows where they lead, on a part of the sample.

        Returns:
            (theta [rows, P], cost [rows], iterations).
        """
        space, count = self.problem.space, starts.shape[1]
        rules, repeated = space.rules, rows.repeat(count)
        drawing, held = (part.repeat(count) for part in taken)
        low, high = (space.as_shot(b[None].repeat(len(held), 0), held) for b in space.bounds())
        problem = self.problem.pick(repeated, THINNED if first else 1)
        theta, cost, used = solve(
            replace(problem, space=replace(space, drawing=drawing)),
            Loss(self._prior, rules.softness),
            starts.reshape(len(held), -1),
            low,
            high,
            iterations=FIRST_ITERATIONS if first else rules.iterations,
            tolerance=rules.tolerance * (FIRST_TOLERANCE if first else 1.0),
        )
        best = cost.reshape(-1, count).argmin(1) + count * np.arange(len(rows))
        return theta[best], cost[best], used
