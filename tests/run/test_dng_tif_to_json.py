"""dng_tif_to_json.py: a photographer's own pairs, by file, folder and table."""

import json
import os
import shutil
from pathlib import Path

import pytest
from simulated import leftovers, write_pair

import scripts.dng_tif_to_json as command
from dataset.manifest import read_manifest
from dataset.own_pairs import pair_paths, pair_table
from params.files import InputError


@pytest.fixture(scope="module")
def shoot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """raw/ and edited/: two pairs, and files that have no partner."""
    root = tmp_path_factory.mktemp("my shoot")
    write_pair(root / "raw" / "one.dng", root / "edited" / "one.tif", 0)
    write_pair(root / "raw" / "day 2" / "two (b).dng", root / "edited" / "two (b).TIFF", 1)
    shutil.copy(root / "raw" / "one.dng", root / "raw" / "unedited.DNG")
    shutil.copy(root / "edited" / "one.tif", root / "edited" / "stray.tif")
    return root


def fit(out: Path, *words: object, status: int = 0) -> None:
    given = [*words, "--output", out, "--device", "cpu"]
    assert command.main([str(word) for word in given]) == status
    assert leftovers(out) == []


def files(out: Path) -> set[str]:
    return {p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file()}


def test_folders(shoot: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--raw", shoot / "raw", "--tif", shoot / "edited"]
    fit(tmp_path, *words)
    out, err = capsys.readouterr()
    assert out == ""
    assert f"{shoot / 'raw' / 'unedited.DNG'}: no edited TIFF of this name" in err
    assert f"{shoot / 'edited' / 'stray.tif'}: no RAW file of this name" in err
    assert err.count("left out") == 2
    assert files(tmp_path) == {"data/one.json", "data/two (b).json", "fit_report.html"}
    record = json.loads((tmp_path / "data" / "one.json").read_text())
    assert record["fit"]["after"]["delta_e"] < 0.5 * record["fit"]["before"]["delta_e"]
    dates = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*.json")}
    fit(tmp_path, *words)
    assert "2 of 2 pictures are done already" in capsys.readouterr().err
    assert {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*.json")} == dates
    fit(tmp_path, *words, "--overwrite")
    assert {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*.json")} != dates


def test_all_exports_into_a_manifest_that_is_there(shoot: Path, tmp_path: Path) -> None:
    manifest, out = tmp_path / "mine.jsonl", tmp_path / "out"
    line = {n: "x" for n in ("id", "split", "expert", "raw", "preview", "data")}
    manifest.write_text(json.dumps(line) + "\n")
    fit(
        out,
        "--raw",
        shoot,
        "--xmp",
        "--manifest",
        manifest,
        "--expert",
        "me",
        "--split",
        "validation",
        "--export_cube",
    )
    assert files(out) == {
        f"{folder}/{name}{suffix}"
        for name in ("one", "two (b)")
        for folder, suffix in (
            ("data", "__me.json"),
            ("xmps", "__me.xmp"),
            ("luts", "__me.cube"),
            ("preview", ".png"),
        )
    } | {"fit_report.html"}
    keys = [entry.key for entry in read_manifest(manifest)]
    assert keys == [("one", "validation", "me"), ("two (b)", "validation", "me"), ("x", "x", "x")]


def test_one_pair_and_the_usual_manifest(shoot: Path, tmp_path: Path) -> None:
    fit(tmp_path, "--raw", shoot / "raw/one.dng", "--tif", shoot / "edited/stray.tif", "--manifest")
    assert files(tmp_path) == {
        *("data/one.json", "preview/one.png", "dataset_manifest.jsonl", "fit_report.html")
    }


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_table(
    shoot: Path, tmp_path: Path, separator: str, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "pairs.csv"
    one, two = shoot / "raw" / "one.dng", shoot / "raw" / "day 2" / "two (b).dng"
    rows = [
        ["\ufeffraw", "tif"],
        [str(one), os.path.relpath(shoot / "edited" / "stray.tif", tmp_path)],
        [],
        ["none.dng", str(shoot / "edited" / "one.tif")],
        [str(two)],
        [str(two), str(shoot / "edited" / "two (b).TIFF")],
    ]
    table.write_text("\n".join(separator.join(row) for row in rows) + "\n", encoding="utf-8")
    found = pair_table(table)
    assert [(raw, tif.name) for raw, tif in found.pairs] == [
        (one, "stray.tif"),
        (two, "two (b).TIFF"),
    ]
    if separator == ",":
        fit(tmp_path / "out", "--pairs", table, "--limit", 1, status=1)
        err = capsys.readouterr().err
        assert f"{table}:4: no such file: none.dng" in err
        assert f"{table}:5: 1 columns" in err
        assert files(tmp_path / "out") == {"data/one.json", "fit_report.html"}


def test_bad_tables(tmp_path: Path) -> None:
    table = tmp_path / "pairs.csv"
    for content in (b"", b"raw,tif\n", b"\xff\xfe", b"a,b,c\n1,2,3\n", b"\0,\0\n", b'"' * 200_000):
        table.write_bytes(content)
        with pytest.raises(InputError, match=r"no pair in it|cannot be read|larger than"):
            pair_table(table)
    with pytest.raises(InputError, match="Is a directory"):
        pair_table(tmp_path)


def test_pairing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for name in ("a.ARW", "b.nef", "x/b.cr3", "c.dng", "a.tif", "a__me.tif", "b.tif", "c__you.tif"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = pair_paths(tmp_path, tmp_path, "me")
    assert [(raw.name, tif.name) for raw, tif in found.pairs] == [("a.ARW", "a__me.tif")]
    assert [p.name for p in found.unpaired] == ["c.dng", "c__you.tif"]
    assert "b: 2 RAW and 1 TIFF files share this name" in caplog.text
    for wrong, reason in (
        ((tmp_path / "a.ARW", tmp_path), "one is a file and one a folder"),
        ((tmp_path / "no", tmp_path), "no: no such file"),
        ((tmp_path / "x", tmp_path / "x"), r"\(1 RAW, 0 TIFF files found\)"),
    ):
        with pytest.raises(InputError, match=reason):
            pair_paths(*wrong, "me")


def test_two_pictures_of_one_name_in_a_table(
    shoot: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other" / "one.dng"
    other.parent.mkdir()
    shutil.copy(shoot / "raw" / "one.dng", other)
    tif = shoot / "edited" / "one.tif"
    table = tmp_path / "pairs.csv"
    table.write_text(f"{shoot / 'raw' / 'one.dng'},{tif}\n{other},{tif}\n")
    fit(tmp_path / "out", "--pairs", table, status=1)
    assert capsys.readouterr().err.count("is not the only one of its kind") == 2
    assert not (tmp_path / "out").exists()


def test_wrong_calls(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (
        [],
        ["--tif", "x"],
        ["--raw", "x", "--pairs", "y"],
        ["--raw", "x", "--expert", "/"],
    ):
        with pytest.raises(SystemExit) as left:
            command.main(words)
        assert left.value.code == 2
    fit(tmp_path / "out", "--raw", tmp_path / "none.dng", status=1)
    assert "none.dng: no such file" in capsys.readouterr().err


def test_a_folder_is_fitted_split_and_listed_in_one_go(
    shoot: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fit(tmp_path, shoot, "--validation-share", 0.5)
    err = capsys.readouterr().err
    entries = read_manifest(tmp_path / "dataset_manifest.jsonl")
    assert [entry.id for entry in entries] == ["one", "two (b)"]
    assert all(entry.path("preview").is_file() for entry in entries)
    learn = sum(entry.split == "training" for entry in entries)
    assert learn >= 1
    assert f"{learn} pictures to learn from, {2 - learn} to judge by" in err
    assert "split file" not in err
    assert "next: python " in err
    # Others that come later change nothing of it.
    fit(tmp_path, shoot, "--validation-share", 0.0)
    assert read_manifest(tmp_path / "dataset_manifest.jsonl") == entries


@pytest.mark.parametrize("words", [["x", "--raw", "y"], ["x", "--pairs", "y"], ["x", "--tif", "y"]])
def test_a_folder_goes_with_no_other_inputs(words: list[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        command.main(words)


def test_a_folder_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.dng"
    file.write_bytes(b"")
    fit(tmp_path / "out", file, status=1)
    fit(tmp_path / "out", tmp_path / "nowhere", status=1)
    err = capsys.readouterr().err
    assert f"{file}: not a folder" in err
    assert f"{tmp_path / 'nowhere'}: no such folder" in err
