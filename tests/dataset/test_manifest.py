"""The manifest: read with what is wrong in it, merged, sorted, and written whole."""

import json
import logging
import os
from pathlib import Path
from typing import Any

import pytest

from dataset import manifest as manifest_module
from dataset.manifest import Entry, make_entry, merge_manifest, portable_path, read_manifest
from params.files import REPO_ROOT, InputError

LINE: dict[str, Any] = {
    "id": "one",
    "split": "training",
    "expert": "c",
    "raw": "r.dng",
    "tif": "t.tif",
    "preview": "p.png",
    "data": "d.json",
}


def entry(folder: Path, **changes: Any) -> Entry:
    return Entry({**LINE, **changes}, folder)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_paths_are_found_beside_the_manifest_then_in_the_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside, root = tmp_path / "beside", tmp_path / "root"
    for folder in (beside, root):
        folder.mkdir()
    monkeypatch.setattr(manifest_module, "REPO_ROOT", root)
    with pytest.raises(InputError) as caught:
        entry(beside).path("raw")
    assert str(caught.value) == f"one: no raw file at {beside / 'r.dng'} or {root / 'r.dng'}"
    (root / "r.dng").touch()
    assert entry(beside).path("raw") == root / "r.dng"
    (beside / "r.dng").touch()
    assert entry(beside).path("raw") == beside / "r.dng"
    assert entry(root, raw=str(beside / "r.dng")).path("raw") == beside / "r.dng"
    (beside / "folder").mkdir()
    for wrong in ("folder", "", None, "a\0b", "n" * 5000):
        with pytest.raises(InputError, match="one: "):
            entry(beside, raw=wrong).path("raw")


def test_paths_are_written_so_that_the_repository_can_move(tmp_path: Path) -> None:
    below = REPO_ROOT / "outputs" / ".." / "samples" / "raw" / "x.dng"
    assert portable_path(below) == "samples/raw/x.dng"
    assert portable_path(tmp_path / "x.dng") == str((tmp_path / "x.dng").resolve())
    assert portable_path(Path(os.path.relpath(tmp_path / "x"))) == str((tmp_path / "x").resolve())
    made = make_entry(
        id="i", split="s", expert="e", raw=below, tif=None, preview=tmp_path / "p", data=below
    )
    assert made.fields["raw"] == "samples/raw/x.dng"
    assert made.fields["tif"] is None
    assert not made.has_tif
    assert list(made.fields) == list(LINE)
    assert made.key == ("i", "s", "e")


def test_merge_updates_sorts_and_keeps_what_it_does_not_know(tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl"
    old = [
        {**LINE, "id": "z", "stars": 5, "nested": {"a": [1, None]}},
        {**LINE, "id": "a", "expert": "e"},
        {**LINE, "id": "a", "expert": "b"},
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in old))
    new = [entry(tmp_path, id="z", tif=None, note="new"), entry(tmp_path, id="m")]
    assert merge_manifest(path, new) == 4
    found = lines(path)
    assert [(line["id"], line["expert"]) for line in found] == [
        ("a", "b"),
        ("a", "e"),
        ("m", "c"),
        ("z", "c"),
    ]
    assert found[3] == {**old[0], "tif": None, "note": "new"}
    before = path.read_bytes()
    assert merge_manifest(path, new) == 4
    assert path.read_bytes() == before
    # Another split, or another expert, is another line.
    assert merge_manifest(path, [entry(tmp_path, id="z", split="validation")]) == 5


def test_bad_lines_are_named_kept_and_passed_over(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "m.jsonl"
    bad = [
        "{",
        "5",
        json.dumps({**LINE, "id": 3}),
        json.dumps({**LINE, "raw": ""}),
        json.dumps({k: v for k, v in LINE.items() if k != "split"}),
    ]
    path.write_text("\ufeff\n" + "\r\n".join([*bad, json.dumps(LINE), "", "  "]), encoding="utf-8")
    with caplog.at_level(logging.ERROR):
        assert [e.id for e in read_manifest(path)] == ["one"]
    reasons = ("not JSON", "not a JSON object", "no id", "no raw", "no split")
    assert [record.getMessage() for record in caplog.records] == [
        f"{path}:{number}: {reason}; line left out" for number, reason in enumerate(reasons, 2)
    ]
    assert merge_manifest(path, [entry(tmp_path, id="two")]) == 2
    kept = path.read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["id"] for line in kept[:2]] == ["one", "two"]
    assert kept[2:] == bad


def test_a_manifest_without_a_good_line(tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl"
    for content, reason in (("", "no usable line"), ("{\n5\n", r"no usable line \(2 bad\)")):
        path.write_text(content)
        with pytest.raises(InputError, match=reason):
            read_manifest(path)
    path.write_bytes(b"\xff\xfe\xfa")
    for wrong in (path, tmp_path, tmp_path / "missing.jsonl"):
        with pytest.raises(InputError, match="cannot be read") as caught:
            read_manifest(wrong)
        assert str(caught.value).startswith(f"{wrong}: ")


def test_names_of_every_kind_come_back(tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl"
    names = [
        "ä ö",
        "a\u2028b",
        'quo"te',
        "new\nline",
        "日本",
        "\U0001f3de",
        os.fsdecode(b"caf\xe9"),
    ]
    merge_manifest(path, [entry(tmp_path, id=name, raw=f"{name}.dng") for name in names])
    assert {e.id for e in read_manifest(path)} == set(names)
    assert {e.fields["raw"] for e in read_manifest(path)} == {f"{name}.dng" for name in names}
    assert "日本" in path.read_text(encoding="utf-8")  # readable, not escaped


def test_a_failed_write_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "m.jsonl"
    merge_manifest(path, [entry(tmp_path)])
    before = path.read_bytes()

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", refuse)
    with pytest.raises(InputError, match="No space left"):
        merge_manifest(path, [entry(tmp_path, id="two")])
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["m.jsonl"]
