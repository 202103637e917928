"""The two prediction heads on the pooled features."""

import torch.nn.functional as F
from torch import Tensor, nn

from params.ranges import CURVE_KNOTS, SLIDER_NAMES

HIDDEN = (256, 128)
# Smallest rise between two knots before scaling: the curve never becomes flat.
MINIMUM_RISE = 1e-4


def _mlp(features: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(features, HIDDEN[0]), nn.GELU(), nn.Linear(HIDDEN[0], HIDDEN[1]), nn.GELU()
    )


class SlidersHead(nn.Module):
    """[B, features] -> the ten sliders, [B, 10] in [-1, 1], in the order of SLIDER_NAMES."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.mlp = _mlp(features)
        self.proj = nn.Linear(HIDDEN[-1], len(SLIDER_NAMES))

    def forward(self, features: Tensor) -> Tensor:
        return self.proj(self.mlp(features)).float().tanh()


class ToneCurveHead(nn.Module):
    """[B, features] -> a rising curve, [B, knots], from exactly 0 to exactly 1."""

    def __init__(self, features: int, knots: int = CURVE_KNOTS) -> None:
        super().__init__()
        if knots < 2:
            raise ValueError(f"a tone curve needs at least 2 knots, not {knots}")
        self.mlp = _mlp(features)
        self.proj = nn.Linear(HIDDEN[-1], knots)

    def forward(self, features: Tensor) -> Tensor:
        rises = F.softplus(self.proj(self.mlp(features)).float()) + MINIMUM_RISE
        curve = rises.cumsum(dim=1)
        curve = curve - curve[:, :1]
        return curve / curve[:, -1:]
