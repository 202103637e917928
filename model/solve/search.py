"""Where a fit looks: which curves are drawn, which starts, whether white balance moves at all."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import torch
from torch import Tensor

from model.solve.jacobian import PixelResiduals
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

    drawing: Tensor
    as_shot: Tensor


@dataclass
class Search:
    """Problems solved side by side; each ends as it would alone.

    in_black: [B], whether the edit drove part of the picture to black.
    plausible: see model.solve.prior.prior_of.
    recipe: params that all are taken to be a little off; None: nothing is known of them.
    """

    problem: PixelResiduals
    weights: Tensor
    in_black: Tensor
    plausible: float = 1.0
    recipe: Mapping[str, Any] | None = None

    def find(self) -> tuple[dict[str, Tensor], int]:
        """Params [B], and the solver's iterations."""
        every = torch.arange(len(self.weights), device=self.weights.device)
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

    def _by_recipe(self, rows: Tensor, recipe: Mapping[str, Any]) -> tuple[Tensor, Hypothesis, int]:
        space = self.problem.space
        start = space.theta_of(recipe).to(rows.device).expand(len(rows), -1)
        drawing = torch.full_like(rows, space.drawing_of(recipe))
        return start, Hypothesis(drawing, (space.as_shot(start, rows >= 0) == start).all(1)), 0

    @functools.cached_property
    def _prior(self) -> Prior:
        if self.recipe is None:
            return prior_of(self.problem.space, self.plausible)
        return prior_around(self.problem.space, self.recipe)

    def _first(self, rows: Tensor) -> tuple[Tensor, Hypothesis, int]:
        """Where to begin, [B, P], and with what; iterations."""
        space, rules = self.problem.space, self.problem.space.rules
        starts = [(k, one) for k, drawing in enumerate(rules.drawings) for one in drawing.starts]
        theta = space.starts([start for _, start in starts])
        none = torch.zeros_like(rows, dtype=torch.bool)
        if len(starts) == 1:
            return theta.expand(len(rows), -1), Hypothesis(torch.zeros_like(rows), none), 0
        drawing = torch.tensor([k for k, _ in starts], device=rows.device)
        repeated = rows.repeat_interleave(len(starts))
        taken = Hypothesis(drawing.repeat(len(rows)), none[repeated])
        theta, cost, used = self._quick(repeated, theta.repeat(len(rows), 1)[:, None], taken)
        cost = cost.view(-1, len(starts)) + rules.drawing_gain * (drawing > 0)
        best = cost.argmin(1) + len(starts) * rows
        theta, taken = theta[best], Hypothesis(taken.drawing[best], none)
        if rules.as_shot_gain is None:
            return theta, taken, used
        return self._as_shot(rows, theta, taken, used, rules.as_shot_gain)

    def _as_shot(
        self, rows: Tensor, theta: Tensor, taken: Hypothesis, used: int, enough: float
    ) -> tuple[Tensor, Hypothesis, int]:
        """White balance left as shot where moving it explains little, or other sliders as well."""
        space, count = self.problem.space, len(rows)
        twice = torch.cat([rows, rows])
        held = torch.arange(2 * count, device=rows.device) >= count
        both = Hypothesis(taken.drawing[twice], held)
        start = space.as_shot(theta[twice], held)
        theta, cost, more = self._quick(twice, start[:, None], both)
        gain = cost[count:] - cost[:count]
        left = gain < enough * (1.0 + cost[count:])
        best = rows + count * left
        return theta[best], Hypothesis(taken.drawing, left), used + more

    def _again(self, theta: Tensor, cost: Tensor, taken: Hypothesis) -> tuple[Tensor, int]:
        """Doubtful fits begun anew, in case they were local minima: theta, iterations."""
        space, rules = self.problem.space, self.problem.space.rules
        poor = cost > rules.poor_fit
        if rules.fair_fit_in_black is not None:
            poor |= self.in_black & (cost > rules.fair_fit_in_black)
        if not rules.other_starts or not poor.any():
            return theta, 0
        rows = torch.nonzero(poor)[:, 0]
        taken = Hypothesis(*(part[rows] for part in taken))
        starts = space.starts(rules.other_starts).expand(len(rows), -1, -1)
        again, _, more = self._quick(rows, starts, taken)
        again, again_cost, last = self._solve(rows, again[:, None], taken)
        better = again_cost < cost[rows]
        theta = theta.clone()
        theta[rows] = torch.where(better[:, None], again, theta[rows])
        return theta, more + last

    def _quick(self, rows: Tensor, starts: Tensor, taken: Hypothesis) -> tuple[Tensor, Tensor, int]:
        return self._solve(rows, starts, taken, first=True)

    def _solve(
        self,
        rows: Tensor,
        starts: Tensor,
        taken: Hypothesis,
        first: bool = False,
    ) -> tuple[Tensor, Tensor, int]:
        """The problems of these rows, each from several starts side by side: the best of each.

        Args:
            starts: [rows, S, P].
            taken: of each of the rows.
            first: only until it shows where they lead, on a part of the sample.

        Returns:
            (theta [rows, P], cost [rows], iterations).
        """
        space, count = self.problem.space, starts.shape[1]
        rules, repeated = space.rules, rows.repeat_interleave(count)
        every = THINNED if first else 1
        thin = self.weights[repeated, ::every]
        loss = Loss(thin / thin.sum(1, keepdim=True), self._prior, rules.softness)
        drawing, held = (part.repeat_interleave(count) for part in taken)
        low, high = (space.as_shot(b.expand(len(held), -1), held) for b in space.bounds())
        problem = self.problem.pick(repeated, every)
        theta, cost, used = solve(
            replace(problem, space=replace(space, drawing=drawing)),
            loss,
            starts.flatten(0, 1),
            low,
            high,
            iterations=FIRST_ITERATIONS if first else rules.iterations,
            tolerance=rules.tolerance * (FIRST_TOLERANCE if first else 1.0),
        )
        best = cost.view(-1, count).argmin(1) + count * torch.arange(len(rows), device=rows.device)
        return theta[best], cost[best], used
