"""CIEDE2000, the colour difference that everything here is measured by."""

import math
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

# Arrays of one shape, for L*, a* and b*.
Lab: TypeAlias = Sequence[np.ndarray]

# Far below what rounding leaves of a colour, and of a direction; the squares are float32s still.
_TINY, _ASIDE = 1e-12, 1e-9
_25_TO_7 = 25.0**7
_BLUE, _BLUE_WIDTH, _MOST_TURN = math.radians(275.0), math.radians(25.0), math.radians(60.0)


def delta_e2000(first: Lab, second: Lab) -> np.ndarray:
    """ΔE00 of CIE L*a*b* colours, of the type and shape of their arrays.

    CIE 142-2001, as Sharma, Wu and Dalal state it (2005), written without angles: hues are unit
    vectors, which takes a sixth of the time and no more than float32. Where two hues lie opposite
    each other the formula jumps, and so does rounding.
    """
    (light_1, a_1, b_1), (light_2, a_2, b_2) = first, second
    chroma = 0.5 * (np.sqrt(a_1 * a_1 + b_1 * b_1) + np.sqrt(a_2 * a_2 + b_2 * b_2))
    stretch = 1.5 - 0.5 * _saturation(chroma)
    a_1, a_2 = a_1 * stretch, a_2 * stretch
    chroma_1, chroma_2 = np.sqrt(a_1 * a_1 + b_1 * b_1), np.sqrt(a_2 * a_2 + b_2 * b_2)
    product = chroma_1 * chroma_2

    # 2 √(C1 C2) sin(Δh / 2), in each half of the circle without differences of near numbers.
    across, along = a_1 * (b_2 - b_1) - b_1 * (a_2 - a_1), a_1 * a_2 + b_1 * b_2
    near = product + np.maximum(along, 0.0) + _TINY
    turned = 2.0 * np.sqrt(product) * across / np.sqrt(across * across + near * near)
    far = np.sqrt(2.0 * (product - np.minimum(along, 0.0)))
    turned = np.where(along < 0.0, np.copysign(far, across), turned)

    light, chroma = 0.5 * (light_1 + light_2), 0.5 * (chroma_1 + chroma_2)
    cos, sin = _middle_hue(a_1, b_1, chroma_1, a_2, b_2, chroma_2)
    off_grey = (light - 50.0) * (light - 50.0)
    lightness = (light_2 - light_1) / (1.0 + 0.015 * off_grey / np.sqrt(20.0 + off_grey))
    purity = (chroma_2 - chroma_1) / (1.0 + 0.045 * chroma)
    hue = turned / (1.0 + 0.015 * chroma * _hue_weight(cos, sin))
    squares = lightness * lightness + purity * purity + hue * hue
    blue = _blue_turn(cos, sin) * _saturation(chroma) * -2.0
    return np.sqrt(np.maximum(squares + blue * purity * hue, 0.0))


def _saturation(chroma: np.ndarray) -> np.ndarray:
    """√(C⁷ / (C⁷ + 25⁷))."""
    third = chroma * chroma * chroma
    seventh = third * third * chroma
    return np.sqrt(seventh / (seventh + _25_TO_7))


def _middle_hue(
    a_1: np.ndarray,
    b_1: np.ndarray,
    chroma_1: np.ndarray,
    a_2: np.ndarray,
    b_2: np.ndarray,
    chroma_2: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Cosine and sine of the hue halfway; of a grey and a colour, the colour's."""
    one, two = 1.0 / (chroma_1 + _TINY), 1.0 / (chroma_2 + _TINY)
    # Halfway between opposite hues lies one a right angle on from the lesser, in 0..360°.
    aside = np.copysign(_ASIDE, b_1)
    cos = (a_1 - aside * b_1) * one + a_2 * two
    sin = (b_1 + aside * a_1) * one + b_2 * two
    length = 1.0 / (np.sqrt(cos * cos + sin * sin) + _TINY)
    return cos * length, sin * length


def _hue_weight(cos: np.ndarray, sin: np.ndarray) -> np.ndarray:
    """T: 1 - 0.17 cos(h - 30°) + 0.24 cos 2h + 0.32 cos(3h + 6°) - 0.20 cos(4h - 63°)."""
    cos_2, sin_2 = 2.0 * cos * cos - 1.0, 2.0 * sin * cos
    cos_3, sin_3 = cos * (2.0 * cos_2 - 1.0), sin * (2.0 * cos_2 + 1.0)
    cos_4, sin_4 = 2.0 * cos_2 * cos_2 - 1.0, 2.0 * sin_2 * cos_2
    total = 1.0 + 0.24 * cos_2
    for weight, c, s, degrees in (
        (-0.17, cos, sin, 30.0),
        (0.32, cos_3, sin_3, -6.0),
        (-0.20, cos_4, sin_4, 63.0),
    ):
        turn = math.radians(degrees)
        total += weight * math.cos(turn) * c + weight * math.sin(turn) * s
    return total


def _blue_turn(cos: np.ndarray, sin: np.ndarray) -> np.ndarray:
    """sin 2Δθ, Δθ = 30° exp(-((h - 275°) / 25°)²): next to nothing a right angle away."""
    along = cos * math.cos(_BLUE) + sin * math.sin(_BLUE)
    across = sin * math.cos(_BLUE) - cos * math.sin(_BLUE)
    away = np.arcsin(across.clip(-1.0, 1.0)) / _BLUE_WIDTH
    return np.sin(_MOST_TURN * np.exp(-away * away)) * (along > 0.0)
