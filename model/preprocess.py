"""From a preview to the model's input: one function for training and inference."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from model.numpy_input import preview_planes
from params.edit_numbers import normalize_edit
from params.outputs import BASIC_OUTPUTS, Outputs


def preview_to_tensor(preview: np.ndarray, size: int) -> Tensor:
    """sRGB preview -> model input.

    Args:
        preview: HxWx3 sRGB-encoded, uint8 or float in 0..1.
        size: side of the model's square input; the picture is squashed to it.

    Returns:
        3 x size x size float32 in 0..1.
    """
    image = torch.from_numpy(preview_planes(preview))[None]
    image = F.interpolate(
        image, size=(size, size), mode="bicubic", antialias=True, align_corners=False
    )
    return image[0].clamp(0.0, 1.0)


def params_norm_of(
    params: Mapping[str, Any], knots: int, outputs: Outputs = BASIC_OUTPUTS
) -> dict[str, Tensor]:
    """An edit in Camera Raw's units -> params_norm: sliders [], curves [knots].

    outputs: what of it; see params.edit_numbers.normalize_edit.
    """
    norm = normalize_edit(params, knots, outputs)
    return {name: torch.as_tensor(value, dtype=torch.float32) for name, value in norm.items()}
