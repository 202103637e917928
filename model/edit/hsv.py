"""Hue, saturation and value of linear colours. Tensors, or model.edit.dual's Duals."""

from typing import Any

from model.edit.arrays import stack
from params.colorimetry import where

# Less colour or light than this has no hue or saturation to speak of.
_TINY = 1e-7


def to_hsv(image: Any) -> tuple[Any, Any, Any]:
    """BxHxW each: hue in sixths of the circle (0..6), saturation and value (0..1)."""
    red, green, blue = image.unbind(1)
    high = image.amax(1)
    gap = high - image.amin(1)
    r, g, b = image.detach().unbind(1)
    is_red, is_green = (r >= g) & (r >= b), g >= b
    side = where(is_red, green - blue, where(is_green, blue - red, red - green))
    turn = 4.0 - 2.0 * is_green
    hue = side / gap.clamp(min=_TINY) + turn.masked_fill(is_red, 0.0)
    return hue + 6.0 * (hue < 0.0), gap / high.clamp(min=_TINY), high


def from_hsv(hue: Any, saturation: Any, value: Any) -> Any:
    """Bx3xHxW; the hue may lie beyond the circle's ends."""
    chroma = value * saturation
    channels = []
    for place in (5.0, 3.0, 1.0):
        around = hue + place
        around = around - 6.0 * (around.detach() / 6.0).floor()
        missing = around.clamp(0.0, 1.0) - (around - 3.0).clamp(0.0, 1.0)
        channels.append(value - chroma * missing)
    return stack(channels, dim=1)
