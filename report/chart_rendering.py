"""The chart rendered by the operators that meet Camera Raw's readings, in Camera Raw's order.

Process 2 itself does not render so yet: docs/process-2.md says what is in the way.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from model.edit.base_rendering import SIZE, apply_base, base_table
from model.edit.calibration import calibration
from model.edit.color_grading import color_grading
from model.edit.color_mixer import color_mixer
from model.edit.hue_preserving import encoded_tone_map, tone_map
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

# Of the chart: log2 of the value that Contrast leaves, by its own formula.
PIVOT = -1.824
_CURVE = torch.from_numpy(base_curve(rooted_greys(SIZE)) - rooted_greys(SIZE))[None]


def displayed(image: Any, case: Mapping[str, Any]) -> Any:
    """Scene light -> linear display colours: a case's settings."""

    def amount(name: str) -> Tensor:
        return slider(case.get(name, 0.0))

    image = calibration(image, of_panel(case, CALIBRATION))
    image = apply_base(image, base_table(amount("Exposure2012")))
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


def of_panel(case: Mapping[str, Any], panel: Panel) -> dict[str, Tensor]:
    """The sliders of a panel that a case names."""
    names = [found.name for found in panel.sliders if found.name in case]
    return {name: slider(case[name]) for name in names}
