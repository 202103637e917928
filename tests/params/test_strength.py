"""Edits brought toward no edit."""

from typing import Any

import pytest

from params.outputs import KEPT
from params.panels import BLACK_AND_WHITE, PANELS, moved_panels, panel_sliders
from params.ranges import neutral_params
from params.record import Record
from params.strength import at_strength, scaled_edit
from params.unsupported import Look

EDIT: dict[str, Any] = {
    **neutral_params(),
    "Temperature": 8000.0,
    "Exposure2012": 1.0,
    "Blacks2012": -40.0,
    "ToneCurve": [0.1, 0.4, 1.0],
    "ToneCurvePV2012Red": [0.0, 1.0, 1.0],
    "SplitToningShadowHue": 220.0,
    "SplitToningShadowSaturation": 30.0,
    "ColorGradeBlending": 80.0,
    "ConvertToGrayscale": 1.0,
    "GrayMixerRed": -20.0,
    "ParametricDarks": 12.0,
    "ParametricShadowSplit": 30.0,
    "PostCropVignetteAmount": -16.0,
    "PostCropVignetteStyle": 2.0,
    "HueAdjustmentRed": 10.0,
}


def test_all_of_it_is_the_same_edit() -> None:
    assert scaled_edit(EDIT, 1.0) == EDIT
    record = Record(EDIT, process=2)
    assert at_strength(record, 1.0) is record


def test_half_of_it() -> None:
    half = scaled_edit(EDIT, 0.5)
    assert half["Exposure2012"] == 0.5
    assert half["Blacks2012"] == -20.0
    assert half["GrayMixerRed"] == -10.0
    assert half["PostCropVignetteAmount"] == -8.0
    assert half["HueAdjustmentRed"] == 5.0
    assert half["SplitToningShadowSaturation"] == 15.0
    assert half["ParametricDarks"] == 6.0
    assert 1e6 / half["Temperature"] == pytest.approx((1e6 / 6500.0 + 1e6 / 8000.0) / 2.0)
    assert half["ToneCurve"] == pytest.approx([0.05, 0.45, 1.0])
    assert half["ToneCurvePV2012Red"] == pytest.approx([0.0, 0.75, 1.0])


def test_how_it_is_done_stays() -> None:
    half = scaled_edit(EDIT, 0.5)
    for name in (
        *("SplitToningShadowHue", "ColorGradeBlending", "ConvertToGrayscale"),
        *("ParametricShadowSplit", "PostCropVignetteStyle"),
    ):
        assert half[name] == EDIT[name]


def test_none_of_it_is_no_edit() -> None:
    nothing = scaled_edit(EDIT, 0.0)
    same = neutral_params()
    assert {n: nothing[n] for n in same if n != "ToneCurve"} == {
        n: value for n, value in same.items() if n != "ToneCurve"
    }
    assert nothing["ToneCurve"] == [0.0, 0.5, 1.0]
    assert moved_panels(nothing, [n for n in PANELS if n != "basic"]) == {}


def test_every_slider_is_scaled_or_kept_for_a_reason() -> None:
    """A panel that is to come has its amounts scaled, and its ways said in params.outputs."""
    amounts = {s.name for s in panel_sliders(PANELS)} - KEPT
    assert {s.name for s in BLACK_AND_WHITE.sliders} - amounts == {"ConvertToGrayscale"}
    for slider in panel_sliders(PANELS):
        if slider.name in amounts and slider.name != "Temperature":
            assert slider.neutral == 0.0, slider.name


def test_a_look_is_weaker_too() -> None:
    record = Record(EDIT, process=2, look=Look("Mine", 0.8))
    look = at_strength(record, 0.5).look
    assert look is not None
    assert look.amount == 0.4
