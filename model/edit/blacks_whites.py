"""Blacks and Whites of process 2: the end points, on each channel, last of all."""

import functools
from typing import Any

import numpy as np
import torch
from torch import Tensor

from model.edit.lookup import evaluate_cubics, lookup
from model.edit.tone_tables import (
    CURVE_SIZE,
    DARKEST,
    answer,
    measured_cubics,
    measured_curves,
    node_cubics,
    tone_positions,
    unrendered,
)
from model.edit.whites_lift import adapted_lift
from params.colorimetry import srgb_decode, srgb_encode
from params.ranges import clamp
from params.rendering import SHADOWS


def black_point(black: Any, blacks: Any) -> Any:
    """The rendering's black point under the Blacks slider: +100 takes it away, -100 doubles it."""
    return clamp(black * (1.0 - 0.01 * blacks), 1e-6, 1.0)


def end_table(blacks: Any, whites: Any, lift: Tensor) -> Any:
    """The rest of what Blacks does, then Whites: on each channel, last of all.

    lift: [B], see model.edit.whites_lift.

    A table for rooted_lookup().
    """
    kind = blacks.dtype, blacks.device
    darkened = lookup(evaluate_cubics(*blacks_cubics(*kind), blacks), tone_positions(blacks))
    lifted = adapted_lift(
        evaluate_cubics(*measured_cubics("Whites2012", *kind), whites), whites, lift
    )
    return srgb_decode(lookup(lifted, darkened * float(CURVE_SIZE - 1)))


@functools.cache
def blacks_cubics(dtype: torch.dtype, device: torch.device) -> tuple[Tensor, Tensor]:
    """Nodes and cubics [4, N - 1, CURVE_SIZE] of what Blacks does after the rendering.

    At evenly spaced sRGB-encoded greys: the part of the measured answer that is not yet there
    with the black point that the setting gives the rendering.
    """
    curves = measured_curves("Blacks2012")
    nodes = np.array(sorted(curves))
    greys = np.linspace(0.0, 1.0, CURVE_SIZE)
    rows = []
    for setting in nodes:
        black = black_point(0.001 * SHADOWS, setting)
        scene = unrendered(srgb_decode(greys), black)
        darkest = np.searchsorted(scene, DARKEST)
        row = srgb_encode(answer(curves[setting], scene))
        row[:darkest] = row[darkest] * greys[:darkest] / greys[darkest]
        rows.append(greys if setting == 0.0 else row)
    return node_cubics(nodes, np.stack(rows), dtype, device)
