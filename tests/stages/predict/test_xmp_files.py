"""Where an edit's XMP goes, what it keeps, and that nothing of the photographer's is lost."""

import argparse
import os
import shutil
import stat
from pathlib import Path

import numpy as np
import pytest
from simulated import EDIT, leftovers, scene

import run.inference
import run.predict_and_render
from cli.output_flags import xmp_flags, xmp_output
from dataset.synthetic.write_dng import write_dng
from imaging.camera import read_shot
from imaging.metadata import Metadata, read_metadata
from imaging.raw import read_raw_linear_prophoto
from params.files import InputError
from params.record import Record
from params.xmp_packet import CRS, read_fields
from params.xmp_settings import read_settings
from stages.predict.result_paths import ResultPaths
from stages.predict.settings import XmpOutput
from stages.predict.xmp_files import (
    XmpChange,
    applied_packet,
    change_xmp,
    write_xmp,
    written_in_place,
)

CPU = ["--device", "cpu"]
OWN = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-'
    'syntax-ns#"><rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" '
    'xmlns:tiff="http://ns.adobe.com/tiff/1.0/" xmlns:exif="http://ns.adobe.com/exif/1.0/" '
    'xmlns:darktable="http://darktable.sf.net/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:crs="http://ns.adobe.com/camera-raw-settings/1.0/" xmp:Rating="4" '
    'tiff:Orientation="6" exif:GPSLatitude="48,30.0N" exif:PixelXDimension="6000" '
    'crs:Sharpness="77" crs:Exposure2012="+4.00">'
    "<dc:title><rdf:Alt><rdf:li>Dawn</rdf:li></rdf:Alt></dc:title>"
    "<darktable:history><rdf:Seq><rdf:li>x</rdf:li></rdf:Seq></darktable:history>"
    "</rdf:Description></rdf:RDF></x:xmpmeta>"
)
RECORD = Record(EDIT, process=2)


@pytest.fixture
def dng(tmp_path: Path) -> Path:
    path = tmp_path / "raws" / "a.dng"
    path.parent.mkdir()
    write_dng(path, scene(5, 64, 96), tags=[(700, "B", len(OWN), OWN.encode(), True)])
    return path


def output(*words: str) -> XmpOutput:
    return xmp_output(argparse.ArgumentParser(parents=[xmp_flags()]).parse_args(words), write=True)


def put(raw: Path, out: Path, *words: str, record: Record = RECORD) -> ResultPaths:
    paths = ResultPaths(out, Path(raw.stem), raw)
    write_xmp(raw, record, read_shot(raw), read_metadata(raw), paths, output(*words))
    assert leftovers(out.parent) == []
    return paths


def check_merged(packet: bytes) -> None:
    fields = read_fields(packet, "XMP")
    assert fields["Exposure2012"] == "+0.50"
    assert fields["Sharpness"] == "77"
    assert fields["AlreadyApplied"] == "False"
    for kept in (b"Dawn", b'Rating="4"', b"darktable:history", b'Orientation="6"'):
        assert kept in packet
    assert read_settings(packet).process == 2


def test_a_sidecar_goes_into_the_output_folder(dng: Path, tmp_path: Path) -> None:
    before = dng.read_bytes()
    check_merged(put(dng, tmp_path / "out").xmp.read_bytes())
    assert dng.read_bytes() == before
    assert [path.name for path in dng.parent.iterdir()] == ["a.dng"]


def test_embedded_into_a_copy(dng: Path, tmp_path: Path) -> None:
    before = dng.read_bytes()
    dng.with_suffix(".xmp").write_text(OWN.replace("77", "1"))  # not where a DNG's settings are
    paths = put(dng, tmp_path / "out", "--embed-xmp")
    assert paths.dng == tmp_path / "out" / "dngs" / "a.dng"
    check_merged(read_metadata(paths.dng).xmp or b"")
    assert dng.read_bytes() == before
    copy = read_raw_linear_prophoto(paths.dng)
    np.testing.assert_array_equal(copy, read_raw_linear_prophoto(dng))


def test_others_than_dngs_have_sidecars(dng: Path, tmp_path: Path) -> None:
    other = dng.rename(dng.with_suffix(".nef"))
    paths = put(other, tmp_path / "out", "--embed-xmp")
    assert paths.xmp.is_file()
    assert not paths.dng.exists()


@pytest.mark.parametrize("name", ["a.xmp", "a.XMP"])
def test_in_place_keeps_the_first_backup(dng: Path, tmp_path: Path, name: str) -> None:
    sidecar, backup = dng.with_name(name), dng.with_name(name + ".bak")
    sidecar.write_text(OWN)
    before = dng.read_bytes()
    paths = put(dng, tmp_path / "out", "--in-place")
    check_merged(sidecar.read_bytes())
    assert backup.read_text() == OWN
    assert paths.in_place.read_bytes() == sidecar.read_bytes()
    assert not paths.xmp.exists()
    brighter = Record({**EDIT, "Exposure2012": 1.0}, process=2)
    put(dng, tmp_path / "out", "--in-place", record=brighter)
    assert read_fields(sidecar.read_bytes(), "XMP")["Exposure2012"] == "+1.00"
    assert backup.read_text() == OWN
    assert dng.read_bytes() == before


def test_killed_in_place(dng: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever it is killed: no sidecar of ours is kept as if it had been the photographer's."""
    out, replace = tmp_path / "out", os.replace
    sidecar = dng.with_suffix(".xmp")
    for place in range(3):
        count = iter(range(9))

        def killed(old: Path, new: Path, count=count, place=place) -> None:
            replace(old, new)
            if next(count) == place:
                raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(os, "replace", killed)
            with pytest.raises(KeyboardInterrupt):
                put(dng, out, "--in-place")
        assert sidecar.is_file() == (place > 0)
        paths = put(dng, out, "--in-place")
        assert paths.in_place.read_bytes() == sidecar.read_bytes()
        assert sorted(dng.parent.iterdir()) == [dng, sidecar]
        assert [file.name for file in paths.in_place.parent.iterdir()] == [sidecar.name]
        sidecar.unlink()
        paths.in_place.unlink()


def test_in_place_without_a_sidecar_starts_from_what_is_embedded(dng: Path, tmp_path: Path) -> None:
    put(dng, tmp_path / "out", "--in-place")
    check_merged(dng.with_suffix(".xmp").read_bytes())
    assert sorted(path.name for path in dng.parent.iterdir()) == ["a.dng", "a.xmp"]


@pytest.mark.parametrize("more", [[], ["--embed-xmp"]])
def test_a_full_disk_in_place(dng: Path, tmp_path: Path, monkeypatch, more: list[str]) -> None:
    before = dng.read_bytes()

    def full(*_: object, **__: object) -> None:
        raise InputError("no room")

    with monkeypatch.context() as patch:
        patch.setattr(XmpChange, "write", full)
        with pytest.raises(InputError, match="no room"):
            put(dng, tmp_path / "out", "--in-place", *more)
    assert list((tmp_path / "out" / "in_place").iterdir()) == []
    assert dng.read_bytes() == before
    assert not dng.with_suffix(".xmp").exists()


def test_in_place_beside_a_long_name(dng: Path, tmp_path: Path) -> None:
    long = dng.rename(dng.with_name("写" * 82 + ".dng"))  # 250 of 255 bytes
    paths = put(long, tmp_path / "out", "--in-place")
    assert paths.in_place.read_bytes() == long.with_suffix(".xmp").read_bytes()
    assert list(paths.in_place.parent.iterdir()) == [paths.in_place]


def test_in_place_follows_a_link(dng: Path, tmp_path: Path) -> None:
    real = tmp_path / "elsewhere.xmp"
    real.write_text(OWN)
    dng.with_suffix(".xmp").symlink_to(real)
    put(dng, tmp_path / "out", "--in-place")
    assert dng.with_suffix(".xmp").is_symlink()
    check_merged(real.read_bytes())
    assert (tmp_path / "elsewhere.xmp.bak").read_text() == OWN


def test_in_place_into_the_dng(dng: Path, tmp_path: Path) -> None:
    before, decoded = dng.read_bytes(), read_raw_linear_prophoto(dng)
    for _ in range(2):
        put(dng, tmp_path / "out", "--in-place", "--embed-xmp")
        check_merged(read_metadata(dng).xmp or b"")
        assert (dng.parent / "a.dng.bak").read_bytes() == before
    np.testing.assert_array_equal(read_raw_linear_prophoto(dng), decoded)
    assert not dng.with_suffix(".xmp").exists()


def test_in_place_keeps_attributes_and_modes(dng: Path, tmp_path: Path) -> None:
    sidecar = dng.with_suffix(".xmp")
    sidecar.write_text(OWN)
    tagged = {sidecar: 0o600, dng: 0o440}
    for file, mode in tagged.items():
        try:
            os.setxattr(file, "user.tags", b"Red")
        except (AttributeError, OSError):
            pytest.skip("no extended attributes here")
        file.chmod(mode)
    put(dng, tmp_path / "out", "--in-place")
    put(dng, tmp_path / "out", "--in-place", "--embed-xmp")
    for file, mode in tagged.items():
        assert stat.S_IMODE(file.stat().st_mode) == mode
        assert os.getxattr(file, "user.tags") == b"Red"
        assert os.getxattr(file.with_name(f"{file.name}.bak"), "user.tags") == b"Red"


def test_broken_xmp_in_a_dng(dng: Path, tmp_path: Path, caplog) -> None:
    """It is told, and not replaced in place."""
    write_dng(dng, scene(5, 64, 96), tags=[(700, "B", 9, b"<broken/>", True)])
    before = dng.read_bytes()
    with pytest.raises(InputError, match="embedded XMP: not XMP"):
        put(dng, tmp_path / "out", "--in-place", "--embed-xmp")
    assert dng.read_bytes() == before
    for words, made in (((), "xmps/a.xmp"), (("--embed-xmp",), "dngs/a.dng")):
        paths = put(dng, tmp_path / "out", *words)
        assert (paths.root / made).is_file()
    put(dng, tmp_path / "out", "--in-place")
    assert read_fields(dng.with_suffix(".xmp").read_bytes(), "XMP")["Exposure2012"] == "+0.50"
    assert [line for line in caplog.messages if "embedded XMP: not XMP" in line]
    assert dng.read_bytes() == before


def test_a_darktable_sidecar_is_the_start_of_adobes(dng: Path, tmp_path: Path) -> None:
    other = dng.rename(dng.with_suffix(".nef"))
    theirs = other.with_name("a.nef.xmp")
    theirs.write_text(OWN.replace("77", "78"))
    put(other, tmp_path / "out", "--in-place")
    made = other.with_suffix(".xmp").read_bytes()
    assert b'"78"' in made
    assert b"darktable:history" in made
    assert theirs.read_text() == OWN.replace("77", "78")


def test_a_neighbours_sidecar_stays_his(dng: Path, tmp_path: Path) -> None:
    nef = Path(shutil.copy(dng, dng.with_suffix(".nef")))
    said = 'xmlns:ps="http://ns.adobe.com/photoshop/1.0/" ps:SidecarForExtension="NEF" crs:'
    dng.with_suffix(".xmp").write_text(OWN.replace("Dawn", "Dusk").replace("crs:", said, 1))
    with pytest.raises(InputError, match=r"a\.nef would have the same sidecar"):
        put(dng, tmp_path / "out", "--in-place")
    put(nef, tmp_path / "out", "--in-place")
    assert b"Dusk" in nef.with_suffix(".xmp").read_bytes()
    assert b"Dusk" not in put(dng, tmp_path / "other").xmp.read_bytes()


def test_a_disk_without_links_has_backups_too(
    dng: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr("os.link", refuse)
    dng.with_suffix(".xmp").write_text(OWN)
    put(dng, tmp_path / "out", "--in-place")
    assert dng.with_name("a.xmp.bak").read_text() == OWN


def test_two_raws_never_share_a_sidecar(dng: Path, tmp_path: Path) -> None:
    shutil.copy(dng, dng.with_suffix(".nef"))
    with pytest.raises(InputError, match=r"a\.dng: a\.nef would have the same sidecar"):
        put(dng, tmp_path / "out", "--in-place")
    put(dng, tmp_path / "out", "--in-place", "--embed-xmp")
    assert not dng.with_suffix(".xmp").exists()


def test_a_sidecar_that_cannot_be_read_is_not_replaced(dng: Path, tmp_path: Path) -> None:
    dng.with_suffix(".xmp").write_text("<x")
    with pytest.raises(InputError, match=r"a\.xmp: not XMP"):
        put(dng, tmp_path / "out", "--in-place")
    assert dng.with_suffix(".xmp").read_text() == "<x"


def test_difference(dng: Path, tmp_path: Path) -> None:
    paths = ResultPaths(tmp_path / "out", Path("a"), dng)
    given = dng, RECORD, read_shot(dng)
    change = change_xmp(*given, read_metadata(dng), paths, output())
    lines = change.difference().splitlines()
    assert lines[:2] == [f"--- {dng}: embedded XMP", f"+++ {paths.xmp}"]
    assert "-Exposure2012 = +4.00" in lines
    assert "+Exposure2012 = +0.50" in lines
    assert not any("Sharpness" in line for line in lines)
    assert not paths.xmp.exists()
    fresh = change_xmp(*given, Metadata(), paths, output())
    assert fresh.difference().startswith("--- no settings\n")
    again = change_xmp(*given, Metadata(xmp=change.new), paths, output())
    assert again.difference() == ""
    written_otherwise = change.new.replace(b'"+0.50"', b'"0.5 "').replace(b", ", b",  ")
    assert written_otherwise != change.new
    again = change_xmp(*given, Metadata(xmp=written_otherwise), paths, output())
    assert again.difference() == ""


def test_a_rendered_picture_says_what_is_true_of_it(dng: Path, caplog) -> None:
    packet = applied_packet(dng, RECORD, read_shot(dng), read_metadata(dng)) or b""
    fields = read_fields(packet, "XMP")
    assert fields["AlreadyApplied"] == "True"
    assert fields["Exposure2012"] == "+0.50"
    assert "Sharpness" not in fields  # not applied
    for kept in (b"Dawn", b'Rating="4"', b"GPSLatitude"):
        assert kept in packet
    for lost in (b"darktable:history", b"Orientation", b"PixelXDimension"):
        assert lost not in packet
    other = dng.rename(dng.with_suffix(".nef"))
    other.with_suffix(".xmp").write_text("<x")
    assert applied_packet(other, RECORD, read_shot(other), read_metadata(other)) is None
    assert len(caplog.records) == 1


def test_dry_run_prints_and_writes_nothing(
    dng: Path, checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dng.with_suffix(".xmp").write_text(OWN)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    words = ["--checkpoint", str(checkpoint), "--input", str(dng), *CPU, "--dry-run"]
    words += ["--output", str(tmp_path / "out"), "--export-json", "--in-place"]
    for command, more in (
        (run.inference, ["--export-preview"]),
        (run.predict_and_render, ["--srgb-output"]),
    ):
        assert command.main([*words, *more]) == 0
        out, err = capsys.readouterr()
        assert out.startswith(f"--- {dng.with_suffix('.xmp')}\n+++ {dng.with_suffix('.xmp')}\n@@")
        assert "-Exposure2012 = +4.00" in out
        assert "nothing written" in err
        assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_in_place_is_done_once(
    dng: Path, checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the photographer changes after it is left, until --overwrite."""
    words = ["--checkpoint", str(checkpoint), "--input", str(dng), *CPU, "--in-place"]
    words += ["--output", str(tmp_path / "out")]
    sidecar = dng.with_suffix(".xmp")
    assert run.inference.main([*words[:-3], *words[-2:]]) == 0  # into the output folder
    assert not sidecar.exists()
    capsys.readouterr()
    assert run.inference.main(words) == 0
    last = capsys.readouterr().err.splitlines()[-1]
    assert last == f"1 sidecar written in place, in {dng.parent}"
    assert CRS in sidecar.read_text()
    sidecar.write_text(OWN)
    assert run.inference.main(words) == 0
    said = capsys.readouterr().err
    assert "done already" in said
    assert "in place" not in said
    assert sidecar.read_text() == OWN
    assert run.inference.main([*words, "--overwrite"]) == 0
    assert sidecar.read_text() != OWN


def test_only_the_panels_asked_for_are_written(dng: Path, tmp_path: Path) -> None:
    """Those of the edit that --write names; the photographer's own values stay in the others."""
    moved = {**EDIT, "PostCropVignetteAmount": -20.0, "HueAdjustmentRed": 7.0}
    record = Record(moved, process=2, held=("basic", "color_mixer", "vignette"))
    paths = put(dng, tmp_path / "out", "--write", "mixer,grain", record=record)
    fields = read_fields(paths.xmp.read_bytes(), "XMP")
    assert fields["HueAdjustmentRed"] == "+7"
    assert fields["Exposure2012"] == "+4.00"
    assert "PostCropVignetteAmount" not in fields
    assert "GrainAmount" not in fields
    paths = put(dng, tmp_path / "whole", record=record)
    fields = read_fields(paths.xmp.read_bytes(), "XMP")
    assert (fields["Exposure2012"], fields["PostCropVignetteAmount"]) == ("+0.50", "-20")


def test_a_panel_that_there_is_not_is_named(capsys) -> None:
    with pytest.raises(InputError, match="panel 'sharpening' is none of basic"):
        XmpOutput(panels=("sharpening",))
    with pytest.raises(SystemExit) as stopped:
        output("--write", "basic,sharpening")
    assert stopped.value.code == 2
    assert "panel 'sharpening' is none of basic" in capsys.readouterr().err


def test_what_is_said_of_files_written_in_place(tmp_path: Path) -> None:
    one, other = tmp_path / "1" / "a.xmp", tmp_path / "2" / "b.DNG"
    assert written_in_place([one]) == f"1 sidecar written in place, in {one.parent}"
    assert written_in_place([other, other]) == f"2 DNGs written in place, in {other.parent}"
    line = f"2 sidecars and 1 DNG written in place, in folders below {tmp_path}"
    assert written_in_place([one, one, other]) == line
