"""RAW/TIFF pairs -> edits: the parameters whose rendering comes closest to the TIFF."""

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from imaging.camera import Shot
from imaging.metrics import Difference, differences
from jobs.torch_threads import kept_threads
from model.device import CPU, device_name
from model.edit.processes import rendered_process
from model.edit.whole import Whole
from model.fit_options import FitOptions, fitted_panels
from model.render import render_edits
from model.solve.problems import Samples, kernel_problem, layer_problem
from model.solve.sampling import SAMPLES
from model.solve.search import Search
from model.solve.unknowns import FitSpace
from params.panels import GRADING_WHEELS, PANELS, moved_panels
from params.ranges import CURVE_NAME, SLIDER_NAMES, neutral_params

# What counts as black (see FitRules.fair_fit_in_black), and as a part of the picture.
BLACK, BLACK_SHARE = 0.002, 0.03
# Saturation of a grading wheel below which it is left at rest.
LEAST_WHEEL = 0.5


@dataclass(frozen=True)
class Fit:
    """A fitted edit.

    params: in Camera Raw's units, with those panels that it moves.
    before, after: how far the default rendering, which is no edit, and the edit's are from the
        target, on the whole aligned picture.
    options: what it was fitted with.
    """

    params: dict[str, Any]
    before: Difference
    after: Difference
    iterations: int
    seconds: float
    options: FitOptions

    def as_json(self) -> dict[str, Any]:
        return {
            "solver": self.options.solver,
            **self.options.as_json(),
            "iterations": self.iterations,
            "seconds": round(self.seconds, 3),
            "before": self.before.as_json(),
            "after": self.after.as_json(),
        }


class Solution(NamedTuple):
    """Parameters in Camera Raw's units, the solver's iterations, and what it knew of the whole
    picture, if that is of use to render it."""

    params: dict[str, Any]
    iterations: int
    whole: Whole | None = None


def fit(
    raw: np.ndarray,
    target: np.ndarray,
    options: FitOptions = FitOptions(),  # noqa: B008  it is frozen
    *,
    shot: Shot | None = None,
    on_step: Callable[[], Any] = lambda: None,
) -> Fit:
    """Fit an edit to an aligned pair.

    Args:
        raw, target: HxWx3 float32 linear ProPhoto on one grid (imaging.align.aligned_pair).
        shot: what is known of the camera, for a process that renders by it.
        on_step: called after each of Adam's steps (a progress bar).
    """
    started = time.perf_counter()
    options = replace(options, device=device_name(options.device))
    if options.solver == "adam":
        solution = _by_adam((raw, target), shot, options, on_step)
    else:
        solution = solve_pairs([(raw, target)], options, shots=[shot])[0]
    return _measured((raw, target), shot, options, solution, time.perf_counter() - started)


def fit_batch(
    pairs: Sequence[tuple[np.ndarray, np.ndarray]],
    options: FitOptions = FitOptions(),  # noqa: B008
    *,
    shots: Sequence[Shot | None] = (),
) -> list[Fit]:
    """Fit several aligned pairs side by side by the solver "lm": what a GPU is for.

    The same results as fit() one by one, up to rounding; `seconds` is each pair's share.
    """
    started = time.perf_counter()
    options = replace(options, device=device_name(options.device))
    shots = shots or [None] * len(pairs)
    solved = solve_pairs(pairs, options, shots=shots)
    seconds = (time.perf_counter() - started) / len(pairs)
    return [
        _measured(pair, shot, options, solution, seconds)
        for pair, shot, solution in zip(pairs, shots, solved, strict=True)
    ]


def _by_adam(
    pair: tuple[np.ndarray, np.ndarray],
    shot: Shot | None,
    options: FitOptions,
    on_step: Callable[[], Any],
) -> Solution:
    from model.edit.strips import to_tensor
    from model.edit_layer import DifferentiableEditLayer
    from model.solve.adam import solve_adam

    layer = DifferentiableEditLayer(options.process, options.masks).to(options.device)
    raw, target = (to_tensor(picture, options.device) for picture in pair)
    space = _space(options)
    found = solve_adam(raw, target, layer, space, shot=shot, steps=options.steps, on_step=on_step)
    return Solution(_drawn(found, 0), options.steps)


def _space(options: FitOptions) -> FitSpace:
    panels = fitted_panels(options.sliders, options.process)
    return FitSpace(rendered_process(options.process).rules, options.knots, panels)


def _measured(
    pair: tuple[np.ndarray, np.ndarray],
    shot: Shot | None,
    options: FitOptions,
    solution: Solution,
    seconds: float,
) -> Fit:
    """Compare the default rendering and the edit with the target, on the whole aligned pair."""
    raw, target = pair
    edits = neutral_params(options.knots), solution.params
    how: dict[str, Any] = {"process": options.process, "masks": options.masks, "shot": shot}
    rendered = render_edits(raw, edits, **how, device=options.device, whole=solution.whole)
    before, after = differences(rendered, target)
    return Fit(solution.params, before, after, solution.iterations, seconds, options)


def solve_pairs(
    pairs: Sequence[tuple[np.ndarray, np.ndarray]],
    options: FitOptions,
    *,
    shots: Sequence[Shot | None] = (),
    samples: int = SAMPLES,
) -> list[Solution]:
    """Each aligned pair solved by Levenberg-Marquardt, side by side.

    Raises:
        ValueError: the options ask for another solver.
    """
    if options.solver != "lm":
        raise ValueError(f"several pairs are solved by lm only, not by {options.solver}")
    device = device_name(options.device)
    # It sums in float64, which MPS does not have.
    options = replace(options, device=CPU if device == "mps" else device)
    shots = shots or [None] * len(pairs)
    drawn = Samples.of(pairs, samples, options.seed)
    space, process = _space(options), rendered_process(options.process)
    problem: Any = None
    wholes: list[Any]
    if options.device == CPU:
        problem = kernel_problem(pairs, shots, drawn, process, space)
    dark, was_dark = (part.min(axis=1) < BLACK for part in (drawn.targets, drawn.pixels))
    crushed = (dark & ~was_dark).mean(axis=1)
    how: dict[str, Any] = {"plausible": options.plausible, "recipe": options.recipe}
    if problem is not None:
        params, iterations = Search(problem, crushed > BLACK_SHARE, **how).find()
        wholes = [picture.scene for picture in problem.pictures]
    else:
        from model.edit_layer import DifferentiableEditLayer

        with _one_thread(options.device):
            layer = DifferentiableEditLayer(options.process, options.masks)
            problem = layer_problem(pairs, shots, drawn, layer, space, options.device)
            params, iterations = Search(problem, crushed > BLACK_SHARE, **how).find()
        wholes = [None] * len(pairs)
    return [Solution(_drawn(params, i), iterations, whole) for i, whole in enumerate(wholes)]


@contextlib.contextmanager
def _one_thread(device: str) -> Iterator[None]:
    """On the CPU the tensors are too small to share: a second thread mostly waits."""
    import torch

    with kept_threads():
        if device == CPU:
            torch.set_num_threads(1)
        yield


def _as_floats(params: Mapping[str, np.ndarray], index: int) -> dict[str, Any]:
    return {
        name: float(value[index]) if value.ndim == 1 else value[index].tolist()
        for name, value in params.items()
    }


def _drawn(params: Mapping[str, np.ndarray], index: int) -> dict[str, Any]:
    """As _as_floats, less the panels that change nothing."""
    values = _as_floats(params, index)
    for hue, saturation in GRADING_WHEELS:
        if values.get(saturation, 0.0) < LEAST_WHEEL:
            values |= {name: 0.0 for name in (hue, saturation) if name in values}
    basic = {name: values[name] for name in (*SLIDER_NAMES, CURVE_NAME)}
    return basic | moved_panels(values, PANELS)
