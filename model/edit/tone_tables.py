"""What the tone sliders' tables share: measured answers, made into one for every setting.

Between the measured settings, and along the tones, by monotone cubics: each slider is smooth
and the identity at 0, and a higher setting is never darker.
"""

import functools
from typing import Any

import numpy as np
import torch
from torch import Tensor

from model.edit import measured_tone as measured
from model.edit.lookup import constant, rooted_greys
from params.base_curve import base_curve, inverse_base_curve
from params.colorimetry import srgb_decode, srgb_encode
from params.pchip import pchip, pchip_cubics
from params.rendering import SHADOWS, ramp

# Entries of a table over linear greys (model.edit.lookup.rooted_greys), and of one over
# sRGB-encoded greys.
TONE_SIZE = 1025
CURVE_SIZE = 513
# Scene values below this, at the foot of the rendering (L* 2), are scaled as it is: what the
# default black point crushes answers too.
DARKEST = 0.0075


def lightness_to_luminance(lightness: np.ndarray) -> np.ndarray:
    """CIE L* -> luminance, white 1."""
    f = (lightness + 16.0) / 116.0
    return np.where(lightness > 8.0, f**3, lightness * 27.0 / 24389.0)


def luminance_to_lightness(luminance: np.ndarray) -> np.ndarray:
    """Luminance -> CIE L*."""
    root = 116.0 * np.cbrt(luminance) - 16.0
    return np.where(luminance > 216.0 / 24389.0, root, luminance * 24389.0 / 27.0)


def measured_curves(slider: str) -> dict[float, np.ndarray]:
    """L* out at measured.L_IN for each setting, 0 included."""
    greys = np.array(measured.L_IN, dtype=np.float64)
    curves = {0.0: greys} | {s: _ends(c) for s, c in measured.LIGHTNESS[slider].items()}
    if slider == "Exposure2012":  # measured to 2.5 EV: twice that is the curve twice
        curves |= {2.0 * s: pchip(greys, curves[s], curves[s]) for s in (-2.5, 2.5)}
    return curves


def answer(curve: np.ndarray, scene: np.ndarray) -> np.ndarray:
    """The luminance that a measured curve makes of the default rendering of scene greys."""
    return drawn(curve, luminance_to_lightness(base_curve(ramp(scene))))


def drawn(curve: np.ndarray, lightness: np.ndarray) -> np.ndarray:
    """The luminance that a measured curve gives to rendered greys of this L*."""
    return lightness_to_luminance(pchip(np.array(measured.L_IN, np.float64), curve, lightness))


def unrendered(luminance: np.ndarray, black: float = 0.001 * SHADOWS) -> np.ndarray:
    """The scene greys that the default rendering brings to these luminances."""
    scene = 0.5 * black + (1.0 - 0.5 * black) * np.linspace(0.0, 1.0, 100001) ** 2
    return np.interp(inverse_base_curve(luminance), ramp(scene, 1.0, black), scene)


def _ends(lightness: tuple[float, ...]) -> np.ndarray:
    """Black stays black; 99.9 at white is rounding."""
    curve = np.array(lightness, dtype=np.float64)
    curve[0] = 0.0
    curve[-1] = 100.0 if curve[-1] > 99.8 else curve[-1]
    return curve


def node_cubics(
    nodes: np.ndarray, rows: np.ndarray, dtype: torch.dtype, device: torch.device
) -> tuple[Tensor, Tensor]:
    cubics = pchip_cubics(nodes, rows)
    return constant(nodes, dtype, device), constant(cubics, dtype, device)


def tone_positions(slider: Any) -> Tensor:
    """Where rooted_greys(TONE_SIZE) lie in tables over sRGB-encoded greys: [B, TONE_SIZE]."""
    return _encoded_positions(slider.dtype, slider.device).expand(slider.shape[0], -1)


@functools.cache
def _encoded_positions(dtype: torch.dtype, device: torch.device) -> Tensor:
    places = srgb_encode(rooted_greys(TONE_SIZE)) * (CURVE_SIZE - 1)
    return constant(places[None], dtype, device)


@functools.cache
def measured_cubics(slider: str, dtype: torch.dtype, device: torch.device) -> tuple[Tensor, Tensor]:
    """Nodes and cubics [4, N - 1, CURVE_SIZE] of a slider's answer on what is rendered.

    At evenly spaced sRGB-encoded greys: the measured answer, sRGB-encoded.
    """
    curves = measured_curves(slider)
    nodes = np.array(sorted(curves))
    greys = np.linspace(0.0, 1.0, CURVE_SIZE)
    lightness = luminance_to_lightness(srgb_decode(greys))
    rows = [greys if s == 0.0 else srgb_encode(drawn(curves[s], lightness)) for s in nodes]
    return node_cubics(nodes, np.stack(rows), dtype, device)
