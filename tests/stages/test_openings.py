"""A command opens a picture's RAW file once for what it does with it."""

import shutil
from pathlib import Path

import pytest
from openings import openings
from simulated import AWKWARD

from params.ranges import neutral_params
from params.record import Record, write_record
from params.xmp import record_to_xmp


@pytest.fixture
def raw(tmp_path: Path, pairs: Path) -> Path:
    """A RAW file alone in a folder."""
    path = tmp_path / AWKWARD / "one.dng"
    path.parent.mkdir()
    shutil.copy(pairs / "raw" / "one.dng", path)
    return path


def test_a_render(raw: Path, tmp_path: Path, checkpoint: Path) -> None:
    from run.predict_and_render import main

    words = ["--input", raw, "--checkpoint", checkpoint, "--output", tmp_path / "out"]
    with openings(raw) as count:
        assert main([*map(str, words), "--srgb-output"]) == 0
    assert list((tmp_path / "out").glob("*.jpg"))
    assert count[raw.name] == 1


def test_a_batch(raw: Path, tmp_path: Path, checkpoint: Path) -> None:
    """Of which the first picture is begun before the model is loaded, the others are not."""
    from run.predict_and_render import main

    raws = [raw, raw.with_name("two.dng"), raw.with_name("three.dng")]
    for other in raws[1:]:
        shutil.copy(raw, other)
    words = ["--input", raw.parent, "--batch", "--checkpoint", checkpoint, "--output", tmp_path]
    with openings(*raws) as count:
        assert main(list(map(str, words))) == 0
    assert count == {path.name: 1 for path in raws}


def test_a_render_with_known_settings(raw: Path, tmp_path: Path) -> None:
    from scripts.apply_params import main

    edit = tmp_path / "edit.json"
    write_record(edit, Record(neutral_params(), process=2))
    with openings(raw) as count:
        assert main([str(raw), str(edit), "--out", str(tmp_path / "out.tif")]) == 0
    assert count[raw.name] == 1


@pytest.mark.parametrize("process", [1, 2])
def test_a_fit(raw: Path, pairs: Path, tmp_path: Path, process: int) -> None:
    from scripts.fivek_tif_to_xmp import main

    tif = raw.with_suffix(".tif")
    shutil.copy(pairs / "edited" / "one.tif", tif)
    words = ["--root", raw.parent, "--output", tmp_path / "out", "--process", process]
    with openings(raw, tif) as count:
        assert main(list(map(str, words))) == 0
    assert (tmp_path / "out" / "dataset_manifest.jsonl").is_file()
    assert count == {raw.name: 1, tif.name: 1}


def test_an_import(raw: Path, tmp_path: Path) -> None:
    """Once for XMP in it, once for its edit's date and camera, once to import it."""
    from scripts.import_edits import main

    record = Record(neutral_params() | {"Exposure2012": 1.0}, process=2)
    raw.with_suffix(".xmp").write_bytes(record_to_xmp(record))
    words = [raw.parent, "--manifest", tmp_path / "m.jsonl", "--include-predicted"]
    with openings(raw) as count:
        assert main(list(map(str, words))) == 0
    assert (tmp_path / "m.jsonl").is_file()
    assert count[raw.name] == 3
