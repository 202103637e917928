"""Camera Raw's black and white with its mix of eight bands of hues.

On the base rendering, before the profile's tone curve: Bx3xHxW linear ProPhoto 0..1. With a mix of
zero a colour comes out as its luminance, as Saturation -100 has it. The mix is taken to lighten and
darken as the colour mixer's Luminance does: a guess, there are no readings of it here. Tensors, or
model.edit.dual's Duals.
"""

from collections.abc import Mapping
from typing import Any

from model.edit.color_mixer import band_amounts, lightened
from model.edit.hue_preserving import luminance


def black_and_white(image: Any, p: Mapping[str, Any]) -> Any:
    """The picture with the sliders of params.panels.BLACK_AND_WHITE that `p` holds.

    ConvertToGrayscale: [B], 0 (colours) or 1; without it the picture comes back as it is.
    """
    if "ConvertToGrayscale" not in p:
        return image
    amounts = band_amounts(p, "GrayMixer")
    mixed = image if amounts is None else lightened(image, amounts)
    grey = luminance(mixed)
    return (image + (grey - image) * p["ConvertToGrayscale"].reshape(-1, 1, 1, 1)).clamp(0.0, 1.0)
