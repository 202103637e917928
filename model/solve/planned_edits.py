"""Edits of one picture's sample by the kernel, that differ in how far sliders are.

What is called is the same in all of them, and found out once.
"""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from model.edit.rendered_process import Call, RenderedProcess
from model.edit.scene import Scene
from model.fused.plan import NotPlanned, PlannedStep, steps_of
from model.fused.process_2_basic import BASIC
from model.fused.sample import NOTHING, Moves, sampled_steps
from model.fused.steps import Steps
from model.solve.row_tables import Rows, RowTables
from model.solve.slider_tables import PictureTables


class PlannedEdits:
    """Plans of edits that have the same sliders.

    rows: edits to begin with.
    planners: what plans each function that an edit calls.

    Raises:
        NotPlanned: the kernel can't do them.
    """

    def __init__(
        self,
        rows: Rows,
        process: RenderedProcess,
        scene: Scene,
        tables: PictureTables,
        planners: Mapping[Any, Any],
    ) -> None:
        self._tables = RowTables(rows, scene, tables)
        known = replace(scene, tables=self._tables)
        self._calls: list[Call] = [
            call for step in process.steps for call in step.calls(self._tables.first, known)
        ]
        self._planners = planners
        sources = self._tables.sources
        self._sources = [[sources.get(id(a)) for a in arguments] for _, arguments in self._calls]
        # So many steps at least, so that a slider may come to more of them than at rest.
        self._lengths = [1 if function in BASIC else 2 for function, _ in self._calls]
        self._fixed = {
            i: list(steps_of(call, planners))
            for i, call in enumerate(self._calls)
            if not any(self._sources[i])
        }
        self._of: dict[frozenset[str], list[int]] = {}

    def take(self, rows: Rows) -> None:
        """The edits that are planned from now on, of the same sliders."""
        self._tables.take(rows)

    def steps(self) -> Steps:
        """Those of the first edit."""
        planned = []
        for i in range(len(self._calls)):
            steps = self._fixed[i] if i in self._fixed else self._planned(i, 0)
            self._lengths[i] = max(self._lengths[i], len(steps))
            planned += _padded(steps, self._lengths[i])
        return sampled_steps(planned)

    def moves(self, changed: Sequence[frozenset[str]], moved: np.ndarray) -> Moves:
        """What the other edits change of the first.

        changed: of each, the sliders in which it may differ; moved: by how much of its unknown.
        """
        starts = list(itertools.accumulate(self._lengths, initial=0))
        places: list[int] = []
        planned: list[PlannedStep] = []
        first = [0]
        for row, names in enumerate(changed, start=1):
            for call in self._changed_by(names):
                steps = _padded(self._planned(call, row, names), self._lengths[call])
                if len(steps) > self._lengths[call]:
                    raise NotPlanned("more steps than the edit has")
                places += range(starts[call], starts[call] + len(steps))
                planned += steps
            first.append(len(places))
        return Moves(
            sampled_steps(planned),
            np.array(places, np.int32),
            np.array(first, np.int32),
            (1.0 / moved).astype(np.float32),
        )

    def _changed_by(self, names: frozenset[str]) -> list[int]:
        """The calls that these sliders change."""
        if names not in self._of:
            self._of[names] = [
                i
                for i, sources in enumerate(self._sources)
                if any(source is not None and source[0] & names for source in sources)
            ]
        return self._of[names]

    def _planned(
        self, call: int, row: int, names: frozenset[str] | None = None
    ) -> list[PlannedStep]:
        """A call of a row; what does not depend on these sliders (None: all) as in the first."""
        function, arguments = self._calls[call]
        anew = [
            argument
            if source is None
            else source[1](row if names is None or source[0] & names else 0)
            for argument, source in zip(arguments, self._sources[call], strict=True)
        ]
        return list(self._planners[function](*anew))


def _padded(steps: Iterable[PlannedStep], count: int) -> list[PlannedStep]:
    found = list(steps)
    return found + [NOTHING] * (count - len(found))
