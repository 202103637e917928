"""FiveK on disk: both layouts, five experts, lists of every kind, and trees with holes."""

import json
import logging
from pathlib import Path

import pytest
from fivek_tree import CAMERAS, NAMES, info, raw_of, tif_of, write_split

from dataset.fivek.pictures import (
    EXPERTS,
    SPLITS,
    FiveK,
    read_split,
    split_file,
    split_name,
)
from params.files import InputError


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for i in range(3):
        touch(raw_of(tmp_path, i), *(tif_of(tmp_path, i, e) for e in EXPERTS))
    write_split(tmp_path / "training.json", 2)
    (tmp_path / "validation.json").write_text(json.dumps([NAMES[2]]))
    return tmp_path


def test_pictures_of_a_split(root: Path) -> None:
    pictures = FiveK(root, "training", EXPERTS)
    assert len(pictures) == 2
    assert pictures.missing == []
    for i, picture in enumerate(pictures):
        assert picture.id == NAMES[i]
        assert picture.raw == raw_of(root, i)
        assert picture.tifs == {e: tif_of(root, i, e) for e in EXPERTS}
        assert picture.info == info(NAMES[i], CAMERAS[i], "http://localhost/img")
    [picture] = FiveK(root, "val")  # a list, a short name, the usual expert
    assert (picture.id, dict(picture.tifs), picture.info) == (NAMES[2], {"c": tif_of(root, 2)}, {})


def test_an_item_can_be_read_twice(root: Path) -> None:
    pictures = FiveK(root, "training", "ae")
    assert pictures[1] == pictures[1] == pictures[-1] == list(pictures)[1] == list(pictures)[1]
    assert [p.id for p in pictures[:1]] == [NAMES[0]]
    with pytest.raises(IndexError):
        pictures[2]


def test_older_layouts(tmp_path: Path) -> None:
    for place in ("raw_photos", "raw/fivek_dataset/raw_photos"):
        root = tmp_path / place.replace("/", " ")
        touch(root / place / "HQa1to700" / "photos" / f"{NAMES[0]}.dng", tif_of(root, 0))
        touch(root / place / "HQa1to700" / "photos" / f"{NAMES[1]}.dng")
        touch(root / "tiff16_c" / f"{NAMES[1]}.tif")
        write_split(root / "training.json", 1)
        assert [p.id for p in FiveK(root, "train")] == [NAMES[0]]


def test_holes_are_listed_and_the_rest_is_used(
    root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_split(root / "training.json", 3)
    raw_of(root, 0).unlink()
    tif_of(root, 1, "c").unlink()
    pictures = FiveK(root, "training", "ac")
    assert [(p.id, sorted(p.tifs)) for p in pictures] == [(NAMES[1], ["a"]), (NAMES[2], ["a", "c"])]
    assert pictures.missing == [
        f"{NAMES[0]}.dng",
        f"tiff16_a/{NAMES[0]}.tif",
        f"tiff16_c/{NAMES[0]}.tif",
        f"tiff16_c/{NAMES[1]}.tif",
    ]
    with caplog.at_level(logging.WARNING):
        pictures.report_missing()
    assert "4 files of training are missing" in caplog.text
    assert [p.id for p in FiveK(root, "training", "c")] == [NAMES[2]]
    assert [p.id for p in FiveK(root, "training", [])] == [NAMES[1], NAMES[2]]


def test_an_expert_that_is_not_there_is_not_replaced_by_another(root: Path) -> None:
    for path in (root / "processed" / "tiff16_c").iterdir():
        path.unlink()
    (root / "processed" / "tiff16_c").rmdir()
    with pytest.raises(InputError, match="not one picture of"):
        FiveK(root, "training", "c")
    with pytest.raises(InputError, match="by expert c"):
        FiveK(root, "testing", "c")


def test_without_a_list_every_picture_counts(root: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert len(FiveK(root, "testing")) == 3
    assert f"{root / 'testing.json'}: no split file" in caplog.text


def test_debug_and_debugging(root: Path, tmp_path: Path) -> None:
    assert split_name("debug") == split_name("debugging") == "debugging"
    write_split(root / "debug.json", 1)
    assert [p.id for p in FiveK(root, "debug")] == [NAMES[0]]
    write_split(root / "debugging.json", 2)
    assert len(FiveK(root, "debugging")) == 2


def test_names_of_splits() -> None:
    assert [split_name(n) for n in ("train", "val", "test", "debug")] == list(SPLITS)
    assert [split_name(n) for n in SPLITS] == list(SPLITS)
    for wrong in ("", "Training", "dev"):
        with pytest.raises(ValueError, match="none of"):
            split_name(wrong)


def test_lists_of_a_clone_stand_in(root: Path, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    write_split(clone / "data" / "testing.json", 1)
    write_split(clone / "data" / "training.json", 3)
    found = {split: split_file(root, split, clone) for split in SPLITS}
    assert found["testing"]
    assert read_split(found["testing"]).keys() == {NAMES[0]}
    # The data's own comes first.
    assert found["training"]
    assert read_split(found["training"]).keys() == set(NAMES[:2])
    assert found["debugging"] is None
    assert split_file(root, "testing") is None
    assert [p.id for p in FiveK(root, "test", dataset_repo=clone)] == [NAMES[0]]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "not a JSON file"),
        ("5", "neither"),
        ("[1]", "neither"),
        ('[["a"]]', "neither"),
        ('["../a"]', "not the name"),
        ('{"a/b": {}}', "not the name"),
        ('[".a"]', "not the name"),
        ('["a\\\\b"]', "not the name"),
        ('[""]', "not the name"),
        ('["a\\u0000"]', "not the name"),
    ],
)
def test_bad_lists(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "training.json"
    path.write_text(text)
    with pytest.raises(InputError, match=reason) as caught:
        read_split(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert len(str(caught.value).splitlines()) == 1


def test_odd_lists(tmp_path: Path) -> None:
    path = tmp_path / "training.json"
    path.write_text(json.dumps({"a (1)": {"id": 1}, "b": None, "ä": 5}))
    assert read_split(path) == {"a (1)": {"id": 1}, "b": {}, "ä": {}}
    path.write_text(json.dumps(["b", "a", "b"]))
    assert list(read_split(path)) == ["b", "a"]


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="none: no such folder"):
        FiveK(tmp_path / "none", "training")
