"""The fit by Adam on the whole proxy: slow and simple."""

from collections.abc import Callable
from typing import Any

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
) -> dict[str, Tensor]:
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
    low, high = space.bounds()
    # What depends on the edit the layer finds anew in each step, with its gradient.
    whole = None if process.whole_by_edit else layer.find_whole(raw, {}, [shot])
    theta = space.starts([Start()]).requires_grad_()
    optimiser = torch.optim.Adam([theta], lr=LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, max(1, steps))
    wanted = srgb_encode(target.clamp(0.0, 1.0))
    for _ in range(steps):
        optimiser.zero_grad()
        loss = (srgb_encode(layer(raw, space.params(theta), whole)) - wanted).abs().mean()
        loss.backward()
        optimiser.step()
        schedule.step()
        with torch.no_grad():
            theta.clamp_(low, high)
        on_step()
    return {name: value.detach() for name, value in space.params(theta).items()}
