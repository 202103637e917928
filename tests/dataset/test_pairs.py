"""Which RAW and TIFF belong together, and both on one grid."""

import logging
import re
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from simulated import EDIT, scene, write_pair

from dataset.own_pairs import pair_paths, pair_table
from dataset.pairs import (
    list_files,
    load_pair,
    match_by_stem,
    no_pairs,
    raw_files,
    tif_files,
)
from dataset.synthetic.write_dng import write_dng
from imaging import raw_picture
from imaging.metrics import difference
from imaging.raw import RAW_SUFFIXES
from imaging.raw_picture import RawPicture
from imaging.tiff import write_tiff
from model.edit_layer import render
from params.files import InputError


def touch(root: Path, *names: str) -> list[Path]:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return [root / name for name in names]


def stems(pairs: list[tuple[Path, Path]]) -> list[tuple[str, str]]:
    return [(raw.name, tif.name) for raw, tif in pairs]


def test_by_stem_and_expert(tmp_path: Path) -> None:
    raws = touch(tmp_path, "a.dng", "b.ARW", "c.nef", "d.dng")
    tifs = touch(tmp_path, "a.tif", "a__x.tif", "b.TIFF", "c__x.tif", "d__y.tif", "stray.tif")
    pairs, alone = match_by_stem(raws, tifs, "x")
    assert stems(pairs) == [("a.dng", "a__x.tif"), ("b.ARW", "b.TIFF"), ("c.nef", "c__x.tif")]
    assert [raw.name for raw in alone] == ["d.dng"]
    pairs, alone = match_by_stem(raws, tifs, "c")
    assert stems(pairs) == [("a.dng", "a.tif"), ("b.ARW", "b.TIFF")]
    assert [raw.name for raw in alone] == ["c.nef", "d.dng"]


def test_names_with_dots_spaces_and_brackets(tmp_path: Path) -> None:
    names = ["a0001-jmac_DSC1459", "b 2 (copy)", "c.v1.final", "[d]*?", "ä 'q' \"r\""]
    raws = touch(tmp_path, *(f"raw/{name}.dng" for name in names))
    tifs = touch(tmp_path, *(f"tif/{name}.tif" for name in names))
    pairs, alone = match_by_stem(raws, tifs, "c")
    assert [(raw.stem, tif.stem) for raw, tif in pairs] == [(name, name) for name in names]
    assert alone == []


def test_two_of_a_name_are_left_out_with_an_error(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    raws = touch(tmp_path, "1/a.dng", "2/a.arw", "1/b.dng", "1/c.dng")
    tifs = touch(tmp_path, "a.tif", "1/b.tif", "2/b.tif", "c.tif")
    with caplog.at_level(logging.ERROR):
        pairs, alone = match_by_stem(raws, tifs, "c")
    assert stems(pairs) == [("c.dng", "c.tif")]
    assert alone == []
    assert [record.getMessage() for record in caplog.records] == [
        "a: 2 RAW and 1 TIFF files share this name; left out",
        "b: 1 RAW and 2 TIFF files share this name; left out",
    ]


C, D = (unicodedata.normalize(form, "Müller_01") for form in ("NFC", "NFD"))


@pytest.mark.parametrize(
    ("raws", "tifs", "expected"),
    [
        ([f"{D}.dng"], [f"{C}.tif"], [(f"{D}.dng", f"{C}.tif")]),
        ([f"{C}.dng"], [f"{D}__c.tif", f"{C}.tif"], [(f"{C}.dng", f"{C}.tif")]),
        ([f"{C}.dng"], [f"{D}__c.tif"], [(f"{C}.dng", f"{D}__c.tif")]),
        (["IMG_1.NEF"], ["img_1.tif"], [("IMG_1.NEF", "img_1.tif")]),
        (["IMG_1.NEF"], ["Img_1__C.TIF"], [("IMG_1.NEF", "Img_1__C.TIF")]),
        ([f"{D.upper()}.NEF"], [f"{C}.tif"], [(f"{D.upper()}.NEF", f"{C}.tif")]),
        # What is written alike goes first.
        (["a.nef", "A.nef"], ["A.tif", "a.tif"], [("a.nef", "a.tif"), ("A.nef", "A.tif")]),
        (["a.nef", "A.nef"], ["a.tif"], [("a.nef", "a.tif")]),
        ([f"{C}.dng"], [f"{D}.tif", f"{C}.tif"], [(f"{C}.dng", f"{C}.tif")]),
        # Either could be meant.
        (["Ab.nef"], ["ab.tif", "AB.tif"], []),
        (["Ab.nef", "AB.nef"], ["ab.tif"], []),
    ],
)
def test_names_that_look_alike(raws, tifs, expected) -> None:
    pairs, _ = match_by_stem(map(Path, raws), map(Path, tifs), "c")
    assert stems(pairs) == expected


def test_what_is_left_over_is_named_once(tmp_path: Path) -> None:
    touch(tmp_path, f"{D}.dng", f"{C}.tif", "b.dng", "B.tif", "c.dng", "d.tif")
    found = pair_paths(tmp_path, tmp_path, "x")
    assert len(found.pairs) == 2
    assert [path.name for path in found.unpaired] == ["c.dng", "d.tif"]


def test_a_table_of_another_system(tmp_path: Path) -> None:
    touch(tmp_path, f"Raw/{D}.DNG", f"{D}.tif")
    (tmp_path / "t.csv").write_text(f"raw/{C}.dng,{C}.tif\n")
    assert stems(pair_table(tmp_path / "t.csv").pairs) == [(f"{D}.DNG", f"{D}.tif")]


def test_files_of_a_folder(tmp_path: Path) -> None:
    touch(tmp_path, "b.DNG", "sub/a.dng", "c.txt", "d.dng.bak", ".hidden.dng", "._a.dng", "e.Arw")
    (tmp_path / "folder.dng").mkdir()
    found = list_files(tmp_path, RAW_SUFFIXES)
    assert [p.relative_to(tmp_path).as_posix() for p in found] == ["b.DNG", "e.Arw", "sub/a.dng"]


def test_links_to_nothing_are_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """As those of a disk that is not there: else a shoot would quietly be smaller."""
    touch(tmp_path, "a.dng")
    (tmp_path / "b.dng").symlink_to(tmp_path / "a.dng")
    (tmp_path / "c.dng").symlink_to("gone.dng")
    (tmp_path / "d.dng").symlink_to("d.dng")
    assert [path.name for path in list_files(tmp_path, RAW_SUFFIXES)] == ["a.dng", "b.dng"]
    assert len(caplog.messages) == 2
    for name, line in zip("cd", sorted(caplog.messages), strict=True):
        assert line.startswith(f"{tmp_path / name}.dng: left out: ")


def found_in(root: Path, expert: str) -> tuple[list[tuple[Path, Path]], list[Path]]:
    return match_by_stem(raw_files(root), tif_files(root, expert), expert)


def test_the_layout_of_fivek(tmp_path: Path) -> None:
    touch(tmp_path, "raw/Canon_5D/a 1.dng", "raw/Nikon_D70/b.dng")
    touch(tmp_path, "processed/tiff16_c/a 1.tif", "processed/tiff16_c/b.tif")
    touch(tmp_path, "processed/tiff16_e/a 1.tif")
    assert stems(found_in(tmp_path, "c")[0]) == [("a 1.dng", "a 1.tif"), ("b.dng", "b.tif")]
    [(_, tif)], alone = found_in(tmp_path, "e")
    assert tif.parent.name == "tiff16_e"
    assert [raw.name for raw in alone] == ["b.dng"]


def test_older_copies_of_fivek(tmp_path: Path) -> None:
    touch(tmp_path, "raw_photos/HQa1to700/photos/a.dng", "processed/tiff16_c/a.tif")
    assert stems(found_in(tmp_path, "c")[0]) == [("a.dng", "a.tif")]


def test_loose_pairs(tmp_path: Path) -> None:
    touch(tmp_path, "a.dng", "a.tif", "trip/b.cr2", "trip/b.tiff")
    assert stems(found_in(tmp_path, "c")[0]) == [("a.dng", "a.tif"), ("b.cr2", "b.tiff")]


def test_no_pair_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        raw_files(tmp_path / "missing")
    touch(tmp_path, "a.dng", "b.tif")
    assert found_in(tmp_path, "c")[0] == []
    error = no_pairs(tmp_path, "c", raw_files(tmp_path), tif_files(tmp_path, "c"))
    assert re.search(r"no RAW file .*\(1 RAW, 1 TIFF files found\)", str(error))


def test_both_pictures_on_one_grid(tmp_path: Path) -> None:
    """The TIFF lacks 12 pixels on each side: what is left is the same edit of the same part."""
    raw, tif = tmp_path / "a.dng", tmp_path / "a.tif"
    picture = scene(5, 300, 450)
    write_dng(raw, picture)
    write_tiff(tif, render(picture[12:-12, 12:-12], EDIT))
    pair = load_pair(raw, tif, 200)
    assert pair.raw.shape == pair.target.shape == (130, 200, 3)
    assert pair.proxy.shape == (300, 450, 3)
    assert difference(render(pair.raw, EDIT), pair.target).delta_e < 1.0
    assert difference(pair.raw, pair.target).delta_e > 5.0
    crop = pair.alignment.as_json()["crop"]
    assert crop == pytest.approx([12 / 450, 12 / 300, 438 / 450, 288 / 300], abs=0.002)


def test_a_crop_takes_a_larger_decode(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A target grid finer than the proxy: the RAW file is read again at the size it needs."""
    raw, tif = tmp_path / "a.dng", tmp_path / "a.tif"
    picture = scene(6, 480, 720)
    write_dng(raw, picture)
    write_tiff(tif, render(picture[100:380, 150:570], EDIT))
    sizes: list[int | None] = []
    real = RawPicture.linear_prophoto

    def decode(picture: RawPicture, long_side: int | None, process: int = 1) -> np.ndarray:
        sizes.append(long_side)
        return real(picture, long_side, process)

    monkeypatch.setattr(RawPicture, "linear_prophoto", decode)
    monkeypatch.setattr(raw_picture, "PROXY_LONG_SIDE", 300)
    pair = load_pair(raw, tif, 200)
    assert len(sizes) == 2
    assert sizes[1] == pytest.approx(2 * 200 * 720 / 420, rel=0.01)
    assert pair.proxy.shape == (200, 300, 3)
    assert difference(render(pair.raw, EDIT), pair.target).delta_e < 1.2


def test_strangers_are_named_both(tmp_path: Path) -> None:
    write_pair(tmp_path / "a.dng", tmp_path / "a.tif", 0)
    write_pair(tmp_path / "b.dng", tmp_path / "b.tif", 1)
    with pytest.raises(InputError, match="not the same photograph") as caught:
        load_pair(tmp_path / "a.dng", tmp_path / "b.tif", 100)
    assert str(tmp_path / "a.dng") in str(caught.value)
    assert str(tmp_path / "b.tif") in str(caught.value)
