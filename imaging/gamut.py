"""Colours outside sRGB brought into it softly, instead of cut off channel by channel.

After the idea of the ACES reference gamut compression (distance from the largest channel,
bent above a threshold), with one factor for the pixel, which keeps its hue.
"""

import numpy as np

from imaging.color import PROPHOTO_TO_SRGB, apply_matrix
from params.colorimetry import srgb_encode

# Saturation and brightness stay up to here; above they bend towards 1, which they never reach.
KNEE = 0.9
TINY = 1e-6  # what is divided by is no less


def compress_gamut(rgb: np.ndarray) -> np.ndarray:
    """sRGB-encoded HxWx3 of any values (below 0 as encode_beyond has them) -> 0..1.

    Saturation s = (max - min) / max, of which sRGB holds up to 1, is bent above KNEE, and max
    above a knee between 1, for greys, and KNEE, for saturated colours. Greys stay, hue (HSV's)
    stays, and so do colours with s and max up to KNEE; more saturation or light never becomes
    less.
    """
    planes = [np.ascontiguousarray(rgb[..., i]) for i in range(3)]
    high, low = _span(*planes)
    size = np.maximum(high, np.float32(TINY))
    saturation = (high - low) / size
    bent = _bend(saturation, np.float32(1.0 - KNEE))
    kept = bent / np.maximum(saturation, np.float32(TINY)) / size
    peak = _bend(high, bent * np.float32(1.0 - KNEE))
    out = np.empty_like(rgb)
    for i, plane in enumerate(planes):
        out[..., i] = (peak * (1.0 - (high - plane) * kept)).clip(0.0, 1.0)
    return out


def prophoto_to_srgb_inside(linear: np.ndarray) -> np.ndarray:
    """Linear ProPhoto HxWx3 -> sRGB-encoded HxWx3 float32 in 0..1, by compress_gamut.

    It changes few pixels of most pictures: only these pay for it.
    """
    encoded = encode_beyond(apply_matrix(linear, PROPHOTO_TO_SRGB))
    high, low = _span(encoded[..., 0], encoded[..., 1], encoded[..., 2])
    changed = (high > KNEE) | (low < np.float32(1.0 - KNEE) * high)
    if 2 * np.count_nonzero(changed) > changed.size:  # to pick most of them costs more
        return compress_gamut(encoded)
    inside = compress_gamut(encoded[changed])
    encoded = encoded.clip(0.0, 1.0, out=encoded)
    encoded[changed] = inside
    return encoded


def encode_beyond(linear: np.ndarray) -> np.ndarray:
    """Linear sRGB of any values, encoded; below 0 the curve is turned about 0."""
    return np.copysign(srgb_encode(np.abs(linear)), linear)


def _span(red: np.ndarray, green: np.ndarray, blue: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Largest and smallest of each pixel's channels."""
    high, low = np.maximum(red, green), np.minimum(red, green)
    return np.maximum(high, blue, out=high), np.minimum(low, blue, out=low)


def _bend(values: np.ndarray, room: np.ndarray | np.float32) -> np.ndarray:
    """Itself up to 1 - room; then smoothly towards 1, with never a slope below 0."""
    over = np.maximum(values - (1.0 - room), 0.0)
    return np.minimum(values, 1.0 - room) + over * room / np.sqrt(
        over * over + room * room + TINY * TINY
    )
