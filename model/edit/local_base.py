"""The base layer of Highlights and Shadows: how bright a pixel's surroundings are.

A guided filter (He, Sun and Tang 2010) of the scene's luminance in stops: it smooths texture
and keeps edges, so that the gains built on it have no halos. It is computed once, on a proxy;
its coefficients are brought up to any size (fast guided filter, He and Sun 2015), where the
full-size picture guides it. A strip of a picture so renders as in the whole. What is smaller than
the proxy shows (noise above all) is kept out of it: nowhere does the base layer leave the range
that it has about there in the proxy, smoothed a little.
"""

from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor

from imaging.color import PROPHOTO_TO_XYZ

LUMINANCE = tuple(PROPHOTO_TO_XYZ[1].tolist())
LOG_FLOOR = 1e-3  # added before the logarithm: sensor noise is not worth more than 10 stops

# Part of the long side; and the variance, in stops squared, that counts as an edge.
RADIUS, EDGE = 0.025, 0.05
# In proxy pixels: what is smaller than this about counts as texture; and how far around a pixel
# the range is taken, far enough that an edge has both its sides in it.
SMOOTHED, REACH = 2, 3
# Half of the picture's pixels lie within this many stops: an even surround, a photograph.
EVEN_SPREAD, WIDE_SPREAD = 0.2, 1.2


@dataclass(frozen=True)
class LocalBase:
    """Of whole pictures, for forward(); pictures of a batch in the first dimension.

    coefficients: [B, 4, h, w], slope and offset of the guided filter at proxy size, and the
        lowest and highest value that the base layer takes there.
    median: [B], of the scene's luminance in stops.
    wide: [B], 0 on an even surround with small patches, 1 in a photograph.
    rows: top row and whole height when a strip is rendered.
    distance: what distances() gave for the pixels that are rendered, Bx1xHxW.
    """

    coefficients: Tensor
    median: Tensor
    wide: Tensor
    rows: tuple[int, int] | None = None
    distance: Tensor | None = None

    def strip(self, top: int, height: int) -> "LocalBase":
        """For rendering the rows from `top` on of a picture `height` pixels tall."""
        return replace(self, rows=(top, height))

    def at(self, distance: Tensor) -> "LocalBase":
        """For rendering the pixels for which distances() gave this."""
        return replace(self, distance=distance)

    def distances(self, image: Tensor) -> Tensor:
        """The base layer of these pixels less the picture's median, in stops: Bx1xHxW."""
        if self.distance is not None:
            return self.distance
        height, width = image.shape[2:]
        top, whole = self.rows or (0, height)
        parts = self._enlarged(top, height, whole, width).to(image)
        slope, offset, lowest, highest = parts.split(1, dim=1)
        base = torch.addcmul(offset, slope, luminance_stops(image)).clamp(lowest, highest)
        return base - self.median.reshape(-1, 1, 1, 1)

    def _enlarged(self, top: int, height: int, whole: int, width: int) -> Tensor:
        """The coefficients of some rows at full size, bilinearly, pixel centres on centres."""
        small = self.coefficients
        if (height, whole, width) == (whole, *small.shape[2:]):
            return small
        place = (torch.arange(top, top + height, device=small.device) + 0.5) * (
            small.shape[2] / whole
        ) - 0.5
        place = place.clamp(0.0, small.shape[2] - 1.0)
        lower = place.floor().long().clamp(max=max(0, small.shape[2] - 2))
        # Only the proxy's rows that are needed, made wide before they are mixed.
        first = int(lower[0])
        rows = small[:, :, first : int(lower[-1]) + 2]
        rows = F.interpolate(
            rows, size=(rows.shape[2], width), mode="bilinear", align_corners=False
        )
        mixed = torch.arange(first, first + rows.shape[2], device=small.device)
        weights = (1.0 - (place[:, None] - mixed).abs()).clamp(min=0.0)
        return weights.to(small) @ rows


def luminance(image: Tensor) -> Tensor:
    """Of linear ProPhoto Bx3xHxW, not below 0: Bx1xHxW."""
    red, green, blue = image.unbind(1)
    light = LUMINANCE[0] * red + LUMINANCE[1] * green + LUMINANCE[2] * blue
    return light.clamp(min=0.0).unsqueeze(1)


def luminance_stops(image: Tensor) -> Tensor:
    """log2 luminance of linear ProPhoto Bx3xHxW, with a floor: Bx1xHxW."""
    return torch.log2(luminance(image) + LOG_FLOOR)


@torch.no_grad()
def local_base(image: Tensor) -> LocalBase:
    """The base layer of whole pictures Bx3xhxw (proxies). Gradients don't go through it."""
    stops = luminance_stops(image)
    radius = max(1, round(RADIUS * max(stops.shape[2:])))
    mean = _box(stops, radius)
    variance = (_box(stops * stops, radius) - mean * mean).clamp(min=0.0)
    slope = variance / (variance + EDGE)
    slope, offset = _box(slope, radius), _box(mean - slope * mean, radius)
    base = _box(slope * stops + offset, SMOOTHED)
    size = 2 * REACH + 1
    lowest = -F.max_pool2d(-base, size, stride=1, padding=REACH)
    highest = F.max_pool2d(base, size, stride=1, padding=REACH)
    coefficients = torch.cat([slope, offset, lowest, highest], dim=1)
    quarters = torch.quantile(thinned(stops).flatten(1), stops.new_tensor([0.25, 0.5, 0.75]), dim=1)
    t = ((quarters[2] - quarters[0] - EVEN_SPREAD) / (WIDE_SPREAD - EVEN_SPREAD)).clamp(0.0, 1.0)
    return LocalBase(coefficients, quarters[1], t * t * (3.0 - 2.0 * t))


def _box(x: Tensor, radius: int) -> Tensor:
    """Mean over a square; beyond the picture's edge nothing counts."""
    for size in ((2 * radius + 1, 1), (1, 2 * radius + 1)):
        pad = (size[0] // 2, size[1] // 2)
        x = F.avg_pool2d(x, size, stride=1, padding=pad, count_include_pad=False)
    return x


def thinned(plane: Tensor) -> Tensor:
    """Bx1xHxW for torch.quantile, which has a limit of 16 million values."""
    step = max(1, max(plane.shape[2:]) // 2048)
    return plane[:, :, ::step, ::step]
