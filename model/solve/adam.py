"""The fit by Adam on the whole proxy: slow and simple."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from imaging.camera import Shot
from imaging.color import srgb_encode
from model.edit.fit_rules import Start
from model.edit_layer import DifferentiableEditLayer
from model.solve.unknowns import FitSpace

LEARNING_RATE = 0.02


def solve_adam(
    raw: Tensor,
    target: Tensor,
    layer: DifferentiableEditLayer,
    space: FitSpace,
    *,
    shot: Shot | None = None,
    steps: int,
    on_step: Callable[[], Any] = lambda: None,
) -> dict[str, np.ndarray]:
    """Minimise the mean absolute difference of sRGB-encoded pictures.

    Args:
        raw, target: 1x3xHxW linear ProPhoto on one grid.
        space: the unknowns.
        shot: what is known of the camera.
        on_step: called after each step (a progress bar).

    Returns:
        params with a batch of one.
    """
    process = layer.process
    low, high = (torch.from_numpy(bound).float() for bound in space.bounds())
    # What depends on the edit the layer finds anew in each step, with its gradient.
    whole = None if process.whole_by_edit else layer.find_whole(raw, {}, [shot])
    theta = torch.from_numpy(space.starts([Start()])).float()
    optimiser = torch.optim.Adam([theta], lr=LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, max(1, steps))
    wanted = srgb_encode(target.clamp(0.0, 1.0))
    for _ in range(steps):
        params = {name: value.to(raw).requires_grad_() for name, value in _edit(space, theta)}
        loss = (srgb_encode(layer(raw, params, whole)) - wanted).abs().mean()
        loss.backward()
        theta.grad = _gradient(space, theta, params)
        optimiser.step()
        schedule.step()
        theta.clamp_(low, high)
        on_step()
    return space.params(_numbers(theta))


def _edit(space: FitSpace, theta: Tensor) -> Iterator[tuple[str, Tensor]]:
    for name, value in space.params(_numbers(theta)).items():
        yield name, torch.tensor(value)


def _gradient(space: FitSpace, theta: Tensor, params: Mapping[str, Tensor]) -> Tensor:
    """The loss's change with each unknown, [1, P], by that with each slider."""
    gradient = torch.zeros_like(theta)
    known = {name: value.grad for name, value in params.items() if value.grad is not None}
    indices, slopes = space.tangents(_numbers(theta), tuple(known))
    for by_name, slope in zip(known.values(), slopes, strict=True):
        by_slider = by_name.cpu() * torch.from_numpy(slope)
        gradient[0, indices] += by_slider.flatten(1).sum(1).to(gradient)
    return gradient


def _numbers(theta: Tensor) -> np.ndarray:
    return theta.numpy().astype(np.float64)
