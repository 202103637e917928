"""A picture at the size that statistics are taken at, in the spaces they need."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

DARKEST = 2.0**-12  # linear; below is noise


class SmallPicture(NamedTuple):
    """HxWx3 each but luminance, HxW.

    linear: ProPhoto, 0 or more.
    encoded: sRGB in 0..1, out of gamut clipped: as a display shows it.
    lab: CIE L*a*b* under D50.
    luminance: Y of XYZ, 1 for white.
    """

    linear: np.ndarray
    encoded: np.ndarray
    lab: np.ndarray
    luminance: np.ndarray

    @property
    def stops(self) -> np.ndarray:
        """Luminance to base 2, HxW."""
        return np.log2(np.maximum(self.luminance, DARKEST))


def share(mask: np.ndarray | np.bool_) -> float:
    """Root of the share of pixels: between one and two in a hundred there is more to tell than
    between fifty and fifty-one.
    """
    return float(np.sqrt(mask.mean()))


def mean_where(values: np.ndarray, weights: np.ndarray, otherwise: float = 0.0) -> float:
    """Mean of HxW values by their weights; where there are hardly any pixels, near `otherwise`.

    `otherwise` counts as a hundredth of the picture.
    """
    little = 0.01 * max(weights.size, 1)
    return float(((values * weights).sum() + little * otherwise) / (weights.sum() + little))


def spread(values: np.ndarray, shares: Sequence[float]) -> list[float]:
    """Percentiles, of shares 0..100, linear between two values. Raises ValueError of no values."""
    # Several times as fast as np.percentile, which partitions anew for each share.
    ordered = np.sort(values, axis=None)
    if not ordered.size:
        raise ValueError("no values have no percentiles")
    places = np.asarray(shares) / 100.0 * (ordered.size - 1)
    return [float(value) for value in np.interp(places, np.arange(ordered.size), ordered)]
