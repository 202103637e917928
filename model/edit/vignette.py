"""Post-crop vignette: corners darker or lighter, by the style that Camera Raw calls so.

A design of this project: there are no readings of it here. As others found in Camera Raw, style 1
(Highlight Priority) changes the exposure before the profile's tone curve, style 3 (Paint Overlay)
blends the finished picture with black or white, and style 2 (Color Priority) lies between: here it
changes the light of the finished picture. Tensors, or model.edit.dual's Duals; p holds sliders
[B] of params.panels.VIGNETTE, missing ones are neutral.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from model.edit.arrays import constant, like
from model.edit.hue_preserving import luminance
from params.colorimetry import where
from params.crop import Window
from params.panels import VIGNETTE

HIGHLIGHT_PRIORITY, COLOR_PRIORITY, PAINT_OVERLAY = 1, 2, 3
STOPS = 2.5  # that -100 takes from the corners' light
_SHARPEST = 0.05  # of the edge, in parts of the distance to the corner


@dataclass(frozen=True, eq=False)
class Frame:
    """Where pixels lie in the cropped picture, whose longer side reaches from -1 to 1.

    x, y: [1, H, W], float64; half_width, half_height: of the whole picture.
    """

    x: np.ndarray
    y: np.ndarray
    half_width: float
    half_height: float


def frame_of(height: int, width: int, top: int = 0, whole: int | None = None) -> Frame:
    """A strip's part of a frame: its first row, and the picture's rows where it isn't all."""
    rows = height if whole is None else whole
    step = 2.0 / max(rows, width)
    x = (np.arange(width) + 0.5 - width / 2.0) * step
    y = (np.arange(height) + (top + 0.5 - rows / 2.0)) * step
    across, down = np.broadcast_arrays(x[None, None], y[None, :, None])
    return Frame(across, down, half_width=0.5 * width * step, half_height=0.5 * rows * step)


def frame_in(window: Window, height: int, width: int, top: int) -> Frame:
    """A strip's part of the frame of a crop; what lies outside is as it would be."""
    x = np.arange(width)[None] + 0.5
    y = np.arange(height)[:, None] + (top + 0.5)
    a, b, c, d, e, f = window.matrix
    step = 2.0 / max(window.height, window.width)
    across = (a * x + b * y + (c - window.width / 2.0)) * step
    down = (d * x + e * y + (f - window.height / 2.0)) * step
    half_width, half_height = 0.5 * window.width * step, 0.5 * window.height * step
    return Frame(across[None], down[None], half_width, half_height)


def vignette_mask(frame: Frame, p: Mapping[str, Any]) -> Any:
    """How far each pixel is in the vignette, 0 (not) .. 1 (fully): [B, 1, H, W].

    Midpoint moves the edge outwards, Feather softens it; Roundness makes it a circle (+100), an
    ellipse (0) or nearly the frame (-100).
    """
    kind = next(iter(p.values()))
    across, down = frame.x / frame.half_width, frame.y / frame.half_height
    corner = (frame.half_width**2 + frame.half_height**2) ** 0.5
    # Distances from the centre, 1 at the corners.
    distances = (
        np.sqrt((across**2 + down**2) / 2.0),
        np.sqrt(frame.x**2 + frame.y**2) / corner,
        np.maximum(np.abs(across), np.abs(down)),
    )
    ellipse, circle, edges = (like(d, kind) for d in distances)
    rounder, squarer, start, feather = mask_shape(p, kind)
    distance = (circle - ellipse) * rounder + (edges - ellipse) * squarer + ellipse
    part = ((distance - start) / feather + 0.5).clamp(0.0, 1.0)
    return (part * part * (3.0 - 2.0 * part)).unsqueeze(1)


def mask_shape(p: Mapping[str, Any], like: Any) -> tuple[Any, Any, Any, Any]:
    """How much of a circle and of the frame the edge is, where it begins, and how wide it is.

    Each [B or 1, 1, 1]; the last two in parts of the distance to the corner.
    """
    roundness = _slider(p, "PostCropVignetteRoundness", like) * 0.01
    rounder = roundness.clamp(min=0.0)
    start = _slider(p, "PostCropVignetteMidpoint", like) * 0.008 + 0.1
    feather = (_slider(p, "PostCropVignetteFeather", like) * 0.009).clamp(min=_SHARPEST)
    return rounder, rounder - roundness, start, feather


def vignette_styles(image: Any, frame: Frame, p: Mapping[str, Any], styles: tuple[int, ...]) -> Any:
    """vignette() on the pictures whose PostCropVignetteStyle is one of these; frame: of all."""
    own = own_styles(p, image.shape[0])
    for style in styles:
        chosen = [one == style for one in own]
        if not any(chosen):
            continue
        dark = vignette(image, vignette_mask(frame, p), p, style)
        if all(chosen):
            return dark
        rows = constant(np.array(chosen)[:, None, None, None], image.dtype, image.device)
        image = where(rows, dark, image)
    return image


def own_styles(p: Mapping[str, Any], count: int) -> list[float]:
    """The style of each of so many pictures."""
    if "PostCropVignetteStyle" in p:
        return p["PostCropVignetteStyle"].detach().round().tolist()
    return [VIGNETTE.neutral["PostCropVignetteStyle"]] * count


def vignette(image: Any, mask: Any, p: Mapping[str, Any], style: int) -> Any:
    """The vignette of one style on a picture 0..1; mask: see vignette_mask().

    style 1 is for the base rendering, 2 and 3 are for the finished picture. Highlights
    (HighlightContrast) keep bright pixels light, in styles 1 and 2 below 0.

    Raises:
        ValueError: no such style.
    """
    amount = _slider(p, "PostCropVignetteAmount", image) * 0.01
    amount = amount.unsqueeze(1)
    if style == PAINT_OVERLAY:
        target = (amount.detach() > 0.0).to(amount.detach())
        share = mask * (amount * (2.0 * target - 1.0))
        return (image + (target - image) * share).clamp(0.0, 1.0)
    if style not in (HIGHLIGHT_PRIORITY, COLOR_PRIORITY):
        raise ValueError(f"post-crop vignettes have the styles 1, 2 and 3, not {style}")
    kept = _slider(p, "PostCropVignetteHighlightContrast", image).unsqueeze(1) * 0.01
    bright = luminance(image.detach())
    spared = kept * bright * (amount.detach() < 0.0)
    gain = (amount * STOPS * mask * (1.0 - spared)).exp2()
    return (image + image * (gain - 1.0)).clamp(0.0, 1.0)


def _slider(p: Mapping[str, Any], name: str, kind: Any) -> Any:
    """A slider as [B or 1, 1, 1]."""
    if name in p:
        return p[name].reshape(-1, 1, 1)
    return kind.new_tensor([[[VIGNETTE.neutral[name]]]])
