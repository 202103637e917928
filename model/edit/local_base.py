"""The base layer of Highlights and Shadows: how bright a pixel's surroundings are.

A guided filter (He, Sun and Tang 2010) of the scene's luma in stops: it smooths texture
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
# Weights of linear ProPhoto by which Camera Raw's Highlights and Shadows see colours: of luma,
# luminance, largest, smallest and mean channel this leaves the least between its readings on a
# chart of colours (tests/data/camera_raw_readings.json) and one curve over the base layer.
LUMA = (0.3, 0.59, 0.11)
LOG_FLOOR = 1e-3  # added before the logarithm: sensor noise is not worth more than 10 stops

# Part of the long side; and the variance, in stops squared, that counts as an edge. The readings
# are met about as well by radii of 0.02 to 0.06 with 0.05 to 0.5.
RADIUS, EDGE = 0.032, 0.07
# In proxy pixels: what is smaller than this about counts as texture; and how far around a pixel
# the range is taken, far enough that an edge has both its sides in it.
SMOOTHED, REACH = 2, 3
# Half of the picture's pixels lie within this many stops: an even surround, a photograph.
EVEN_SPREAD, WIDE_SPREAD = 0.2, 1.2
# Stops of deviation within the filter's window (the median of all) times those over the picture:
# up to the first it counts as a photograph, from the second on as a chart of patches. 18
# photographs have 0.04 to 1.3, most of them under 1; Camera Raw's readings are of a chart of 1.9.
PHOTOGRAPH, CHART = 1.3, 1.75


@dataclass(frozen=True)
class LocalBase:
    """Of whole pictures, for forward(); pictures of a batch in the first dimension.

    Stops count from the white of the scene after BaselineExposure.

    coefficients: [B, 4, h, w], slope and offset of the guided filter at proxy size, and the
        lowest and highest value that the base layer takes there.
    median: [B, 2], median and 99th percentile of the scene's luma in stops.
    wide: [B, 2], 0 on an even surround with small patches, 1 in a photograph; and how much such
        a picture answers as a chart of patches does, 0..1.
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
        """The base layer of these pixels of the scene, in stops below white: Bx1xHxW."""
        if self.distance is not None:
            return self.distance
        height, width = image.shape[2:]
        top, whole = self.rows or (0, height)
        parts = self._enlarged(top, height, whole, width).to(image)
        slope, offset, lowest, highest = parts.split(1, dim=1)
        return torch.addcmul(offset, slope, luma_stops(image)).clamp(lowest, highest)

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


def luma_stops(image: Tensor) -> Tensor:
    """log2 luma of linear ProPhoto Bx3xHxW, with a floor: Bx1xHxW."""
    red, green, blue = image.unbind(1)
    luma = LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue
    return torch.log2(luma.clamp(min=0.0) + LOG_FLOOR).unsqueeze(1)


@torch.no_grad()
def local_base(image: Tensor, exposure: Tensor | None = None) -> LocalBase:
    """The base layer of whole pictures Bx3xhxw (proxies). Gradients don't go through it.

    Args:
        image: the scene, linear ProPhoto 0..1, as-shot white balance, before any slider.
        exposure: [B], BaselineExposure in EV; 0 when None.
    """
    stops = luma_stops(image)
    ev = stops.new_zeros(len(image)) if exposure is None else exposure.to(stops)
    variance, coefficients = guided(stops, stops, RADIUS, EDGE)
    coefficients[:, 1:] += ev.reshape(-1, 1, 1, 1)
    few = thinned(stops).flatten(1)
    places = stops.new_tensor([0.25, 0.5, 0.75, 0.99])
    quarter, median, upper, bright = torch.quantile(few, places, dim=1)
    busy = thinned(variance).flatten(1).median(dim=1).values.sqrt() * few.std(dim=1)
    wide = _between(upper - quarter, EVEN_SPREAD, WIDE_SPREAD)
    return LocalBase(
        coefficients,
        torch.stack([median, bright], dim=1) + ev[:, None],
        torch.stack([wide, _between(busy, PHOTOGRAPH, CHART)], dim=1),
    )


def guided(
    guide: Tensor, value: Tensor, radius: float, edge: float, smoothed: int = SMOOTHED
) -> tuple[Tensor, Tensor]:
    """A guided filter of whole pictures Bx1xhxw.

    Args:
        guide: what is known at full size too, in stops.
        value: what is to be smoothed.
        radius: of the window, in parts of the long side.
        edge: variance of the guide that counts as an edge.
        smoothed: pixels; what is smaller may not widen the range that is kept to.

    Returns:
        The guide's variance in the window, and LocalBase.coefficients.
    """
    size = max(1, round(radius * max(guide.shape[2:])))
    mean, mean_value = _box(guide, size), _box(value, size)
    variance = (_box(guide * guide, size) - mean * mean).clamp(min=0.0)
    slope = (_box(guide * value, size) - mean * mean_value) / (variance + edge)
    slope, offset = _box(slope, size), _box(mean_value - slope * mean, size)
    base = _box(slope * guide + offset, smoothed)
    reach = 2 * REACH + 1
    lowest = -F.max_pool2d(-base, reach, stride=1, padding=REACH)
    highest = F.max_pool2d(base, reach, stride=1, padding=REACH)
    return variance, torch.cat([slope, offset, lowest, highest], dim=1)


def _between(x: Tensor, low: float, high: float) -> Tensor:
    """0 below `low`, 1 above `high`, smooth between."""
    t = ((x - low) / (high - low)).clamp(0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


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
