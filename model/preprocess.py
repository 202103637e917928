"""From a preview to the model's input: one function for training and inference."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from params.edit_numbers import normalize_edit
from params.outputs import BASIC_OUTPUTS, Outputs


def preview_to_tensor(preview: np.ndarray, size: int) -> Tensor:
    """sRGB preview -> model input.

    A float preview is rounded to 8 bits first, so that a picture in memory and the same
    picture through a PNG give the same input.

    Args:
        preview: HxWx3 sRGB-encoded, uint8 or float in 0..1.
        size: side of the model's square input; the picture is squashed to it.

    Returns:
        3 x size x size float32 in 0..1.
    """
    if preview.ndim != 3 or preview.shape[2] != 3:
        raise ValueError(f"a preview is HxWx3, not {preview.shape}")
    pixels: Any = preview
    if pixels.dtype != np.uint8:
        pixels = np.rint(np.clip(np.nan_to_num(pixels), 0.0, 1.0) * 255.0)
    image = torch.from_numpy(np.array(pixels, np.float32)).permute(2, 0, 1)[None] / 255.0
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
