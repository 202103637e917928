"""The mean of several edits, hues on their circle."""

from collections.abc import Mapping

import torch
from torch import Tensor

from params.outputs import HUES

_NOTHING = 1e-6  # a mean vector as short as this has no direction


def mean_edit(params_norm: Mapping[str, Tensor], dim: int = 0) -> dict[str, Tensor]:
    """The mean edit over one dimension of params_norm.

    A hue's is the direction of the mean of vectors as long as its saturation; in params_norm
    -1 and 1 are the same hue.
    """
    mean = {name: value.mean(dim=dim) for name, value in params_norm.items()}
    for hue, saturation in HUES.items():
        if hue in params_norm:
            length = params_norm[saturation] + 1.0 if saturation in params_norm else 1.0
            angle = params_norm[hue] * torch.pi
            across, along = (angle.sin() * length).mean(dim), (angle.cos() * length).mean(dim)
            known = torch.hypot(across, along) > _NOTHING
            mean[hue] = torch.where(known, torch.atan2(across, along) / torch.pi, mean[hue])
    return mean
