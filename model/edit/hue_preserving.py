"""A curve of greys applied to colours: by the largest and smallest channel, or by luminance.

Pictures are BxCxHxW linear ProPhoto; tensors, or model.solve.dual's Duals.
"""

from collections.abc import Callable
from typing import Any

import torch

from model.edit.slider_tables import LUMINANCE

# Channels nearer to each other than this are mapped by the curve's slope.
_GREY = 1e-4
# Darker than this the gain stays as it is here.
_DARK = 1e-5


def luminance(image: Any) -> Any:
    """Y, Bx1xHxW."""
    red, green, blue = image.split(1, dim=1)
    return LUMINANCE[0] * red + LUMINANCE[1] * green + LUMINANCE[2] * blue


def change_by_extremes(image: Any, change: Callable[[Any], Any]) -> Any:
    """What is to be added so that the largest and the smallest channel follow a curve.

    The channel between keeps its place between them, so the hue holds ("RGB tone" in Adobe's DNG
    SDK).

    Args:
        change: the curve's value less its argument, elementwise. Where it is 0, so is the result.
    """
    low, high = image.amin(1, True), image.amax(1, True)
    gap = (high - low).clamp(min=_GREY)
    low_change, high_change = change(torch.cat([low, low + gap], dim=1)).split(1, dim=1)
    return low_change + (high_change - low_change) / gap * (image - low)


def change_by_luminance(image: Any, change: Callable[[Any], Any]) -> Any:
    """What is to be added so that the luminance follows a curve and the channels keep their ratios.

    Args:
        change: the curve's value less its argument, elementwise. Where it is 0, so is the result.
    """
    light = luminance(image).clamp(min=_DARK)
    return image * (change(light) / light)
