"""StatisticsBackbone: a picture's statistics in place of its pixels."""

import torch
from torch import Tensor, nn

from imaging.picture_statistics import STATISTICS
from model.config import BackboneConfig

# Standardised statistics are limited to this: a picture beyond it is told from the rest as well.
LIMIT = 4.0
# What varies less over a training set than this says nothing of a picture.
LEAST_SPREAD = 1e-4
# The scale of such a statistic: it is then always 0.
_NEVER = 1e6


class StatisticsBackbone(nn.Module):
    """[B, N] of imaging.picture_statistics -> [B, features]: standardised, then one linear layer.

    The layer, which begins by changing nothing, is what adapters are put on.
    """

    center: Tensor
    scale: Tensor

    def __init__(self, config: BackboneConfig) -> None:
        super().__init__()
        self.config = config
        self.features = count = len(STATISTICS)
        self.register_buffer("center", torch.zeros(count))
        self.register_buffer("scale", torch.ones(count))
        self.mix = nn.Linear(count, count)
        nn.init.eye_(self.mix.weight)
        nn.init.zeros_(self.mix.bias)

    def forward(self, statistics: Tensor) -> Tensor:
        standard = (statistics - self.center) / self.scale
        return self.mix(standard.clamp(-LIMIT, LIMIT))

    @torch.no_grad()
    def standardise(self, statistics: Tensor) -> None:
        """Take centre and scale from a training set [N, count]."""
        spread = statistics.double().std(dim=0, correction=0)
        self.center.copy_(statistics.double().mean(dim=0))
        self.scale.copy_(torch.where(spread > LEAST_SPREAD, spread, _NEVER))
