"""The base layer of Highlights and Shadows: how bright a pixel's surroundings are.

A guided filter (He, Sun and Tang 2010) of the scene's luma in stops: it smooths texture
and keeps edges, so that the gains built on it have no halos. It is computed once, on a proxy;
its coefficients are brought up to any size (fast guided filter, He and Sun 2015), where the
full-size picture guides it. A strip of a picture so renders as in the whole. What is smaller than
the proxy shows (noise above all) is kept out of it: nowhere does the base layer leave the range
that it has about there in the proxy, smoothed a little.
"""

from dataclasses import dataclass, replace

import numpy as np

from imaging.color import PROPHOTO_TO_XYZ
from model.edit.arrays import Values, cat, like, median, quantiles, stack, without_gradients
from model.edit.windows import box_mean, largest, smallest, widened

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

    coefficients: Values
    median: Values
    wide: Values
    rows: tuple[int, int] | None = None
    distance: Values | None = None

    def strip(self, top: int, height: int) -> "LocalBase":
        """For rendering the rows from `top` on of a picture `height` pixels tall."""
        return replace(self, rows=(top, height))

    def at(self, distance: Values) -> "LocalBase":
        """For rendering the pixels for which distances() gave this."""
        return replace(self, distance=distance)

    def distances(self, image: Values) -> Values:
        """The base layer of these pixels of the scene, in stops below white: Bx1xHxW."""
        if self.distance is not None:
            return self.distance
        height, width = image.shape[2:]
        top, whole = self.rows or (0, height)
        parts = self._enlarged(top, height, whole, width).to(image)
        slope, offset, lowest, highest = parts.split(1, dim=1)
        return offset.addcmul(slope, luma_stops(image)).clamp(lowest, highest)

    def _enlarged(self, top: int, height: int, whole: int, width: int) -> Values:
        """The coefficients of some rows at full size, bilinearly, pixel centres on centres."""
        small = self.coefficients
        if (height, whole, width) == (whole, *small.shape[2:]):
            return small
        place = (np.arange(top, top + height) + 0.5) * (small.shape[2] / whole) - 0.5
        place = place.clip(0.0, small.shape[2] - 1.0)
        # Only the proxy's rows that are needed, made wide before they are mixed.
        first, last = (min(int(place[i]), max(0, small.shape[2] - 2)) for i in (0, -1))
        rows = widened(small[:, :, first : last + 2], width)
        mixed = np.arange(first, first + rows.shape[2])
        weights = (1.0 - np.abs(place[:, None] - mixed)).clip(0.0, None)
        return like(weights, small) @ rows


def luminance(image: Values) -> Values:
    """Of linear ProPhoto Bx3xHxW, not below 0: Bx1xHxW."""
    red, green, blue = image.unbind(1)
    light = LUMINANCE[0] * red + LUMINANCE[1] * green + LUMINANCE[2] * blue
    return light.clamp(min=0.0).unsqueeze(1)


def luma_stops(image: Values) -> Values:
    """log2 luma of linear ProPhoto Bx3xHxW, with a floor: Bx1xHxW."""
    red, green, blue = image.unbind(1)
    luma = LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue
    return (luma.clamp(min=0.0) + LOG_FLOOR).log2().unsqueeze(1)


@without_gradients
def local_base(image: Values, exposure: Values | None = None) -> LocalBase:
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
    quarter, middle, upper, bright = quantiles(few, [0.25, 0.5, 0.75, 0.99])
    spread = few.std(dim=1) if few.shape[1] > 1 else few[:, 0] * 0.0
    busy = median(thinned(variance).flatten(1)).sqrt() * spread
    wide = _between(upper - quarter, EVEN_SPREAD, WIDE_SPREAD)
    return LocalBase(
        coefficients,
        stack([middle, bright], dim=1) + ev[:, None],
        stack([wide, _between(busy, PHOTOGRAPH, CHART)], dim=1),
    )


def guided(
    guide: Values, value: Values, radius: float, edge: float, smoothed: int = SMOOTHED
) -> tuple[Values, Values]:
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
    mean, mean_value = box_mean(guide, size), box_mean(value, size)
    variance = (box_mean(guide * guide, size) - mean * mean).clamp(min=0.0)
    slope = (box_mean(guide * value, size) - mean * mean_value) / (variance + edge)
    slope, offset = box_mean(slope, size), box_mean(mean_value - slope * mean, size)
    base = box_mean(slope * guide + offset, smoothed)
    around = (smallest(base, REACH), largest(base, REACH))
    return variance, cat([slope, offset, *around], dim=1)


def _between(x: Values, low: float, high: float) -> Values:
    """0 below `low`, 1 above `high`, smooth between."""
    t = ((x - low) / (high - low)).clamp(0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


def thinned(plane: Values) -> Values:
    """Bx1xHxW for torch's quantiles, which have a limit of 16 million values."""
    step = max(1, max(plane.shape[2:]) // 2048)
    return plane[:, :, ::step, ::step]
