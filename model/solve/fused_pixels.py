"""The fit's residuals by the compiled kernel: what model.solve.jacobian gives, many times as fast.

An edit is planned as for rendering, on the sampled pixels. Of an unknown that is moved a little
only what it changes is planned anew: a table of one slider, or a curve.
"""

import functools
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from model.edit.rendered_process import Call, RenderedProcess
from model.edit.scene import Scene
from model.fused.plan import NotPlanned, PlannedStep, steps_of
from model.fused.process_2_basic import BASIC
from model.fused.sample import (
    NOTHING,
    Moves,
    SampledPixels,
    sampled_steps,
    values,
    values_and_jacobian,
)
from model.fused.steps import Steps
from model.solve.row_tables import Rows, RowTables
from model.solve.slider_tables import PictureTables
from model.solve.unknowns import FitSpace

# How far an unknown is moved, in its unit (half a step of most sliders): far enough that rounding
# does not count, near enough that bends don't.
MOVE = 0.005
# A few problems of one picture, each with a few steps tried.
_MOST_PLANNED = 20


@dataclass(frozen=True, eq=False)
class FittedPicture:
    """A picture's sample of pixels, and what an edit has to know of the whole of it.

    scene: of this picture alone, made of Arrays.
    """

    sample: SampledPixels
    scene: Scene
    tables: PictureTables
    planned: dict[bytes, "tuple[Steps, _Calls]"] = field(default_factory=dict)

    def thinned(self, every: int) -> "FittedPicture":
        """Every n-th pixel of it."""
        if every == 1:
            return self
        return FittedPicture(self.sample.thinned(every), self.scene, self.tables)


@dataclass(frozen=True)
class FusedPixels:
    """A solver's Residuals, as model.solve.jacobian.PixelResiduals are, on the CPU.

    pictures: of each problem.
    """

    process: RenderedProcess
    space: FitSpace
    pictures: tuple[FittedPicture, ...]

    def pick(self, rows: Tensor, every: int = 1) -> "FusedPixels":
        """The problems of these rows (a row may come up again), on every n-th pixel."""
        listed = rows.tolist()
        thin = {i: self.pictures[i].thinned(every) for i in set(listed)}
        pictures = tuple(thin[i] for i in listed)
        return replace(self, space=self.space.pick(rows), pictures=pictures)

    def values(self, theta: Tensor) -> Tensor:
        """theta [B, P] -> [B, 3, N]."""
        edits = self._edits(theta, 1)
        found = []
        for rows, picture in zip(edits, self.pictures, strict=True):
            steps, _ = self._steps(rows, picture)
            found.append(values(picture.sample, steps))
        return torch.from_numpy(np.stack(found))

    def values_and_jacobian(self, theta: Tensor) -> tuple[Tensor, Tensor]:
        """theta [B, P] -> [B, 3, N] and its derivative [P, B, 3, N]."""
        count = self.space.size
        _, high = self.space.bounds()
        moves = torch.where(theta + MOVE > high, -MOVE, MOVE)
        near = torch.cat([theta[:, None], theta[:, None] + torch.diag_embed(moves)], dim=1)
        edits = self._edits(near.flatten(0, 1), 1 + count)
        found, slopes = [], []
        for rows, picture, moved in zip(edits, self.pictures, moves, strict=True):
            steps, calls = self._steps(rows, picture)
            variants = self._moves(rows, picture, calls, moved.numpy())
            residuals, jacobian = values_and_jacobian(picture.sample, steps, variants)
            found.append(residuals)
            slopes.append(jacobian)
        return torch.from_numpy(np.stack(found)), torch.from_numpy(np.stack(slopes, axis=1))

    def _edits(self, theta: Tensor, each: int) -> Iterator[Rows]:
        """The sliders of `each` rows of theta at a time."""
        space, drawing = self.space, self.space.drawing
        if drawing is not None and each > 1:
            space = replace(space, drawing=drawing.repeat_interleave(each))
        params = {name: value.numpy() for name, value in space.params(theta).items()}
        for start in range(0, len(theta), each):
            yield {name: value[start : start + each] for name, value in params.items()}

    def _steps(self, rows: Rows, picture: FittedPicture) -> "tuple[Steps, _Calls]":
        # A solver asks for the derivative where it has just been for the values.
        key = b"".join([value[:1].tobytes() for value in rows.values()])
        known = picture.planned.get(key)
        if known is not None:
            known[1].tables.rows = rows
            return known
        if len(picture.planned) > _MOST_PLANNED:
            picture.planned.clear()
        tables = RowTables(rows, picture.scene, picture.tables)
        scene = replace(picture.scene, tables=tables)
        calls = [c for step in self.process.steps for c in step.calls(tables.first, scene)]
        plan = picture.sample.planners
        planned = [_padded(steps_of(call, plan), 1 if call[0] in BASIC else 2) for call in calls]
        steps = sampled_steps(list(itertools.chain(*planned)))
        found = steps, _Calls(calls, [len(part) for part in planned], tables, plan)
        picture.planned[key] = found
        return found

    def _moves(
        self, rows: Rows, picture: FittedPicture, calls: "_Calls", moved: np.ndarray
    ) -> Moves:
        changed = _changed(rows)
        places: list[int] = []
        planned: list[PlannedStep] = []
        first = [0]
        for row, names in enumerate(changed, start=1):
            for call in calls.of(names):
                steps = calls.planned(call, row, names)
                places += range(calls.starts[call], calls.starts[call] + len(steps))
                planned += steps
            first.append(len(places))
        return Moves(
            sampled_steps(planned),
            np.array(places, np.int32),
            np.array(first, np.int32),
            (1.0 / moved).astype(np.float32),
        )


class _Calls:
    """What an edit calls, and how to plan a call with another row's sliders.

    lengths: how many steps each call takes.
    starts: where they begin.
    """

    def __init__(
        self,
        calls: Sequence[Call],
        lengths: Sequence[int],
        tables: RowTables,
        plan: Mapping[Any, Any],
    ) -> None:
        self._lengths, self.starts = lengths, list(itertools.accumulate(lengths, initial=0))
        self.tables, self._plan = tables, plan
        self._calls, self._sources = calls, tables.sources
        self._of: dict[frozenset[str], list[int]] = {}

    @functools.cached_property
    def _names(self) -> list[frozenset[str]]:
        """The sliders that each call depends on."""
        none, known = frozenset[str](), self._sources
        return [
            none.union(*(known[id(a)][0] for a in arguments if id(a) in known))
            for _, arguments in self._calls
        ]

    def of(self, names: frozenset[str]) -> list[int]:
        """The calls that these sliders change."""
        if names not in self._of:
            self._of[names] = [i for i, known in enumerate(self._names) if known & names]
        return self._of[names]

    def planned(self, call: int, row: int, names: frozenset[str]) -> list[PlannedStep]:
        function, arguments = self._calls[call]
        anew = (self._anew(argument, row, names) for argument in arguments)
        steps = _padded(self._plan[function](*anew), self._lengths[call])
        if len(steps) > self._lengths[call]:
            raise NotPlanned("more steps than the edit has")
        return steps

    def _anew(self, argument: Any, row: int, names: frozenset[str]) -> Any:
        known, make = self._sources.get(id(argument), (frozenset(), None))
        return make(row) if make is not None and known & names else argument


def _padded(steps: Iterable[PlannedStep], count: int) -> list[PlannedStep]:
    """So many steps at least, so that a slider may come to more of them than at rest."""
    found = list(steps)
    return found + [NOTHING] * (count - len(found))


def _changed(rows: Rows) -> list[frozenset[str]]:
    """Of each edit but the first, the sliders in which it differs from that."""
    differs = {
        name: (value[1:] != value[:1]).reshape(len(value) - 1, -1).any(axis=1)
        for name, value in rows.items()
    }
    count = len(next(iter(differs.values())))
    return [frozenset(n for n, rows in differs.items() if rows[i]) for i in range(count)]
