"""Where a fit's files go, when a picture counts as done, and the manifest rebuilt from them."""

from pathlib import Path
from typing import Any

import pytest

from dataset.set_folder import Outputs
from params.ranges import neutral_params
from params.record import Record, write_record

SOURCE: dict[str, Any] = {
    "id": "one",
    "split": "training",
    "expert": "c",
    "raw": "samples/raw/one.dng",
    "tif": "/elsewhere/one.tif",
}


def finish(outputs: Outputs, **changes: Any) -> dict[str, Any]:
    """All files of one finished picture."""
    source = {**SOURCE, **changes}
    names = source["id"], source["expert"]
    for path in (outputs.preview(source["id"]), outputs.xmp(*names)):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    write_record(outputs.data(*names), Record(neutral_params(), source=source))
    return source


def test_names(tmp_path: Path) -> None:
    """Expert c's have the plain names; the others' stand beside, and share the preview."""
    outputs = Outputs(tmp_path)
    assert outputs.manifest == tmp_path / "dataset_manifest.jsonl"
    assert outputs.preview("a.b 1") == tmp_path / "preview" / "a.b 1.png"
    assert outputs.data("a.b 1", "c") == tmp_path / "data" / "a.b 1.json"
    assert outputs.xmp("a.b 1", "c") == tmp_path / "xmps" / "a.b 1.xmp"
    assert outputs.data("a.b 1", "e") == tmp_path / "data" / "a.b 1__e.json"
    assert outputs.xmp("a.b 1", "e") == tmp_path / "xmps" / "a.b 1__e.xmp"


def test_no_two_pictures_share_a_file(tmp_path: Path) -> None:
    outputs = Outputs(tmp_path)
    keys = [(name, expert) for name in ("a", "a.1", "a.2", "a_c") for expert in "abcde"]
    assert len({outputs.data(*key) for key in keys}) == len(keys)
    assert len({outputs.xmp(*key) for key in keys}) == len(keys)


@pytest.mark.parametrize("missing", ["data", "xmps", "preview"])
def test_done_means_all_files(tmp_path: Path, missing: str) -> None:
    outputs = Outputs(tmp_path)
    assert not outputs.complete("one", "c", 1)
    finish(outputs)
    assert outputs.complete("one", "c", 1)
    assert not outputs.complete("one", "a", 1)
    next((tmp_path / missing).iterdir()).unlink()
    assert not outputs.complete("one", "c", 1)


def test_a_fit_with_other_masks_is_not_done_and_is_kept(tmp_path: Path) -> None:
    outputs = Outputs(tmp_path)
    finish(outputs)
    data = outputs.data("one", "c")
    plain = data.read_bytes()
    assert outputs.complete("one", "c", 1, "plain")
    assert not outputs.complete("one", "c", 1, "centred")
    outputs.set_aside("one", "c", 1, "plain")
    assert data.read_bytes() == plain
    outputs.set_aside("one", "c", 1, "centred")
    assert data.with_name("one__p1.json").read_bytes() == plain
    write_record(data, Record(neutral_params(), masks="centred"))
    centred = data.read_bytes()
    assert outputs.complete("one", "c", 1, "centred")
    outputs.set_aside("one", "c", 1)
    assert data.with_name("one__p1_centred.json").read_bytes() == centred
    assert not data.exists()


def test_a_lost_manifest_is_rebuilt(tmp_path: Path) -> None:
    from params.files import REPO_ROOT

    outputs = Outputs(tmp_path)
    assert list(outputs.entries()) == []
    finish(outputs)
    finish(outputs, expert="e", tif=None)
    finish(outputs, id="two", split="testing")
    outputs.preview("two").unlink()  # not finished
    write_record(tmp_path / "data" / "other.json", Record(neutral_params()))
    found = {entry.key: entry.fields for entry in outputs.entries()}
    assert found.keys() == {("one", "training", "c"), ("one", "training", "e")}
    fields = found["one", "training", "c"]
    assert fields["raw"] == "samples/raw/one.dng"
    assert fields["tif"] == "/elsewhere/one.tif"
    assert Path(fields["data"]) == (tmp_path / "data" / "one.json").resolve()
    assert Path(fields["preview"]) == (tmp_path / "preview" / "one.png").resolve()
    assert found["one", "training", "e"]["tif"] is None
    assert not (tmp_path.resolve()).is_relative_to(REPO_ROOT)


def test_a_file_speaks_for_itself_only(tmp_path: Path) -> None:
    """A copy under another name, and one that claims to be another picture, are passed over."""
    outputs = Outputs(tmp_path)
    finish(outputs)
    original = outputs.data("one", "c")
    for name in ("copy of one", "one__p1", "one__e"):
        original.with_name(f"{name}.json").write_bytes(original.read_bytes())
    write_record(
        outputs.data("x", "c"), Record(neutral_params(), source={**SOURCE, "id": "../data/x"})
    )
    outputs.preview("x").touch()
    assert [entry.fields["data"] for entry in outputs.entries()] == [str(original.resolve())]
