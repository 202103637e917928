"""Edit process 2, and the operators of Camera Raw's panels, beside Camera Raw's own renders."""

import functools
from typing import Any, NamedTuple

import torch
from torch import Tensor

from imaging.camera import Shot
from model.edit_layer import DifferentiableEditLayer, params_to_tensors
from params.ranges import SLIDER_NAMES, neutral_params
from params.white_balance import to_relative
from report.camera_raw_chart import as_shot, camera, neutral
from report.camera_raw_readings import as_picture, mean_delta_e, reading, readings, settings
from report.chart_rendering import chart_base, displayed

# They look at a pixel's surroundings, which the loose patches given to the edit layer don't have.
LOCAL = ("Highlights2012", "Shadows2012")
_WHITE = ("Temperature", "Tint")


class Row(NamedTuple):
    """Mean ΔE00 of one case to Camera Raw's render.

    operators: by report.chart_rendering.displayed().
    process_2: by the edit layer; None where it has no such slider, and for LOCAL.
    peer: what RAWmakase publishes of its own renders.
    """

    case: str
    operators: float
    process_2: float | None
    peer: float


def rows() -> list[Row]:
    """All cases."""
    found = []
    for case, facts in readings()["cases"].items():
        given = settings(case)
        base = chart_base(reading(case)[0])
        ours = mean_delta_e(case, functools.partial(displayed, case=given, base=base))
        found.append(Row(case, ours, _by_process_2(case, given), facts["peer"]))
    return found


def _by_process_2(case: str, given: dict[str, Any]) -> float | None:
    if not set(given) <= set(SLIDER_NAMES) - set(LOCAL):
        return None
    params = neutral_params() | {name: given[name] for name in given if name not in _WHITE}
    color, shot_neutral = camera(), tuple(neutral())
    if "Temperature" in given:
        white = given["Temperature"], given["Tint"]
        params["Temperature"], params["Tint"], _ = to_relative(
            *white, 2, camera=color, neutral=shot_neutral
        )
    names, _ = reading(case)
    layer = DifferentiableEditLayer(2).double()
    picture = as_picture(as_shot(names))
    values = params_to_tensors(params)
    whole = layer.find_whole(picture, values, [Shot(color, shot_neutral)])

    def render(_: Tensor) -> Tensor:
        return layer(picture, values, whole)

    with torch.no_grad():
        return mean_delta_e(case, render)
