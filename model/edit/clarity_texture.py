"""Clarity and Texture: a pixel's distance from its surroundings, made larger or smaller.

They multiply what the base rendering gives, after Highlights and Shadows, and keep the channels'
ratios. No readings of them are reachable. Texture's law is what RAWmakase measured in Camera Raw
18.7 on gratings (src/develop/texture.rs, MIT License: x 1.78, 1.43 and 1.05 at +100 for 0.1, 0.5
and 2 stops of amplitude), which a guided filter with this edge gives by itself. Clarity's amounts
are what Sloproom fitted to Lightroom exports of one photograph (AdjustmentOps.swift @7aee403);
its weight over the tones is a design of this project.

Both know the surroundings from the proxy: Texture's reach is a part of the picture, where Camera
Raw counts pixels, and texture finer than a proxy pixel counts as faint (it is moved most).
Tensors, or model.edit.dual's Duals.
"""

import functools
from typing import Any

import numpy as np

from model.edit.arrays import Values, without_gradients
from model.edit.local_base import LocalBase, guided, luma_stops
from model.edit.lookup import evaluate_cubics, node_cubics
from params.colorimetry import where

# Parts of the long side, and variances in stops squared that count as an edge.
CLARITY_RADIUS, CLARITY_EDGE = 0.008, 2.0
TEXTURE_RADIUS, TEXTURE_EDGE = 0.006, 0.12
_CLARITY_UP, _CLARITY_DOWN = 1.17, 0.594
# Texture's strength over the slider.
_TEXTURE = ((-1.0, -0.752), (-0.5, -0.499), (0.0, 0.0), (0.25, 0.334), (0.5, 0.546), (1.0, 0.852))
# Clarity is whole between these levels, and fades over as many stops below and above.
DARK, DARK_FADE, BRIGHT, BRIGHT_FADE = -5.5, 4.0, -1.5, 2.5
LEAST = 0.25
MOST_STOPS = 1.5


@without_gradients
def clarity_base(image: Values) -> LocalBase:
    """Surroundings for Clarity, of whole scenes Bx3xhxw (proxies)."""
    return _base(image, CLARITY_RADIUS, CLARITY_EDGE)


@without_gradients
def texture_base(image: Values) -> LocalBase:
    """Surroundings for Texture, of whole scenes Bx3xhxw (proxies)."""
    return _base(image, TEXTURE_RADIUS, TEXTURE_EDGE)


def detail(image: Values, base: LocalBase) -> tuple[Values, Values]:
    """Of the scene's pixels Bx3xHxW: their stops above the surroundings, and the surroundings'."""
    around = base.distances(image)
    return luma_stops(image) - around, around


def clarity(image: Any, amount: Any, above: Values, around: Values) -> Any:
    """Clarity on linear ProPhoto 0..1 after the base rendering.

    Args:
        image: Bx3xHxW.
        amount: [B], -100..100.
        above, around: detail() of the same pixels with clarity_base(); Bx1xHxW.
    """
    strength = clarity_strength(amount).reshape(-1, 1, 1, 1)
    dark = ((around - (DARK - DARK_FADE)) / DARK_FADE).clamp(0.0, 1.0)
    bright = ((BRIGHT + BRIGHT_FADE - around) / BRIGHT_FADE).clamp(0.0, 1.0)
    weight = LEAST + (1.0 - LEAST) * dark * bright
    moved = MOST_STOPS * (above * weight / MOST_STOPS).tanh()
    return (image * (strength * moved).exp2()).clamp(0.0, 1.0)


def texture(image: Any, amount: Any, above: Values) -> Any:
    """Texture on linear ProPhoto 0..1 after the base rendering.

    Args:
        image: Bx3xHxW.
        amount: [B], -100..100.
        above: detail()'s first, of the same pixels with texture_base(); Bx1xHxW.
    """
    strength = texture_strength(amount).reshape(-1, 1, 1, 1)
    moved = MOST_STOPS * (above / MOST_STOPS).tanh()
    return (image * (strength * moved).exp2()).clamp(0.0, 1.0)


def clarity_strength(amount: Any) -> Any:
    """How many times its distance from the surroundings a pixel is moved, by the slider: [B]."""
    a = amount * 0.01
    return where(a.detach() >= 0.0, a * _CLARITY_UP, a * _CLARITY_DOWN)


def texture_strength(amount: Any) -> Any:
    """As clarity_strength()."""
    return evaluate_cubics(*_strengths(amount.dtype, amount.device), amount * 0.01)


@functools.cache
def _strengths(dtype: Any, device: Any) -> tuple[Values, Values]:
    settings, strengths = (np.array(row) for row in zip(*_TEXTURE, strict=True))
    return node_cubics(settings, strengths[:, None], dtype, device)


def _base(image: Values, radius: float, edge: float) -> LocalBase:
    stops = luma_stops(image)
    _, coefficients = guided(stops, stops, radius, edge, smoothed=0)
    nothing = stops.new_zeros(len(image), 1)
    return LocalBase(coefficients, nothing, nothing)
