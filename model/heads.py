"""The two prediction heads on the pooled features."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from model.config import HIDDEN, MINIMUM_RISE, START_EDGE
from params.ranges import CURVE_KNOTS, SLIDER_NAMES

# A fresh head that starts at a given edit: how much of its random weights stays, and how near
# the ends of tanh it may start (at 1 it could not learn).
START_SCALE, START_LIMIT = 0.05, 0.98


def hidden_layers(features: int, kind: str = "mlp") -> tuple[nn.Sequential, int]:
    """What each head begins with, and how many numbers it gives.

    kind: one of model.config.HEAD_KINDS. "mlp": two layers, and a GELU after each; "linear":
        nothing, for training sets that bear no more.
    """
    if kind == "linear":
        return nn.Sequential(), features
    layers = nn.Sequential(
        nn.Linear(features, HIDDEN[0]), nn.GELU(), nn.Linear(HIDDEN[0], HIDDEN[1]), nn.GELU()
    )
    return layers, HIDDEN[-1]


def latent_start(start: Tensor) -> Tensor:
    """Sliders in [-1, 1] -> where they lie before tanh, finite also at the ends."""
    return torch.atanh(start.float().clamp(-START_EDGE, START_EDGE))


def latent_sliders(sliders: Tensor) -> Tensor:
    """Sliders in [-1, 1] -> what tanh has to get, where a head can still learn."""
    return torch.atanh(sliders.clamp(-START_LIMIT, START_LIMIT))


class SlidersHead(nn.Module):
    """[B, features] -> the ten sliders, [B, 10] in [-1, 1], in the order of SLIDER_NAMES."""

    def __init__(self, features: int, kind: str = "mlp") -> None:
        super().__init__()
        self.mlp, width = hidden_layers(features, kind)
        self.proj = nn.Linear(width, len(SLIDER_NAMES))

    def forward(self, features: Tensor, latent: Tensor | None = None) -> Tensor:
        """latent: latent_start() of the pictures' own starts [B, 10], to which the head adds."""
        raw = self.proj(self.mlp(features)).float()
        return (raw if latent is None else raw + latent).tanh()

    def start_at(self, sliders: Tensor, latent: Tensor | None = None) -> None:
        """Predict this at first: the last layer's weights near 0, its bias there.

        Args:
            sliders: [10].
            latent: as in forward(), of all pictures [N, 10]: the bias is the mean difference.
        """
        self.proj.weight.mul_(START_SCALE)
        wanted = latent_sliders(sliders)
        if latent is not None:
            wanted = wanted - latent.mean(dim=0)
        self.proj.bias.copy_(wanted)


class ToneCurveHead(nn.Module):
    """[B, features] -> a rising curve, [B, knots], from exactly 0 to exactly 1."""

    def __init__(self, features: int, knots: int = CURVE_KNOTS, kind: str = "mlp") -> None:
        super().__init__()
        if knots < 2:
            raise ValueError(f"a tone curve needs at least 2 knots, not {knots}")
        self.mlp, width = hidden_layers(features, kind)
        self.proj = nn.Linear(width, knots)

    def forward(self, features: Tensor) -> Tensor:
        rises = F.softplus(self.proj(self.mlp(features)).float()) + MINIMUM_RISE
        curve = rises.cumsum(dim=1)
        curve = curve - curve[:, :1]
        return curve / curve[:, -1:]

    def start_at(self, curve: Tensor) -> None:
        """Predict `curve` [knots] at first."""
        self.proj.weight.mul_(START_SCALE)
        self.proj.bias.copy_(latent_curve(curve))


def latent_curve(curve: Tensor) -> Tensor:
    """What softplus has to get for a curve [..., knots] in 0..1 that rises from 0 to 1."""
    first = torch.zeros_like(curve[..., :1])
    rises = torch.diff(curve, prepend=first, dim=-1).clamp(min=2.0 * MINIMUM_RISE)
    # The inverse of softplus; the scale is free, and this one keeps it in its bend.
    return torch.expm1(rises * curve.shape[-1]).log()
