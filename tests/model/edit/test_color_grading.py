"""Colour grading, against Camera Raw's readings."""

import pytest
import torch
from edit_steps import assert_differentiable, assert_identity, assert_pixelwise, picture

from model.edit.color_grading import color_grading, grading_curves
from model.edit.lookup import rooted_greys
from params.panels import COLOR_GRADING
from report.camera_raw_readings import mean_delta_e, readings, settings, slider
from report.chart_rendering import displayed

# Mean ΔE00 to Camera Raw: what was measured and a little more.
WITHIN = {
    "grading-shadows-h30": 0.25,
    "grading-shadows-h210": 0.3,
    "grading-midtones-h30": 0.25,
    "grading-highlights-h30": 0.3,
    "grading-highlights-h210": 0.3,
    "grading-blending-100": 0.3,
    "pair-grading-shadows-contrast+50": 0.4,
}
MIXED = {
    "SplitToningShadowHue": 217.0,
    "SplitToningShadowSaturation": 40.0,
    "ColorGradeMidtoneHue": 33.0,
    "ColorGradeMidtoneSat": 25.0,
    "ColorGradeMidtoneLum": -20.0,
    "SplitToningHighlightHue": 47.0,
    "SplitToningHighlightSaturation": 35.0,
    "ColorGradeHighlightLum": 30.0,
    "ColorGradeGlobalHue": 128.0,
    "ColorGradeGlobalSat": 15.0,
    "ColorGradeBlending": 62.0,
    "SplitToningBalance": -23.0,
}
WHEELS = [
    ("SplitToningShadow", "Saturation"),
    ("ColorGradeMidtone", "Sat"),
    ("SplitToningHighlight", "Saturation"),
    ("ColorGradeGlobal", "Sat"),
]


@pytest.mark.parametrize("case", WITHIN)
def test_meets_camera_raw(case: str) -> None:
    distance = mean_delta_e(case, lambda image: displayed(image, settings(case)))
    assert distance <= WITHIN[case]
    assert distance < readings()["cases"][case]["peer"]


def test_neutral_is_exact() -> None:
    assert_identity(color_grading, COLOR_GRADING.neutral)
    assert_identity(color_grading, COLOR_GRADING.neutral | {"ColorGradeMidtoneHue": 200.0})


def test_derivatives() -> None:
    assert_differentiable(color_grading, MIXED)
    assert_pixelwise(color_grading, MIXED)


@pytest.mark.parametrize(("wheel", "kind"), WHEELS)
@pytest.mark.parametrize("hue", [0.0, 60.0, 130.0, 240.0, 300.0])
def test_curves_rise_and_keep_black_and_white(wheel: str, kind: str, hue: float) -> None:
    greys = torch.from_numpy(rooted_greys(1025))
    for amount in (50.0, 100.0):
        p = {f"{wheel}Hue": slider(hue), f"{wheel}{kind}": slider(amount)}
        for curve in grading_curves(p) or []:
            values = (greys + curve[0]).clamp(0.0, 1.0)
            assert float(values[0]) == 0.0
            assert float(values[-1]) == 1.0
            assert float(values.diff().min()) > -1e-6


def test_blending_spreads_and_balance_moves() -> None:
    """Less Blending takes the tint of the shadows out of the midtones; so does Balance +."""
    p = {"SplitToningShadowHue": slider(220.0), "SplitToningShadowSaturation": slider(50.0)}

    def blue(**more: float) -> float:
        curves = grading_curves(p | {name: slider(value) for name, value in more.items()})
        assert curves is not None
        return float(curves[2][0, 512])

    whole = blue()
    assert blue(ColorGradeBlending=100.0) == pytest.approx(whole, rel=1e-9)
    assert blue(ColorGradeBlending=0.0) < blue(ColorGradeBlending=50.0) < whole
    assert blue(SplitToningBalance=50.0) < whole < blue(SplitToningBalance=-50.0)


def test_without_a_wheel_nothing_is_done() -> None:
    image = picture()
    assert color_grading(image, {"ColorGradeBlending": slider(50.0)}) is image
