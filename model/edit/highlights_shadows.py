"""Highlights and Shadows of process 2: stops by the base layer's distance from the median."""

import functools
from typing import Any

import numpy as np
import torch
from torch import Tensor

from model.edit import measured_tone as measured
from model.edit.local_base import LOG_FLOOR, LocalBase
from model.edit.lookup import evaluate_cubics, lookup
from model.edit.tone_tables import lightness_to_luminance, node_cubics, unrendered
from params.pchip import pchip

# Local gains: stops at evenly spaced distances from the picture's median, in stops.
LOWEST_STOP, HIGHEST_STOP, STEPS_A_STOP = -10.0, 10.0, 16
# Beyond the measured distances the highlights' fall goes on at its rate.
_PATCH_FAR, _PATCH_RATE = 7.0, 0.55


def gain_table(highlights: Any, shadows: Any, base: LocalBase) -> Any:
    """Stops that Highlights and Shadows add in a picture, over distances from its median.

    In photographs Highlights follow the picture's median; Shadows (as measured) don't: theirs
    are over the distance from median_stops().
    """
    kind = highlights.dtype, highlights.device
    wide = base.wide[:, None].to(highlights.dtype)
    near: Any = 0.0
    for name, amount in (("Highlights2012", highlights), ("Shadows2012", shadows)):
        near = evaluate_cubics(*gain_cubics(name, False, *kind), amount) * (1.0 - wide) + near
    photograph = evaluate_cubics(*gain_cubics("Highlights2012", True, *kind), highlights) * wide
    absolute = evaluate_cubics(*gain_cubics("Shadows2012", True, *kind), shadows) * wide
    shift = (base.median.to(highlights.dtype) - median_stops()) * float(STEPS_A_STOP)
    places = torch.arange(absolute.shape[1], dtype=kind[0], device=kind[1])
    return near + photograph + lookup(absolute, places + shift[:, None])


def local_gain(table: Any, base: LocalBase) -> Any:
    """Stops that Highlights and Shadows add, Bx1xHxW, by the base layer's distances."""
    if base.distance is None:
        raise ValueError("a base layer without the distances of the pixels to render")
    return lookup(table, (base.distance - LOWEST_STOP) * float(STEPS_A_STOP))


@functools.cache
def gain_cubics(
    slider: str, wide: bool, dtype: torch.dtype, device: torch.device
) -> tuple[Tensor, Tensor]:
    """Nodes and cubics of Highlights' or Shadows' gain in stops over the distance to the median.

    wide: measured on photographs; else on a patch in an even surround. There only one direction
    of each slider is known; the other is taken as its opposite.
    """
    count = round((HIGHEST_STOP - LOWEST_STOP) * STEPS_A_STOP) + 1
    distance = np.linspace(LOWEST_STOP, HIGHEST_STOP, count)
    nodes = np.array([-100.0, -50.0, 0.0, 50.0, 100.0])
    if wide:
        rows = [_photo_stops(slider, s, distance) for s in nodes]
    else:
        far = np.array([*measured.PATCH_STOPS, _PATCH_FAR])
        if slider == "Shadows2012":
            full = pchip(far, np.array([*measured.PATCH_SHADOWS, 1.2]), -distance)
        else:
            more = measured.PATCH_HIGHLIGHTS[-1] - _PATCH_RATE * (_PATCH_FAR - far[-2])
            full = -pchip(far, np.array([*measured.PATCH_HIGHLIGHTS, more]), distance)
        full = np.where(distance * (1 if slider == "Highlights2012" else -1) > 0.0, full, 0.0)
        rows = [s / 100.0 * full for s in nodes]
    return node_cubics(nodes, np.stack(rows), dtype, device)


def _photo_stops(slider: str, setting: float, distance: np.ndarray) -> np.ndarray:
    """Stops that a setting adds, over the distance of the scene's grey from the median grey."""
    if setting == 0.0:
        return np.zeros_like(distance)
    # The darkest grey says little: its rounded L* is a large step in stops.
    greys = np.array(measured.L_IN[1:], dtype=np.float64)
    before = lightness_to_luminance(greys)
    after = lightness_to_luminance(np.array(measured.LIGHTNESS[slider][setting][1:]))
    if setting > 0.0:
        after[-1] = 1.0
    place = np.log2(unrendered(before) + LOG_FLOOR) - median_stops()
    return pchip(place, np.log2(after / before), distance)


@functools.cache
def median_stops() -> float:
    """log2 of the scene's grey (floor added) that was the median of the pictures measured."""
    grey = unrendered(lightness_to_luminance(np.array([measured.MEDIAN_L])))
    return float(np.log2(grey[0] + LOG_FLOOR))
