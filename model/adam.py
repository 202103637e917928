"""The fit by Adam on the whole proxy: slow, simple, and what system.md describes."""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from imaging.color import srgb_encode
from model.edit_layer import DifferentiableEditLayer
from model.fit_space import FREE_SLIDERS, bounds
from params.ranges import CURVE_NAME, SLIDERS

LEARNING_RATE = 0.02


def solve_adam(
    raw: Tensor,
    target: Tensor,
    layer: DifferentiableEditLayer,
    *,
    knots: int,
    steps: int,
    on_step: Callable[[], Any] = lambda: None,
) -> tuple[dict[str, Tensor], int]:
    """Minimise the mean absolute difference of sRGB-encoded pictures.

    Args:
        raw, target: 1x3xHxW linear ProPhoto on one grid.
        knots: of the tone curve, kept monotone by softplus, cumulative sum and division.
        on_step: called after each step (a progress bar).

    Returns:
        (params with a batch of one, steps taken).
    """
    z = torch.zeros(len(FREE_SLIDERS), device=raw.device, requires_grad=True)
    curve = torch.zeros(knots - 1, device=raw.device, requires_grad=True)
    # Both start neutral: bounds() gives each slider's unit step and limits around it.
    low, unit, high = bounds(raw.device)
    optimiser = torch.optim.Adam([z, curve], lr=LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, max(1, steps))
    wanted = srgb_encode(target.clamp(0.0, 1.0))

    def params() -> dict[str, Tensor]:
        values = {s.name: raw.new_full((1,), s.neutral) for s in SLIDERS}
        for i, slider in enumerate(FREE_SLIDERS):
            values[slider.name] = (slider.neutral + z[i] * unit[i]).reshape(1)
        rise = F.softplus(curve)
        inner = torch.cumsum(rise, 0) / rise.sum()
        values[CURVE_NAME] = torch.cat([inner.new_zeros(1), inner])[None]
        return values

    for _ in range(steps):
        optimiser.zero_grad()
        loss = (srgb_encode(layer(raw, params())) - wanted).abs().mean()
        loss.backward()
        optimiser.step()
        schedule.step()
        with torch.no_grad():
            z.clamp_(low, high)
        on_step()
    with torch.no_grad():
        return params(), steps
