"""The command as a user calls it: folders and catalogs in, manifest and report out."""

import csv
import json
import os
import shutil
from pathlib import Path

import pytest
from lightroom import Picture, packet, write_catalog
from look_files import profile_xmp
from simulated import leftovers, scene

from dataset.manifest import read_manifest
from dataset.synthetic.write_dng import write_dng
from params.ranges import neutral_params
from params.record import read_record
from params.unsupported import Look
from scripts import import_edits

PV5 = {"ProcessVersion": "11.0", "WhiteBalance": "As Shot"}
MASKS = (
    "<crs:MaskGroupBasedCorrections><rdf:Seq><rdf:li>"
    '<rdf:Description crs:What="Correction" crs:CorrectionActive="true"/>'
    "</rdf:li></rdf:Seq></crs:MaskGroupBasedCorrections>"
)


@pytest.fixture(scope="session")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("scenes")
    for seed in range(3):
        write_dng(folder / f"{seed}.dng", scene(seed, 40, 60))
    return sorted(folder.iterdir())


@pytest.fixture
def shoot(tmp_path: Path, scenes: list[Path]) -> Path:
    """Three RAW files with sidecars: bright, clear (picked, with a mask), grey."""
    folder = tmp_path / "shoot 'ä'"
    folder.mkdir()
    sidecars = {
        "bright": packet(
            PV5 | {"Exposure2012": "+1.00"},
            more='tiff:Model="Z 6" exif:DateTimeOriginal="2024-05-01T10:00:00" xmp:Rating="4"',
        ),
        "clear": packet(
            PV5 | {"Exposure2012": "+1.00"},
            MASKS,
            more='xmpDM:pick="1" exif:DateTimeOriginal="2023-05-01T10:00:01"',
        ),
        "grey": packet(PV5 | {"Contrast2012": "-20"}, more='xmp:Rating="-1"'),
    }
    for source, (name, data) in zip(scenes, sidecars.items(), strict=True):
        shutil.copy(source, folder / f"{name}.dng")
        (folder / f"{name}.xmp").write_bytes(data)
    os.utime(folder / "grey.dng", (1.6e9, 1.6e9))  # 2020: nothing else dates it
    return folder


def run(tmp_path: Path, *words: object, status: int = 0) -> set[str]:
    """The ids in the manifest after the command."""
    manifest = tmp_path / "out" / "m.jsonl"
    arguments = [*words, "--manifest", manifest]
    assert import_edits.main([str(word) for word in arguments]) == status
    assert leftovers(tmp_path) == []
    return {entry.id for entry in read_manifest(manifest)} if manifest.exists() else set()


def table(tmp_path: Path) -> dict[str, dict[str, str]]:
    with (tmp_path / "out/import_report/pictures.csv").open(encoding="utf-8") as file:
        return {Path(row["raw"]).stem: row for row in csv.DictReader(file)}


def test_a_folder_becomes_what_training_reads(tmp_path, shoot, caplog):
    from dataset.sample_settings import SampleSettings
    from dataset.samples import Samples

    assert run(tmp_path, shoot) == {"bright", "clear", "grey"}
    entries = read_manifest(tmp_path / "out/m.jsonl")
    assert {entry.fields["expert"] for entry in entries} == {"own"}
    assert not any(entry.has_tif for entry in entries)
    samples = Samples(entries, SampleSettings(32, process=2), cache=tmp_path / "cache")
    assert len(samples) == 3
    exposures = {item["id"]: float(item["params"]["Exposure2012"]) for item in samples}
    assert exposures == pytest.approx({"bright": 0.2, "clear": 0.2, "grey": 0.0})
    assert samples[0]["image"].shape == (3, 32, 32)
    report = (tmp_path / "out/import_report/report.md").read_text()
    for line in (
        "found: 3 pictures (3 by sidecar)",
        "taken: 3",
        "held whole, to the eye: 2 of 3",
        "not learnt: masks, in 1 picture, visibly in 1",
        "3 pictures to learn from, bursts counted once: below 5",
    ):
        assert line in report
    assert caplog.messages[-1].startswith("next: python scripts/style_preset.py --manifest ")
    from PIL import Image

    with Image.open(tmp_path / "out/import_report/sliders.png") as picture:
        assert picture.width > 1000


CURVE = "<crs:{0}><rdf:Seq><rdf:li>0, 30</rdf:li><rdf:li>255, 240</rdf:li></rdf:Seq></crs:{0}>"


@pytest.mark.parametrize("process", [1, 2])
def test_panels_are_held_by_process_2_and_not_learnt(tmp_path, shoot, process):
    from dataset.sample_settings import SampleSettings
    from dataset.samples import Samples

    fields = PV5 | {"HueAdjustmentRed": "+40", "ConvertToGrayscale": "True", "RedHue": "0"}
    curves = CURVE.format("ToneCurvePV2012") + CURVE.format("ToneCurvePV2012Blue")
    (shoot / "clear.xmp").write_bytes(packet(fields, curves))
    assert run(tmp_path, shoot, "--process", process) == {"bright", "clear", "grey"}
    (path,) = (tmp_path / "out/data").glob("clear*.json")
    params = read_record(path).params
    report = (tmp_path / "out/import_report/report.md").read_text()
    if process == 2:
        assert (params["HueAdjustmentRed"], params["ConvertToGrayscale"]) == (40.0, 1.0)
        assert params["ToneCurve"][0] == params["ToneCurvePV2012Blue"][0] == 30 / 255
        assert "held whole, to the eye: 3 of 3" in report
        assert "colour mixer 1, black and white 1, curves of colours 1" in report
        assert "not learnt:" not in report
    else:
        assert params.keys() == neutral_params().keys()
        assert "held whole, to the eye: 2 of 3" in report
        for what in ("colour mixer", "black and white", "curve of one colour", "raised or"):
            assert f"not learnt: {what}" in report
    entries = read_manifest(tmp_path / "out/m.jsonl")
    settings = SampleSettings(32, process=process)
    for item in Samples(entries, settings, cache=tmp_path / "cache"):
        assert item["params"].keys() == neutral_params().keys()
        curve = item["params"]["ToneCurve"]
        assert (curve[0], curve[-1]) == (0.0, 1.0)


def test_a_second_run_does_only_what_has_changed(tmp_path, shoot, monkeypatch):
    run(tmp_path, shoot)
    made = []
    real = import_edits_one()

    def count(job, **more):
        made.append(job.id)
        return real(job, **more)

    monkeypatch.setattr("dataset.lightroom.import_edits.import_one", count)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out/data").iterdir()}
    run(tmp_path, shoot)
    assert made == []
    assert {path: path.stat().st_mtime_ns for path in before} == before
    (shoot / "grey.xmp").write_bytes(packet(PV5 | {"Contrast2012": "-30"}))
    (tmp_path / "out/preview/clear.png").unlink()
    run(tmp_path, shoot)
    assert sorted(made) == ["clear", "grey"]
    assert read_record(tmp_path / "out/data/grey__own.json").params["Contrast2012"] == -30.0


def import_edits_one():
    from dataset.lightroom.import_edits import import_one

    return import_one


def test_another_process_has_another_preview_and_the_old_edit_is_kept(tmp_path, shoot):
    run(tmp_path, shoot, "--limit", 1)
    preview = tmp_path / "out/preview/bright.png"
    preview.write_bytes(b"of process 2")
    run(tmp_path, shoot, "--limit", 1, "--process", 1)
    assert preview.read_bytes() != b"of process 2"
    assert read_record(tmp_path / "out/data/bright__own.json").process == 1
    assert read_record(tmp_path / "out/data/bright__own__p2.json").process == 2


@pytest.mark.parametrize(
    ("flags", "ids"),
    [
        (["--rating", "4"], {"bright"}),
        (["--flag", "picked"], {"clear"}),
        (["--flag", "not-rejected"], {"bright", "clear"}),
        (["--since", "2024-01-01"], {"bright"}),
        (["--camera", "z 6"], {"bright"}),
        (["--require-supported"], {"bright", "grey"}),
        (["--limit", "1"], {"bright"}),
        (["--expert", "me", "--process", "1"], {"bright", "clear", "grey"}),
        pytest.param(["--workers", "2"], {"bright", "clear", "grey"}, marks=pytest.mark.slow),
    ],
)
def test_filters(tmp_path, shoot, flags, ids):
    assert run(tmp_path, shoot, *flags) == ids
    left = {stem for stem, row in table(tmp_path).items() if row["left out because"]}
    assert left == {"bright", "clear", "grey"} - ids
    if "--process" in flags:
        assert read_record(tmp_path / "out/data/grey__me.json").process == 1


def test_untouched_pictures_teach_nothing_unless_asked_for(tmp_path, shoot):
    (shoot / "grey.xmp").write_bytes(packet(PV5 | {"Contrast2012": "0"}))
    assert run(tmp_path, shoot) == {"bright", "clear"}
    assert table(tmp_path)["grey"]["left out because"] == "nothing edited"
    assert run(tmp_path, shoot, "--include-untouched") == {"bright", "clear", "grey"}


def test_what_a_model_predicted_is_not_learnt_again(tmp_path, shoot):
    mark = 'xmlns:ours="tag:auto-acr,2026:xmp/" ours:Process="2"'
    (shoot / "grey.xmp").write_bytes(packet(PV5 | {"Contrast2012": "-9"}, more=mark))
    assert run(tmp_path, shoot) == {"bright", "clear"}
    assert table(tmp_path)["grey"]["left out because"].startswith("written by this project")
    assert run(tmp_path, shoot, "--include-predicted") == {"bright", "clear", "grey"}


def test_a_catalog_from_another_computer(tmp_path, shoot):
    rows = [
        Picture("bright.dng", settings=PV5 | {"Exposure2012": -1}, pick=1.0),
        Picture("bright.dng", settings=PV5 | {"Exposure2012": 2}, master=1, pick=1.0),
        Picture("gone.nef"),
        Picture("clear.dng", settings={"ProcessVersion": "5.7", "Exposure": 1}, pick=1.0),
    ]
    catalog = tmp_path / "my.lrcat"
    write_catalog(catalog, "D:/Photos/", rows)
    ids = run(tmp_path, catalog, "--map-root", f"D:\\Photos={shoot}", "--flag", "picked")
    assert ids == {"bright", "bright-copy-00000002"}
    record = read_record(tmp_path / "out/data/bright-copy-00000002__own.json")
    assert record.params["Exposure2012"] == 2.0
    report = (tmp_path / "out/import_report/report.md").read_text()
    assert "left out, 1: the RAW file is not there" in report
    assert "left out, 1: settings of process version 1 or 2" in report


def test_broken_files_are_named_and_the_rest_is_done(tmp_path, shoot, failing):
    (shoot / "clear.xmp").write_bytes(b"<broken")
    (shoot / "grey.dng").write_bytes(b"not a RAW file")
    errors = failing(import_edits, shoot, "--manifest", tmp_path / "out/m.jsonl")
    assert len(errors) == 2
    assert "clear.xmp: not XMP" in errors[0]
    assert "grey.dng" in errors[1]
    assert {entry.id for entry in read_manifest(tmp_path / "out/m.jsonl")} == {"bright"}
    assert "not XMP" in table(tmp_path)["clear"]["left out because"]
    assert table(tmp_path)["grey"]["left out because"] == "could not be imported"


def test_nothing_to_take(tmp_path, shoot, failing):
    errors = failing(import_edits, shoot, "--rating", 5, "--manifest", tmp_path / "out/m.jsonl")
    assert errors == ["ERROR: no edited picture was taken; the report says why"]
    assert len(table(tmp_path)) == 3


def test_dry_run_writes_nothing(tmp_path, shoot):
    before = sorted(tmp_path.rglob("*"))
    assert run(tmp_path, shoot, "--dry-run") == set()
    assert sorted(tmp_path.rglob("*")) == before


def test_a_fit_of_the_same_name_is_not_replaced(tmp_path, shoot, failing):
    run(tmp_path, shoot, "--limit", 1)
    data = tmp_path / "out/data/bright__own.json"
    document = json.loads(data.read_text())
    del document["imported"]
    data.write_text(json.dumps(document))
    errors = failing(import_edits, shoot, "--limit", 1, "--manifest", tmp_path / "out/m.jsonl")
    assert "is the result of a fit" in errors[0]
    assert json.loads(data.read_text()) == document


def test_names_that_a_spreadsheet_would_run(tmp_path, shoot):
    (shoot / "clear.xmp").write_bytes(
        packet(PV5 | {"Exposure2012": "+1.00"}, more='tiff:Model="=1+1"')
    )
    run(tmp_path, shoot, "--dry-run")
    run(tmp_path, shoot)
    assert table(tmp_path)["clear"]["camera"] == "'=1+1"


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--map-root", "D:/x"],
        ["--since", "yesterday"],
        ["--rating", "6"],
        ["--validation-share", "2"],
        ["--expert", "../x"],
    ],
)
def test_wrong_calls(tmp_path, words):
    with pytest.raises(SystemExit) as left:
        import_edits.main([*(["x"] if words else []), *words])
    assert left.value.code == 2


def test_look_and_style_go_with_the_edit_and_are_kept_up_to_date(tmp_path, shoot):
    look = '<crs:Look><rdf:Description crs:Name="Film" crs:Amount="0.5"/></crs:Look>'
    style = {"LensProfileEnable": "1", "CameraProfile": "Camera Neutral"}
    (shoot / "clear.xmp").write_bytes(packet(PV5 | {"Exposure2012": "+1.00"} | style, look))
    run(tmp_path, shoot)
    path = tmp_path / "out/data/clear__own.json"
    record = read_record(path)
    assert record.look == Look("Film", 0.5)
    assert record.extra["style"] == style | {"ProcessVersion": "11.0"}
    report = (tmp_path / "out/import_report/report.md").read_text()
    assert "looks: Film 1" in report
    assert "not learnt: look without its profile, in 1 picture, visibly in 1" in report
    assert "stays as it is in Lightroom: lens profile 1, camera profile Camera Neutral 1" in report
    assert (tmp_path / "out/import_report/report.html").is_file()
    (shoot / "clear.xmp").write_bytes(packet(PV5 | {"Exposure2012": "+1.00"} | style))
    run(tmp_path, shoot)
    assert read_record(path).look is None


def test_a_look_is_an_edit(tmp_path, shoot):
    look = '<crs:Look><rdf:Description crs:Name="{}" crs:Amount="1"/></crs:Look>'
    (shoot / "clear.xmp").write_bytes(packet(PV5 | {"Tint": "0"}, look.format("Adobe Color")))
    assert run(tmp_path, shoot) == {"bright", "grey"}
    (shoot / "clear.xmp").write_bytes(packet(PV5 | {"Tint": "0"}, look.format("Film")))
    assert run(tmp_path, shoot) == {"bright", "clear", "grey"}


def test_a_look_is_supported_where_its_profile_is(tmp_path, shoot):
    look = '<crs:Look><rdf:Description crs:Name="Film" crs:Amount="1"/></crs:Look>'
    (shoot / "clear.xmp").write_bytes(packet(PV5 | {"Exposure2012": "+1.00"}, look))
    supported = [shoot, "--require-supported"]
    assert run(tmp_path, *supported) == {"bright", "grey"}
    folder = tmp_path / "profiles"
    folder.mkdir()
    (folder / "film.xmp").write_bytes(profile_xmp("Film", {}))
    assert run(tmp_path, *supported, "--profiles", folder) == {"bright", "clear", "grey"}
