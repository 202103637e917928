"""Vibrance and Saturation of process 2: distance from grey, on square roots."""

from typing import Any

import torch

# The square root gets a finite slope at 0.
_ROOT_FLOOR = 1e-4
SKIN_SPARED = 0.6
# What counts as the grey of a colour for Vibrance and Saturation. ProPhoto's luminance has next to
# no blue, which leaves blue and violet far from their grey.
GREY_WEIGHTS = (0.25, 0.55, 0.2)


def vibrance_saturation(image: Any, vibrance: Any, saturation: Any) -> Any:
    """Distance from grey: Saturation evenly, Vibrance less for saturated and skin colours.

    On square roots, where equal steps look about equal. A design of this project: nobody has
    published Lightroom's.
    """
    root = torch.sqrt(image.clamp(0.0, 1.0) + _ROOT_FLOOR) - _ROOT_FLOOR**0.5
    red, green, blue = root.unbind(1)
    weights = GREY_WEIGHTS
    grey = (weights[0] * red + weights[1] * green + weights[2] * blue).unsqueeze(1)
    high = root.amax(1, True)
    spread = high - root.amin(1, True)
    colour = spread / (high + 0.02)
    pale = 1.0 - colour * colour * (3.0 - 2.0 * colour)
    spared = 1.0 - SKIN_SPARED * _skin(root, spread)
    amount = vibrance.reshape(-1, 1, 1, 1) * 0.01
    scale = (amount * pale * spared + 1.0) * (saturation.reshape(-1, 1, 1, 1) * 0.01 + 1.0)
    root = (grey + (root - grey) * scale).clamp(0.0, 1.0) + _ROOT_FLOOR**0.5
    return (root * root - _ROOT_FLOOR).clamp(0.0, 1.0)


def _skin(image: Any, spread: Any) -> Any:
    """1 at the hues of skin (red above green above blue, green about half way), else 0."""
    red, green, blue = image.split(1, dim=1)
    floor = spread + 1e-3
    order = ((red - blue) / floor).clamp(0.0, 1.0)
    middle = (green - blue) / floor
    away = (middle - 0.5) * 2.5
    return order * order * (1.0 - away * away).clamp(0.0, 1.0)
