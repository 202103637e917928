"""Process 2's default rendering of a picture, without torch: for statistics of it.

What model.edit_layer renders for the neutral edit, without a profile's HueSatMap and LookTable.
"""

import functools

import numpy as np

from params.base_rendering import BASES
from params.rendering import SDK, Rendering

# Places of the tables, closer together in the shadows.
_GREYS = np.linspace(0.0, 1.0, 4097) ** 2
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
    low, high = linear.min(axis=-1), linear.max(axis=-1)
    gap = np.maximum(high - low, _GREY)
    low_out, high_out = _drawn(curve, low), _drawn(curve, low + gap)
    # The channel between keeps its place, see model.edit.hue_preserving.
    slope = (high_out - low_out) / gap
    out = low_out[..., None] + slope[..., None] * (linear - low[..., None])
    return np.clip(out, 0.0, 1.0, out=out)


@functools.cache
def _roots() -> np.ndarray:
    return np.sqrt(_GREYS)


def _drawn(curve: np.ndarray, values: np.ndarray) -> np.ndarray:
    """A curve taken at _GREYS, at other values."""
    return np.interp(np.sqrt(values), _roots(), curve).astype(np.float32)
