"""The measured answers of Lightroom's tone sliders as tables, one for every setting.

Between the measured settings, and along the tones, by monotone cubics: each slider is smooth
and the identity at 0, and a higher setting is never darker.
"""

import functools
from typing import Any

import numpy as np
import torch
from torch import Tensor

from imaging.color import PROPHOTO_TO_XYZ
from model.edit.lookup import constant, rooted_greys
from params import measured_tone as measured
from params.base_curve import base_curve, inverse_base_curve
from params.colorimetry import srgb_decode, srgb_encode
from params.pchip import pchip, pchip_cubics
from params.ranges import clamp
from params.rendering import SHADOWS, ramp

LUMINANCE = tuple(PROPHOTO_TO_XYZ[1].tolist())
SCENE_SIZE = 1025
CURVE_SIZE = 513
# Scene values below this, at the foot of the rendering (L* 2), are scaled as it is: what the
# default black point crushes answers too.
_DARKEST = 0.0075
# Local gains: stops at evenly spaced distances from the picture's median, in stops.
LOWEST_STOP, HIGHEST_STOP, STEPS_A_STOP = -10.0, 10.0, 16
LOG_FLOOR = 1e-3  # added before the logarithm: sensor noise is not worth more than 10 stops
# Beyond the measured distances the highlights' fall goes on at its rate.
_PATCH_FAR, _PATCH_RATE = 7.0, 0.55


def lightness_to_luminance(lightness: np.ndarray) -> np.ndarray:
    """CIE L* -> luminance, white 1."""
    f = (lightness + 16.0) / 116.0
    return np.where(lightness > 8.0, f**3, lightness * 27.0 / 24389.0)


def luminance_to_lightness(luminance: np.ndarray) -> np.ndarray:
    """Luminance -> CIE L*."""
    root = 116.0 * np.cbrt(luminance) - 16.0
    return np.where(luminance > 216.0 / 24389.0, root, luminance * 24389.0 / 27.0)


@functools.cache
def scene_cubics(slider: str, dtype: torch.dtype, device: torch.device) -> tuple[Tensor, Tensor]:
    """Nodes [N] and cubics [4, N - 1, SCENE_SIZE] of a slider that acts before the rendering.

    The square roots of linear values at model.edit.lookup.rooted_greys. The default rendering of
    the result is the measured answer to the default rendering of the grey.
    """
    curves = _measured(slider)
    nodes = np.array(sorted(curves))
    scene = rooted_greys(SCENE_SIZE)
    return _tensors(
        nodes,
        np.stack([np.sqrt(scene if s == 0.0 else _on_scene(curves[s], scene)) for s in nodes]),
        dtype,
        device,
    )


@functools.cache
def blacks_cubics(dtype: torch.dtype, device: torch.device) -> tuple[Tensor, Tensor]:
    """Nodes and cubics [4, N - 1, CURVE_SIZE] of what Blacks does after the rendering.

    At evenly spaced sRGB-encoded greys: the part of the measured answer that is not yet there
    with the black point that the setting gives the rendering.
    """
    curves = _measured("Blacks2012")
    nodes = np.array(sorted(curves))
    greys = np.linspace(0.0, 1.0, CURVE_SIZE)
    rows = []
    for setting in nodes:
        black = black_point(0.001 * SHADOWS, setting)
        scene = _unrendered(srgb_decode(greys), black)
        darkest = np.searchsorted(scene, _DARKEST)
        row = srgb_encode(_answer(curves[setting], scene))
        row[:darkest] = row[darkest] * greys[:darkest] / greys[darkest]
        rows.append(greys if setting == 0.0 else row)
    return _tensors(nodes, np.stack(rows), dtype, device)


def whites_cubics(dtype: torch.dtype, device: torch.device) -> tuple[Tensor, Tensor]:
    """measured_cubics() of Whites."""
    return measured_cubics("Whites2012", dtype, device)


@functools.cache
def measured_cubics(slider: str, dtype: torch.dtype, device: torch.device) -> tuple[Tensor, Tensor]:
    """Nodes and cubics [4, N - 1, CURVE_SIZE] of a slider's answer on what is rendered.

    At evenly spaced sRGB-encoded greys: the measured answer, sRGB-encoded.
    """
    curves = _measured(slider)
    nodes = np.array(sorted(curves))
    greys = np.linspace(0.0, 1.0, CURVE_SIZE)
    lightness = luminance_to_lightness(srgb_decode(greys))
    rows = [greys if s == 0.0 else srgb_encode(_drawn(curves[s], lightness)) for s in nodes]
    return _tensors(nodes, np.stack(rows), dtype, device)


def black_point(black: Any, blacks: Any) -> Any:
    """The rendering's black point under the Blacks slider: +100 takes it away, -100 doubles it."""
    return clamp(black * (1.0 - 0.01 * blacks), 1e-6, 1.0)


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
    return _tensors(nodes, np.stack(rows), dtype, device)


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
    place = np.log2(_unrendered(before) + LOG_FLOOR) - median_stops()
    return pchip(place, np.log2(after / before), distance)


@functools.cache
def median_stops() -> float:
    """log2 of the scene's grey (floor added) that was the median of the pictures measured."""
    grey = _unrendered(lightness_to_luminance(np.array([measured.MEDIAN_L])))
    return float(np.log2(grey[0] + LOG_FLOOR))


def _measured(slider: str) -> dict[float, np.ndarray]:
    """L* out at measured.L_IN for each setting, 0 included."""
    greys = np.array(measured.L_IN, dtype=np.float64)
    curves = {0.0: greys} | {s: _ends(c) for s, c in measured.LIGHTNESS[slider].items()}
    if slider == "Exposure2012":  # measured to 2.5 EV: twice that is the curve twice
        curves |= {2.0 * s: pchip(greys, curves[s], curves[s]) for s in (-2.5, 2.5)}
    return curves


def _answer(curve: np.ndarray, scene: np.ndarray) -> np.ndarray:
    """The luminance that a measured curve makes of the default rendering of scene greys."""
    return _drawn(curve, luminance_to_lightness(base_curve(ramp(scene))))


def _drawn(curve: np.ndarray, lightness: np.ndarray) -> np.ndarray:
    """The luminance that a measured curve gives to rendered greys of this L*."""
    return lightness_to_luminance(pchip(np.array(measured.L_IN, np.float64), curve, lightness))


def _on_scene(curve: np.ndarray, scene: np.ndarray) -> np.ndarray:
    """A measured curve as a change of scene greys, before the default rendering."""
    changed = _unrendered(_answer(curve, scene.clip(_DARKEST, None)))
    return np.where(scene < _DARKEST, changed * scene / _DARKEST, changed)


def _unrendered(luminance: np.ndarray, black: float = 0.001 * SHADOWS) -> np.ndarray:
    """The scene greys that the default rendering brings to these luminances."""
    scene = 0.5 * black + (1.0 - 0.5 * black) * np.linspace(0.0, 1.0, 100001) ** 2
    return np.interp(inverse_base_curve(luminance), ramp(scene, 1.0, black), scene)


def _ends(lightness: tuple[float, ...]) -> np.ndarray:
    """Black stays black; 99.9 at white is rounding."""
    curve = np.array(lightness, dtype=np.float64)
    curve[0] = 0.0
    curve[-1] = 100.0 if curve[-1] > 99.8 else curve[-1]
    return curve


def _tensors(
    nodes: np.ndarray, rows: np.ndarray, dtype: torch.dtype, device: torch.device
) -> tuple[Tensor, Tensor]:
    cubics = pchip_cubics(nodes, rows)
    return constant(nodes, dtype, device), constant(cubics, dtype, device)
