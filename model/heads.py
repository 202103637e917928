"""The two prediction heads on the pooled features."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from params.ranges import CURVE_KNOTS, SLIDER_NAMES

HIDDEN = (256, 128)
# Smallest rise between two knots before scaling: the curve never becomes flat.
MINIMUM_RISE = 1e-4
# A fresh head that starts at a given edit: how much of its random weights stays, and how near
# the ends of tanh it may start (at 1 it could not learn).
START_SCALE, START_LIMIT = 0.05, 0.98


def hidden_layers(features: int) -> nn.Sequential:
    """What each head begins with: two layers, and a GELU after each."""
    return nn.Sequential(
        nn.Linear(features, HIDDEN[0]), nn.GELU(), nn.Linear(HIDDEN[0], HIDDEN[1]), nn.GELU()
    )


class SlidersHead(nn.Module):
    """[B, features] -> the ten sliders, [B, 10] in [-1, 1], in the order of SLIDER_NAMES."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.mlp = hidden_layers(features)
        self.proj = nn.Linear(HIDDEN[-1], len(SLIDER_NAMES))

    def forward(self, features: Tensor) -> Tensor:
        return self.proj(self.mlp(features)).float().tanh()

    def start_at(self, sliders: Tensor) -> None:
        """Predict `sliders` [10] at first: the last layer's weights near 0, its bias there."""
        self.proj.weight.mul_(START_SCALE)
        self.proj.bias.copy_(torch.atanh(sliders.clamp(-START_LIMIT, START_LIMIT)))


class ToneCurveHead(nn.Module):
    """[B, features] -> a rising curve, [B, knots], from exactly 0 to exactly 1."""

    def __init__(self, features: int, knots: int = CURVE_KNOTS) -> None:
        super().__init__()
        if knots < 2:
            raise ValueError(f"a tone curve needs at least 2 knots, not {knots}")
        self.mlp = hidden_layers(features)
        self.proj = nn.Linear(HIDDEN[-1], knots)

    def forward(self, features: Tensor) -> Tensor:
        rises = F.softplus(self.proj(self.mlp(features)).float()) + MINIMUM_RISE
        curve = rises.cumsum(dim=1)
        curve = curve - curve[:, :1]
        return curve / curve[:, -1:]

    def start_at(self, curve: Tensor) -> None:
        """Predict `curve` [knots] at first."""
        rises = torch.diff(curve, prepend=curve.new_zeros(1)).clamp(min=2.0 * MINIMUM_RISE)
        self.proj.weight.mul_(START_SCALE)
        # The inverse of softplus; the scale is free, and this one keeps it in its bend.
        self.proj.bias.copy_(torch.expm1(rises * len(curve)).log())
