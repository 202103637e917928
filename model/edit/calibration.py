"""Camera Raw's calibration panel: hue and saturation of the three primaries, and the shadows' tint.

On scene light as shot, before the base rendering: Bx3xHxW linear ProPhoto 0..1, sliders [B] in
-100..100. Tensors, or model.edit.dual's Duals. Primaries: Lightcraft (storytold/lightcraft,
colorops.rs @08cd0cf, MIT License). Shadows' tint above 0: found on Camera Raw's readings; below 0
it is a guess that it does the opposite to the other channels.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from model.edit.arrays import cat
from params.panels import PRIMARIES

# Of each primary: what Hue and Saturation at 100 add to it in the next channel, and in the one
# before, and how Saturation bends.
_PRIMARIES = {
    "Red": (0.308, 0.392, 0.343, 0.409, 0.034),
    "Green": (0.335, 0.402, 0.334, 0.402, 0.055),
    "Blue": (0.344, 0.389, 0.307, 0.381, 0.003),
}
# What ShadowTint 100 takes from a channel's root in the dark; shares of the three channels.
_TINT = 0.0137
_TINT_ABOVE, _TINT_BELOW = (0.0, 1.0, 0.45), (1.0, 0.0, 0.55)
BLACK = 1e-8


def calibration(image: Any, p: Mapping[str, Any]) -> Any:
    """The picture with the sliders of params.panels.CALIBRATION that `p` holds; others are neutral.

    Greys keep their colour but for ShadowTint.
    """
    channels = list(image.split(1, dim=1))
    changed = list(channels)
    for row, column, amount in moved_primaries(p):
        change = (channels[column] - channels[row]) * amount.reshape(-1, 1, 1, 1)
        changed[row] = changed[row] + change
    image = cat(changed, dim=1).clamp(0.0, 1.0)
    return image if "ShadowTint" not in p else _tinted(image, p["ShadowTint"])


def moved_primaries(p: Mapping[str, Any]) -> Iterator[tuple[int, int, Any]]:
    """Row, column and what is added there [B], off the matrix' diagonal.

    The diagonal loses as much, so that rows have the sum 1.
    """
    for place, primary in enumerate(PRIMARIES):
        hue, saturation = p.get(f"{primary}Hue"), p.get(f"{primary}Saturation")
        next_hue, next_saturation, last_hue, last_saturation, bend = _PRIMARIES[primary]
        following, before = (place + 1) % 3, (place + 2) % 3
        if hue is not None:
            turn = hue * 0.01
            yield following, place, turn * next_hue
            yield before, place, turn * -last_hue
        if saturation is not None:
            amount = saturation * 0.01
            amount = amount * (amount * bend + 1.0)
            yield following, place, amount * -next_saturation
            yield before, place, amount * -last_saturation


def tint_taken(tint: Any) -> list[Any]:
    """What ShadowTint [B] takes from the roots of the three channels in the dark: [B] each."""
    tint = tint * (0.01 * _TINT)
    above = tint.clamp(min=0.0)
    below = above - tint
    shares = zip(_TINT_ABOVE, _TINT_BELOW, strict=True)
    return [above * share_above + below * share_below for share_above, share_below in shares]


def _tinted(image: Any, tint: Any) -> Any:
    channels = []
    for channel, most in zip(image.split(1, dim=1), tint_taken(tint), strict=True):
        root = channel.clamp(min=BLACK).sqrt()
        taken = most.reshape(-1, 1, 1, 1) * (1.0 - channel)
        left = (root - taken).clamp(min=0.0) - root
        channels.append(channel + left * (left + 2.0 * root))
    return cat(channels, dim=1).clamp(0.0, 1.0)
