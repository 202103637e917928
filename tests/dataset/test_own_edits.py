"""A photographer's own edits: their files, written once and again when they change."""

from dataclasses import replace
from pathlib import Path

import pytest
from simulated import scene

from dataset.manifest import read_manifest
from dataset.own_edits import OwnEdit, merge_edits, take_edit
from dataset.set_folder import Outputs
from dataset.synthetic.write_dng import write_dng
from params.files import InputError
from params.ranges import neutral_params
from params.record import Record, read_record, write_record


@pytest.fixture
def edit(tmp_path: Path) -> OwnEdit:
    raw = tmp_path / "a.dng"
    write_dng(raw, scene(1, 32, 48))
    params = neutral_params()
    params["ToneCurve"] = params["ToneCurve"].tolist()
    record = Record(params | {"Exposure2012": 0.4}, 2, extra={"confidence": 0.9, "raw": "a.dng"})
    return OwnEdit("a", "training", "me", raw, record, "studio")


def moved(edit: OwnEdit, exposure: float) -> OwnEdit:
    params = edit.record.params | {"Exposure2012": exposure}
    return replace(edit, record=replace(edit.record, params=params))


def test_written_once_and_again_when_it_changes(edit: OwnEdit, tmp_path: Path) -> None:
    outputs = Outputs(tmp_path / "set")
    assert take_edit(edit, outputs)
    data = outputs.data("a", "me")
    first = data.read_bytes()
    assert outputs.preview("a").is_file()
    assert not take_edit(edit, outputs)
    assert data.read_bytes() == first
    assert take_edit(moved(edit, 0.9), outputs)
    record = read_record(data)
    assert record.params["Exposure2012"] == 0.9
    assert record.extra["imported"]["from"] == "studio"
    assert "confidence" not in record.extra
    for _ in range(2):
        assert merge_edits(outputs.manifest, [edit], outputs) == 1
    [entry] = read_manifest(outputs.manifest)
    assert entry.key == ("a", "training", "me")
    assert entry.path("raw").samefile(edit.raw)
    # What a lost manifest is rebuilt from.
    assert [one.key for one in outputs.entries()] == [entry.key]


def test_a_fit_is_not_replaced(edit: OwnEdit, tmp_path: Path) -> None:
    outputs = Outputs(tmp_path / "set")
    write_record(outputs.data("a", "me"), edit.record)
    with pytest.raises(InputError, match="result of a fit"):
        take_edit(edit, outputs)


def test_a_damaged_file_is_made_again(edit: OwnEdit, tmp_path: Path) -> None:
    outputs = Outputs(tmp_path / "set")
    data = outputs.data("a", "me")
    data.parent.mkdir(parents=True)
    data.write_text("{")
    assert take_edit(edit, outputs)
    assert read_record(data).params["Exposure2012"] == 0.4


def test_another_edit_process_is_kept_aside(edit: OwnEdit, tmp_path: Path) -> None:
    outputs = Outputs(tmp_path / "set")
    take_edit(edit, outputs)
    take_edit(replace(edit, record=replace(edit.record, process=1)), outputs)
    assert read_record(outputs.data("a", "me")).process == 1
    assert read_record(tmp_path / "set/data/a__me__p2.json").process == 2
