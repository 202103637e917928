from dataclasses import replace

import numpy as np
import pytest

from params import edit_process
from params.edit_process import PROCESS_2
from params.files import InputError
from params.panels import PANELS, moved_panels, panel_sliders
from params.ranges import neutral_params
from params.record import Record
from params.xmp import record_to_xmp, xmp_to_params
from params.xmp_curve import draw
from params.xmp_packet import merge_fields, read_fields
from params.xmp_panels import held_panels
from params.xmp_settings import read_settings

KNOTS = PROCESS_2.curve_knots_read
X = np.linspace(0.0, 1.0, KNOTS)
MOVED = {
    "HueAdjustmentRed": -20.0,
    "LuminanceAdjustmentBlue": 12.0,
    "SplitToningShadowHue": 210.0,
    "SplitToningShadowSaturation": 15.0,
    "ColorGradeGlobalLum": -7.0,
    "ParametricDarks": 30.0,
    "ParametricShadowSplit": 20.0,
    "ShadowTint": 4.0,
    "BlueSaturation": -35.0,
    "ConvertToGrayscale": 1.0,
    "GrayMixerGreen": 18.0,
    "CurveRefineSaturation": 40.0,
    "ToneCurvePV2012Blue": (0.1 + 0.8 * X).tolist(),
}


def record(process: int = 2, **params) -> Record:
    return Record(params=neutral_params(KNOTS) | params, process=process)


def fields_of(*args, **kwargs) -> dict[str, str | list[str]]:
    return read_fields(record_to_xmp(*args, **kwargs), "XMP")


def read(process: int = 2, **fields) -> tuple[dict, list[str]]:
    settings = read_settings(merge_fields(None, fields, "XMP"))
    return xmp_to_params(settings, process, knots=KNOTS)


def test_a_moved_panel_is_written_whole_as_camera_raw_does():
    fields = fields_of(record(**MOVED))
    expected = {
        "HueAdjustmentRed": "-20",
        "HueAdjustmentOrange": "0",
        "LuminanceAdjustmentBlue": "+12",
        "SplitToningShadowHue": "210",
        "SplitToningShadowSaturation": "15",
        "ColorGradeGlobalLum": "-7",
        "ColorGradeBlending": "50",
        "SplitToningBalance": "0",
        "ParametricDarks": "+30",
        "ParametricShadowSplit": "20",
        "ParametricMidtoneSplit": "50",
        "ShadowTint": "+4",
        "ConvertToGrayscale": "True",
        "GrayMixerGreen": "+18",
        "CurveRefineSaturation": "40",
    }
    assert {name: fields[name] for name in expected} == expected
    assert fields["ToneCurvePV2012Blue"][0] == "0, 26"
    assert "ToneCurvePV2012Red" not in fields


def test_neutral_panels_are_not_written():
    written = fields_of(record(HueAdjustmentRed=0.0, ToneCurvePV2012Red=[0.0, 1.0])).keys()
    assert not written & {"HueAdjustmentRed", "ConvertToGrayscale", "ToneCurvePV2012Red"}


def test_a_process_without_panels_writes_none():
    assert fields_of(record(1, **MOVED)).keys() == fields_of(record(1)).keys()


OLD = {
    "HueAdjustmentRed": "+40",
    "ConvertToGrayscale": "True",
    "CurveRefineSaturation": "20",
    "ParametricShadowSplit": "40",
    "Dehaze": "+9",
    "ToneCurvePV2012Red": ["0, 40", "255, 255"],
    "ToneCurvePV2012Green": ["0, 0", "255, 255"],
}


class TestMerge:
    def merged(self, edit: Record) -> dict[str, str | list[str]]:
        return fields_of(edit, base=(merge_fields(None, OLD, "XMP"), "XMP"))

    def test_panels_that_the_edit_leaves_neutral_become_so(self):
        fields = self.merged(record(ParametricDarks=30.0))
        assert fields["HueAdjustmentRed"] == "0"
        assert fields["ConvertToGrayscale"] == "False"
        assert fields["CurveRefineSaturation"] == "100"
        assert (fields["ParametricDarks"], fields["ParametricShadowSplit"]) == ("+30", "25")
        assert fields["ToneCurvePV2012Red"] == ["0, 0", "255, 255"]
        assert "HueAdjustmentBlue" not in fields

    def test_what_the_process_does_not_hold_stays(self):
        fields = self.merged(record(1))
        assert {name: fields[name] for name in OLD} == OLD


def test_round_trips_are_equal():
    first, warnings = xmp_to_params(read_settings(record_to_xmp(record(**MOVED))), 2, knots=KNOTS)
    assert warnings == []
    numbers = {name: value for name, value in MOVED.items() if isinstance(value, float)}
    assert {name: first[name] for name in numbers} == numbers
    np.testing.assert_allclose(first["ToneCurvePV2012Blue"], 0.1 + 0.8 * X, atol=0.5 / 255)
    again, _ = xmp_to_params(read_settings(record_to_xmp(Record(first, process=2))), 2, knots=KNOTS)
    curve = again.pop("ToneCurvePV2012Blue")
    np.testing.assert_allclose(curve, first.pop("ToneCurvePV2012Blue"), atol=0.5 / 255)
    assert again == first


def test_free_tone_and_channel_curves_come_back():
    given = ["20, 10", "110, 180", "160, 90", "240, 250"]
    params, warnings = read(ToneCurvePV2012=given, ToneCurvePV2012Green=given)
    assert warnings == []
    expected = draw([(20, 10), (110, 180), (160, 90), (240, 250)]) / 255
    np.testing.assert_allclose(params["ToneCurve"], expected)
    np.testing.assert_allclose(params["ToneCurvePV2012Green"], expected)
    fields = fields_of(Record(params, process=2))
    for name in ("ToneCurvePV2012", "ToneCurvePV2012Green"):
        points = [tuple(map(int, text.split(","))) for text in fields[name]]
        assert np.abs(draw(points) / 255 - expected).max() <= 0.5 / 255
    legal, told = read(1, ToneCurvePV2012=given, ToneCurvePV2012Green=given)
    assert (legal["ToneCurve"][0], legal["ToneCurve"][-1]) == (0.0, 1.0)
    assert "ToneCurvePV2012Green" not in legal
    assert len(told) == 2


def test_named_curve_beside_panels():
    params, _ = read(ToneCurveName2012="Strong Contrast", RedHue="+9")
    assert params["ToneCurve"][64] == pytest.approx(50 / 255)
    assert params["RedHue"] == 9.0


class TestMissing:
    def test_older_split_toning_blends_fully(self):
        params, _ = read(SplitToningShadowHue="40", SplitToningShadowSaturation="20")
        assert params["ColorGradeBlending"] == 100.0
        assert params["ColorGradeMidtoneSat"] == 0.0

    def test_a_given_blending_stays(self):
        assert (
            read(SplitToningShadowSaturation="20", ColorGradeBlending="50")[0]["ColorGradeBlending"]
            == 50.0
        )

    def test_neutral_split_toning_moves_nothing(self):
        params, _ = read(SplitToningShadowHue="0", SplitToningShadowSaturation="0")
        assert moved_panels(params, PROCESS_2.panels) == {}
        assert params.keys() == neutral_params().keys()


class TestOutside:
    @pytest.mark.parametrize(
        ("name", "text", "value"),
        [
            ("HueAdjustmentRed", "+130", 100.0),
            ("SplitToningShadowHue", "361", 360.0),
            ("ColorGradeMidtoneHue", "-1", 0.0),
            ("CurveRefineSaturation", "-3", 0.0),
            ("ParametricShadowSplit", "1e300", 70.0),
            ("Contrast2012", "-101", -100.0),
        ],
    )
    def test_values_are_limited_with_a_line_each(self, name, text, value):
        params, warnings = read(**{name: text}, Blacks2012="+5")
        assert params.get(name, 0.0) == value
        assert len(warnings) == 1
        assert warnings[0].startswith(f"{name} ")

    @pytest.mark.parametrize("text", ["", "abc", "nan", "inf", "1e400", "0x10"])
    @pytest.mark.parametrize("name", ["HueAdjustmentRed", "Clarity2012"])
    def test_what_is_no_number(self, name, text):
        with pytest.raises(InputError, match=rf"XMP: {name} is .* not a number"):
            read(**{name: text})

    @pytest.mark.parametrize("text", ["", "maybe", "2", "nan"])
    def test_what_is_neither_true_nor_false(self, text):
        with pytest.raises(InputError, match=r"XMP: ConvertToGrayscale is .* neither True nor"):
            read(ConvertToGrayscale=text)

    @pytest.mark.parametrize(
        "points",
        [["0, 0", "0, 9"], ["0, 0"], ["0, 0", "300, 9"], ["9, 0", "3, 9"], ["0, 0", "9, 1e400"]],
    )
    def test_broken_channel_curves(self, points):
        with pytest.raises(InputError, match=r"XMP: ToneCurvePV2012Red: not a curve") as error:
            read(ToneCurvePV2012Red=points)
        assert "\n" not in str(error.value)


@pytest.mark.parametrize(("text", "value"), [("True", 1.0), ("true", 1.0), ("1", 1.0)])
def test_switches(text, value):
    assert read(ConvertToGrayscale=text)[0]["ConvertToGrayscale"] == value
    assert "ConvertToGrayscale" not in read(ConvertToGrayscale="False")[0]


def test_every_panel_of_a_process_goes_both_ways(monkeypatch):
    """A panel's name among a process's is all that it takes."""
    holds = replace(PROCESS_2, panels=tuple(name for name in PANELS if name != "basic"))
    monkeypatch.setitem(edit_process._BY_NUMBER, 2, holds)
    sliders = panel_sliders(holds.panels)
    values = {s.name: s.high if s.neutral != s.high else s.low for s in sliders}
    fields = fields_of(record(**values))
    params, warnings = read(**{name: fields[name] for name in values})
    assert warnings == []
    assert {name: params[name] for name in values} == values
    assert fields["PostCropVignetteStyle"] == "3"
    assert held_panels({"GrainAmount": 20.0}, holds)[0] == {
        "GrainAmount": 20.0,
        "GrainSize": 25.0,
        "GrainFrequency": 50.0,
    }


OWN = {
    "Exposure2012": "+2.00",
    "Temperature": "4000",
    "WhiteBalance": "Custom",
    "PostCropVignetteAmount": "-30",
    "HueAdjustmentRed": "+50",
    "ToneCurvePV2012Red": ["0, 20", "255, 255"],
    "CameraProfile": "Camera Vivid",
    "HasCrop": "True",
}


def merged(held: tuple[str, ...] | None, **params) -> dict[str, str | list[str]]:
    edit = replace(record(**params), held=held)
    return fields_of(edit, base=(merge_fields(None, OWN, "XMP"), "XMP"))


def test_panels_that_an_edit_does_not_speak_of_stay_as_they_are() -> None:
    found = merged(("basic", "color_mixer"), Exposure2012=0.5, HueAdjustmentBlue=9.0)
    assert (found["Exposure2012"], found["WhiteBalance"]) == ("+0.50", "As Shot")
    assert "Temperature" not in found
    assert (found["HueAdjustmentRed"], found["HueAdjustmentBlue"]) == ("0", "+9")
    for name in ("PostCropVignetteAmount", "ToneCurvePV2012Red", "HasCrop"):
        assert found[name] == OWN[name]
    neutral = merged(("basic", "color_mixer", "vignette", "curves"))
    assert neutral["PostCropVignetteAmount"] == "0"
    assert neutral["ToneCurvePV2012Red"] == ["0, 0", "255, 255"]
    assert merged(None)["PostCropVignetteAmount"] == "0"


def test_the_basic_sliders_stay_where_an_edit_is_of_other_panels_only() -> None:
    found = merged(("vignette",), PostCropVignetteAmount=-12.0, Exposure2012=0.5)
    assert found["PostCropVignetteAmount"] == "-12"
    for name in ("Exposure2012", "Temperature", "WhiteBalance", "HueAdjustmentRed"):
        assert found[name] == OWN[name]
    assert "ToneCurvePV2012" not in found


def test_a_photographers_own_camera_profile_stays() -> None:
    assert merged(None)["CameraProfile"] == "Camera Vivid"
    assert fields_of(record())["CameraProfile"] == "Adobe Standard"


def test_a_panel_that_is_written_is_switched_on():
    old = {"EnableColorAdjustments": "False", "EnableCalibration": "False", "Exposure2012": "+1.00"}
    base = (merge_fields(None, old, "XMP"), "XMP")
    fields = fields_of(record(HueAdjustmentRed=20.0), base=base)
    assert fields["EnableColorAdjustments"] == "True"
    assert fields["EnableCalibration"] == "False"
    assert (
        xmp_to_params(read_settings(record_to_xmp(record(HueAdjustmentRed=20.0), base=base)), 2)[0][
            "HueAdjustmentRed"
        ]
        == 20.0
    )
