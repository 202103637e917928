"""Edits of process 2 undone: the scene that an edit renders as a finished picture."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from model.edit.strips import to_tensor
from model.edit_layer import DifferentiableEditLayer, params_to_tensors
from params.edit_process import PROCESS_2

ROUNDS = 16
# Of the way in stops that a round goes: Highlights and Shadows answer to the scene around a pixel,
# and whole steps would swing.
_STEP = 0.6
# Darker than this all is black: ratios end here.
_FLOOR = 1e-4


@torch.inference_mode()
def undone(picture: np.ndarray, edits: Sequence[Mapping[str, Any]]) -> np.ndarray:
    """The scenes that these edits render as the picture, one each.

    Found by fixed-point rounds: each channel of each pixel is made brighter by what its rendering
    lacks. What no scene within 0..1 renders as (whites under a darkening edit, colours beyond a
    strong Vibrance) is left at the nearest that was met.

    Args:
        picture: HxWx3 linear ProPhoto in 0..1.
        edits: params in Camera Raw's units, of process 2 and without panels.

    Returns:
        NxHxWx3 float32 linear ProPhoto in 0..1.
    """
    layer = DifferentiableEditLayer(PROCESS_2.number)
    single = [params_to_tensors(edit) for edit in edits]
    params = {name: torch.cat([one[name] for one in single]) for name in single[0]}
    wanted = to_tensor(picture, "cpu").expand(len(edits), -1, -1, -1)
    scenes = nearest = wanted
    least = torch.full((len(edits),), torch.inf)
    for _ in range(ROUNDS + 1):
        rendered = layer(scenes, params)
        away = (rendered.sqrt() - wanted.sqrt()).abs().mean(dim=(1, 2, 3))
        nearest = torch.where((away < least)[:, None, None, None], scenes, nearest)
        least = torch.minimum(away, least)
        missing = ((wanted + _FLOOR) / (rendered + _FLOOR)) ** _STEP
        scenes = ((scenes + _FLOOR) * missing - _FLOOR).clamp(0.0, 1.0)
    return np.ascontiguousarray(nearest.movedim(1, -1).numpy())
