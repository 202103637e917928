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
    high, low = rgb.max(axis=-1, keepdims=True), rgb.min(axis=-1, keepdims=True)
    floor = np.maximum(high, np.float32(TINY))
    saturation = (high - low) / floor
    bent = _bend(saturation, np.float32(1.0 - KNEE))
    kept = bent / np.maximum(saturation, np.float32(TINY))
    peak = _bend(high, bent * np.float32(1.0 - KNEE))
    return (peak * (1.0 - (high - rgb) / floor * kept)).clip(0.0, 1.0)


def prophoto_to_srgb_inside(linear: np.ndarray) -> np.ndarray:
    """Linear ProPhoto HxWx3 -> sRGB-encoded HxWx3 float32 in 0..1, by compress_gamut.

    It changes few pixels of most pictures: only these pay for it.
    """
    srgb = apply_matrix(linear, PROPHOTO_TO_SRGB)
    encoded = srgb_encode(srgb.clip(0.0, 1.0))
    red, green, blue = encoded[..., 0], encoded[..., 1], encoded[..., 2]
    high = np.maximum(np.maximum(red, green), blue)
    low = np.minimum(np.minimum(red, green), blue)
    changed = (high > KNEE) | (low < np.float32(1.0 - KNEE) * high)
    encoded[changed] = compress_gamut(encode_beyond(srgb[changed]))
    return encoded


def encode_beyond(linear: np.ndarray) -> np.ndarray:
    """Linear sRGB of any values, encoded; below 0 the curve is turned about 0."""
    return np.copysign(srgb_encode(np.abs(linear)), linear)


def _bend(values: np.ndarray, room: np.ndarray | np.float32) -> np.ndarray:
    """Itself up to 1 - room; then smoothly towards 1, with never a slope below 0."""
    over = np.maximum(values - (1.0 - room), 0.0)
    return np.minimum(values, 1.0 - room) + over * room / np.sqrt(
        over * over + room * room + TINY * TINY
    )
