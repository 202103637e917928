"""StatisticsBackbone: a picture's statistics in place of its pixels."""

import torch
from torch import Tensor, nn

from imaging.picture_statistics import STATISTICS
from model.config import STATISTICS_LIMIT, BackboneConfig

# The layer begins as this part of doing nothing: heads that see small numbers are at first nearly
# linear, which on some hundred pictures learns more that holds for others.
START_GAIN = 0.2
# What varies less over a training set than this says nothing of a picture.
LEAST_SPREAD = 1e-4
# The scale of such a statistic: it is then always 0.
_NEVER = 1e6
# Views by which confidence tells how steady a prediction is.
_VIEWS, _OFF = 3, 0.2


class StatisticsBackbone(nn.Module):
    """[B, N] of imaging.picture_statistics -> [B, features]: standardised, then one linear layer.

    The layer is also what adapters are put on.
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
        with torch.no_grad():
            self.mix.weight *= START_GAIN
        nn.init.zeros_(self.mix.bias)

    def forward(self, statistics: Tensor) -> Tensor:
        standard = (statistics - self.center) / self.scale
        return self.mix(standard.clamp(-STATISTICS_LIMIT, STATISTICS_LIMIT))

    def views(self, statistics: Tensor) -> Tensor:
        """As statistics_views()."""
        return statistics_views(statistics, self.scale)

    @torch.no_grad()
    def standardise(self, statistics: Tensor) -> None:
        """Take centre and scale from a training set [N, count]."""
        spread = statistics.double().std(dim=0, correction=0)
        self.center.copy_(statistics.double().mean(dim=0))
        self.scale.copy_(torch.where(spread > LEAST_SPREAD, spread, _NEVER))


def statistics_views(statistics: Tensor, scale: Tensor) -> Tensor:
    """Three pictures [3, N] that might be this one [N]: each number off at random by a fifth of
    its spread over the training set, the same for every picture.
    """
    generator = torch.Generator().manual_seed(0)
    off = torch.randn(_VIEWS, len(statistics), generator=generator).to(statistics)
    known = scale < _NEVER
    return statistics + torch.where(known, off * _OFF * scale, 0.0)
