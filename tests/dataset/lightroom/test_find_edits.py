"""Settings found where photographers have them: each writer's form, each place."""

import shutil
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import pytest
from lightroom import Picture, packet, write_catalog
from simulated import scene

from dataset.lightroom import edit as es
from dataset.lightroom.edit import Edit
from dataset.lightroom.find_edits import find_edits
from dataset.synthetic.write_dng import write_dng
from imaging.jpeg import write_jpeg
from imaging.tiff import write_tiff
from params.files import InputError
from params.ranges import neutral_params
from params.record import Record
from params.unsupported import Lost
from params.xmp import record_to_xmp
from params.xmp_packet import CRS, RDF, XMP, read_fields

PV5 = {"ProcessVersion": "11.0", "WhiteBalance": "As Shot"}
ONE = PV5 | {"Exposure2012": "+1.00"}


@pytest.fixture(scope="session")
def dng(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("dng") / "one.dng"
    write_dng(path, scene(1, 32, 48))
    return path


@pytest.fixture
def raw(tmp_path: Path, dng: Path) -> Path:
    shutil.copy(dng, tmp_path / "photo.dng")
    return tmp_path / "photo.dng"


def dng_with(path: Path, xmp: bytes) -> Path:
    tags = [(700, "B", len(xmp), xmp, True), (36867, "s", 0, "2023:02:01 08:00:00", True)]
    write_dng(path, scene(1, 32, 48), tags=tags)
    return path


def sole(*sources: Path, roots: Mapping[str, str] | None = None) -> Edit:
    (edit,) = find_edits(sources, roots or {}, 1)
    return edit


# The same settings as programs write them.
LIGHTROOM = packet(
    ONE | {"Vibrance": "+12", "RawFileName": "photo.dng", "HasSettings": "True"},
    """<crs:ToneCurvePV2012><rdf:Seq><rdf:li>0, 0</rdf:li><rdf:li>64, 56</rdf:li>
    <rdf:li>255, 255</rdf:li></rdf:Seq></crs:ToneCurvePV2012>
    <crs:Look><rdf:Description crs:Name="Adobe Color" crs:Amount="1"><crs:Parameters>
    <rdf:Description crs:Exposure2012="-3.00" crs:Vibrance="-50"/></crs:Parameters>
    </rdf:Description></crs:Look>""",
    'xmp:Rating="3" xmpDM:pick="1" tiff:Model="Z 6" exif:DateTimeOriginal="2024-05-01T10:00:00"',
)
ELEMENTS = f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><r:RDF xmlns:r="{RDF}">
<r:Description r:about="" xmlns:xap="http://ns.adobe.com/xap/1.0/"><xap:Rating>3</xap:Rating>
</r:Description><r:Description r:about="" xmlns:raw="{CRS}">
<raw:ProcessVersion>11.0</raw:ProcessVersion><raw:WhiteBalance>As Shot</raw:WhiteBalance>
<raw:Exposure2012>+1.00</raw:Exposure2012><raw:Vibrance>+12</raw:Vibrance>
<raw:ToneCurvePV2012><r:Seq><r:li>0, 0</r:li><r:li>64, 56</r:li><r:li>255, 255</r:li></r:Seq>
</raw:ToneCurvePV2012></r:Description></r:RDF></x:xmpmeta><?xpacket end="w"?>"""
FORMS = {
    "Lightroom, attributes": LIGHTROOM,
    "Camera Raw, elements, other prefixes": ELEMENTS.encode(),
    "byte order mark": b"\xef\xbb\xbf" + ELEMENTS.encode(),
    "UTF-16": ELEMENTS.encode("utf-16"),
    "padding": LIGHTROOM + b" " * 2000 + b"\n\0",
}


@pytest.mark.parametrize("form", FORMS)
def test_a_sidecar_as_programs_write_it(raw, form):
    raw.with_suffix(".xmp").write_bytes(FORMS[form])
    edit = sole(raw)
    assert (edit.kind, edit.why_not, edit.error) == ("sidecar", "", "")
    assert edit.settings.sliders == {"Exposure2012": 1.0, "Vibrance": 12.0}
    assert edit.settings.curve == ((0, 0), (64, 56), (255, 255))
    assert edit.rating == 3


def test_what_a_sidecar_says_besides(raw):
    raw.with_suffix(".xmp").write_bytes(LIGHTROOM)
    edit = sole(raw)
    assert (edit.pick, edit.camera, edit.taken) == (1, "Z 6", datetime(2024, 5, 1, 10))
    assert edit.lost == (Lost("look", "Adobe Color", False),)


OTHERS = {
    "Capture One": packet({}, more='xmp:Rating="5" xmp:Label="Green"'),
    "darktable": f"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{RDF}">
     <rdf:Description rdf:about="" xmlns:darktable="http://darktable.sf.net/"
     xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="1" darktable:xmp_version="5">
     <darktable:history><rdf:Seq><rdf:li darktable:operation="exposure"
     darktable:params="0000000000004842"/></rdf:Seq></darktable:history>
     </rdf:Description></rdf:RDF></x:xmpmeta>""".encode(),
}


@pytest.mark.parametrize("program", OTHERS)
@pytest.mark.parametrize("name", ["photo.xmp", "photo.dng.xmp"])
def test_sidecars_without_camera_raw_settings(raw, program, name):
    raw.with_name(name).write_bytes(OTHERS[program])
    assert sole(raw).why_not == es.NOTHING


def test_settings_in_the_file_where_the_sidecar_has_none(tmp_path):
    raw = dng_with(tmp_path / "photo.dng", packet(ONE | {"Contrast2012": "+5"}))
    raw.with_suffix(".xmp").write_bytes(OTHERS["Capture One"])
    edit = sole(raw)
    assert (edit.kind, edit.origin) == ("embedded", raw)
    assert edit.settings.sliders["Contrast2012"] == 5.0
    assert (edit.camera, edit.taken) == ("Camera", datetime(2023, 2, 1, 8))


def test_a_sidecar_wins_over_the_file(tmp_path):
    raw = dng_with(tmp_path / "photo.nef", packet(PV5 | {"Exposure2012": "-1.00"}))
    raw.with_suffix(".XMP").write_bytes(packet(ONE))
    assert sole(raw).settings.sliders == {"Exposure2012": 1.0}


@pytest.mark.parametrize("name", ["photo.xmp", "photo.XMP", "photo.dng.xmp"])
@pytest.mark.parametrize("data", [packet(ONE), b"broken"])
def test_but_not_over_what_a_dng_embeds(tmp_path, name, data):
    raw = dng_with(tmp_path / "photo.dng", packet(PV5 | {"Exposure2012": "-1.00"}))
    raw.with_name(name).write_bytes(data)
    edit = sole(raw)
    assert (edit.kind, edit.settings.sliders) == ("embedded", {"Exposure2012": -1.0})


@pytest.mark.parametrize("data", [b"broken", b"\0" * 99, packet(ONE)[:-50], packet(ONE) + b"<a/>"])
def test_what_is_embedded_and_broken_is_not_the_photographers_fault(tmp_path, data):
    raw = dng_with(tmp_path / "photo.dng", data)
    edit = sole(raw)
    assert (edit.why_not, edit.error) == (es.NOTHING, "")
    raw.with_suffix(".xmp").write_bytes(packet(ONE))
    assert sole(raw).settings.sliders == {"Exposure2012": 1.0}


def test_the_sidecar_of_another_file_of_this_stem(raw):
    raw.with_suffix(".xmp").write_bytes(packet(ONE, more='photoshop:SidecarForExtension="NEF"'))
    assert sole(raw).why_not == es.NOTHING
    raw.with_suffix(".xmp").write_bytes(packet(ONE, more='photoshop:SidecarForExtension="DNG"'))
    assert sole(raw).why_not == ""


@pytest.mark.parametrize(
    ("fields", "why_not"),
    [
        ({"ProcessVersion": "5.7", "Exposure": "+0.50", "Saturation": "+5"}, es.OLD_PROCESS),
        ({"ProcessVersion": "5.0", "Exposure": "+0.50"}, es.OLD_PROCESS),
        ({"Exposure": "+0.50", "Brightness": "+50"}, es.OLD_PROCESS),
        ({"ProcessVersion": "6.7", "Exposure2012": "+0.50"}, ""),
        ({"ProcessVersion": "15.4", "Exposure2012": "+0.50"}, ""),
        (ONE | {"AlreadyApplied": "True"}, es.RENDERED),
        ({"RawFileName": "photo.dng"}, es.NOTHING),
    ],
)
def test_which_settings_count(raw, fields, why_not):
    raw.with_suffix(".xmp").write_bytes(packet(fields))
    assert sole(raw).why_not == why_not


class TestExports:
    @pytest.fixture
    def export(self, tmp_path):
        def write(name: str, fields: dict[str, str], more: str = "") -> Path:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            writer = write_jpeg if path.suffix == ".jpg" else write_tiff
            writer(path, scene(2, 16, 24), xmp=packet(fields, more=more))
            return path

        return write

    @pytest.mark.parametrize("name", ["export/photo.jpg", "photo.tif", "PHOTO.jpg"])
    def test_belongs_to_the_raw_of_its_name(self, raw, export, tmp_path, name):
        export(name, ONE | {"AlreadyApplied": "True"}, 'xmp:Rating="2"')
        edit = sole(tmp_path)
        assert (edit.kind, edit.raw, edit.why_not, edit.rating) == ("export", raw, "", 2)
        assert edit.settings.sliders == {"Exposure2012": 1.0}
        assert not edit.settings.already_applied

    def test_belongs_to_the_raw_it_names(self, raw, export, tmp_path):
        applied = ONE | {"AlreadyApplied": "True", "RawFileName": "PHOTO.DNG"}
        export("holiday-7.jpg", applied)
        assert sole(tmp_path).raw == raw

    def test_the_nearest_of_two(self, raw, export, tmp_path, dng):
        for folder in ("a", "b"):
            (tmp_path / folder).mkdir()
            shutil.copy(dng, tmp_path / folder / "photo.dng")
        raw.unlink()
        export("b/out/photo.jpg", ONE | {"AlreadyApplied": "True"})
        edits = {edit.raw.parent.name: edit for edit in find_edits([tmp_path], {}, 1)}
        assert edits["b"].kind == "export"
        assert edits["a"].why_not == es.NOTHING
        export("c/photo.jpg", ONE | {"AlreadyApplied": "True"})
        assert es.NO_RAW_FOUND in [edit.why_not for edit in find_edits([tmp_path], {}, 1)]

    def test_edited_as_a_picture_of_its_own(self, raw, export, tmp_path):
        export("photo.jpg", ONE | {"AlreadyApplied": "False"})
        export("photo.tif", ONE | {"AlreadyApplied": "True", "IncrementalTemperature": "+9"})
        assert sole(tmp_path).why_not in (es.NOTHING, es.OWN_EDIT)

    def test_without_its_raw(self, export, tmp_path):
        export("photo.jpg", ONE | {"AlreadyApplied": "True"})
        assert sole(tmp_path).why_not == es.NO_RAW_FOUND

    def test_without_settings_it_is_nobodys(self, raw, export, tmp_path):
        export("photo.jpg", {})
        assert sole(tmp_path).raw == raw
        assert sole(tmp_path).why_not == es.NOTHING

    def test_a_sidecar_wins(self, raw, export, tmp_path):
        export("photo.jpg", PV5 | {"AlreadyApplied": "True", "Exposure2012": "-2.00"})
        raw.with_suffix(".xmp").write_bytes(packet(ONE))
        assert sole(tmp_path).kind == "sidecar"


class TestCatalogs:
    def test_wins_over_the_sidecar_and_names_what_is_left_out(self, raw, tmp_path):
        raw.with_suffix(".xmp").write_bytes(packet(ONE))
        rows = [
            Picture("photo.dng", settings=PV5 | {"Exposure2012": -2}, rating=5.0),
            Picture("photo.dng", settings=PV5 | {"Exposure2012": 3}, master=1),
            Picture("offline.nef"),
            Picture("photo.jpg"),
        ]
        write_catalog(tmp_path / "my.lrcat", "D:/x/", rows)
        edits = find_edits([tmp_path], {"D:/x": str(tmp_path)}, 1)
        assert [edit.why_not for edit in edits] == ["", "", es.OFFLINE, es.NO_RAW]
        assert [edit.settings.sliders.get("Exposure2012") for edit in edits[:2]] == [-2.0, 3.0]
        assert edits[0].raw == raw
        assert edits[1].copy == "00000002"
        assert edits[0].rating == 5

    def test_a_sidecar_serves_where_the_catalog_has_no_settings(self, raw, tmp_path):
        raw.with_suffix(".xmp").write_bytes(packet(ONE))
        write_catalog(
            tmp_path / "my.lrcat", f"{tmp_path}/", [Picture("photo.dng", settings=None, pick=1.0)]
        )
        edit = sole(tmp_path)
        assert (edit.kind, edit.why_not, edit.pick) == ("sidecar", "", 1)

    def test_a_collection_leaves_all_others_out(self, raw, tmp_path, dng):
        shutil.copy(dng, tmp_path / "b.dng")
        for name in ("photo", "b"):
            (tmp_path / name).with_suffix(".xmp").write_bytes(packet(ONE))
        rows = [Picture("photo.dng", collection="Best"), Picture("b.dng")]
        write_catalog(tmp_path / "my.lrcat", f"{tmp_path}/", rows)
        (edit,) = find_edits([tmp_path], {}, 1, "best")
        assert edit.raw == raw
        with pytest.raises(InputError, match="no catalog among the sources"):
            find_edits([raw], {}, 1, "best")

    def test_lightrooms_own_previews_are_no_photographs(self, raw, tmp_path, dng):
        store = tmp_path / "my Smart Previews.lrdata" / "a"
        store.mkdir(parents=True)
        shutil.copy(dng, store / "x.dng")
        assert [edit.raw for edit in find_edits([tmp_path], {}, 1)] == [raw]


class TestBroken:
    @pytest.mark.parametrize(
        "data",
        [
            b"<x",
            packet(ONE).replace(b"+1.00", b"\xff"),
            packet({"Exposure2012": "lots"}),
            packet(
                ONE,
                "<crs:ToneCurvePV2012><rdf:Seq><rdf:li>9</rdf:li></rdf:Seq></crs:ToneCurvePV2012>",
            ),
            packet(
                ONE,
                "<crs:ToneCurvePV2012Red><rdf:Seq><rdf:li>9</rdf:li></rdf:Seq>"
                "</crs:ToneCurvePV2012Red>",
            ),
        ],
        ids=["not XML", "bad UTF-8", "no number", "curve", "channel curve"],
    )
    def test_one_is_named_and_the_others_are_read(self, raw, tmp_path, dng, data):
        shutil.copy(dng, tmp_path / "b.dng")
        raw.with_suffix(".xmp").write_bytes(data)
        (tmp_path / "b.xmp").write_bytes(packet(ONE))
        good, bad = find_edits([tmp_path], {}, 1)
        assert good.why_not == ""
        assert bad.why_not == es.UNREADABLE
        assert bad.error.startswith(str(raw.with_suffix(".xmp")))
        assert "\n" not in bad.error

    def test_a_sidecar_of_a_hundred_megabytes(self, raw):
        with raw.with_suffix(".xmp").open("wb") as file:
            file.truncate(100 * 2**20)
        assert "larger than 16 MiB" in sole(raw).error

    def test_a_picture_with_broken_xmp_is_a_warning(self, raw, tmp_path, caplog):
        raw.with_suffix(".xmp").write_bytes(packet(ONE))
        write_jpeg(tmp_path / "photo.jpg", scene(2, 16, 24), xmp=packet(ONE)[:-40])
        assert sole(tmp_path).why_not == ""
        (line,) = caplog.messages
        assert "photo.jpg: embedded XMP: not XMP" in line

    def test_sources_that_are_none(self, tmp_path, raw):
        with pytest.raises(InputError, match="no such file or folder"):
            find_edits([tmp_path / "none"], {}, 1)
        (tmp_path / "a.txt").write_text("x")
        with pytest.raises(InputError, match=r"a\.txt: not a folder, RAW file"):
            find_edits([tmp_path / "a.txt"], {}, 1)


class TestWrittenByUs:
    OURS = 'xmlns:ours="tag:auto-acr,2026:xmp/" ours:Process="2"'

    def test_a_sidecar_says_so(self, raw):
        raw.with_suffix(".xmp").write_bytes(packet(ONE, more=self.OURS))
        assert sole(raw).by_us
        raw.with_suffix(".xmp").write_bytes(packet(ONE))
        assert not sole(raw).by_us

    def test_until_somebody_changes_it(self, raw):
        ours = record_to_xmp(Record({**neutral_params(), "Exposure2012": 0.5}, process=2))
        raw.with_suffix(".xmp").write_bytes(ours)
        assert sole(raw).by_us
        date = read_fields(ours, "x", XMP)["MetadataDate"].encode()
        later = ours.replace(b'MetadataDate="' + date, b'MetadataDate="2999-01-01T00:00:00')
        raw.with_suffix(".xmp").write_bytes(later)
        assert not sole(raw).by_us

    @pytest.mark.parametrize("name", ["photo.xmp", "photo.dng.xmp"])
    def test_a_photographers_settings_before_ours(self, tmp_path, name):
        raw = dng_with(tmp_path / "photo.dng", packet(ONE, more=self.OURS))
        raw.with_name(name).write_bytes(packet(PV5 | {"Exposure2012": "+2.00"}))
        edit = sole(raw)
        assert (edit.by_us, edit.settings.sliders) == (False, {"Exposure2012": 2.0})

    def test_a_photographers_export_before_ours(self, raw, tmp_path):
        raw.with_suffix(".xmp").write_bytes(packet(ONE, more=self.OURS))
        exported = packet(PV5 | {"Exposure2012": "+2.00", "AlreadyApplied": "True"})
        write_jpeg(tmp_path / "photo.jpg", scene(2, 16, 24), xmp=exported)
        assert sole(tmp_path).settings.sliders == {"Exposure2012": 2.0}

    def test_a_picture_that_we_rendered_is_no_export(self, raw, tmp_path):
        written = packet(ONE | {"AlreadyApplied": "True"}, more=self.OURS)
        write_jpeg(tmp_path / "photo.jpg", scene(2, 16, 24), xmp=written)
        assert sole(tmp_path).why_not == es.NOTHING
