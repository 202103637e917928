"""The chart rendered by the operators that meet Camera Raw's readings, in Camera Raw's order.

Process 2 itself does not render so yet: docs/process-2.md says what is in the way.
"""

import functools
from collections.abc import Mapping
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from model.edit.base_rendering import SIZE, apply_base, base_table
from model.edit.calibration import calibration
from model.edit.color_grading import color_grading
from model.edit.color_mixer import color_mixer
from model.edit.highlights_shadows import HIGHLIGHTS, SHADOWS, gain_table, with_gain
from model.edit.hue_preserving import encoded_tone_map, tone_map
from model.edit.local_base import LocalBase, local_base
from model.edit.lookup import rooted_greys
from model.edit.parametric_curve import parametric_curve
from model.edit.point_curves import master_curve, points_table
from model.edit.tone_maps import (
    blacks,
    blacks_table,
    contrast_table,
    whites,
    whites_table,
)
from model.edit.vibrance_saturation import saturation, vibrance
from params.base_curve import base_curve
from params.panels import CALIBRATION, COLOR_GRADING, COLOR_MIXER, PARAMETRIC_CURVE, Panel
from report.camera_raw_readings import slider
from report.chart_picture import chart

# Pixels of the proxy's long side, for what looks at a pixel's surroundings.
_PROXY = 512

# Of the chart: log2 of the value that Contrast leaves, by its own formula.
PIVOT = -1.824
_CURVE = torch.from_numpy(base_curve(rooted_greys(SIZE)) - rooted_greys(SIZE))[None]


def displayed(image: Any, case: Mapping[str, Any], base: LocalBase | None = None) -> Any:
    """Scene light -> linear display colours: a case's settings.

    base: of these pixels, for Highlights and Shadows.
    """

    def amount(name: str) -> Tensor:
        return slider(case.get(name, 0.0))

    image = calibration(image, of_panel(case, CALIBRATION))
    image = apply_base(image, base_table(amount("Exposure2012")))
    if HIGHLIGHTS in case or SHADOWS in case:
        if base is None:
            raise ValueError("Highlights and Shadows need a base layer")
        image = with_gain(image, gain_table(amount(HIGHLIGHTS), amount(SHADOWS), base), base)
    image = color_mixer(image, of_panel(case, COLOR_MIXER))
    image = saturation(image, amount("Saturation"))
    image = whites(image, whites_table(amount("Whites2012"), slider(1.0)), amount("Whites2012"))
    image = blacks(image, blacks_table(amount("Blacks2012")), amount("Blacks2012"))
    image = tone_map(image, _CURVE)
    image = encoded_tone_map(
        image, contrast_table(amount("Contrast2012"), torch.exp2(slider(PIVOT)))
    )
    image = vibrance(image, amount("Vibrance"))
    image = parametric_curve(image, of_panel(case, PARAMETRIC_CURVE))
    if "ToneCurvePV2012" in case:
        points = [(x, y) for x, y in case["ToneCurvePV2012"]]
        image = master_curve(image, points_table(points, image.dtype, image.device))
    return color_grading(image, of_panel(case, COLOR_GRADING))


def chart_base(names: list[str]) -> LocalBase:
    """The base layer of patches 1x3xNx1, as they lie in the chart."""
    base, levels = _whole_base()
    found = torch.from_numpy(chart().at(levels[0, 0].numpy(), names))
    return base.at(found.reshape(1, 1, -1, 1))


@functools.cache
def _whole_base() -> tuple[LocalBase, Tensor]:
    picture = torch.from_numpy(chart().scene).permute(2, 0, 1)[None]
    height, width = picture.shape[2:]
    size = round(height * _PROXY / width), _PROXY
    base = local_base(F.interpolate(picture, size=size, mode="area"))
    return base, base.distances(picture)


def of_panel(case: Mapping[str, Any], panel: Panel) -> dict[str, Tensor]:
    """The sliders of a panel that a case names."""
    names = [found.name for found in panel.sliders if found.name in case]
    return {name: slider(case[name]) for name in names}
