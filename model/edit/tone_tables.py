"""What the tone sliders' tables share: measured answers, made into one for every setting.

Between the measured settings, and along the tones, by monotone cubics: each slider is smooth
and the identity at 0, and a higher setting is never darker.
"""

import functools
from typing import Any

import numpy as np

from model.edit import measured_tone as measured
from model.edit.arrays import Values
from model.edit.lookup import node_cubics
from params.base_curve import inverse_base_curve
from params.base_rendering import camera_raw
from params.colorimetry import srgb_decode, srgb_encode
from params.pchip import pchip

CURVE_SIZE = 513  # entries of a table over sRGB-encoded greys


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
    return {0.0: greys} | {s: _ends(c) for s, c in measured.LIGHTNESS[slider].items()}


def drawn(curve: np.ndarray, lightness: np.ndarray) -> np.ndarray:
    """The luminance that a measured curve gives to rendered greys of this L*."""
    return lightness_to_luminance(pchip(np.array(measured.L_IN, np.float64), curve, lightness))


def unrendered(luminance: np.ndarray) -> np.ndarray:
    """The scene greys that Camera Raw's default rendering brings to these luminances."""
    scene = np.linspace(0.0, 1.0, 100001) ** 2
    return np.interp(inverse_base_curve(luminance), camera_raw(scene, 0.0), scene)


def _ends(lightness: tuple[float, ...]) -> np.ndarray:
    """Black stays black; 99.9 at white is rounding."""
    curve = np.array(lightness, dtype=np.float64)
    curve[0] = 0.0
    curve[-1] = 100.0 if curve[-1] > 99.8 else curve[-1]
    return curve


@functools.cache
def measured_cubics(slider: str, dtype: Any, device: Any) -> tuple[Values, Values]:
    """Nodes and cubics [4, N - 1, CURVE_SIZE] of a slider's answer on what is rendered.

    At evenly spaced sRGB-encoded greys: the measured answer, sRGB-encoded.
    """
    curves = measured_curves(slider)
    nodes = np.array(sorted(curves))
    greys = np.linspace(0.0, 1.0, CURVE_SIZE)
    lightness = luminance_to_lightness(srgb_decode(greys))
    rows = [greys if s == 0.0 else srgb_encode(drawn(curves[s], lightness)) for s in nodes]
    return node_cubics(nodes, np.stack(rows), dtype, device)
