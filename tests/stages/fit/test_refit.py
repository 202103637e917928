import logging
import shutil
from pathlib import Path

import numpy as np
import pytest
from simulated import EDIT, write_pair

import stages.fit.refit
from dataset.manifest import Entry, make_entry
from imaging.metrics import delta_e00
from imaging.preview import make_preview, read_proxy, save_preview
from imaging.tiff import read_tif16
from model.edit_layer import render
from params.files import InputError
from params.record import Record, read_record, write_record
from stages.fit.refit import choose_process, for_process
from stages.fit.settings import FitSettings


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    write_pair(folder / "one.dng", folder / "one.tif", 1)
    save_preview(folder / "one.png", read_proxy(folder / "one.dng"))
    return folder


@pytest.fixture
def entries(tmp_path: Path, made: Path) -> list[Entry]:
    """Two pictures: the first one's fit is of process 2, the other's of process 1."""
    lines = []
    for name, process in (("one", 2), ("two", 1)):
        for suffix in (".dng", ".tif", ".png"):
            shutil.copy(made / f"one{suffix}", tmp_path / f"{name}{suffix}")
        suffixes = {"raw": ".dng", "tif": ".tif", "preview": ".png", "data": ".json"}
        files = {key: tmp_path / f"{name}{suffix}" for key, suffix in suffixes.items()}
        write_record(files["data"], Record(EDIT, process=process))
        lines.append(make_entry(id=name, split="training", expert="c", **files))
    return lines


def test_a_fit_of_another_process_is_made_anew_beside_the_old_one(
    entries: list[Entry], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = (tmp_path / "one.json").read_bytes()
    first, second = for_process(entries, FitSettings(process=1))
    assert second is entries[1]
    assert (tmp_path / "one.json").read_bytes() == old
    assert first.path("data") == tmp_path / "one__p1.json"
    record = read_record(first.path("data"))
    assert record.process == 1
    # The TIFF is an edit of process 1, so the new fit finds it.
    raw = read_proxy(tmp_path / "one.dng")
    edited = render(raw, record.params)
    assert delta_e00(edited, read_tif16(tmp_path / "one.tif")).mean() < 0.5
    preview = first.path("preview")
    assert preview == tmp_path / "one__p1.png"
    assert first.path("raw") == tmp_path / "one.dng"
    # What is there is used.
    monkeypatch.setattr(stages.fit.refit, "load", None)
    again = for_process(entries, FitSettings(process=1))
    assert again[0].fields == first.fields


def test_a_fit_with_other_masks_does_not_count_as_made(entries: list[Entry]) -> None:
    """Training with centred masks would leave it out."""
    for_process(entries, FitSettings(process=1))
    centred = FitSettings(process=1, masks="centred", solver="adam", steps=2)
    first, _ = for_process(entries, centred)
    assert read_record(first.path("data")).masks == "centred"


def test_the_new_preview_is_what_inference_sees(entries: list[Entry], tmp_path: Path) -> None:
    from imaging.preview import read_preview

    [_, second] = for_process(entries, FitSettings(process=2))
    assert second.path("data") == tmp_path / "two__p2.json"
    seen = make_preview(read_proxy(tmp_path / "two.dng", process=2))
    assert np.array_equal(read_preview(second.path("preview")), seen)


def test_without_a_tiff_it_says_what_to_do(entries: list[Entry]) -> None:
    entries[0].fields["tif"] = None
    with pytest.raises(
        InputError, match=r"1 pictures .* process 2 .* no TIFF.* is one: .*--process"
    ):
        for_process(entries, FitSettings(process=1))
    assert for_process(entries[1:], FitSettings(process=1)) == entries[1:]


def test_what_cannot_be_fitted_is_left_out(
    entries: list[Entry], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "one.tif").write_bytes(b"no TIFF")
    with caplog.at_level(logging.ERROR):
        assert for_process(entries, FitSettings(process=1)) == entries[1:]
    assert len(caplog.records) == 1
    assert "one.tif" in caplog.text
    (tmp_path / "one.dng").unlink()
    caplog.clear()
    assert for_process(entries, FitSettings(process=1)) == entries[1:]
    assert "left out: one: no raw file" in caplog.text


def test_the_run_takes_the_fits_process(entries: list[Entry], tmp_path: Path) -> None:
    assert choose_process(entries[:1], None) == 2
    assert choose_process(entries[1:], None) == 1
    assert choose_process(entries, 1) == 1
    with pytest.raises(InputError, match=r"1 fits of process 1, 1 fits of process 2.*--process"):
        choose_process(entries, None)
    (tmp_path / "one.json").write_text("damaged")
    assert choose_process(entries, None) == 1
    assert for_process(entries, FitSettings(process=1)) == entries  # the loader says what is wrong
