"""Presets: what they set, and that other programs read them."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from lxml import etree

from params.unsupported import Look
from params.xmp_curve import draw
from params.xmp_packet import CRS, RDF, read_fields
from params.xmp_preset import preset_of, set_names
from params.xmp_settings import read_settings

PARAMS = {
    "Temperature": 5000.0,
    "Exposure2012": 0.35,
    "Vibrance": -12.0,
    "HueAdjustmentRed": 15.0,
    "SplitToningShadowHue": 210.0,
    "SplitToningShadowSaturation": 12.0,
    "ToneCurve": np.linspace(0.1, 0.95, 16).tolist(),
    "ToneCurvePV2012Blue": [0.0, 0.4, 1.0],
}
STYLE = {"LensProfileEnable": "1", "Sharpness": "60", "CameraProfile": "Camera Neutral"}
WHITE = {"WhiteBalance", "Temperature", "Tint"}
UUID = "0123456789ABCDEF" * 2


def settings_fields(data: bytes) -> dict[str, object]:
    """What a preset sets: its fields but for those that every preset has."""
    plain = read_fields(preset_of({}, "x"), "x")
    return {k: v for k, v in read_fields(data, "x").items() if k not in plain}


def test_only_what_the_edit_sets():
    assert settings_fields(preset_of({"Contrast2012": 10.0}, "x")) == {"Contrast2012": "+10"}
    assert settings_fields(preset_of({}, "x", style={"Sharpness": "60"})) == {"Sharpness": "60"}
    own = {"CameraProfileDigest": "0" * 32, "ProcessVersion": "15.4", "Unknown": "1"}
    assert settings_fields(preset_of({}, "x", style=own)) == {}


def test_read_back_as_settings():
    data = preset_of(PARAMS, "Evening", "Mine", style=STYLE)
    found = read_settings(data)
    assert found.sliders == {"Exposure2012": 0.35, "Vibrance": -12.0}
    assert found.panels["HueAdjustmentRed"] == 15.0
    assert found.panels["SplitToningShadowHue"] == 210.0
    drawn = draw(found.curve)
    assert np.abs(drawn / 255 - np.linspace(0.1, 0.95, 256)).max() < 0.5 / 255
    assert set(found.curves) == {"ToneCurvePV2012Blue"}
    assert not WHITE & read_fields(data, "x").keys()
    assert STYLE.items() <= found.other.items()


def test_a_moved_panel_is_set_whole():
    """Half of a colour grading on top of another one would be neither."""
    fields = settings_fields(preset_of({"SplitToningShadowSaturation": 12.0}, "x"))
    assert fields["SplitToningShadowHue"] == "0"
    assert fields["ColorGradeBlending"] == "50"
    assert "HueAdjustmentRed" not in fields


def test_head_and_names():
    data = preset_of(PARAMS, "Ev<e>ning & \x07", "Mine", look=Look("Film", 0.5, UUID))
    fields = read_fields(data, "x")
    assert fields["PresetType"] == "Normal"
    assert len(fields["UUID"]) == 32
    int(fields["UUID"], 16)
    assert fields["SupportsAmount"] == fields["SupportsColor"] == "True"
    root = etree.fromstring(data.split(b"?>", 1)[1].rsplit(b"<?", 1)[0].strip())
    texts = {
        name: root.findtext(f".//{{{CRS}}}{name}/{{{RDF}}}Alt/{{{RDF}}}li")
        for name in ("Name", "Group")
    }
    assert texts == {"Name": "Ev<e>ning &  ", "Group": "Mine"}
    (look,) = root.findall(f".//{{{CRS}}}Look/{{{RDF}}}Description")
    assert look.get(f"{{{CRS}}}Name") == "Film"
    assert look.get(f"{{{CRS}}}Amount") == "0.500000"
    assert look.get(f"{{{CRS}}}UUID") == UUID


def test_the_same_preset_is_the_same_file_and_another_has_another_uuid():
    def uuid(**more: object) -> object:
        return read_fields(preset_of(PARAMS | more, "a"), "x")["UUID"]

    assert preset_of(PARAMS, "a") == preset_of(PARAMS, "a")
    assert uuid() != uuid(Exposure2012=0.36)
    assert uuid() != read_fields(preset_of(PARAMS, "b"), "x")["UUID"]


def test_names_that_are_set():
    names = set_names(PARAMS)
    assert "Temperature" not in names
    assert set(names) == PARAMS.keys() - {"Temperature"}
    assert set_names({"HueAdjustmentRed": 5.0}, process=1) == []


@pytest.mark.parametrize("tool", ["exiftool", "exiv2"])
def test_other_programs_read_it(tmp_path: Path, tool: str):
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed (Debian: libimage-exiftool-perl, exiv2)")
    path = tmp_path / "a.xmp"
    path.write_bytes(preset_of(PARAMS, "Evening", "Mine", style=STYLE, look=Look("Film")))
    words = {
        "exiftool": ["-a", "-s", "-XMP-crs:all"],
        "exiv2": ["-PXkt"],
    }
    done = subprocess.run([tool, *words[tool], path], capture_output=True, text=True, check=True)
    said = done.stdout
    for name in ("Exposure2012", "Sharpness", "UUID", "Name", "Group", "ToneCurvePV2012Blue"):
        assert name in said
    assert "Evening" in said
    assert "Mine" in said
    assert "Film" in said
    assert "Error" not in done.stderr + said
    assert "Warning" not in done.stderr + said
