"""Exposure and Contrast of process 2: on each channel, before the default rendering."""

import functools
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from model.edit.lookup import constant, evaluate_cubics, rooted_greys, rooted_lookup
from model.edit.tone_tables import (
    DARKEST,
    TONE_SIZE,
    answer,
    measured_curves,
    node_cubics,
    unrendered,
)

SCENE_SLIDERS = ("Exposure2012", "Contrast2012")
SCENE_SIZE = 1025


def scene_table(p: Mapping[str, Any]) -> Any:
    """Exposure and Contrast, on each channel before the default rendering.

    A table for rooted_lookup().
    """
    kind = p[SCENE_SLIDERS[0]].dtype, p[SCENE_SLIDERS[0]].device
    greys: Any = _rooted_greys(*kind).expand(p[SCENE_SLIDERS[0]].shape[0], -1)
    for name in SCENE_SLIDERS:
        root = rooted_lookup(evaluate_cubics(*scene_cubics(name, *kind), p[name]), greys)
        greys = root * root
    return greys


@functools.cache
def scene_cubics(slider: str, dtype: torch.dtype, device: torch.device) -> tuple[Tensor, Tensor]:
    """Nodes [N] and cubics [4, N - 1, SCENE_SIZE] of a slider that acts before the rendering.

    The square roots of linear values at model.edit.lookup.rooted_greys. The default rendering of
    the result is the measured answer to the default rendering of the grey.
    """
    curves = measured_curves(slider)
    nodes = np.array(sorted(curves))
    scene = rooted_greys(SCENE_SIZE)
    return node_cubics(
        nodes,
        np.stack([np.sqrt(scene if s == 0.0 else _on_scene(curves[s], scene)) for s in nodes]),
        dtype,
        device,
    )


def _on_scene(curve: np.ndarray, scene: np.ndarray) -> np.ndarray:
    """A measured curve as a change of scene greys, before the default rendering."""
    changed = unrendered(answer(curve, scene.clip(DARKEST, None)))
    return np.where(scene < DARKEST, changed * scene / DARKEST, changed)


@functools.cache
def _rooted_greys(dtype: torch.dtype, device: torch.device) -> Tensor:
    return constant(rooted_greys(TONE_SIZE)[None], dtype, device)
