"""Edit process 2 beside Camera Raw's own renders of a chart."""

import functools
from typing import NamedTuple

from torch import Tensor

from imaging.camera import Shot
from params.white_balance import to_relative
from report.camera_raw_chart import as_shot, camera, neutral
from report.camera_raw_readings import as_picture, mean_delta_e, reading, readings, settings
from report.chart_rendering import displayed


class Row(NamedTuple):
    """Mean ΔE00 of one case to Camera Raw's render.

    process_2: of the edit layer, from the camera's colours as shot.
    peer: what RAWmakase publishes of its own renders.
    """

    case: str
    process_2: float
    peer: float


def rows() -> list[Row]:
    """All cases."""
    return [
        Row(case, mean_delta_e(case, functools.partial(by_process_2, case)), facts["peer"])
        for case, facts in readings()["cases"].items()
    ]


def by_process_2(case: str, _: Tensor | None = None) -> Tensor:
    """A case's patches, 1x3xNx1 linear display colours, from the colours as shot."""
    given, shot = settings(case), _shot()
    white: dict[str, float] = {}
    if "Temperature" in given:
        white["Temperature"], white["Tint"], _lost = to_relative(
            given["Temperature"], given["Tint"], 2, camera=shot.color, neutral=shot.neutral
        )
    names = reading(case)[0]
    return displayed(as_picture(as_shot(names)), given, names, white, shot)


@functools.cache
def _shot() -> Shot:
    red, green, blue = neutral()
    return Shot(camera(), (red, green, blue))
