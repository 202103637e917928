from dataclasses import replace

import pytest

from params.edit_process import PROCESS_1, PROCESS_2, EditProcess
from params.unsupported import Look, find_lost, not_held, structures


def lost(
    look: Look | None = None, process: EditProcess = PROCESS_1, **fields
) -> list[tuple[str, str, bool]]:
    return [tuple(one) for one in find_lost(fields, look, process)]


@pytest.mark.parametrize(
    ("key", "text", "expected"),
    [
        ("Clarity2012", "+22", ("clarity", "Clarity2012 +22", True)),
        ("Clarity2012", "+3", ("clarity", "Clarity2012 +3", False)),
        ("Dehaze", "-5", ("dehaze", "Dehaze -5", True)),
        ("HueAdjustmentRed", "-9.0", ("colour mixer", "HueAdjustmentRed -9.0", False)),
        ("ParametricDarks", "-30", ("parametric curve", "ParametricDarks -30", True)),
        ("ConvertToGrayscale", "True", ("black and white", "ConvertToGrayscale True", True)),
        ("HasCrop", "True", ("crop", "HasCrop True", False)),
        ("ColorGradeMidtoneSat", "8", ("colour grading", "ColorGradeMidtoneSat 8", True)),
        ("Texture", "abc", ("texture", "Texture abc", True)),
        (
            "CurveRefineSaturation",
            "70",
            ("Refine Saturation", "CurveRefineSaturation 70", True),
        ),
    ],
)
def test_sliders_that_no_edit_holds(key, text, expected):
    assert lost(**{key: text}) == [expected]


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("Clarity2012", "0"),
        ("Dehaze", "+0.00"),
        ("ConvertToGrayscale", "False"),
        ("ParametricShadowSplit", "25"),
        ("Sharpness", "40"),
        ("Exposure2012", "+1.00"),
        ("SplitToningShadowHue", "240"),
        ("CurveRefineSaturation", "100"),
        ("HasCrop", "False"),
        ("CameraProfile", "Adobe Standard"),
    ],
)
def test_what_changes_nothing_or_is_not_a_tone(key, text):
    assert lost(**{key: text}) == []
    assert not not_held(key, text, PROCESS_1)


def test_structures():
    assert lost(MaskGroupBasedCorrections=[], RetouchAreas=["x"], Sharpening=[]) == [
        ("masks", "MaskGroupBasedCorrections", True),
        ("retouching", "RetouchAreas", False),
    ]
    blank = "-1.000000, -1.000000, -1.000000, -1"
    assert lost(PointColors=[blank]) == []
    assert lost(PointColors=[blank, "0.5, -1, 1"]) == [("point colour", "PointColors", True)]


def test_looks_and_profiles():
    assert lost(Look("Adobe Color")) == [("look", "Adobe Color", False)]
    assert lost(Look("Modern 04", 0.6)) == [("look", "Modern 04 at 60%", True)]
    assert lost(Look("Modern 04", 0.0)) == []
    assert lost(CameraProfile="Camera Vivid") == [("camera profile", "Camera Vivid", False)]


def test_curves():
    straight = ["0, 0", "255, 255"]
    assert lost(ToneCurvePV2012=straight, ToneCurvePV2012Red=straight) == []
    assert lost(ToneCurvePV2012Blue=["0, 12", "255, 255"]) == [
        ("curve of one colour", "Blue, up to 12 of 255", True)
    ]
    assert lost(ToneCurvePV2012=["0, 20", "255, 250"]) == [
        ("raised or lowered ends of the curve", "0 -> 20, 255 -> 250", True)
    ]
    assert lost(ToneCurvePV2012=["0, 2", "255, 255"])[0][2] is False
    ((what, detail, matters),) = lost(ToneCurvePV2012=["0, 0", "100, 200", "150, 90", "255, 255"])
    assert (what, matters) == ("falling curve", True)
    assert int(detail.split()[1]) >= 110


def test_what_a_process_holds_is_not_lost():
    curve = ["0, 20", "100, 200", "150, 90", "255, 250"]
    fields = {
        "HueAdjustmentRed": "+30",
        "ColorGradeMidtoneSat": "20",
        "ParametricDarks": "-30",
        "BlueSaturation": "+40",
        "ConvertToGrayscale": "True",
        "CurveRefineSaturation": "30",
        "ToneCurvePV2012": curve,
        "ToneCurvePV2012Blue": curve,
    }
    assert len(lost(**fields)) == 9
    assert lost(process=PROCESS_2, **fields) == []
    fields = {"HDREditMode": "1"}
    assert lost(process=PROCESS_2, **fields) == lost(**fields) != []


def test_a_panel_is_held_by_its_name_in_the_process():
    """Nothing else is needed than the name among the process's panels."""
    fields = {"Clarity2012": "+20", "PostCropVignetteAmount": "-20", "GrainAmount": "30"}
    holds = replace(PROCESS_2, panels=("detail_presence", "vignette", "grain"))
    assert len(lost(**fields)) == 3
    assert lost(process=holds, **fields) == []


def test_masks_that_are_switched_off_are_not_told():
    fields = {"MaskGroupBasedCorrections": ["x"], "RetouchAreas": ["y"]}
    assert structures(fields) == ["masks", "retouching"]
    off = {"EnableMaskGroupBasedCorrections": "False"}
    assert structures(fields | off) == ["retouching"]
