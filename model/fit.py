"""RAW/TIFF pairs -> edits: the parameters whose rendering comes closest to the TIFF."""

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from imaging.camera import Shot
from imaging.metrics import Difference, difference
from imaging.resize import fit_long_side
from model.edit.scene import Scene, join, look_at
from model.edit.strips import to_tensor
from model.edit_layer import PROXY_LONG_SIDE, DifferentiableEditLayer, render
from model.solve.adam import solve_adam
from model.solve.jacobian import PixelResiduals
from model.solve.levenberg_marquardt import Loss, solve
from model.solve.perceptual import delta_e_basis, to_lab
from model.solve.sampling import SAMPLES, sample_pixels
from model.solve.unknowns import FitSpace
from params.ranges import CURVE_KNOTS, CURVE_NAME, SLIDER_NAMES

# The prior, in ΔE00: a slider at 50 (or one EV) costs this much, which is less than anyone sees
# and enough to keep sliders that undo each other near 0.
SLIDER_PRIOR = {1: 0.02, 2: 0.005}
CURVE_ROUGHNESS, CURVE_PRIOR = 1e-3, 3e-3
# ΔE00 below which a difference counts quadratically. Process 2 comes near enough for it to matter.
SOFTNESS = {1: 1.0, 2: 0.3}
# At most, of the solver; process 2 begins three times, and the best is found early.
ITERATIONS = {1: 60, 2: 40}
# A step that improves less, as a part of the cost, is idle: see levenberg_marquardt.solve.
TOLERANCE = {1: 1e-3, 2: 2e-4}
# Enough to see which of several new starts leads somewhere.
RESTART_ITERATIONS = 20
# A fit worse than POOR_FIT (its cost, in ΔE00) may be a local minimum, and so may one of process 1
# worse than FAIR_FIT where the edit drove part of the picture to black, which hides how it got
# there. Both are begun again from elsewhere (sliders, in units from neutral), on every fourth
# pixel of the sample, and the best end is followed on all of it.
POOR_FIT, FAIR_FIT = {1: 2.5, 2: 3.0}, 0.3
BLACK, BLACK_SHARE = 0.002, 0.03
THINNED = 4
OTHER_STARTS: dict[int, tuple[dict[str, float], ...]] = {
    1: (
        {"Contrast2012": 0.3},
        {"Contrast2012": 0.2, "Exposure2012": 1.0},
        {"Contrast2012": 0.7},
        {"Exposure2012": -1.0},
    ),
    2: (
        {"Exposure2012": 1.0},
        {"Exposure2012": -1.0},
        {"Temperature": 1.5},
        {"Temperature": -1.0},
    ),
}


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
    shot: Shot | None = None,
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
        shot: what is known of the camera, for process 2.
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
        solution = solve_adam(*pair, layer, shot=shot, knots=knots, steps=steps, on_step=on_step)
        params, iterations = _as_floats(solution, 0), steps
    elif solver == "lm":
        params, iterations = solve_pairs(
            [(raw, target)], shots=[shot], process=process, knots=knots, seed=seed, device=device
        )[0]
    else:
        raise ValueError(f"solver is {solver!r}, neither lm nor adam")
    seconds = time.perf_counter() - started
    return measure(raw, target, params, iterations, seconds, solver, process, device, shot)


def fit_batch(
    pairs: Sequence[tuple[np.ndarray, np.ndarray]],
    *,
    shots: Sequence[Shot | None] = (),
    process: int = 1,
    knots: int = CURVE_KNOTS,
    seed: int = 0,
    device: torch.device | str = "cpu",
) -> list[Fit]:
    """Fit several aligned pairs side by side: what a GPU is for.

    The same results as fit() one by one, up to rounding; `seconds` is each pair's share.
    """
    started = time.perf_counter()
    shots = shots or [None] * len(pairs)
    solved = solve_pairs(pairs, shots=shots, process=process, knots=knots, seed=seed, device=device)
    seconds = (time.perf_counter() - started) / len(pairs)
    return [
        measure(*pair, params, iterations, seconds, "lm", process, device, shot)
        for pair, shot, (params, iterations) in zip(pairs, shots, solved, strict=True)
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
    shot: Shot | None = None,
) -> Fit:
    """Compare before and after on every pixel of the aligned pair."""
    edited = render(raw, params, process=process, shot=shot, device=device)
    return Fit(
        params, difference(raw, target), difference(edited, target), iterations, seconds, solver
    )


@torch.inference_mode()
def solve_pairs(
    pairs: Sequence[tuple[np.ndarray, np.ndarray]],
    *,
    shots: Sequence[Shot | None] = (),
    process: int,
    knots: int,
    seed: int,
    device: torch.device | str,
    samples: int = SAMPLES,
) -> list[tuple[dict[str, Any], int]]:
    """(parameters, iterations) of each aligned pair, solved side by side."""
    if torch.device(device).type == "mps":
        device = "cpu"  # the solver sums in float64, which MPS does not have
    shots = shots or [None] * len(pairs)
    with _one_thread(device):
        return _solve_pairs(pairs, shots, process, knots, seed, device, samples)


def _solve_pairs(
    pairs: Sequence[tuple[np.ndarray, np.ndarray]],
    shots: Sequence[Shot | None],
    process: int,
    knots: int,
    seed: int,
    device: torch.device | str,
    samples: int,
) -> list[tuple[dict[str, Any], int]]:
    picked = [sample_pixels(raw, target, samples, seed) for raw, target in pairs]
    pixels, targets, weights, places = (
        torch.from_numpy(np.stack(part)).to(device) for part in zip(*picked, strict=True)
    )
    lab = to_lab(targets)
    problem = PixelResiduals(
        DifferentiableEditLayer(process),
        FitSpace(knots, device, process),
        pixels,
        lab,
        delta_e_basis(lab),
        _scene(pairs, shots, places, device) if process == 2 else None,
    )
    theta, cost, iterations = _best(
        problem, weights, torch.arange(len(pairs), device=device), problem.space.starts()
    )
    poor = cost > POOR_FIT[process]
    if process == 1:
        crushed = (targets.amin(1) < BLACK) & (pixels.amin(1) >= BLACK)
        poor |= (crushed.float().mean(1) > BLACK_SHARE) & (cost > FAIR_FIT)
    rows = torch.nonzero(poor)[:, 0]
    if len(rows):
        starts = torch.stack([_start(problem.space, moves) for moves in OTHER_STARTS[process]])
        again, _, more = _best(problem, weights, rows, starts, THINNED, RESTART_ITERATIONS)
        again, again_cost, last = _best(problem, weights, rows, again[:, None])
        theta[rows] = torch.where((again_cost < cost[rows])[:, None], again, theta[rows])
        iterations += more + last
    solution = problem.space.params(theta)
    return [(_as_floats(solution, i), iterations) for i in range(len(pairs))]


def _scene(
    pairs: Sequence[tuple[np.ndarray, np.ndarray]],
    shots: Sequence[Shot | None],
    places: Tensor,
    device: torch.device | str,
) -> Scene:
    """What process 2 has to know of the sampled pixels."""
    scenes = []
    for (raw, _), shot, chosen in zip(pairs, shots, places, strict=True):
        image = to_tensor(raw, device)
        scene = look_at(to_tensor(fit_long_side(raw, PROXY_LONG_SIDE), device), [shot])
        distance = scene.base.distances(image).reshape(1, 1, -1, 1)
        scenes.append(scene.at(distance[:, :, chosen]))
    return join(scenes)


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


def _best(
    problem: PixelResiduals,
    weights: Tensor,
    rows: Tensor,
    starts: Tensor,
    every: int = 1,
    iterations: int | None = None,
) -> tuple[Tensor, Tensor, int]:
    """The problems of these rows, each from several starts side by side: the best of each.

    Args:
        starts: [S, P], or [rows, S, P] for starts of their own.
        every: solve on every n-th pixel of the sample.
        iterations: at most; by default what the process usually needs.

    Returns:
        (theta [rows, P], cost [rows], iterations).
    """
    space, count = problem.space, starts.shape[-2]
    repeated = rows.repeat_interleave(count)
    thin = weights[repeated, ::every]
    loss = Loss(
        thin / thin.sum(1, keepdim=True),
        space.prior(SLIDER_PRIOR[space.process], CURVE_ROUGHNESS, CURVE_PRIOR),
        SOFTNESS[space.process],
    )
    theta, cost, used = solve(
        problem.pick(repeated, every),
        loss,
        starts.expand(len(rows), count, -1).flatten(0, 1),
        *space.bounds(),
        iterations=iterations or ITERATIONS[space.process],
        tolerance=TOLERANCE[space.process],
    )
    best = cost.view(-1, count).argmin(1) + count * torch.arange(len(rows), device=rows.device)
    return theta[best], cost[best], used


def _start(space: FitSpace, moves: dict[str, float]) -> Tensor:
    theta = torch.zeros(space.size, device=space.device)
    for i, slider in enumerate(space.sliders):
        theta[i] = moves.get(slider.name, 0.0)
    return theta


def _as_floats(params: dict[str, Tensor], index: int) -> dict[str, Any]:
    values: dict[str, Any] = {name: float(params[name][index]) for name in SLIDER_NAMES}
    values[CURVE_NAME] = [float(v) for v in params[CURVE_NAME][index]]
    return values
