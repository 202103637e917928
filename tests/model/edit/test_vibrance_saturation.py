"""Vibrance and Saturation, against Camera Raw's readings."""

from typing import Any

import pytest
import torch
from edit_steps import assert_differentiable, assert_identity, assert_pixelwise, picture

from model.edit.hue_preserving import luminance
from model.edit.vibrance_saturation import saturation, vibrance
from report.camera_raw_readings import mean_delta_e, settings
from report.chart_rendering import displayed

# Mean ΔE00 to Camera Raw: what was measured and a little more.
WITHIN = {"saturation-50": 0.15, "vibrance+50": 0.5, "pair-contrast+50-saturation+50": 0.65}
STEPS: dict[str, Any] = {
    "Saturation": lambda image, p: saturation(image, p["Saturation"]),
    "Vibrance": lambda image, p: vibrance(image, p["Vibrance"]),
}


@pytest.mark.parametrize("case", WITHIN)
def test_meets_camera_raw(case: str) -> None:
    distance = mean_delta_e(case, lambda image: displayed(image, settings(case)))
    assert distance <= WITHIN[case]


@pytest.mark.parametrize("name", STEPS)
def test_neutral_is_exact(name: str) -> None:
    assert_identity(STEPS[name], {name: 0.0})


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("amount", [-63.0, 37.0])
def test_derivatives(name: str, amount: float) -> None:
    assert_differentiable(STEPS[name], {name: amount})
    assert_pixelwise(STEPS[name], {name: amount})


def test_no_saturation_is_the_luminance() -> None:
    image = picture()
    grey = saturation(image, torch.full((1,), -100.0, dtype=image.dtype))
    assert torch.allclose(grey, luminance(image).expand_as(image), atol=1e-12)


def test_vibrance_leaves_greys_and_spares_skin() -> None:
    skin, leaf = (torch.tensor(c).reshape(1, 3, 1, 1) for c in ((0.5, 0.36, 0.3), (0.36, 0.5, 0.3)))
    grey = torch.full((1, 3, 4, 4), 0.3)
    more = torch.tensor([60.0])
    assert torch.allclose(vibrance(grey, more), grey, atol=1e-6)

    def spread(image: torch.Tensor) -> float:
        return float(image.amax() - image.amin())

    assert spread(vibrance(leaf, more)) > 1.1 * spread(vibrance(skin, more))
