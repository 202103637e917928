"""Noise taken out of a finished sRGB picture, and its edges sharpened.

After Camera Raw's Detail panel in names and ranges; what the numbers do is our own design. Works
on 8-bit YCbCr by OpenCV. How strong the noise is, is measured in the picture, tone by tone, so
that a clean picture stays as it is.
"""

import numpy as np

from imaging.output_options import COLOR_NOISE, Detail

_SMALL = 4  # colour is smoothed in a picture so many times smaller
_DEVIATIONS = 2.5  # so far noise goes; by photographs with noise added, 0.4 to 0.7 of it is left
_BINS = 16  # tones whose noise is measured apart
_FEWEST = 400  # pixels that tell of a tone's noise
_MAD = 1.4826  # median absolute deviation to standard deviation
_STRIP = 512  # rows sharpened at a time
_HALO = 6


def refine(srgb: np.ndarray, detail: Detail) -> np.ndarray:
    """An sRGB picture, HxWx3 uint8, with less noise and sharper edges; the same shape and type."""
    import cv2

    if detail.does_nothing or min(srgb.shape[:2]) < 2 * _SMALL:
        return srgb
    luma, red, blue = cv2.split(cv2.cvtColor(srgb, cv2.COLOR_RGB2YCrCb))
    if detail.color_noise:
        red, blue = (reduce_color_noise(one, luma, detail.color_noise) for one in (red, blue))
    if detail.luminance_noise:
        luma = reduce_luminance_noise(luma, detail.luminance_noise)
    if detail.sharpness:
        luma = sharpen(luma, detail.sharpness)
    return cv2.cvtColor(cv2.merge([luma, red, blue]), cv2.COLOR_YCrCb2RGB)


def reduce_color_noise(color: np.ndarray, luma: np.ndarray, amount: float) -> np.ndarray:
    """One of Cr and Cb, HxW uint8, with what is no more than its noise taken out.

    A guided filter (He and Sun, Fast Guided Filter, 2015) smooths it along the edges of the
    luminance; differences from that which are larger than the noise are colours, and stay.

    Args:
        luma: Y of the same picture.
        amount: 0 to 100; at 25 differences up to 2.5 standard deviations of the noise go.
    """
    import cv2

    height, width = color.shape
    noise = noise_by_tone(color, luma)
    if not noise.any():
        return color
    size = (-(-width // _SMALL), -(-height // _SMALL))
    guide, small = (
        cv2.resize(one, size, interpolation=cv2.INTER_AREA).astype(np.float32)
        for one in (luma, color)
    )
    reach = 3 if amount <= COLOR_NOISE else 5
    box = (reach, reach)
    mean_guide, mean = cv2.blur(guide, box), cv2.blur(small, box)
    variance = cv2.blur(guide * guide, box) - mean_guide**2
    slope = (cv2.blur(guide * small, box) - mean_guide * mean) / (variance + noise.max() ** 2 + 1.0)
    base = cv2.blur(mean - slope * mean_guide, box)
    smooth = cv2.blur(slope, box) * guide + base
    smooth = cv2.resize(smooth, (width, height), interpolation=cv2.INTER_LINEAR)
    reach_of_noise = _per_tone(noise * np.float32(_DEVIATIONS * amount / COLOR_NOISE))
    away = color.astype(np.float32) - smooth
    limit = cv2.LUT(luma, reach_of_noise)
    kept = np.maximum(np.abs(away) - limit, 0.0, out=limit)
    smooth += np.copysign(kept, away, out=away)
    return np.rint(smooth).clip(0.0, 255.0).astype(np.uint8)


def reduce_luminance_noise(luma: np.ndarray, amount: float) -> np.ndarray:
    """Y, HxW uint8, smoothed by OpenCV's non-local means; at 50 by what its noise asks for."""
    import cv2

    noise = noise_by_tone(luma, luma)
    known = noise[noise > 0.0]
    strength = float(np.median(known)) * amount / 50.0 if known.size else 0.0
    if strength < 0.3:
        return luma
    return cv2.fastNlMeansDenoising(luma, None, strength, 5, 13)


def sharpen(luma: np.ndarray, amount: float) -> np.ndarray:
    """Y, HxW uint8, with an unsharp mask of radius 1; what is no more than noise is left.

    Args:
        amount: 0 to 150; 100 adds all of the difference from the blurred picture.
    """
    import cv2

    core = _per_tone(noise_by_tone(luma, luma))
    result = np.empty_like(luma)
    for top in range(0, luma.shape[0], _STRIP):
        first = max(top - _HALO, 0)
        part = luma[first : top + _STRIP + _HALO].astype(np.float32)
        edges = part - cv2.GaussianBlur(part, (0, 0), 1.0)
        inner = slice(top - first, top - first + min(_STRIP, luma.shape[0] - top))
        edges, part = edges[inner], part[inner]
        limit = cv2.LUT(luma[top : top + _STRIP], core)
        edges = np.copysign(np.maximum(np.abs(edges) - limit, 0.0), edges)
        sharper = part + np.float32(amount / 100.0) * edges
        result[top : top + _STRIP] = np.rint(sharper).clip(0.0, 255.0).astype(np.uint8)
    return result


def noise_by_tone(plane: np.ndarray, luma: np.ndarray) -> np.ndarray:
    """The standard deviation of a plane's noise in each of 16 tones of luminance, float32.

    From the differences of neighbours: their median is that of even places, where only noise
    is. A plane whose neighbours are mostly equal has none.
    """
    rows = slice(None, None, max(1, plane.shape[0] // 1000))
    away = np.abs(plane[rows, 1:].astype(np.int16) - plane[rows, :-1])
    tones = (luma[rows, 1:] // (256 // _BINS)).astype(np.intp)
    counts = np.bincount(tones.ravel() * 256 + away.ravel().clip(0, 255), minlength=_BINS * 256)
    counts = counts.reshape(_BINS, 256).astype(np.float64)
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
