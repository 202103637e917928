import argparse
import unicodedata
from pathlib import Path

import pytest

from cli.types import root_pair
from dataset.lightroom.catalog import CatalogPicture
from dataset.lightroom.catalog_paths import Locator


def picture(root: str, folder: str, name: str, relative: str = "") -> CatalogPicture:
    return CatalogPicture(root, relative, folder, name, "", 0, 0, None, None, b"", b"", "", False)


def put(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"raw")
    return path


def test_as_written(tmp_path):
    raw = put(tmp_path / "2024/may/a.NEF")
    locator = Locator(tmp_path / "x.lrcat", {})
    assert locator.find(picture(f"{tmp_path}/", "2024/may/", "a.NEF")) == raw
    assert locator.find(picture(f"{tmp_path}/", "2024/may/", "b.NEF")) is None


@pytest.mark.parametrize("old", ["D:/Photos", "D:\\Photos\\", "d:/photos", "D:/Photos/2024", "D:/"])
def test_a_drive_that_moved(tmp_path, old):
    raw = put(tmp_path / "a.NEF")
    deeper = {
        "D:/Photos": "2024/",
        "D:\\Photos\\": "2024/",
        "d:/photos": "2024/",
        "D:/": "Photos/2024/",
    }
    if old in deeper:
        raw = put(tmp_path / deeper[old] / "a.NEF")
    locator = Locator(tmp_path / "x.lrcat", {old: str(tmp_path), "D:/Other": "/nowhere"})
    assert locator.find(picture("D:/Photos/", "2024/", "a.NEF")) == raw


def test_the_longest_root_wins_and_halves_of_names_do_not_count(tmp_path):
    near, far = put(tmp_path / "near/a.nef"), put(tmp_path / "far/2024/a.nef")
    roots = {"/p": str(tmp_path / "far"), "/p/2024": str(tmp_path / "near"), "/p/20": "/x"}
    locator = Locator(tmp_path / "x.lrcat", roots)
    assert locator.find(picture("/p/", "2024/", "a.nef")) == near
    near.unlink()
    assert locator.find(picture("/p/", "2024/", "a.nef")) == far
    assert locator.find(picture("/photos/", "2024/", "a.nef")) is None


def test_a_windows_path_is_never_taken_as_relative(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    put(tmp_path / "C:/Users/a.nef")
    locator = Locator(tmp_path / "sub/x.lrcat", {})
    assert locator.find(picture("C:/Users/", "", "a.nef")) is None
    assert locator.places(picture("C:/Users/", "", "a.nef")) == []


def test_beside_the_catalog_that_moved_with_its_pictures(tmp_path):
    raw = put(tmp_path / "pictures/2024/a.nef")
    locator = Locator(tmp_path / "catalogs/x.lrcat", {})
    assert locator.find(picture("E:/p/", "2024/", "a.nef", "../pictures/")).samefile(raw)


def test_upper_and_lower_case_and_composed_letters(tmp_path):
    raw = put(tmp_path / "Bilder" / unicodedata.normalize("NFD", "Müller") / "DSC_1.NEF")
    locator = Locator(tmp_path / "x.lrcat", {})
    folder = unicodedata.normalize("NFC", "müller/")
    assert locator.find(picture(f"{tmp_path}/BILDER/", folder, "dsc_1.nef")) == raw


@pytest.mark.parametrize("name", ["a\0b.nef", "x" * 5000 + ".nef", "", ".."])
def test_names_that_no_file_can_have(tmp_path, name):
    locator = Locator(tmp_path / "x.lrcat", {})
    assert locator.find(picture(f"{tmp_path}/", "", name)) is None


def test_the_flag(tmp_path):
    assert root_pair(f"D:/Photos={tmp_path}") == ("D:/Photos", str(tmp_path))
    for text in ("D:/Photos", "=x", f"/={tmp_path}", "D:/Photos=", "D:/Photos=/not/there"):
        with pytest.raises(argparse.ArgumentTypeError):
            root_pair(text)
