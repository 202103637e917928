"""Which pictures are to do: those that lack a file, and those made with something else."""

import logging
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from test_result_paths import settings, touch

from imaging.output_options import Detail
from model.adapter import Adapter
from params.ranges import neutral_params
from params.record import Record
from stages.predict.batch_report import BatchReport
from stages.predict.made_with import made_with
from stages.predict.plan import Plan, plan
from stages.predict.result_paths import wanted_files, xmp_result
from stages.predict.settings import PictureOutput, PredictSettings, XmpOutput


def planned_of(settings: PredictSettings) -> Plan:
    return plan(settings, BatchReport.open(settings.output))


@pytest.fixture
def base(tmp_path: Path) -> PredictSettings:
    """Settings whose one picture is done, as a run of them would leave it."""
    touch(tmp_path, "raws/a.dng")
    for name in ("m.pt", "lora.pt", "icc"):
        (tmp_path / name).write_text(name)
    wanted = PredictSettings(
        tmp_path / "m.pt",
        [tmp_path / "raws/a.dng"],
        tmp_path / "out",
        adapters=[Adapter(tmp_path / "lora.pt")],
        json=True,
        jpeg=True,
        tiff=True,
        pictures=PictureOutput(icc_profile=tmp_path / "icc"),
    )
    finish(wanted)
    return wanted


def finish(wanted: PredictSettings) -> None:
    """Leave what a run does: the files, and the report."""
    report = BatchReport.open(wanted.output)
    for raw, paths in planned_of(wanted).todo.items():
        files = wanted_files(wanted, paths)
        touch(wanted.output, *(str(file.relative_to(wanted.output)) for file in files))
        made = made_with(wanted).entry(wanted, paths, files, report.made_with(paths.name))
        report.done(paths.name, raw, Record(neutral_params()), made_with=made)
    report.write()


def stale(wanted: PredictSettings) -> list[str]:
    """The kinds of files that are made anew."""
    planned = planned_of(wanted)
    return sorted(file.suffix[1:] for paths in planned.todo.values() for file in paths.stale)


ALL = ["jpg", "json", "tif", "xmp"]
CHANGES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "nothing": ({}, []),
    "jobs": ({"jobs": 2, "device": "cpu", "debug": True}, []),
    "strength": ({"strength": 0.5}, ALL),
    "no constants": ({"constants": False}, ALL),
    "no adapter": ({"adapters": []}, ALL),
    "auto": ({"checkpoint": None, "adapters": []}, ALL),
    "auto with white balance": (
        {"checkpoint": None, "adapters": [], "auto_white_balance": True},
        ALL,
    ),
    "panels": ({"xmp": XmpOutput(panels=("basic",))}, ALL),  # rendered with what is written
    "curve": ({"xmp": XmpOutput(curve="dense")}, ["xmp"]),
    "a file fewer": ({"json": False}, []),
}


@pytest.mark.parametrize(("change", "expected"), CHANGES.values(), ids=CHANGES)
def test_what_settings_make_anew(
    base: PredictSettings, change: dict[str, Any], expected: list[str]
) -> None:
    assert stale(replace(base, **change)) == expected
    assert stale(replace(base, **change, skip_existing=True)) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"jpeg_quality": 80}, ["jpg"]),
        ({"gamut": "clip"}, ["jpg"]),
        ({"detail": Detail(sharpness=0)}, ["jpg"]),
        ({"bits": 8}, ["tif"]),
        ({"compression": "lzw"}, ["tif"]),
        ({"demosaic": "ahd"}, ["jpg", "tif"]),
        ({"max_size": 2048}, ["jpg", "tif"]),
    ],
)
def test_how_pictures_are_encoded(
    base: PredictSettings, change: dict[str, Any], expected: list[str]
) -> None:
    assert stale(replace(base, pictures=replace(base.pictures, **change))) == expected


@pytest.mark.parametrize(
    ("name", "expected"), [("m.pt", ALL), ("lora.pt", ALL), ("icc", ["tif"]), ("raws/a.dng", ALL)]
)
def test_what_files_make_anew(
    base: PredictSettings, tmp_path: Path, name: str, expected: list[str]
) -> None:
    (tmp_path / name).write_text("another")
    assert stale(base) == expected
    finish(base)
    assert stale(base) == []


def test_a_copy_of_a_model_is_the_same_model(base: PredictSettings, tmp_path: Path) -> None:
    (tmp_path / "copy.pt").write_bytes((tmp_path / "m.pt").read_bytes())
    os.utime(tmp_path / "m.pt", (1, 1))
    assert stale(replace(base, checkpoint=tmp_path / "copy.pt")) == []
    assert stale(base) == []


def test_adapters_by_weight_and_order(base: PredictSettings, tmp_path: Path) -> None:
    for adapters in ([Adapter(tmp_path / "lora.pt", 0.5)], [*base.adapters, *base.adapters]):
        assert stale(replace(base, adapters=adapters)) == ALL


def test_a_picture_of_two_models(base: PredictSettings) -> None:
    """The parameter file is made anew; the older files are not taken for the new model's."""
    other = replace(base, strength=0.5)
    finish(replace(other, jpeg=False, tiff=False, xmp=XmpOutput(write=False)))
    assert stale(other) == ["jpg", "tif", "xmp"]
    assert stale(base) == ALL


def test_a_file_more_leaves_the_others(base: PredictSettings) -> None:
    more = replace(base, cube="srgb")
    [paths] = planned_of(more).todo.values()
    assert paths.stale == frozenset()
    finish(more)
    assert planned_of(more).todo == {}
    assert planned_of(base).todo == {}


@pytest.mark.parametrize(
    ("change", "again"),
    [
        (lambda entry: entry["made_with"].update(source=[1, 2]), 4),
        (lambda entry: entry["made_with"].pop("edit"), 4),
        (lambda entry: entry["made_with"]["outputs"].pop("tiff"), 0),  # the user's own
        (lambda entry: entry["made_with"].update(outputs=5), 0),
        (lambda entry: entry.pop("made_with"), 0),
        (lambda entry: entry.update(made_with=[1]), 0),
    ],
)
def test_what_reports_say(
    base: PredictSettings, change: Callable[[dict[str, Any]], object], again: int
) -> None:
    report = BatchReport.open(base.output)
    change(report.earlier["a"])
    assert sum(len(paths.stale) for paths in plan(base, report).todo.values()) == again


@pytest.mark.parametrize("first", ["none", "embed", "in_place"])
@pytest.mark.parametrize("second", ["none", "embed", "in_place"])
def test_xmp_at_several_places(base: PredictSettings, first: str, second: str) -> None:
    """Where one model's XMP is at one place, another model's at another place is still its own."""
    outputs = {"none": {}, "embed": {"embed": True}, "in_place": {"in_place": True}}
    one, two = (replace(base, xmp=XmpOutput(**outputs[place])) for place in (first, second))
    finish(one)
    finish(replace(two, strength=0.5))
    assert "xmp" not in stale(replace(two, strength=0.5))
    [paths] = planned_of(replace(one, strength=0.5)).todo.values() if first != second else [None]
    assert paths is None or xmp_result(one.xmp, paths) in paths.stale


def test_pictures_that_no_confidence_is_known_of_are_told(
    base: PredictSettings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    asked = replace(base, min_confidence=0.5, json=False)
    assert planned_of(asked).todo == {}
    assert "1 pictures were done without confidence" in caplog.text
    caplog.clear()
    touch(base.output, "review.csv")  # of an earlier run that asked for it
    assert planned_of(asked).todo == {}
    assert caplog.text == ""


def test_a_failure_forgets_nothing(base: PredictSettings, tmp_path: Path) -> None:
    report = BatchReport.open(base.output)
    report.failed(Path("a"), tmp_path / "raws/a.dng", "no memory")
    report.write()
    assert stale(base) == []
    assert stale(replace(base, strength=0.5)) == ALL


def test_a_picture_that_is_gone(base: PredictSettings, tmp_path: Path) -> None:
    (tmp_path / "raws/b.dng").touch()
    (tmp_path / "raws/a.dng").unlink()
    both = replace(base, inputs=[tmp_path / "raws/a.dng", tmp_path / "raws/b.dng"])
    assert [raw.name for raw in planned_of(both).todo] == ["b.dng"]


def test_what_a_killed_run_had_finished(base: PredictSettings) -> None:
    """Since its report was written last, in a journal; lines cut short are passed over."""
    report, weaker = BatchReport.open(base.output), replace(base, strength=0.5)
    [(raw, paths)] = planned_of(weaker).todo.items()
    made = made_with(weaker).entry(weaker, paths, wanted_files(weaker, paths), None)
    report.finished(paths.name, raw, Record(neutral_params(), process=2), made_with=made)
    with (base.output / ".report.jsonl").open("a") as journal:
        journal.write('5\n["b", 5]\n["c", {"made_')
    assert stale(weaker) == []
    assert stale(base) == ALL
    again = BatchReport.open(base.output)
    assert "b" not in again.earlier
    again.write()
    assert not (base.output / ".report.jsonl").exists()
    assert stale(weaker) == []


def test_what_a_killed_run_had_only_begun(base: PredictSettings) -> None:
    """It may be there, and made with that run's options or with earlier ones: done again."""
    name = Path("a")
    report = BatchReport.open(base.output)
    report.begins(name, ["tiff", "jpeg"])
    assert stale(base) == ["jpg", "tif"]
    assert planned_of(replace(base, skip_existing=True)).todo == {}
    again = BatchReport.open(base.output)
    again.write()  # of a run that was given other pictures
    assert stale(base) == ["jpg", "tif"]
    [(raw, paths)] = planned_of(base).todo.items()
    made = made_with(base).entry(base, paths, wanted_files(base, paths), again.made_with(name))
    again.finished(name, raw, Record(neutral_params()), made_with=made)
    assert stale(base) == []
    again.write()
    assert not (base.output / ".report.jsonl").exists()
    assert stale(base) == []


def test_a_model_that_is_gone(base: PredictSettings, tmp_path: Path) -> None:
    (tmp_path / "m.pt").unlink()
    assert stale(base) == ALL  # loading it says what is wrong
    assert planned_of(replace(base, skip_existing=True)).todo == {}


def test_only_what_is_missing_is_planned(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    raws = touch(tmp_path / "raws", "a.dng", "sub/b.dng", "c.dng")
    touch(tmp_path / "out" / "xmps", "a.xmp", "sub/b.xmp")
    touch(tmp_path / "out" / "data", "a.json")

    def todo(*words: str) -> list[Path]:
        planned = planned_of(settings(tmp_path, "--recursive", "--skip-existing", *words))
        assert sorted([*planned.todo, *planned.done]) == sorted(raws)
        return list(planned.todo)

    with caplog.at_level("INFO"):
        assert todo() == [tmp_path / "raws" / "c.dng"]
    assert "2 of 3 pictures are done already" in caplog.text
    assert todo("--export-json") == [raws[2], raws[1]]
    planned = planned_of(settings(tmp_path, "--recursive", "--overwrite"))
    assert list(planned.todo) == [raws[0], raws[2], raws[1]]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--in-place"], True),
        (["--in-place", "--dry-run"], True),
        (["--in-place", "--embed-xmp"], False),
        (["--in-place", "--no-export-xmp", "--export-json"], False),
        ([], False),
    ],
)
def test_sidecars_of_dngs_are_warned_of_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, words: list[str], said: bool
) -> None:
    touch(tmp_path / "raws", "a.DNG", "b.dng", "c.nef")
    planned_of(settings(tmp_path, "--batch", *words))
    lines = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert len(lines) == said
    assert not said or ("Lightroom" in lines[0] and "of 2;" in lines[0])
