"""The fit's residuals by the compiled kernel: what model.solve.jacobian gives, many times as fast.

An edit is planned as for rendering, on the sampled pixels. Of an unknown that is moved a little
only what it changes is planned anew: a table of one slider, or a curve.
"""

import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from model.edit.rendered_process import RenderedProcess
from model.edit.scene import Scene
from model.fused import sample as fused
from model.fused.sample import Moves, SampledPixels
from model.fused.steps import Steps
from model.solve import smoothed
from model.solve.planned_edits import PlannedEdits
from model.solve.row_tables import Rows
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
    edits: its edits' plans, by the sliders that they have.
    planned: what was planned lately: a solver asks for the derivative where it has just been for
        the values.
    """

    sample: SampledPixels
    scene: Scene
    tables: PictureTables
    edits: dict[tuple[str, ...], PlannedEdits] = field(default_factory=dict)
    planned: dict[bytes, Steps] = field(default_factory=dict)

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

    def pick(self, rows: np.ndarray, every: int = 1) -> "FusedPixels":
        """The problems of these rows (a row may come up again), on every n-th pixel."""
        listed = rows.tolist()
        thin = {i: self.pictures[i].thinned(every) for i in set(listed)}
        pictures = tuple(thin[i] for i in listed)
        return replace(self, space=self.space.pick(rows), pictures=pictures)

    def mean_lengths(self, theta: np.ndarray) -> np.ndarray:
        """theta [B, P] -> [B]."""
        return np.concatenate([smoothed.mean_lengths(one[None]) for one in self._values(theta)])

    def losses(self, theta: np.ndarray, softness: np.ndarray) -> np.ndarray:
        """theta [B, P], softness [B] -> [B]."""
        return self._losses(self._values(theta), softness)

    def slopes(
        self, theta: np.ndarray, softness: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The losses, their gradient [B, P] and curvature [B, P, P]."""
        found = [
            fused.values_and_squares(picture.sample, steps, moves, float(soft))
            for (picture, steps, moves), soft in zip(self._moved(theta), softness, strict=True)
        ]
        values, gradients, curvatures = zip(*found, strict=True)
        return self._losses(values, softness), np.stack(gradients), np.stack(curvatures)

    def values(self, theta: np.ndarray) -> np.ndarray:
        """theta [B, P] -> [B, 3, N]."""
        return np.stack(list(self._values(theta)))

    def values_and_jacobian(self, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """theta [B, P] -> [B, 3, N] and its derivative [P, B, 3, N]."""
        found = [
            fused.values_and_jacobian(picture.sample, steps, moves)
            for picture, steps, moves in self._moved(theta)
        ]
        values, slopes = zip(*found, strict=True)
        return np.stack(values), np.stack(slopes, axis=1)

    def _losses(self, values: Iterable[np.ndarray], softness: np.ndarray) -> np.ndarray:
        parts = zip(values, self.pictures, softness, strict=True)
        found = [
            smoothed.losses(one[None], picture.sample.weights[: picture.sample.count], soft[None])
            for one, picture, soft in parts
        ]
        return np.concatenate(found)

    def _values(self, theta: np.ndarray) -> Iterator[np.ndarray]:
        for rows, picture in zip(self._edits(theta, 1), self.pictures, strict=True):
            _, steps = self._steps(rows, picture)
            yield fused.values(picture.sample, steps)

    def _moved(self, theta: np.ndarray) -> Iterator[tuple[FittedPicture, Steps, Moves]]:
        """Each problem's picture, edit, and what each unknown changes of it."""
        _, high = self.space.bounds()
        moves = np.where(theta + MOVE > high, -MOVE, MOVE)
        near = theta[:, None].repeat(1 + self.space.size, axis=1)
        places = np.arange(self.space.size)
        near[:, 1 + places, places] += moves
        edits = self._edits(near.reshape(-1, self.space.size), 1 + self.space.size)
        for problem, (rows, picture) in enumerate(zip(edits, self.pictures, strict=True)):
            edit, steps = self._steps(rows, picture)
            yield picture, steps, edit.moves(self.space.moved(problem), moves[problem])

    @functools.cached_property
    def _nearby(self) -> FitSpace:
        """The space of each problem's edit and what lies a move away."""
        drawing = self.space.drawing
        if drawing is None:
            return self.space
        return replace(self.space, drawing=drawing.repeat(1 + self.space.size))

    def _edits(self, theta: np.ndarray, each: int) -> Iterator[Rows]:
        """The sliders of `each` rows of theta at a time."""
        space = self.space if each == 1 else self._nearby
        params = {n: value.astype(np.float32) for n, value in space.params(theta).items()}
        for start in range(0, len(theta), each):
            yield {name: value[start : start + each] for name, value in params.items()}

    def _steps(self, rows: Rows, picture: FittedPicture) -> tuple[PlannedEdits, Steps]:
        """The first of a picture's edits, planned."""
        names = tuple(rows)
        edit = picture.edits.get(names)
        if edit is None:
            own = picture.scene, picture.tables, picture.sample.planners
            edit = picture.edits[names] = PlannedEdits(rows, self.process, *own)
        edit.take(rows)
        key = b"".join([value[:1].tobytes() for value in rows.values()])
        steps = picture.planned.get(key)
        if steps is None:
            if len(picture.planned) > _MOST_PLANNED:
                picture.planned.clear()
            steps = picture.planned[key] = edit.steps()
        return edit, steps
