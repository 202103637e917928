"""A RAW/TIFF pair -> an edit: the parameters whose rendering comes closest to the TIFF."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from imaging.metrics import Difference, difference
from model.adam import solve_adam
from model.edit_layer import DifferentiableEditLayer, render, to_tensor
from params.ranges import CURVE_KNOTS, CURVE_NAME, SLIDER_NAMES


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
    masks: str = "plain",
    knots: int = CURVE_KNOTS,
    steps: int = 800,
    device: torch.device | str = "cpu",
    on_step: Callable[[], Any] = lambda: None,
) -> Fit:
    """Fit an edit to an aligned pair.

    Args:
        raw, target: HxWx3 float32 linear ProPhoto on one grid (imaging.align.aligned_pair).
        knots: of the tone curve.
        steps: Adam's.
        on_step: called after each step (a progress bar).
    """
    started = time.perf_counter()
    layer = DifferentiableEditLayer(process, masks).to(device)
    solution, iterations = solve_adam(
        to_tensor(raw, device),
        to_tensor(target, device),
        layer,
        knots=knots,
        steps=steps,
        on_step=on_step,
    )
    params: dict[str, Any] = {name: float(solution[name]) for name in SLIDER_NAMES}
    params[CURVE_NAME] = [float(v) for v in solution[CURVE_NAME][0]]
    seconds = time.perf_counter() - started
    edited = render(raw, params, process=process, masks=masks, device=device)
    return Fit(
        params, difference(raw, target), difference(edited, target), iterations, seconds, "adam"
    )
