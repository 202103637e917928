"""Camera Raw's default rendering of a scene: exposure ramp, LookTable, tone curve (DNG SDK)."""

import functools
from typing import Any

import torch

from model.edit.blacks_whites import black_point
from model.edit.hue_sat import apply_maps
from model.edit.lookup import rooted_lookup
from model.edit.scene import Scene
from params.rendering import ramp

# Channels nearer to each other than this are mapped by the curve's slope.
_GREY = 1e-4


def hue_preserving(image: Any, curve: Any) -> Any:
    """A curve on the largest and the smallest channel; the one between keeps its place.

    DNG SDK ("RGB tone"). curve: a function of Bx2xHxW.
    """
    low, high = image.amin(1, True), image.amax(1, True)
    gap = (high - low).clamp(min=_GREY)
    low_out, high_out = curve(torch.cat([low, low + gap], dim=1)).split(1, dim=1)
    return low_out + (high_out - low_out) / gap * (image - low)


def default_rendering(image: Any, scene: Scene, blacks: Any) -> Any:
    """Exposure ramp, LookTable and tone curve of the shot's own default rendering (DNG SDK).

    Blacks moves the ramp's black point.
    """
    white, black = scene.levels.reshape(-1, 2, 1, 1, 1).to(image.dtype).unbind(1)
    image = ramp(image, white, black_point(black, blacks.reshape(-1, 1, 1, 1)))
    image = apply_maps(image, scene.look)
    return hue_preserving(image, functools.partial(rooted_lookup, scene.curves))
