"""Pictures that are missing, damaged or hostile: one line each, the rest done."""

import os
import shutil
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import tifffile
from simulated import scene, write_pair

import run.inference
import run.predict_and_render
import scripts.fivek_tif_to_xmp
from dataset.manifest import read_manifest
from dataset.synthetic.write_dng import write_dng
from imaging.icc import prophoto_profile
from imaging.tiff import write_tiff

CPU = ["--device", "cpu"]


def spoil(raw: Path, folder: Path) -> dict[str, str]:
    """Put bad RAW files into a folder: name -> what the message must say."""
    from PIL import Image

    whole = raw.read_bytes()
    (folder / "empty.dng").touch()
    (folder / "cut.dng").write_bytes(whole[: len(whole) * 2 // 3])
    (folder / "stub.dng").write_bytes(whole[:100])
    (folder / "text.dng").write_text("This is not a photograph.\n" * 50)
    (folder / "noise.arw").write_bytes(np.random.default_rng(0).bytes(5000))
    Image.fromarray(np.zeros((40, 60, 3), np.uint8)).save(folder / "jpeg.dng", format="JPEG")
    (folder / "gone.dng").symlink_to(folder / "nowhere.dng")
    return {
        "empty.dng": "empty",
        "cut.dng": "cut short",
        "stub.dng": "cannot read",
        "text.dng": "cannot read",
        "noise.arw": "cannot read",
        "jpeg.dng": "cannot read",
    }


@pytest.mark.parametrize("module", [run.inference, run.predict_and_render])
def test_bad_raws_in_a_batch(
    module: ModuleType, failing: Any, raws: Path, checkpoint: Path, tmp_path: Path
) -> None:
    bad = spoil(raws / "good.dng", raws)
    out = tmp_path / "out"
    errors = failing(
        module,
        "--checkpoint",
        checkpoint,
        "--input",
        raws,
        "--batch",
        "--output",
        out,
        "--export-json",
        "--export-preview",
        *CPU,
    )
    assert len(errors) == len(bad)
    for name, reason in bad.items():
        [line] = [line for line in errors if str(raws / name) in line]
        assert reason in line, line
        assert line.count(name) == 1, line
    done = {path.stem for path in out.rglob("*") if path.is_file()}
    assert done == {"good", "report"}


def test_the_fit_goes_on_past_bad_pairs(
    failing: Any, raws: Path, pairs: Path, tmp_path: Path
) -> None:
    root = tmp_path / "pairs"
    write_pair(root / "good.dng", root / "good.tif", 0)
    good = (root / "good.tif").read_bytes()
    bad = {
        "unrelated": "not the same photograph",
        "cut": "cut short",
        "empty": "empty",
        "text": "not a TIFF",
        "noraw": "cannot read",
        "palette": "palette",
    }
    for name in bad:
        shutil.copy(root / "good.dng", root / f"{name}.dng")
    (root / "noraw.dng").write_text("no photograph")
    (root / "noraw.tif").write_bytes(good)
    shutil.copy(pairs / "edited" / "two & 2.tif", root / "unrelated.tif")
    (root / "cut.tif").write_bytes(good[:-5000])
    (root / "empty.tif").touch()
    (root / "text.tif").write_text("This is not a photograph.\n" * 50)
    tifffile.imwrite(
        root / "palette.tif",
        np.zeros((160, 240), np.uint8),
        photometric="palette",
        colormap=np.zeros((3, 256), np.uint16),
    )
    out = tmp_path / "out"
    errors = failing(
        scripts.fivek_tif_to_xmp, "--root", root, "--steps", 2, "--output", out, "--debug-previews"
    )
    assert len(errors) == len(bad)
    for name, reason in bad.items():
        [line] = [line for line in errors if f"{name}." in line]
        assert str(root / name) in line
        assert reason in line, line
    files = {p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file()}
    assert files == {
        "fit_report.html",
        "data/good.json",
        "preview/good.png",
        "xmps/good.xmp",
        "debug_previews/good.png",
        "dataset_manifest.jsonl",
    }
    assert len((out / "dataset_manifest.jsonl").read_text().splitlines()) == 1


def test_odd_tiffs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Grey, 8-bit and alpha are refused by name; one without a profile is fitted."""
    root, out = tmp_path / "pairs", tmp_path / "out"
    write_pair(root / "eight.dng", root / "eight.tif", 0)
    whole = tifffile.imread(root / "eight.tif")
    for name in ("alpha", "grey", "bare"):
        shutil.copy(root / "eight.dng", root / f"{name}.dng")
    with_alpha = np.dstack([whole, np.full(whole.shape[:2], 30000, np.uint16)])
    profile = {"iccprofile": prophoto_profile()}
    eight = (whole >> 8).astype(np.uint8)
    tifffile.imwrite(root / "eight.tif", eight, photometric="rgb", **profile)
    tifffile.imwrite(
        root / "alpha.tif", with_alpha, photometric="rgb", extrasamples=["unassalpha"], **profile
    )
    tifffile.imwrite(root / "grey.tif", whole[..., 1], photometric="minisblack")
    tifffile.imwrite(root / "bare.tif", whole, photometric="rgb")
    words = ["--root", str(root), "--steps", "2", "--output", str(out), *CPU]
    assert scripts.fivek_tif_to_xmp.main(words) == 1
    lines = capsys.readouterr().err.splitlines()
    assert {p.stem for p in (out / "data").iterdir()} == {"bare"}
    errors = [line for line in lines if line.startswith("ERROR")]
    assert len(errors) == 3
    for name, what in (("eight", "8-bit"), ("alpha", "alpha channel"), ("grey", "greyscale")):
        [line] = [line for line in errors if f"{name}.tif" in line]
        assert what in line
    assert len([line for line in lines if "no ICC profile" in line]) == 1


def test_nothing_to_do_is_an_error(failing: Any, checkpoint: Path, tmp_path: Path) -> None:
    model = ["--checkpoint", checkpoint, "--output", tmp_path / "out", *CPU]
    (tmp_path / "folder").mkdir()
    for words, reason in (
        (["--input", tmp_path / "nothing.dng"], "nothing.dng: no such file"),
        (["--input", tmp_path / "folder"], "add --batch"),
        (["--input", tmp_path / "folder", "--batch"], "no RAW files"),
    ):
        [line] = failing(run.inference, *model, *words)
        assert reason in line
    [line] = failing(scripts.fivek_tif_to_xmp, "--root", tmp_path / "gone", "--output", tmp_path)
    assert "gone: no such folder" in line
    [line] = failing(scripts.fivek_tif_to_xmp, "--root", tmp_path / "folder", "--output", tmp_path)
    assert "folder: no RAW file with an edited TIFF" in line
    assert not (tmp_path / "out").exists()


def test_names_that_are_not_text(tmp_path: Path, checkpoint: Path) -> None:
    """A name in another encoding than the system's (an old disk, a foreign archive)."""
    name = os.fsdecode(b"caf\xe9")
    root, out = tmp_path / "pairs", tmp_path / "out"
    write_pair(root / "one.dng", root / "one.tif", 0)
    try:
        (root / "one.dng").rename(root / f"{name}.dng")
    except OSError:
        pytest.skip("this file system takes only UTF-8")
    (root / "one.tif").rename(root / f"{name}.tif")
    words = ["--root", str(root), "--steps", "2", "--output", str(out), *CPU]
    assert scripts.fivek_tif_to_xmp.main(words) == 0
    [entry] = read_manifest(out / "dataset_manifest.jsonl")
    assert entry.id == name
    assert entry.path("raw") == (root / f"{name}.dng").resolve()
    words = ["--checkpoint", str(checkpoint), "--input", str(root), "--batch", "--export-json"]
    assert run.inference.main([*words, "--output", str(tmp_path / "predicted"), *CPU]) == 0
    assert (tmp_path / "predicted" / "xmps" / f"{name}.xmp").is_file()


def test_a_damaged_picture_of_its_own_kind(failing: Any, checkpoint: Path, tmp_path: Path) -> None:
    """A DNG whose tags lie about its size must not take the machine with it."""
    folder = tmp_path / "raws"
    write_dng(folder / "huge.dng", scene(0))
    with tifffile.TiffFile(folder / "huge.dng") as tif:
        places = [tif.pages.first.tags[tag].valueoffset for tag in (256, 257)]
    content = bytearray((folder / "huge.dng").read_bytes())
    for place in places:
        content[place : place + 4] = (60000).to_bytes(4, "little")
    (folder / "huge.dng").write_bytes(content)
    words = ["--checkpoint", checkpoint, "--input", folder / "huge.dng", "--output", tmp_path, *CPU]
    [line] = failing(run.inference, *words)
    assert "huge.dng" in line


def test_a_tiff_with_another_photograph_is_named_with_its_raw(tmp_path: Path, failing: Any) -> None:
    root = tmp_path / "pairs"
    write_dng(root / "one.dng", scene(0))
    write_tiff(root / "one.tif", scene(5, 200, 300))
    [line] = failing(scripts.fivek_tif_to_xmp, "--root", root, "--output", tmp_path / "out")
    assert str(root / "one.dng") in line
    assert str(root / "one.tif") in line
    assert "not the same photograph" in line
