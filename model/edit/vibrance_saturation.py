"""Vibrance and Saturation. Pictures Bx3xHxW linear ProPhoto 0..1, sliders [B] in -100..100.

Saturation acts before the profile's tone curve, on the base rendering: there Camera Raw's readings
show one factor for all colours. Vibrance acts on display colours; its form is Lightcraft's
(storytold/lightcraft, colorops.rs @08cd0cf, MIT License), its numbers above 0 are fitted to the
readings. Tensors, or model.edit.dual's Duals.
"""

from typing import Any

from model.edit.arrays import settled
from model.edit.hsv import to_hsv
from model.edit.hue_preserving import luminance
from params.colorimetry import power

# Above 0: how much, the exponent of (1 - S), stops of value. Hue (sixths of the circle), width and
# depth of the skin colours that are spared, saturation below which value stays.
MORE, MORE_PALE, MORE_VALUE = 0.699, 0.660, 0.163
SKIN, SKIN_WIDTH, SKIN_SPARED, MORE_FADE = 7.1 / 60.0, 43.9 / 60.0, 0.583, 0.593
# Below 0, where only Lightcraft's numbers are known.
LESS, LESS_PALE, LESS_VALUE, LESS_COLOR, LESS_FADE = 1.288, 0.323, 0.608, 0.263, 0.3
TINY = 1e-6


def saturation(image: Any, amount: Any) -> Any:
    """Distance from the luminance times 1 + amount / 100, on the base rendering."""
    light = luminance(image)
    return (image + (image - light) * (amount * 0.01).reshape(-1, 1, 1, 1)).clamp(0.0, 1.0)


def vibrance(image: Any, amount: Any) -> Any:
    """Saturation and value of HSV, more for pale colours; above 0 less for skin."""
    amount = (amount * 0.01).reshape(-1, 1, 1)
    up = amount.clamp(0.0, 1.0)
    down = amount - up
    hue, colour, value = to_hsv(image)
    pale = (1.0 - colour).clamp(min=TINY)
    purer, lighter = [], []  # logarithms of factors of saturation, stops of value
    if _may_be(up):
        away = hue - SKIN
        away = (away - 6.0 * (away.detach() > 3.0)) * (1.0 / SKIN_WIDTH)
        spared = up * (1.0 - (-(away * away)).exp() * SKIN_SPARED)
        fade = (colour * (1.0 / MORE_FADE)).clamp(max=1.0)
        purer.append(spared * power(pale, MORE_PALE) * MORE)
        lighter.append(spared * fade * MORE_VALUE)
    if _may_be(down):
        fade = (colour * (1.0 / LESS_FADE)).clamp(max=1.0)
        coloured = power(colour.clamp(min=TINY), LESS_COLOR)
        purer.append(down * power(pale, LESS_PALE) * LESS)
        lighter.append(down * coloured * fade * LESS_VALUE)
    if not purer:
        return image
    gain = sum(lighter[1:], lighter[0]).exp2()
    factor = sum(purer[1:], purer[0]).exp() * gain - 1.0
    value, factor, gain = (x.unsqueeze(1) for x in (value, factor, gain))
    return (image + ((gain - 1.0) * value - (value - image) * factor)).clamp(0.0, 1.0)


def _may_be(amount: Any) -> bool:
    """Whether a part of the slider may differ from 0: known where no derivative is asked for."""
    return bool(amount.any()) if settled(amount) else True
