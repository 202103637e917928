"""Edits as Adobe programs write them, made here in small: what counts, and what does not."""

import shutil
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import pytest
from lightroom import Picture, packet, write_catalog
from simulated import scene

from dataset.lightroom.edit import NO_ORIGINAL, NO_RAW_FOUND, NOTHING, OLD_PROCESS, Edit
from dataset.lightroom.find_edits import find_edits
from dataset.synthetic.write_dng import write_dng
from imaging.jpeg import write_jpeg
from params.files import InputError
from params.record import Record
from params.unsupported import Look, Lost
from params.xmp import record_to_xmp
from params.xmp_packet import read_fields

BASE = {
    "Version": "15.0",
    "ProcessVersion": "15.4",
    "WhiteBalance": "As Shot",
    "Exposure2012": "+0.50",
    "HasSettings": "True",
}


@pytest.fixture
def raw(tmp_path: Path, one_raw: Path) -> Path:
    return Path(shutil.copy(one_raw, tmp_path / "a.dng"))


@pytest.fixture(scope="session")
def one_raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("adobe") / "one.dng"
    tags = [(36867, "s", 0, "2023:02:01 08:00:00", True)]
    write_dng(path, scene(1, 32, 48), tags=tags)
    return path


def sole(source: Path, process: int = 2) -> Edit:
    (edit,) = find_edits([source], {}, process)
    return edit


def in_catalog(raw: Path, **settings: object) -> Edit:
    fields = {"ProcessVersion": "15.4", "WhiteBalance": "As Shot", "Exposure2012": 0.5, **settings}
    path = raw.with_name("my.lrcat")
    path.unlink(missing_ok=True)
    write_catalog(path, f"{raw.parent}/", [Picture(raw.name, settings=fields)])
    return sole(path)


def in_sidecar(raw: Path, fields: Mapping[str, object] = BASE, children: str = "") -> Edit:
    raw.with_suffix(".xmp").write_bytes(packet(fields, children))
    return sole(raw)


@pytest.mark.parametrize(
    ("fields", "why_not"),
    [
        ({"Temperature": "5200"}, NOTHING),
        ({"Temperature": "0"}, NOTHING),
        ({"WhiteBalance": "As Shot", "Tint": "+4", "Saturation": "+5"}, NOTHING),
        ({"Exposure": "+0.50", "Brightness": "+50"}, OLD_PROCESS),
        ({"Version": "15.0", "Temperature": "5200"}, ""),
        ({"Contrast2012": "+10"}, ""),
    ],
)
def test_settings_are_those_that_camera_raw_wrote(raw, fields, why_not):
    """exiftool copies a camera's kelvin to crs:Temperature, and nothing else."""
    assert in_sidecar(raw, fields).why_not == why_not


@pytest.mark.parametrize("kelvin", ["0", "-1"])
def test_no_kelvin_is_no_white_balance(raw, kelvin):
    edit = in_sidecar(raw, BASE | {"Temperature": kelvin, "Tint": "+4"})
    assert edit.settings.sliders == {"Tint": 4.0, "Exposure2012": 0.5}


OFF = {
    "EnableToneCurve": {
        "ToneCurveName2012": "Custom",
        "ToneCurvePV2012": [0, 60, 128, 128, 255, 200],
        "ToneCurvePV2012Red": [0, 20, 255, 255],
        "ParametricDarks": -40,
        "CurveRefineSaturation": 20,
    },
    "EnableColorAdjustments": {"SaturationAdjustmentRed": -100, "PointColors": [["1", "2"]]},
    "EnableSplitToning": {"SplitToningShadowSaturation": 40, "ColorGradeGlobalLum": 9},
    "EnableCalibration": {"ShadowTint": 20, "BlueHue": -30},
    "EnableEffects": {"PostCropVignetteAmount": -60, "GrainAmount": 30},
    "EnableGrayscaleMix": {"GrayMixerRed": 30},
    "EnableMaskGroupBasedCorrections": {"MaskGroupBasedCorrections": [{"What": "Correction"}]},
    "EnableRetouch": {"RetouchAreas": [{"x": 1}]},
}


@pytest.mark.parametrize("switch", OFF)
def test_a_panel_that_is_switched_off_acts_as_its_defaults(raw, switch):
    off = in_catalog(raw, **{switch: False}, **OFF[switch])
    assert (off.settings.panels, off.settings.curves, off.settings.curve) == ({}, {}, None)
    assert off.lost == ()
    on = in_catalog(raw, **{switch: True}, **OFF[switch])
    assert on.settings.panels or on.settings.curves or on.lost


def test_sharpening_that_is_switched_off_is_none(raw):
    fields = {"Sharpness": 40, "SharpenRadius": 1.0, "ColorNoiseReduction": 25}
    off = in_catalog(raw, EnableDetail=False, EnableLensCorrections=True, **fields)
    assert off.style == {"ProcessVersion": "15.4", "Sharpness": "0", "ColorNoiseReduction": "0"}


BLUR = 'crs:Version="1" crs:BlurAmount="50" crs:Active="{}"'
IN_XMP = {
    "attributes": f"<crs:LensBlur {BLUR}/>",
    "description": f"<crs:LensBlur><rdf:Description {BLUR}/></crs:LensBlur>",
    "elements": '<crs:LensBlur rdf:parseType="Resource"><crs:Active>{}</crs:Active></crs:LensBlur>',
}


@pytest.mark.parametrize("form", [*IN_XMP, "catalog"])
def test_lens_blur_counts_where_it_is_active(raw, form):
    def lost(active: bool) -> tuple[Lost, ...]:
        if form == "catalog":
            return in_catalog(raw, LensBlur={"Active": active, "BlurAmount": 50}).lost
        return in_sidecar(raw, children=IN_XMP[form].format(str(active).lower())).lost

    assert lost(False) == ()
    assert lost(True) == (Lost("lens blur", "LensBlur", True),)


@pytest.mark.parametrize("form", ["sidecar", "catalog"])
@pytest.mark.parametrize(("active", "count"), [((False, False), 0), ((False, True), 1)])
def test_masks_count_where_one_is_active(raw, form, active, count):
    if form == "catalog":
        masks = [{"What": "Correction", "CorrectionActive": one} for one in active]
        edit = in_catalog(raw, MaskGroupBasedCorrections=masks)
    else:
        items = "".join(
            f'<rdf:li><rdf:Description crs:CorrectionActive="{one}"/></rdf:li>' for one in active
        )
        name = "crs:MaskGroupBasedCorrections"
        edit = in_sidecar(raw, children=f"<{name}><rdf:Seq>{items}</rdf:Seq></{name}>")
    assert [one.what for one in edit.lost] == ["masks"] * count


def test_an_adaptive_profile_is_told(raw):
    lost = (Lost("adaptive profile", "AILook", True),)
    assert in_catalog(raw, AILook={"Name": "Adaptive", "Amount": 1}).lost == lost
    assert in_sidecar(raw, children='<crs:AILook crs:Name="Adaptive" crs:Amount="1"/>').lost == lost


class TestExports:
    def export(self, path: Path, raw_name: str | None = None) -> None:
        named = {} if raw_name is None else {"RawFileName": raw_name}
        write_jpeg(path, scene(2, 16, 24), xmp=packet(BASE | {"AlreadyApplied": "True"} | named))

    def test_the_raw_file_knows_camera_and_date(self, raw):
        self.export(raw.with_name("a-web.jpg"), "a.dng")
        edit = sole(raw.parent)
        assert (edit.raw, edit.kind) == (raw, "export")
        assert (edit.camera, edit.taken) == ("Camera", datetime(2023, 2, 1, 8))

    @pytest.mark.parametrize("name", ["a.dng", "A.CR3", "C:\\shoot\\a.nef", "/shoot/a.dng", "a"])
    def test_belongs_to_the_stem_it_names(self, raw, name):
        self.export(raw.with_name("0012.jpg"), name)
        assert sole(raw.parent).raw == raw

    @pytest.mark.parametrize(
        ("name", "why_not"),
        [("IMG_4711.CR3", NO_RAW_FOUND), ("IMG_4711.jpg", NO_ORIGINAL), ("a.TIF", NO_ORIGINAL)],
    )
    def test_and_to_no_other(self, raw, name, why_not):
        self.export(raw.with_suffix(".jpg"), name)
        edits = {edit.kind: edit for edit in find_edits([raw.parent], {}, 2)}
        assert edits["export"].why_not == why_not
        assert edits["sidecar"].why_not == NOTHING

    def test_its_own_stem_where_it_names_none(self, raw):
        self.export(raw.with_suffix(".jpg"))
        assert sole(raw.parent).kind == "export"


def test_the_files_date_where_there_is_no_other(tmp_path):
    import os

    path = tmp_path / "a.dng"
    write_dng(path, scene(1, 32, 48))
    os.utime(path, (1.6e9, 1.6e9))
    edit = in_sidecar(path)
    assert edit.taken is None
    assert edit.date == edit.file_date == datetime.fromtimestamp(1.6e9)


def test_a_smart_collection_holds_no_list(raw):
    import sqlite3

    path = raw.with_name("my.lrcat")
    write_catalog(path, f"{raw.parent}/", [Picture("a.dng", collection="Best")])
    row = "INSERT INTO AgLibraryCollection (id_local, creationId, name) VALUES (77, ?, ?)"
    with sqlite3.connect(path) as db:
        db.execute(row, ("com.adobe.ag.library.smart_collection", "Five Stars"))
    db.close()
    with pytest.raises(InputError, match="'five stars' is a smart collection"):
        find_edits([path], {}, 2, "five stars")
    assert len(find_edits([path], {}, 2, "best")) == 1
    with sqlite3.connect(path) as db:  # a plain collection of the same name has a list
        db.execute(row.replace("77", "78"), ("com.adobe.ag.library.smart_collection", "Best"))
    db.close()
    assert len(find_edits([path], {}, 2, "best")) == 1


def test_the_photographers_profile_is_kept():
    from params.ranges import neutral_params

    profile = {"CameraProfile": "Camera Velvia/VIVID", "CameraProfileDigest": "0123" * 8}
    record = Record(params=neutral_params(), process=2)

    def written(base: bytes | None) -> dict[str, object]:
        return read_fields(record_to_xmp(record, base=(base, "x")), "x")

    assert written(packet(BASE | profile)).items() >= profile.items()
    assert written(packet(BASE))["CameraProfile"] == "Adobe Standard"
    assert written(None)["CameraProfile"] == "Adobe Standard"


STRAY = {
    "Latin-1": (b"Caf\xe9", "Caf\u00e9"),
    "Windows": (b"\x93a\x94 \x81", "\u201ca\u201d \x81"),
    "control": (b"a\x0bb", "a b"),
    "hexadecimal reference": (b"a&#x1F;b", "a b"),
    "decimal reference": (b"a&#11;b&#233;", "a b\u00e9"),
}


@pytest.mark.parametrize("kind", STRAY)
def test_stray_bytes_are_mended(raw, kind, caplog):
    bad, good = STRAY[kind]
    data = packet(BASE | {"CameraProfile": "Z9z"}).replace(b"Z9z", bad)
    raw.with_suffix(".xmp").write_bytes(data)
    edit = sole(raw)
    assert (edit.why_not, edit.settings.sliders) == ("", {"Exposure2012": 0.5})
    assert edit.style["CameraProfile"] == good
    assert [r.message for r in caplog.records] == [
        f"{raw.with_suffix('.xmp')}: it holds bytes that are not XML: repaired"
    ]


class TestLooks:
    STUB = '<crs:Look><rdf:Description crs:Name="{}" crs:Amount="{}" crs:UUID="{}"/></crs:Look>'
    UUID = "0123456789ABCDEF" * 2

    def test_goes_into_the_edit_and_is_told_where_its_profile_is_not_there(self, raw):
        edit = in_sidecar(raw, children=self.STUB.format("Film", "0.5", self.UUID))
        assert edit.look == Look("Film", 0.5, self.UUID)
        assert edit.lost == (Lost("look without its profile", "Film at 50%", True),)

    def test_is_held_where_it_is(self, raw, tmp_path):
        from params.look_library import LookLibrary
        from params.look_profile import LookProfile

        looks = LookLibrary()
        looks.add(LookProfile("Film", self.UUID))
        raw.with_suffix(".xmp").write_bytes(packet(BASE, self.STUB.format("Film", "1", self.UUID)))
        (edit,) = find_edits([raw], {}, 2, looks=looks)
        assert (edit.look, edit.lost) == (Look("Film", 1.0, self.UUID), ())

    def test_amounts_that_no_file_may_hold(self, raw):
        assert in_sidecar(raw, children=self.STUB.format("Film", "9", "")).look == Look("Film")
        assert in_sidecar(raw, children=self.STUB.format("Film", "0", "")).look is None
        long = in_sidecar(raw, children=self.STUB.format("x" * 999, "1", "")).look
        assert long is not None
        assert len(long.name) == 255

    def test_process_1_has_none(self, raw):
        in_sidecar(raw, children=self.STUB.format("Film", "1", ""))
        edit = sole(raw, process=1)
        assert edit.look is None
        assert edit.lost == (Lost("look", "Film", True),)


def test_a_style_is_kept_beside_the_edit(raw):
    style = {
        "LensProfileEnable": "1",
        "AutoLateralCA": "1",
        "DefringePurpleAmount": "3",
        "Sharpness": "60",
        "LuminanceSmoothing": "10",
        "CameraProfile": "Camera Velvia/VIVID",
        "CameraProfileDigest": "0123" * 8,
    }
    lens = {"LensProfileName": "Adobe (24-70)", "RawFileName": "a.dng"}
    edit = in_sidecar(raw, BASE | style | lens)
    assert edit.style == style | {"Version": "15.0", "ProcessVersion": "15.4"}
    switched = in_catalog(raw, LensProfileEnable=1, AutoLateralCA=True, Sharpness=60)
    assert switched.style == {
        "ProcessVersion": "15.4",
        "LensProfileEnable": "1",
        "AutoLateralCA": "1",
        "Sharpness": "60",
    }
