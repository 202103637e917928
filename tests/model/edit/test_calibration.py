"""Calibration, against Camera Raw's readings."""

import pytest
import torch
from edit_steps import assert_differentiable, assert_identity, assert_pixelwise, picture

from model.edit.calibration import calibration
from params.panels import CALIBRATION
from report.camera_raw_readings import mean_delta_e, settings, slider
from report.chart_rendering import displayed

# Mean ΔE00 to Camera Raw: what was measured and a little more.
WITHIN = {
    "calibration-blue-saturation+50": 0.35,
    "calibration-green-saturation+50": 0.35,
    "calibration-red-hue+50": 0.3,
    "calibration-shadow-tint+30": 0.3,
    "pair-calibration-red-hue+50-hue-red-50": 0.45,
}
MIXED = {
    "RedHue": -40.0,
    "RedSaturation": 30.0,
    "GreenHue": 25.0,
    "BlueSaturation": -60.0,
    "ShadowTint": 45.0,
}


@pytest.mark.parametrize("case", WITHIN)
def test_meets_camera_raw(case: str) -> None:
    distance = mean_delta_e(case, lambda image: displayed(image, settings(case)))
    assert distance <= WITHIN[case]


def test_neutral_is_exact() -> None:
    assert_identity(calibration, CALIBRATION.neutral)


@pytest.mark.parametrize("tint", [45.0, -70.0])
def test_derivatives(tint: float) -> None:
    assert_differentiable(calibration, MIXED | {"ShadowTint": tint})
    assert_pixelwise(calibration, MIXED | {"ShadowTint": tint})


def test_greys_stay_and_the_tint_goes_both_ways() -> None:
    grey = torch.full((1, 3, 2, 2), 0.02).double()
    primaries = {k: slider(v) for k, v in MIXED.items() if k != "ShadowTint"}
    assert torch.allclose(calibration(grey, primaries), grey, atol=1e-12)
    red, green, blue = calibration(grey, {"ShadowTint": slider(50.0)})[0, :, 0, 0].tolist()
    assert green < blue < red
    red, green, blue = calibration(grey, {"ShadowTint": slider(-50.0)})[0, :, 0, 0].tolist()
    assert red < blue < green


def test_without_sliders_nothing_is_done() -> None:
    assert torch.equal(calibration(picture(), {}), picture())
