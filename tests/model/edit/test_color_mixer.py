"""The colour mixer, against Camera Raw's readings of every band."""

import pytest
import torch
from edit_steps import assert_differentiable, assert_identity, assert_pixelwise, picture

from model.edit.color_mixer import color_mixer
from params.panels import BANDS, COLOR_MIXER
from report.camera_raw_readings import mean_delta_e, readings, settings, slider
from report.chart_rendering import displayed

CASES = [c for c in readings()["cases"] if c.startswith(("hue-", "saturation-", "luminance-"))]
MIXER_CASES = [case for case in CASES if case != "saturation-50"]
# Mean ΔE00 to Camera Raw. Measured: 0.28 to 0.71, 0.40 over all cases.
WITHIN, MEAN_WITHIN = 0.75, 0.45
MIXED = {
    "HueAdjustmentBlue": 40.0,
    "HueAdjustmentOrange": -70.0,
    "SaturationAdjustmentGreen": 55.0,
    "SaturationAdjustmentRed": -35.0,
    "LuminanceAdjustmentAqua": -60.0,
    "LuminanceAdjustmentYellow": 45.0,
    "LuminanceAdjustmentPurple": 30.0,
}


def test_meets_camera_raw_in_every_case() -> None:
    found = {
        case: mean_delta_e(case, lambda image, c=case: displayed(image, settings(c)))  # type: ignore[misc]
        for case in MIXER_CASES
    }
    assert len(found) == 38
    assert max(found.values()) <= WITHIN, found
    assert sum(found.values()) / len(found) <= MEAN_WITHIN
    assert all(found[case] < readings()["cases"][case]["peer"] for case in found)


def test_meets_camera_raw_half_way_and_under_another_white() -> None:
    case = "pair-temperature-4000-saturation-blue+50"
    assert mean_delta_e(case, lambda image: displayed(image, settings(case))) <= 0.5


def test_neutral_is_exact() -> None:
    assert_identity(color_mixer, COLOR_MIXER.neutral)


def test_without_sliders_nothing_is_done() -> None:
    image = picture()
    assert torch.equal(color_mixer(image, {}), image)


def test_derivatives() -> None:
    assert_differentiable(color_mixer, MIXED)
    assert_pixelwise(color_mixer, MIXED)


@pytest.mark.parametrize("kind", ["Hue", "Saturation", "Luminance"])
def test_extremes_stay_in_range_and_greys_stay(kind: str) -> None:
    colors = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(3)).double()
    colors[:, :, 0] = colors[:, :1, 0]
    for amount in (-100.0, 100.0):
        result = color_mixer(colors, {f"{kind}Adjustment{b}": slider(amount) for b in BANDS})
        assert bool(torch.isfinite(result).all())
        assert float(result.min()) >= 0.0
        assert float(result.max()) <= 1.0
        assert torch.allclose(result[:, :, 0], colors[:, :, 0], atol=1e-9)


def test_a_band_moves_its_own_colours() -> None:
    blue = torch.tensor([0.08, 0.15, 0.5]).double().reshape(1, 3, 1, 1)
    orange = torch.tensor([0.5, 0.29, 0.08]).double().reshape(1, 3, 1, 1)
    darker = {"LuminanceAdjustmentBlue": slider(-80.0)}
    assert float(color_mixer(blue, darker).max()) < 0.6 * float(blue.max())
    assert torch.allclose(color_mixer(orange, darker), orange)
