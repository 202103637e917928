"""RAW/TIFF pairs -> edits: the parameters whose rendering comes closest to the TIFF."""

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from imaging.camera import Shot
from imaging.metrics import Difference, difference
from imaging.resize import fit_long_side
from model.edit.scene import Scene, join, scene_of
from model.edit.strips import to_tensor
from model.edit_layer import PROXY_LONG_SIDE, DifferentiableEditLayer, render
from model.fit_options import FitOptions
from model.solve.adam import solve_adam
from model.solve.jacobian import PixelResiduals
from model.solve.levenberg_marquardt import Loss, solve
from model.solve.perceptual import delta_e_basis, to_lab
from model.solve.sampling import SAMPLES, sample_pixels
from model.solve.unknowns import FitSpace

# Of the tone curve, in ΔE00: what the squared change between neighbouring rises costs, and each
# rise's square.
CURVE_ROUGHNESS, CURVE_PRIOR = 1e-3, 3e-3
# Enough to see which of several new starts leads somewhere; on every fourth pixel of the sample,
# and the best end is followed on all of it.
RESTART_ITERATIONS = 20
THINNED = 4
# What counts as black (see FitRules.fair_fit_in_black), and as a part of the picture.
BLACK, BLACK_SHARE = 0.002, 0.03


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


class Solution(NamedTuple):
    """Parameters in Camera Raw's units, and the solver's iterations."""

    params: dict[str, Any]
    iterations: int


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
    if options.solver == "adam":
        layer = DifferentiableEditLayer(options.process, options.masks).to(options.device)
        pair = to_tensor(raw, options.device), to_tensor(target, options.device)
        found = solve_adam(
            *pair, layer, shot=shot, knots=options.knots, steps=options.steps, on_step=on_step
        )
        solution = Solution(_as_floats(found, 0), options.steps)
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
    shots = shots or [None] * len(pairs)
    solved = solve_pairs(pairs, options, shots=shots)
    seconds = (time.perf_counter() - started) / len(pairs)
    return [
        _measured(pair, shot, options, solution, seconds)
        for pair, shot, solution in zip(pairs, shots, solved, strict=True)
    ]


def _measured(
    pair: tuple[np.ndarray, np.ndarray],
    shot: Shot | None,
    options: FitOptions,
    solution: Solution,
    seconds: float,
) -> Fit:
    """Compare before and after on every pixel of the aligned pair."""
    raw, target = pair
    edited = render(
        raw,
        solution.params,
        process=options.process,
        masks=options.masks,
        shot=shot,
        device=options.device,
    )
    before, after = difference(raw, target), difference(edited, target)
    return Fit(solution.params, before, after, solution.iterations, seconds, options.solver)


@torch.inference_mode()
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
    if torch.device(options.device).type == "mps":
        options = replace(options, device="cpu")  # it sums in float64, which MPS does not have
    shots = shots or [None] * len(pairs)
    with _one_thread(options.device):
        return _solve_pairs(pairs, shots, options, samples)


def _solve_pairs(
    pairs: Sequence[tuple[np.ndarray, np.ndarray]],
    shots: Sequence[Shot | None],
    options: FitOptions,
    samples: int,
) -> list[Solution]:
    device = options.device
    picked = [sample_pixels(raw, target, samples, options.seed) for raw, target in pairs]
    pixels, targets, weights, places = (
        torch.from_numpy(np.stack(part)).to(device) for part in zip(*picked, strict=True)
    )
    lab = to_lab(targets)
    layer = DifferentiableEditLayer(options.process, options.masks)
    rules = layer.process.rules
    problem = PixelResiduals(
        layer,
        FitSpace(rules, options.knots, device),
        pixels,
        lab,
        delta_e_basis(lab),
        _scene(pairs, shots, places, device) if layer.needs_whole else None,
    )
    count = len(pairs)
    crushed = ((targets.amin(1) < BLACK) & (pixels.amin(1) >= BLACK)).float().mean(1)
    every = torch.arange(count, device=device)
    params, cost, iterations = _solved(problem, weights, every, crushed)
    found = [_as_floats(params, i) for i in range(count)]
    doubtful = torch.nonzero(cost > rules.fair_curve)[:, 0]
    if rules.channel_curves and len(doubtful):
        space = replace(problem.space, curves=rules.channel_curves)
        params, other, more = _solved(replace(problem, space=space), weights, doubtful, crushed)
        iterations += more
        for k, i in enumerate(doubtful.tolist()):
            if other[k] < cost[i] - rules.channel_gain:
                found[i] = _as_floats(params, k)
    return [Solution(one, iterations) for one in found]


def _solved(
    problem: PixelResiduals, weights: Tensor, rows: Tensor, crushed: Tensor
) -> tuple[dict[str, Tensor], Tensor, int]:
    """Params, cost [rows] and iterations of the problems of these rows.

    crushed: part of each problem's picture that the edit drove to black.
    """
    space = problem.space
    rules = space.rules
    theta, cost, iterations = _best(problem, weights, rows, space.starts(rules.starts))
    poor = cost > rules.poor_fit
    if rules.fair_fit_in_black is not None:
        poor |= (crushed[rows] > BLACK_SHARE) & (cost > rules.fair_fit_in_black)
    if poor.any():
        again, _, more = _best(
            problem,
            weights,
            rows[poor],
            space.starts(rules.other_starts),
            THINNED,
            RESTART_ITERATIONS,
        )
        again, again_cost, last = _best(problem, weights, rows[poor], again[:, None])
        better = again_cost < cost[poor]
        theta[poor] = torch.where(better[:, None], again, theta[poor])
        cost[poor] = torch.where(better, again_cost, cost[poor])
        iterations += more + last
    return space.params(theta), cost, iterations


def _scene(
    pairs: Sequence[tuple[np.ndarray, np.ndarray]],
    shots: Sequence[Shot | None],
    places: Tensor,
    device: torch.device | str,
) -> Scene:
    """What the steps have to know of the sampled pixels, where they look at the picture."""
    scenes = []
    for (raw, _), shot, chosen in zip(pairs, shots, places, strict=True):
        image = to_tensor(raw, device)
        scene = scene_of(to_tensor(fit_long_side(raw, PROXY_LONG_SIDE), device), [shot])
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
        iterations: at most; by default those of the process's rules.

    Returns:
        (theta [rows, P], cost [rows], iterations).
    """
    space, count = problem.space, starts.shape[-2]
    rules = space.rules
    repeated = rows.repeat_interleave(count)
    thin = weights[repeated, ::every]
    loss = Loss(
        thin / thin.sum(1, keepdim=True),
        space.prior(rules.slider_prior, CURVE_ROUGHNESS, CURVE_PRIOR),
        rules.softness,
    )
    theta, cost, used = solve(
        problem.pick(repeated, every),
        loss,
        starts.expand(len(rows), count, -1).flatten(0, 1),
        *space.bounds(),
        iterations=iterations or rules.iterations,
        tolerance=rules.tolerance,
    )
    best = cost.view(-1, count).argmin(1) + count * torch.arange(len(rows), device=rows.device)
    return theta[best], cost[best], used


def _as_floats(params: dict[str, Tensor], index: int) -> dict[str, Any]:
    return {
        name: float(value[index]) if value.ndim == 1 else value[index].tolist()
        for name, value in params.items()
    }
