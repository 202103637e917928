"""Patches of the chart rendered by edit process 2 as they lie in the whole chart."""

import functools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from imaging.camera import Shot
from model.edit.scene import Scene, scene_of
from model.edit_layer import DifferentiableEditLayer, params_to_tensors
from params.edit_process import PROCESS_2
from params.ranges import CURVE_NAME, neutral_params
from params.white_balance import WHITE
from params.xmp_curve import draw
from report.chart_picture import chart

_PROXY = 512  # pixels of the long side
_KNOTS = 256


def displayed(
    image: Tensor,
    case: Mapping[str, Any],
    names: Sequence[str] = (),
    white: Mapping[str, float] | None = None,
    shot: Shot | None = None,
) -> Tensor:
    """Scene light -> linear display colours: a case's settings.

    Args:
        image: patches 1x3xNx1, linear ProPhoto; its white balance is done but for `white`.
        case: settings by their XMP names, curves as points. Temperature and Tint are left out.
        names: of the patches, for sliders that look at a pixel's surroundings.
        white: Temperature and Tint relative to the shot.
        shot: what is known of the camera.
    """
    params = case_params(case) | dict(white or {})
    values = params_to_tensors(params, panels=PROCESS_2.panels)
    values = {name: value.double() for name, value in values.items()}
    return DifferentiableEditLayer(2)(image, values, patches_scene(image.shape[2], names, shot))


def patches_scene(count: int, names: Sequence[str] = (), shot: Shot | None = None) -> Scene:
    """What process 2 knows of patches 1x3xNx1 of the chart; without names, not where they lie."""
    scene, levels = _chart_scene(shot)
    found = chart().at(levels, list(names)) if names else np.zeros(count)
    return scene.at(torch.from_numpy(found).reshape(1, 1, -1, 1))


def case_params(case: Mapping[str, Any]) -> dict[str, Any]:
    """A case's settings as an edit's params, white balance as shot."""
    params = neutral_params(_KNOTS)
    for name, value in case.items():
        if name == "ToneCurvePV2012":
            points = [(x, y) for x, y in value]
            params[CURVE_NAME] = draw(points, np.linspace(0.0, 255.0, _KNOTS)) / 255.0
        elif name not in WHITE:
            params[name] = value
    return params


@functools.lru_cache(maxsize=2)
def _chart_scene(shot: Shot | None) -> tuple[Scene, np.ndarray]:
    """The chart's scene, and its base layer's levels at full size, HxW."""
    picture = torch.from_numpy(chart().scene).permute(2, 0, 1)[None]
    height, width = picture.shape[2:]
    size = round(height * _PROXY / width), _PROXY
    scene = scene_of(F.interpolate(picture, size=size, mode="area"), [shot])
    return scene, scene.base.distances(picture)[0, 0].numpy()
