import json
import shutil
import subprocess
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from params.camera_color import CameraColor
from params.files import InputError
from params.ranges import SLIDER_NAMES, SLIDERS, neutral_params
from params.record import Record
from params.white_balance import as_shot
from params.xmp import record_to_xmp, xmp_to_params
from params.xmp_packet import CRS, RDF, read_fields
from params.xmp_settings import Settings, read_settings

ENTRY = json.loads((Path(__file__).parents[1] / "data/white_balance.json").read_text())["cameras"][
    2
]
CAMERA = CameraColor(
    color_matrix_1=ENTRY["color_matrix_1"],
    color_matrix_2=ENTRY["color_matrix_2"],
    forward_matrix_1=ENTRY["forward_matrix_1"],
    forward_matrix_2=ENTRY["forward_matrix_2"],
    illuminant_1=17,
    illuminant_2=21,
)
SHOT = {"camera": CAMERA, "neutral": ENTRY["neutral"]}
X = np.linspace(0.0, 1.0, 16)


def edit(**sliders) -> Record:
    curve = sliders.pop("ToneCurve", X**0.8)
    return Record(params=neutral_params() | sliders | {"ToneCurve": curve})


EDIT = edit(
    Temperature=7400.0,
    Exposure2012=0.5,
    Contrast2012=-25.0,
    Highlights2012=-40.4,
    Shadows2012=30.6,
    Whites2012=4.0,
    Blacks2012=-7.0,
    Vibrance=12.0,
    Saturation=-3.0,
)


def packet(attributes: str, children: str = "") -> bytes:
    return (
        f'<rdf:RDF xmlns:rdf="{RDF}"><rdf:Description rdf:about="" xmlns:crs="{CRS}" '
        f"{attributes}>{children}</rdf:Description></rdf:RDF>"
    ).encode()


def test_a_new_packet_holds_the_safe_set_as_adobe_writes_it():
    fields = read_fields(record_to_xmp(EDIT, **SHOT), "XMP")
    curve = fields.pop("ToneCurvePV2012")
    kelvin, tint = int(fields.pop("Temperature")), fields.pop("Tint")
    assert fields == {
        "Version": "11.0",
        "ProcessVersion": "11.0",
        "WhiteBalance": "Custom",
        "Exposure2012": "+0.50",
        "Contrast2012": "-25",
        "Highlights2012": "-40",
        "Shadows2012": "+31",
        "Whites2012": "+4",
        "Blacks2012": "-7",
        "Vibrance": "+12",
        "Saturation": "-3",
        "ToneCurveName2012": "Custom",
        "CameraProfile": "Adobe Standard",
        "HasSettings": "True",
        "AlreadyApplied": "False",
    }
    assert kelvin > as_shot(**SHOT)["Temperature"]
    assert tint == str(int(tint)) or tint == f"+{int(tint)}"
    assert curve[0] == "0, 0"
    assert curve[-1] == "255, 255"
    assert 2 < len(curve) <= 16


def test_neutral_white_balance_is_as_shot_and_small_numbers_have_no_sign():
    fields = read_fields(record_to_xmp(edit(Exposure2012=-0.001, Blacks2012=-0.3), **SHOT), "XMP")
    assert fields["WhiteBalance"] == "As Shot"
    assert "Temperature" not in fields
    assert "Tint" not in fields
    assert fields["Exposure2012"] == "0.00"
    assert fields["Blacks2012"] == "0"


@pytest.mark.parametrize("curve", ["points", "dense"])
def test_round_trip_process_1(curve):
    data = record_to_xmp(EDIT, **SHOT, curve=curve)
    params, warnings = xmp_to_params(read_settings(data), 1, **SHOT)
    assert warnings == []
    for slider in SLIDERS[2:]:
        step = 0.005 if slider.name == "Exposure2012" else 0.5
        assert params[slider.name] == pytest.approx(EDIT.params[slider.name], abs=step)
    # Whole kelvin and tint: half a step of tint is 0.0002 in uv.
    assert params["Temperature"] == pytest.approx(7400.0, abs=60.0)
    assert params["Tint"] == 0.0
    np.testing.assert_allclose(params["ToneCurve"], X**0.8, atol=0.02)


def test_round_trip_by_mired_warns():
    record = edit(Temperature=8000.0, Tint=10.0)
    record.as_shot = {"Temperature": 5000.0, "Tint": 8.0}
    warnings: list[str] = []
    settings = read_settings(record_to_xmp(record, warn=warnings.append))
    kelvin = 1e6 / (1e6 / 5000 + 1e6 / 8000 - 1e6 / 6500)
    assert settings.sliders["Temperature"] == round(kelvin)
    assert settings.sliders["Tint"] == 18.0
    params, reading = xmp_to_params(settings, 1, as_shot=record.as_shot)
    assert params["Temperature"] == pytest.approx(8000.0, abs=3.0)
    assert params["Tint"] == 10.0
    for lines in (warnings, reading):
        assert len(lines) == 1
        assert "mired" in lines[0]


@pytest.mark.parametrize("shot", [None, {}, "x", {"Temperature": "5000", "Tint": 0}, [1, 2]])
def test_unknown_shot_warns(shot):
    record = edit(Temperature=8000.0)
    record.as_shot = shot
    warnings: list[str] = []
    settings = read_settings(record_to_xmp(record, warn=warnings.append))
    assert settings.sliders["Temperature"] == 8000.0
    assert len(warnings) == 1
    assert "not known" in warnings[0]


def test_a_curve_that_undoes_nothing_is_named_linear():
    record = edit(ToneCurve=X)
    record.process = 2
    fields = read_fields(record_to_xmp(record), "XMP")
    assert fields["ToneCurveName2012"] == "Linear"
    assert fields["ToneCurvePV2012"] == ["0, 0", "255, 255"]
    dense = read_fields(record_to_xmp(record, curve="dense"), "XMP")
    assert dense["ToneCurvePV2012"] == ["0, 0", "255, 255"]


def test_dense_curve_has_256_points():
    assert (
        len(read_fields(record_to_xmp(EDIT, **SHOT, curve="dense"), "XMP")["ToneCurvePV2012"])
        == 256
    )


def test_a_curve_no_spline_can_follow_warns():
    warnings: list[str] = []
    rough = np.repeat([0.0, 0.02, 0.5, 0.52, 0.9, 0.92, 0.98, 1.0], 2)
    record = edit(ToneCurve=rough)
    record.process = 2
    record_to_xmp(record, warn=warnings.append)
    assert len(warnings) == 1
    assert "tone curve" in warnings[0]


class TestMerge:
    def test_fields_are_never_doubled(self):
        base = packet(
            'crs:Sharpness="40" crs:Temperature="4000" crs:Exposure2012="+2.00"',
            "<crs:Tint>+9</crs:Tint><crs:WhiteBalance>Custom</crs:WhiteBalance>"
            "<crs:ToneCurvePV2012><rdf:Seq><rdf:li>0, 9</rdf:li><rdf:li>255, 255</rdf:li>"
            "</rdf:Seq></crs:ToneCurvePV2012>",
        )
        merged = record_to_xmp(edit(), base=(base, "XMP"), **SHOT)
        fields = read_fields(merged, "XMP")
        assert fields["WhiteBalance"] == "As Shot"
        assert "Temperature" not in fields
        assert "Tint" not in fields
        assert fields["Sharpness"] == "40"
        assert fields["Exposure2012"] == "0.00"
        assert merged.count(b"WhiteBalance") == 1
        assert merged.count(b"<crs:ToneCurvePV2012>") == 1

    @pytest.mark.parametrize(
        ("old", "new"), [("6.7", "11.0"), ("11.0", "11.0"), ("15.4", "15.4"), ("x", "11.0")]
    )
    def test_a_later_process_version_stays(self, old, new):
        base = packet(f'crs:ProcessVersion="{old}"')
        assert (
            read_fields(record_to_xmp(EDIT, base=(base, "XMP"), **SHOT), "XMP")["ProcessVersion"]
            == new
        )

    def test_a_broken_base_is_named(self):
        with pytest.raises(InputError, match=r"photo\.xmp: not XMP"):
            record_to_xmp(EDIT, base=(b"<x", "photo.xmp"), **SHOT)


class TestReading:
    def test_as_shot_ignores_the_numbers_beside_it(self):
        data = packet('crs:WhiteBalance="As Shot" crs:Temperature="9000" crs:Tint="+30"')
        params, warnings = xmp_to_params(read_settings(data), 1, **SHOT)
        assert (params["Temperature"], params["Tint"]) == (6500.0, 0.0)
        assert warnings == []

    def test_rendered_pictures_settings_are_no_instruction(self):
        data = packet('crs:AlreadyApplied="True" crs:Exposure2012="+1.00"')
        params, warnings = xmp_to_params(read_settings(data))
        assert params["Exposure2012"] == 0.0
        assert "AlreadyApplied" in warnings[0]

    def test_no_settings(self):
        settings = read_settings(packet(""))
        assert settings == Settings()
        params, warnings = xmp_to_params(settings)
        assert params["ToneCurve"] == pytest.approx(X)
        assert len(warnings) == 1

    def test_settings_without_a_curve_have_camera_raws_base_rendering(self):
        from params.base_curve import base_curve

        params, _ = xmp_to_params(read_settings(packet('crs:Exposure2012="+1.00"')), 1)
        np.testing.assert_allclose(params["ToneCurve"], base_curve(X), atol=1e-6)
        assert params["Exposure2012"] == 1.0

    def test_named_curves(self):
        settings = read_settings(packet('crs:ToneCurveName2012="Strong Contrast"'))
        assert settings.curve is not None
        assert (64, 50) in settings.curve

    def test_values_are_limited_to_the_sliders(self):
        data = packet(
            'crs:WhiteBalance="Custom" crs:Temperature="900000" crs:Tint="-900" '
            'crs:Exposure2012="+99" crs:Saturation="-1e9"'
        )
        params, _ = xmp_to_params(read_settings(data), 1, **SHOT)
        assert params["Exposure2012"] == 5.0
        assert params["Saturation"] == -100.0
        assert 2000 <= params["Temperature"] <= 50000

    def test_a_tint_that_process_1_lacks_is_told(self):
        shot = as_shot(**SHOT)
        data = packet(
            f'crs:WhiteBalance="Custom" crs:Temperature="{shot["Temperature"]:.0f}" '
            f'crs:Tint="{shot["Tint"] + 30:+.0f}"'
        )
        params, warnings = xmp_to_params(read_settings(data), 1, **SHOT)
        assert params["Tint"] == 0.0
        assert "no such colour" in warnings[0]

    def test_what_an_edit_does_not_hold_is_told(self):
        data = packet(
            'crs:Exposure2012="0.00" crs:Texture="+20" crs:Dehaze="0" crs:HueAdjustmentRed="-5" '
            'crs:ParametricShadowSplit="25" crs:ConvertToGrayscale="False"',
            "<crs:ToneCurvePV2012Red><rdf:Seq><rdf:li>0, 9</rdf:li><rdf:li>255, 255</rdf:li>"
            "</rdf:Seq></crs:ToneCurvePV2012Red>",
        )
        _, warnings = xmp_to_params(read_settings(data))
        names = "HueAdjustmentRed, Texture, ToneCurvePV2012Red/Green/Blue"
        assert warnings == [f"not part of an edit, not read: {names}"]

    @pytest.mark.parametrize("text", ["", "abc", "nan", "inf", "1e999", "0x10", "+-3"])
    def test_sliders_that_are_no_numbers(self, text):
        with pytest.raises(InputError, match=r"XMP: Exposure2012 is .* not a number"):
            read_settings(packet(f'crs:Exposure2012="{text}"'))

    def test_a_broken_curve(self):
        curve = (
            "<crs:ToneCurvePV2012><rdf:Seq><rdf:li>0, 0</rdf:li></rdf:Seq></crs:ToneCurvePV2012>"
        )
        with pytest.raises(InputError, match="ToneCurvePV2012: not a curve"):
            read_settings(packet("", curve))

    def test_a_file_is_named(self, tmp_path):
        path = tmp_path / "ünï.xmp"
        path.write_bytes(record_to_xmp(EDIT, **SHOT))
        assert read_settings(path) == read_settings(record_to_xmp(EDIT, **SHOT))
        path.write_bytes(b"<")
        with pytest.raises(InputError, match=r"ünï\.xmp: not XMP"):
            read_settings(path)


def output_of(*command: str) -> str:
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_exiftool_reads_every_field(tmp_path):
    path = tmp_path / "a.xmp"
    path.write_bytes(record_to_xmp(EDIT, **SHOT))
    (found,) = json.loads(output_of("exiftool", "-j", "-G1", "-struct", "-n", str(path)))
    assert not [key for key in found if "Warning" in key or "Error" in key]
    fields = read_fields(path.read_bytes(), "XMP")
    curve = fields.pop("ToneCurvePV2012")
    assert found["XMP-crs:ToneCurvePV2012"] == curve
    for name, text in fields.items():
        value = found["XMP-crs:" + {"Temperature": "ColorTemperature"}.get(name, name)]
        assert float(value) == float(text) if name in SLIDER_NAMES else str(value) in (text, "11")


def test_exiv2_reads_every_field(tmp_path):
    path = tmp_path / "a.xmp"
    path.write_bytes(record_to_xmp(EDIT, **SHOT))
    lines = output_of("exiv2", "-Pkv", str(path)).splitlines()
    found = {key: value.strip() for key, _, value in (line.partition(" ") for line in lines)}
    fields = read_fields(path.read_bytes(), "XMP")
    fields["ToneCurvePV2012"] = ", ".join(fields["ToneCurvePV2012"])
    expected = {f"Xmp.crs.{name}": value for name, value in fields.items()}
    date = found["Xmp.xmp.MetadataDate"]
    ours = {"Xmp.autoacr.Process": "1", "Xmp.autoacr.Date": date, "Xmp.xmp.MetadataDate": date}
    assert found == expected | ours
    assert abs(datetime.now().astimezone() - datetime.fromisoformat(date)) < timedelta(minutes=5)


@pytest.mark.parametrize(
    ("preset", "kelvin", "tint"),
    [("Daylight", 5500, 10), ("Tungsten", 2850, 0), ("Fluorescent", 3800, 21), ("Flash", 5500, 0)],
)
def test_white_balance_presets_without_their_numbers(preset, kelvin, tint):
    shot = {"Temperature": 5000.0, "Tint": 8.0}
    named, _ = xmp_to_params(read_settings(packet(f'crs:WhiteBalance="{preset}"')), 2, as_shot=shot)
    relative = 1e6 / (1e6 / kelvin - 1e6 / 5000.0 + 1e6 / 6500.0)
    assert named["Temperature"] == pytest.approx(relative)
    assert named["Tint"] == tint - 8.0
    given = packet(f'crs:WhiteBalance="{preset}" crs:Temperature="4000" crs:Tint="-2"')
    own, _ = xmp_to_params(read_settings(given), 2, as_shot=shot)
    assert own["Tint"] == -10.0
