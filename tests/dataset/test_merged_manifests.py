"""Manifests of several folders as one."""

from pathlib import Path

import pytest

from dataset.manifest import Entry, merge_manifest, read_manifest
from dataset.merged_manifests import merged
from params.files import InputError


def manifest(folder: Path, *ids: str, expert: str = "c") -> Path:
    """With paths relative to the manifest's folder."""
    entries = []
    for id in ids:
        for name in ("raw", "preview", "data"):
            (folder / name).mkdir(parents=True, exist_ok=True)
            (folder / name / id).touch()
        paths = {name: f"{name}/{id}" for name in ("raw", "preview", "data")}
        entries.append(Entry({"id": id, "split": "training", "expert": expert, **paths}, folder))
    merge_manifest(folder / "m.jsonl", entries)
    return folder / "m.jsonl"


def test_lines_find_their_files_from_the_new_place(tmp_path: Path) -> None:
    first, second = manifest(tmp_path / "one", "a", "b"), manifest(tmp_path / "two", "c")
    out = tmp_path / "all" / "m.jsonl"
    assert merge_manifest(out, merged(out, [first, second])) == 3
    assert merge_manifest(out, merged(out, [first])) == 3  # once more
    found = {entry.id: entry.path("raw") for entry in read_manifest(out)}
    one, two = tmp_path / "one" / "raw", tmp_path / "two" / "raw"
    assert found == {"a": one / "a", "b": one / "b", "c": two / "c"}


def test_two_that_differ_are_named(tmp_path: Path) -> None:
    first, second = manifest(tmp_path / "one", "a"), manifest(tmp_path / "two", "a")
    with pytest.raises(InputError, match=r"two/m.jsonl and .*one/m.jsonl do not say the same of a"):
        merged(tmp_path / "all.jsonl", [first, second])
    other = manifest(tmp_path / "three", "a", expert="d")
    assert len(merged(tmp_path / "all.jsonl", [first, other])) == 2
