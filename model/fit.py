"""RAW/TIFF pairs -> edits: the parameters whose rendering comes closest to the TIFF."""

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from imaging.metrics import Difference, difference
from model.adam import solve_adam
from model.edit_layer import DifferentiableEditLayer, render, to_tensor
from model.fit_space import FitSpace
from model.perceptual import delta_e_basis, to_lab
from model.sampling import SAMPLES, sample_pixels
from model.sensitivity import PixelResiduals
from model.solver import Loss, solve
from params.ranges import CURVE_KNOTS, CURVE_NAME, SLIDER_NAMES

# The prior, in ΔE00: a slider at 50 (or one EV) costs 0.02, which is less than anyone sees
# and enough to keep sliders that undo each other near 0.
SLIDER_PRIOR, CURVE_ROUGHNESS, CURVE_PRIOR = 0.02, 1e-3, 3e-3
# A fit worse than POOR_FIT (its cost, in ΔE00) may be a local minimum, and so may one worse than
# FAIR_FIT where the edit drove part of the picture to black, which hides how it got there. Both
# are begun again from elsewhere (sliders, in units from neutral), on every fourth pixel of the
# sample, and the best end is followed on all of it.
POOR_FIT, FAIR_FIT = 2.5, 0.3
BLACK, BLACK_SHARE = 0.002, 0.03
THINNED = 4
OTHER_STARTS = (
    {"Contrast2012": 0.3},
    {"Contrast2012": 0.2, "Exposure2012": 1.0},
    {"Contrast2012": 0.7},
    {"Exposure2012": -1.0},
)


@dataclass(frozen=True)
class Fit:
    """A fitted edit: params in Camera Raw's units, and how far the pictures were apart before
    (unedited) and after, on the whole aligned picture."""

    params: dict[str, Any]
    before: Difference
    after: Difference
    iterations: int
    seconds: float
    solver: str

    def as_json(self) -> dict[str, Any]:
        return {
            "solver": self.solver,
            "iterations": self.iterations,
            "seconds": round(self.seconds, 3),
            "before": self.before.as_json(),
            "after": self.after.as_json(),
        }


def fit(
    raw: np.ndarray,
    target: np.ndarray,
    *,
    process: int = 1,
    knots: int = CURVE_KNOTS,
    solver: str = "lm",
    steps: int = 800,
    seed: int = 0,
    device: torch.device | str = "cpu",
    on_step: Callable[[], Any] = lambda: None,
) -> Fit:
    """Fit an edit to an aligned pair.

    Args:
        raw, target: HxWx3 float32 linear ProPhoto on one grid (imaging.align.aligned_pair).
        knots: of the tone curve.
        solver: "lm" (Levenberg-Marquardt on a sample of pixels) or "adam" (on all).
        steps: Adam's.
        seed: of the sample. The same seed gives the same fit.
        on_step: called after each of Adam's steps (a progress bar).
    """
    started = time.perf_counter()
    if solver == "adam":
        layer = DifferentiableEditLayer(process).to(device)
        pair = to_tensor(raw, device), to_tensor(target, device)
        solution = solve_adam(*pair, layer, knots=knots, steps=steps, on_step=on_step)
        params, iterations = _as_floats(solution, 0), steps
    elif solver == "lm":
        params, iterations = solve_pairs(
            [(raw, target)], process=process, knots=knots, seed=seed, device=device
        )[0]
    else:
        raise ValueError(f"solver is {solver!r}, neither lm nor adam")
    seconds = time.perf_counter() - started
    return measure(raw, target, params, iterations, seconds, solver, process, device)


def fit_batch(
    pairs: Sequence[tuple[np.ndarray, np.ndarray]],
    *,
    process: int = 1,
    knots: int = CURVE_KNOTS,
    seed: int = 0,
    device: torch.device | str = "cpu",
) -> list[Fit]:
    """Fit several aligned pairs side by side: what a GPU is for.

    The same results as fit() one by one, up to rounding; `seconds` is each pair's share.
    """
    started = time.perf_counter()
    solved = solve_pairs(pairs, process=process, knots=knots, seed=seed, device=device)
    seconds = (time.perf_counter() - started) / len(pairs)
    return [
        measure(*pair, params, iterations, seconds, "lm", process, device)
        for pair, (params, iterations) in zip(pairs, solved, strict=True)
    ]


def measure(
    raw: np.ndarray,
    target: np.ndarray,
    params: dict[str, Any],
    iterations: int,
    seconds: float,
    solver: str,
    process: int,
    device: torch.device | str,
) -> Fit:
    """Compare before and after on every pixel of the aligned pair."""
    edited = render(raw, params, process=process, device=device)
    return Fit(
        params, difference(raw, target), difference(edited, target), iterations, seconds, solver
    )


@torch.no_grad()
def solve_pairs(
    pairs: Sequence[tuple[np.ndarray, np.ndarray]],
    *,
    process: int,
    knots: int,
    seed: int,
    device: torch.device | str,
    samples: int = SAMPLES,
) -> list[tuple[dict[str, Any], int]]:
    """(parameters, iterations) of each aligned pair, solved side by side."""
    if torch.device(device).type == "mps":
        device = "cpu"  # the solver sums in float64, which MPS does not have
    with _one_thread(device):
        return _solve_pairs(pairs, process, knots, seed, device, samples)


def _solve_pairs(
    pairs: Sequence[tuple[np.ndarray, np.ndarray]],
    process: int,
    knots: int,
    seed: int,
    device: torch.device | str,
    samples: int,
) -> list[tuple[dict[str, Any], int]]:
    picked = [sample_pixels(raw, target, samples, seed) for raw, target in pairs]
    pixels, targets, weights = (
        torch.from_numpy(np.stack(part)).to(device) for part in zip(*picked, strict=True)
    )
    lab = to_lab(targets)
    problem = PixelResiduals(
        DifferentiableEditLayer(process), FitSpace(knots, device), pixels, lab, delta_e_basis(lab)
    )
    start = torch.zeros(len(pairs), problem.space.size, device=device)
    theta, cost, iterations = _solve(problem, weights, start)
    crushed = (targets.amin(1) < BLACK) & (pixels.amin(1) >= BLACK)
    hidden = crushed.float().mean(1) > BLACK_SHARE
    poor = torch.nonzero((cost > POOR_FIT) | (hidden & (cost > FAIR_FIT)))[:, 0]
    if len(poor):
        again, more = _begin_again(problem, weights, poor)
        better_theta, better_cost, last = _solve(problem.pick(poor), weights[poor], again)
        better = better_cost < cost[poor]
        theta[poor] = torch.where(better[:, None], better_theta, theta[poor])
        iterations += more + last
    solution = problem.space.params(theta)
    return [(_as_floats(solution, i), iterations) for i in range(len(pairs))]


@contextlib.contextmanager
def _one_thread(device: torch.device | str) -> Iterator[None]:
    """On the CPU the tensors are too small to share: a second thread mostly waits."""
    threads = torch.get_num_threads()
    if torch.device(device).type == "cpu":
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _solve(problem: PixelResiduals, weights: Tensor, start: Tensor) -> tuple[Tensor, Tensor, int]:
    space = problem.space
    loss = Loss(weights, space.prior(SLIDER_PRIOR, CURVE_ROUGHNESS, CURVE_PRIOR))
    return solve(problem, loss, start, *space.bounds())


def _begin_again(problem: PixelResiduals, weights: Tensor, poor: Tensor) -> tuple[Tensor, int]:
    """The best end [len(poor), P] of several starts, on a thinned sample, and the iterations."""
    starts = torch.stack([_start(problem.space, moves) for moves in OTHER_STARTS])
    rows = poor.repeat_interleave(len(starts))
    thin = weights[rows, ::THINNED]
    ends, cost, iterations = _solve(
        problem.pick(rows, THINNED),
        thin / thin.sum(1, keepdim=True),
        starts.repeat(len(poor), 1),
    )
    best = cost.view(len(poor), len(starts)).argmin(1)
    return ends.view(len(poor), len(starts), -1)[torch.arange(len(poor)), best], iterations


def _start(space: FitSpace, moves: dict[str, float]) -> Tensor:
    theta = torch.zeros(space.size, device=space.device)
    for i, slider in enumerate(space.sliders):
        theta[i] = moves.get(slider.name, 0.0)
    return theta


def _as_floats(params: dict[str, Tensor], index: int) -> dict[str, Any]:
    values: dict[str, Any] = {name: float(params[name][index]) for name in SLIDER_NAMES}
    values[CURVE_NAME] = [float(v) for v in params[CURVE_NAME][index]]
    return values
