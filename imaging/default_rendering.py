"""Process 2's default rendering of a picture, without torch: for statistics of it.

What model.edit_layer renders for the neutral edit, without a profile's HueSatMap and LookTable.
"""

import numpy as np

from params.base_rendering import BASES
from params.rendering import SDK, Rendering

# Places of the tables, even on the square root: closer together in the shadows.
_LAST = 4096
_GREYS = np.linspace(0.0, 1.0, _LAST + 1) ** 2
# Channels nearer to each other than this are mapped by the curve's slope.
_GREY = np.float32(1e-4)


def default_rendering(linear: np.ndarray, rendering: Rendering) -> np.ndarray:
    """Scene light as display light.

    Args:
        linear: HxWx3 float32 linear ProPhoto, as-shot white balance, 0..1.
        rendering: the shot's own part in it; its creative look and its crop are left out.

    Returns:
        HxWx3 float32 linear ProPhoto, 0..1.
    """
    based = BASES[rendering.base](_GREYS, rendering.base_exposure, rendering.shadows)
    if rendering.base == SDK:  # on each channel
        linear = _drawn(based, linear)
        curve = rendering.tone(_GREYS)
    else:
        curve = rendering.tone(based)
    red, green, blue = np.moveaxis(linear, -1, 0)
    low = np.minimum(np.minimum(red, green), blue)
    high = np.maximum(np.maximum(red, green), blue)
    gap = np.maximum(high - low, _GREY)
    low_out, high_out = _drawn(curve, low), _drawn(curve, low + gap)
    # The channel between keeps its place, see model.edit.hue_preserving.
    slope = (high_out - low_out) / gap
    out = slope[..., None] * linear
    out += (low_out - slope * low)[..., None]
    return np.clip(out, 0.0, 1.0, out=out)


def _drawn(curve: np.ndarray, values: np.ndarray) -> np.ndarray:
    """A curve taken at _GREYS, at other values from 0 on, float32; np.interp takes three times as
    long."""
    table = curve.astype(np.float32)
    place = np.minimum(np.sqrt(values) * np.float32(_LAST), np.float32(_LAST))
    below = np.minimum(place.astype(np.int32), _LAST - 1)
    return table[below] + (place - below.astype(np.float32)) * np.diff(table)[below]
