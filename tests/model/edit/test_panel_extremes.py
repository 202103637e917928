"""Every panel at the ends of its sliders, on the colours that formulas stumble over."""

from collections.abc import Mapping
from typing import Any

import pytest
import torch
from torch import Tensor

from model.edit.base_rendering import apply_base, base_table
from model.edit.black_white import black_and_white
from model.edit.calibration import calibration
from model.edit.color_grading import color_grading
from model.edit.color_mixer import color_mixer
from model.edit.hue_preserving import encoded_tone_map
from model.edit.parametric_curve import parametric_curve
from model.edit.tone_maps import blacks, blacks_table, contrast_table, whites, whites_table
from model.edit.vibrance_saturation import saturation, vibrance
from params.panels import (
    BASIC,
    BLACK_AND_WHITE,
    CALIBRATION,
    COLOR_GRADING,
    COLOR_MIXER,
    PARAMETRIC_CURVE,
    Panel,
)

CORNERS = [[r, g, b] for r in (0.0, 0.3, 1.0) for g in (0.0, 0.3, 1.0) for b in (0.0, 0.3, 1.0)]
NEAR = [[1e-5, 0.0, 0.0], [0.5, 0.5, 0.5 + 1e-6], [1.0, 1.0 - 1e-6, 1.0], [2e-4, 1e-4, 3e-4]]


def basic(image: Any, p: Mapping[str, Any]) -> Any:
    one = torch.ones_like(p["Whites2012"])
    image = apply_base(image, base_table(p["Exposure2012"]))
    image = saturation(image, p["Saturation"])
    image = whites(image, whites_table(p["Whites2012"], one.detach()), p["Whites2012"])
    image = blacks(image, blacks_table(p["Blacks2012"]), p["Blacks2012"])
    image = encoded_tone_map(image, contrast_table(p["Contrast2012"], 0.25 * one.detach()))
    return vibrance(image, p["Vibrance"])


STEPS: dict[str, tuple[Any, Panel]] = {
    "basic": (basic, BASIC),
    "color_mixer": (color_mixer, COLOR_MIXER),
    "color_grading": (color_grading, COLOR_GRADING),
    "parametric_curve": (parametric_curve, PARAMETRIC_CURVE),
    "calibration": (calibration, CALIBRATION),
    "black_and_white": (black_and_white, BLACK_AND_WHITE),
}


def settings(panel: Panel, end: str) -> dict[str, Tensor]:
    """All sliders at one end, or by turns at the one and the other."""
    low_first = {"low": (True, True), "high": (False, False), "turns": (True, False)}.get(end)
    values = {}
    for i, slider in enumerate(panel.sliders):
        if low_first is None:
            value = slider.neutral
        else:
            value = slider.low if low_first[i % 2] else slider.high
        values[slider.name] = torch.tensor([value], requires_grad=True)
    return values


@pytest.mark.parametrize("end", ["neutral", "low", "high", "turns"])
@pytest.mark.parametrize("name", STEPS)
def test_stays_finite_and_in_range_with_its_gradients(name: str, end: str) -> None:
    step, panel = STEPS[name]
    p = settings(panel, end)
    image = torch.tensor(CORNERS + NEAR).T.reshape(1, 3, -1, 1).clone().requires_grad_()
    result = step(image, p)
    assert bool(torch.isfinite(result).all())
    assert float(result.detach().min()) >= 0.0
    assert float(result.detach().max()) <= 1.0
    result.square().sum().backward()
    assert bool(torch.isfinite(image.grad).all())
    for slider, value in p.items():
        assert value.grad is None or bool(torch.isfinite(value.grad).all()), slider
