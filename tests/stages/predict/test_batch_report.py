"""The report of an output folder: merged over runs, never in the way."""

import json
from pathlib import Path

import pytest

from params.files import REPO_ROOT
from params.ranges import neutral_params
from params.record import Record, record_to_json
from params.xmp_white import shown_settings
from stages.predict.batch_report import FORMAT, BatchReport

EDIT = Record(neutral_params() | {"Exposure2012": 0.75}, process=2)


def pictures(folder: Path) -> dict[str, dict[str, object]]:
    document = json.loads((folder / "report.json").read_text())
    assert document["format"] == FORMAT
    found: dict[str, dict[str, object]] = document["pictures"]
    return found


def test_what_is_entered_comes_back(tmp_path: Path) -> None:
    report = BatchReport.open(tmp_path / "out")
    report.done(Path("day 1/a"), tmp_path / "a.dng", EDIT, seconds=1.5, warnings=["odd"])
    report.failed(Path("b"), REPO_ROOT / "samples" / "b.dng", "cut short", seconds=0.1)
    report.write()
    found = pictures(tmp_path / "out")
    assert found["b"] == {
        "raw": "samples/b.dng",
        "status": "failed",
        "error": "cut short",
        "seconds": 0.1,
    }
    assert found["day 1/a"] == {
        "raw": str(tmp_path / "a.dng"),
        "status": "done",
        "seconds": 1.5,
        "warnings": ["odd"],
        "process": 2,
        "masks": "plain",
        "settings": shown_settings(EDIT),
        "params_denorm": record_to_json(EDIT)["params_denorm"],
    }
    again = BatchReport.open(tmp_path / "out")
    assert again.owner(Path("day 1/a")) == tmp_path / "a.dng"
    assert again.owner(Path("b")) == REPO_ROOT / "samples" / "b.dng"
    assert again.owner(Path("c")) is None
    record = again.record(Path("day 1/a"))
    assert record is not None
    assert (record.process, record.params["Exposure2012"]) == (2, 0.75)
    assert again.record(Path("b")) is None
    assert list(again.failures()) == [("b", "cut short")]


def test_a_killed_run_leaves_whole_entries(tmp_path: Path) -> None:
    """What came since the report was written last stands in the journal as it would there."""
    out, raw = tmp_path / "out", tmp_path / "a.dng"
    out.mkdir()
    report = BatchReport.open(out)
    report.finished(Path("a"), raw, EDIT, made_with={"edit": "e"})
    noted = BatchReport.open(out).get(Path("a"))
    report.done(Path("a"), raw, EDIT, seconds=1.5, made_with={"edit": "e"})
    again = BatchReport.open(out)  # the other one was killed: it never wrote
    again.skipped(Path("a"), raw)
    again.write()
    assert again.earlier == report.new == pictures(out) == {"a": noted | {"seconds": 1.5}}
    assert again.record(Path("a")) is not None


def test_runs_are_merged(tmp_path: Path) -> None:
    first, second = BatchReport.open(tmp_path), BatchReport.open(tmp_path)
    first.done(Path("a"), tmp_path / "a.dng", EDIT)
    first.failed(Path("b"), tmp_path / "b.dng", "no")
    first.write()
    second.done(Path("c"), tmp_path / "c.dng", EDIT)  # a run beside the first
    second.write()
    third = BatchReport.open(tmp_path)
    third.skipped(Path("a"), tmp_path / "a.dng")
    third.done(Path("b"), tmp_path / "b.dng", EDIT)
    third.skipped(Path("d"), tmp_path / "d.dng")
    third.write()
    found = pictures(tmp_path)
    assert {name: entry["status"] for name, entry in found.items()} == {
        "a": "done",
        "b": "done",
        "c": "done",
        "d": "skipped",
    }
    assert "settings" in found["a"]


def test_it_is_not_written_all_the_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("jobs.pace.time.monotonic", lambda: now)
    report = BatchReport.open(tmp_path)
    report.done(Path("a"), tmp_path / "a.dng", EDIT)
    report.write(final=False)
    assert not (tmp_path / "report.json").exists()
    now += 11.0
    report.write(final=False)
    assert list(pictures(tmp_path)) == ["a"]
    report.done(Path("b"), tmp_path / "b.dng", EDIT)
    now += 9.0
    report.write(final=False)
    assert list(pictures(tmp_path)) == ["a"]
    report.write()
    assert list(pictures(tmp_path)) == ["a", "b"]


@pytest.mark.parametrize(
    "text",
    ["mine", "{", "[]", '{"format": "other"}', '{"format": "auto-acr-report-v1"}', "[" * 9999],
)
def test_a_file_that_is_no_report_is_left_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    (tmp_path / "report.json").write_text(text)
    report = BatchReport.open(tmp_path)
    report.done(Path("a"), tmp_path / "a.dng", EDIT)
    report.write()
    assert (tmp_path / "report.json").read_text() == text
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert str(tmp_path / "report.json") in caplog.text


@pytest.mark.parametrize(
    "entry", [[], "x", {}, {"raw": 5}, {"settings": []}, {"settings": {"Tint": "x"}, "process": 9}]
)
def test_odd_entries(tmp_path: Path, entry: object) -> None:
    document = {"format": FORMAT, "pictures": {"a": entry}}
    (tmp_path / "report.json").write_text(json.dumps(document))
    report = BatchReport.open(tmp_path)
    assert report.owner(Path("a")) is None
    assert report.record(Path("a")) is None
    report.skipped(Path("a"), tmp_path / "a.dng")
    report.write()
    assert pictures(tmp_path)["a"]["status"] == "skipped"


def test_names_that_are_not_text(tmp_path: Path) -> None:
    report = BatchReport.open(tmp_path)
    report.done(Path("caf\udce9"), tmp_path / "caf\udce9.dng", EDIT)
    report.write()
    assert BatchReport.open(tmp_path).owner(Path("caf\udce9")) == tmp_path / "caf\udce9.dng"


def test_a_folder_that_refuses(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The pictures are what counts: a report that cannot be written is a warning, given once."""
    (tmp_path / "a file").touch()
    report = BatchReport.open(tmp_path / "a file" / "below")
    report.write()
    report.write()
    assert [record.levelname for record in caplog.records] == ["WARNING"]
