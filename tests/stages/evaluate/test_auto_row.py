"""Auto's row in an evaluation, and what is said of a model beside it."""

from pathlib import Path

import numpy as np
import pytest
from simulated import scene

from dataset.manifest import Entry, make_entry
from dataset.samples import Samples, SampleSettings
from dataset.synthetic.write_dng import write_dng
from imaging.metrics import delta_e00
from imaging.preview import save_preview
from imaging.tiff import write_tiff
from model.render import render_record
from params.edit_numbers import denormalize_edit
from params.ranges import neutral_params
from params.record import Record, write_record
from stages.evaluate.auto_row import auto_row
from stages.evaluate.measure import Task, measure_picture
from stages.evaluate.rows import AUTO, Split
from stages.predict.auto_predictor import AutoPredictor
from stages.predict.decoded_raw import decode_raw


def one_picture(folder: Path, process: int, *, tif: bool) -> tuple[Split, Entry]:
    raw, data, preview = (folder / name for name in ("a.dng", "a.json", "a.png"))
    write_dng(raw, scene(4, 64, 96) * 0.4)
    read = decode_raw(raw, process)
    save_preview(preview, read.proxy)
    record = Record(neutral_params() | {"Exposure2012": 0.5}, process=process)
    write_record(data, record)
    if tif:
        write_tiff(folder / "a.tif", render_record(read.proxy, record, shot=read.shot))
    entry = make_entry(
        id="a",
        split="testing",
        expert="c",
        raw=raw,
        tif=folder / "a.tif" if tif else None,
        preview=preview,
        data=data,
    )
    samples = Samples([entry], SampleSettings(32, process=process), cache=folder / "cache")
    return Split(samples, {"a": entry}), entry


@pytest.mark.parametrize("process", [1, 2])
@pytest.mark.parametrize("tif", [True, False])
def test_is_rendered_by_its_own_process(tmp_path: Path, process: int, tif: bool) -> None:
    """Whatever the model's: as if Auto's file had been rendered and compared by hand."""
    split, entry = one_picture(tmp_path, process, tif=tif)
    row = auto_row(split, tmp_path / "cache", process)
    assert bool(row.apart) == (process == 1)
    read = decode_raw(entry.path("raw"), 2)
    auto = AutoPredictor().predict_from(Path("a"), read.proxy, read.shot, read.metadata).record
    edits = {AUTO: denormalize_edit(row.edits["a"])} if process == 2 else {}
    apart = {AUTO: row.apart["a"]} if process == 1 else {}
    task = Task(entry, edits, tmp_path / "cache", tmp_path / "kept", apart=apart)
    measured = measure_picture(task)[AUTO]["delta_e"]
    own = decode_raw(entry.path("raw"), process)
    stored = Record(neutral_params() | {"Exposure2012": 0.5}, process=process)
    target = render_record(own.proxy, stored, shot=own.shot)
    wanted = delta_e00(render_record(read.proxy, auto, shot=read.shot), target).mean()
    assert measured == pytest.approx(wanted, abs=0.2)  # an aligned TIFF is resampled
    assert row.seconds["a"] > 0.0


def test_a_kept_row_is_not_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    split, _ = one_picture(tmp_path, 2, tif=False)
    first = auto_row(split, tmp_path / "cache", 2)
    monkeypatch.setattr(
        "stages.evaluate.auto_row.decode_raw", lambda *_: pytest.fail("decoded again")
    )
    again = auto_row(split, tmp_path / "cache", 2)
    assert again.seconds == first.seconds
    assert all(np.array_equal(first.edits["a"][n], v) for n, v in again.edits["a"].items())
