"""Noise taken out of a finished sRGB picture, and its edges sharpened.

After Camera Raw's Detail panel in names and ranges; what the numbers do is our own design. Works
on 8-bit YCbCr by OpenCV, a strip of rows at a time. How strong the noise is, is measured in the
picture, tone by tone, so that a clean picture stays as it is.
"""

import numpy as np

from imaging.output_options import COLOR_NOISE, Detail
from imaging.row_blocks import each_rows

_SMALL = 4  # colour is smoothed in a picture so many times smaller
_DEVIATIONS = 2.5  # so far noise goes; by photographs with noise added, 0.4 to 0.7 of it is left
_BINS = 16  # tones whose noise is measured apart
_FEWEST = 400  # pixels that tell of a tone's noise
_MAD = 1.4826  # median absolute deviation to standard deviation
_STRIP = 64  # rows at a time: what is made of them stays in a core's cache
_HALO = 6


def refine(srgb: np.ndarray, detail: Detail) -> np.ndarray:
    """An sRGB picture, HxWx3 uint8, with less noise and sharper edges; the same shape and type."""
    import cv2

    if detail.does_nothing or min(srgb.shape[:2]) < 2 * _SMALL:
        return srgb
    encoded = cv2.cvtColor(srgb, cv2.COLOR_RGB2YCrCb)
    luma, colors = encoded[..., 0], [encoded[..., 1], encoded[..., 2]]
    smoothed = [ColorNoise(one, luma, detail.color_noise) for one in colors]
    if detail.luminance_noise:
        luma = reduce_luminance_noise(np.ascontiguousarray(luma), detail.luminance_noise)
    sharpened = Sharpening(luma, detail.sharpness)
    filters: list[Sharpening | ColorNoise] = [sharpened, *smoothed]
    out = np.empty(srgb.shape, np.uint8)

    def strip(top: int, bottom: int) -> None:
        planes = [one.rows(top, bottom) for one in filters]
        out[top:bottom] = cv2.cvtColor(cv2.merge(planes), cv2.COLOR_YCrCb2RGB)

    each_rows(strip, len(out), _STRIP)
    return out


class ColorNoise:
    """One of Cr and Cb with what is no more than its noise taken out.

    A guided filter (He and Sun, Fast Guided Filter, 2015) smooths it along the edges of the
    luminance; differences from that which are larger than the noise are colours, and stay.

    color: HxW uint8.
    luma: Y of the same picture.
    amount: 0 to 100; at 25 differences up to 2.5 standard deviations of the noise go.
    """

    def __init__(self, color: np.ndarray, luma: np.ndarray, amount: float) -> None:
        import cv2

        self._color, self._luma = color, luma
        self._limit = np.zeros(256, np.float32)
        noise = noise_by_tone(color, luma) if amount else np.zeros(_BINS, np.float32)
        if not noise.any():
            return
        height, width = color.shape
        size = (-(-width // _SMALL), -(-height // _SMALL))
        guide, small = (
            cv2.resize(one, size, interpolation=cv2.INTER_AREA).astype(np.float32)
            for one in (luma, color)
        )
        reach = 3 if amount <= COLOR_NOISE else 5
        box = (reach, reach)
        mean_guide, mean = cv2.blur(guide, box), cv2.blur(small, box)
        variance = cv2.blur(guide * guide, box) - mean_guide**2
        slope = cv2.blur(guide * small, box) - mean_guide * mean
        slope /= variance + noise.max() ** 2 + 1.0
        base = cv2.blur(mean - slope * mean_guide, box)
        self._smooth = cv2.blur(slope, box) * guide + base
        self._limit = _per_tone(noise * np.float32(_DEVIATIONS * amount / COLOR_NOISE))

    def rows(self, top: int, bottom: int) -> np.ndarray:
        """Rows top to bottom - 1, HxW uint8."""
        import cv2

        color = self._color[top:bottom]
        if not self._limit.any():
            return color
        away = color - self._smooth_rows(top, bottom)
        limit = cv2.LUT(self._luma[top:bottom], self._limit)
        np.minimum(away, limit, out=away)
        np.maximum(away, np.negative(limit, out=limit), out=away)
        return cv2.subtract(color, away, dtype=cv2.CV_8U)

    def _smooth_rows(self, top: int, bottom: int) -> np.ndarray:
        """Of the smoothed colour, linearly as large as the picture."""
        import cv2

        height, width = self._color.shape
        small = len(self._smooth)
        places = (np.arange(top, bottom) + 0.5) * (small / height) - 0.5
        places = places.clip(0.0, small - 1.0)
        first = int(places[0])
        part = self._smooth[first : int(places[-1]) + 2]
        wide = cv2.resize(part, (width, len(part)), interpolation=cv2.INTER_LINEAR)
        below = places.astype(int) - first
        above = np.minimum(below + 1, len(part) - 1)
        mixed = wide[above]
        start = wide[below]
        mixed -= start
        mixed *= (places - places.astype(int)).astype(np.float32)[:, None]
        mixed += start
        return mixed


def reduce_luminance_noise(luma: np.ndarray, amount: float) -> np.ndarray:
    """Y, HxW uint8, smoothed by OpenCV's non-local means; at 50 by what its noise asks for."""
    import cv2

    noise = noise_by_tone(luma, luma)
    known = noise[noise > 0.0]
    strength = float(np.median(known)) * amount / 50.0 if known.size else 0.0
    if strength < 0.3:
        return luma
    return cv2.fastNlMeansDenoising(luma, None, strength, 5, 13)


class Sharpening:
    """Y with an unsharp mask of radius 1; what is no more than noise is left.

    luma: HxW uint8.
    amount: 0 to 150; 100 adds all of the difference from the blurred picture.
    """

    def __init__(self, luma: np.ndarray, amount: float) -> None:
        self._luma, self._amount = luma, amount
        if amount:
            self._core = _per_tone(noise_by_tone(luma, luma))

    def rows(self, top: int, bottom: int) -> np.ndarray:
        """Rows top to bottom - 1, HxW uint8."""
        import cv2

        luma = self._luma[top:bottom]
        if not self._amount:
            return luma
        first = max(top - _HALO, 0)
        part = self._luma[first : bottom + _HALO].astype(np.float32)
        blurred = cv2.GaussianBlur(part, (0, 0), 1.0)
        inner = slice(top - first, bottom - first)
        edges, part = np.subtract(part[inner], blurred[inner], out=blurred[inner]), part[inner]
        limit = cv2.LUT(luma, self._core)
        noise = np.minimum(edges, limit)
        edges -= np.maximum(noise, np.negative(limit, out=limit), out=noise)
        return cv2.addWeighted(part, 1.0, edges, self._amount / 100.0, 0.0, dtype=cv2.CV_8U)


def noise_by_tone(plane: np.ndarray, luma: np.ndarray) -> np.ndarray:
    """The standard deviation of a plane's noise in each of 16 tones of luminance, float32.

    From the differences of neighbours: their median is that of even places, where only noise
    is. A plane whose neighbours are mostly equal has none.
    """
    import cv2

    rows = slice(None, None, max(1, plane.shape[0] // 1000))
    plane, luma = np.ascontiguousarray(plane[rows]), np.ascontiguousarray(luma[rows, 1:])
    away = cv2.absdiff(plane[:, 1:], plane[:, :-1])
    span = [0, 256, 0, 256]
    counts = cv2.calcHist([luma, away], [0, 1], None, [_BINS, 256], span).astype(np.float64)
    noise = np.zeros(_BINS, np.float32)
    for tone, histogram in enumerate(counts):
        if histogram.sum() >= _FEWEST:
            noise[tone] = _median(histogram) * _MAD / np.sqrt(2.0)
    known = counts.sum(axis=1) >= _FEWEST
    if not known.any():
        return noise
    places = np.arange(_BINS)
    return np.interp(places, places[known], noise[known]).astype(np.float32)


def _median(histogram: np.ndarray) -> float:
    """Of whole numbers that were rounded: between them by their counts, 0 where most are 0."""
    half, below = histogram.sum() / 2.0, np.concatenate([[0.0], histogram.cumsum()])
    place = int(np.searchsorted(below, half, side="left")) - 1
    if place <= 0:
        return 0.0
    return place - 0.5 + (half - below[place]) / histogram[place]


def _per_tone(values: np.ndarray) -> np.ndarray:
    """Values of 16 tones as a table over all 256."""
    centres = (np.arange(_BINS) + 0.5) * (256 / _BINS)
    return np.interp(np.arange(256), centres, values).astype(np.float32)
