"""A decoder that crashes, hangs or takes all memory in the middle of a batch ends one file."""

import json
import os
import shutil
from pathlib import Path

import pytest
from decoders import decoders, shared_memory
from simulated import leftovers, write_pair

import run.predict_and_render
import scripts.convert_tiff_to_prophoto
import scripts.dng_tif_to_json
from imaging.decoder import pool
from imaging.tiff import read_tif16

BAD = {
    "allocate": "decoding it takes more memory than a picture of its kind should",
    "crash": "its decoder crashed with signal 11",
    "hang": "its decoder did not answer within 4 s",
}
GOOD = ("a", "good", "z")


@pytest.fixture(scope="module")
def shoot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """raw/ and edited/: three good pairs; in three more one file has a bad decoder."""
    root = tmp_path_factory.mktemp("shoot")
    write_pair(root / "raw" / "a.dng", root / "edited" / "a.tif", 0)
    for name in (*GOOD[1:], *BAD):
        shutil.copy(root / "raw" / "a.dng", root / "raw" / f"{name}.dng")
        shutil.copy(root / "edited" / "a.tif", root / "edited" / f"{name}.tif")
    return root


def errors(text: str) -> dict[str, str]:
    """What is said of each file that failed, by its stem."""
    lines = [line for line in text.splitlines() if line.startswith("ERROR: ")]
    found = dict(line.removeprefix("ERROR: ").split(": ", 1) for line in lines)
    assert len(found) == len(lines)
    assert "Traceback" not in text
    return {Path(path).stem: reason for path, reason in found.items()}


@pytest.mark.usefixtures("bad_decoders")
@pytest.mark.parametrize("jobs", [1, 3])
def test_rendering(
    shoot: Path, tmp_path: Path, jobs: int, capsys: pytest.CaptureFixture[str]
) -> None:
    before = shared_memory()
    words = ["--batch", "--input", shoot / "raw", "--output", tmp_path, "--device", "cpu"]
    words += ["--jobs", jobs]
    assert run.predict_and_render.main([str(word) for word in words]) == 1
    assert errors(capsys.readouterr().err) == BAD
    assert {path.stem for path in tmp_path.glob("*.tif")} == set(GOOD)
    for name in GOOD:
        read_tif16(tmp_path / f"{name}.tif")
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["last_run"]["failed"] == len(BAD)
    pool.end_all()
    assert decoders(os.getpid()) == []
    assert shared_memory() == before
    assert leftovers(tmp_path) == []


@pytest.mark.usefixtures("bad_decoders")
@pytest.mark.parametrize("kind", ["raw", "edited"])
def test_fitting(
    shoot: Path, tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The bad files are the RAWs of their pairs, or the TIFFs."""
    for name in ("a", *BAD):
        for folder, suffix in (("raw", ".dng"), ("edited", ".tif")):
            (tmp_path / folder).mkdir(exist_ok=True)
            # Of a pair with a bad file the other is good: another name reaches it.
            own = name if name == "a" or folder == kind else "good"
            (tmp_path / folder / f"{name}{suffix}").symlink_to(shoot / folder / f"{own}{suffix}")
    table = tmp_path / "pairs.csv"
    other = {"raw": "edited", "edited": "raw"}[kind]
    suffixes = {"raw": ".dng", "edited": ".tif"}
    rows = ["raw,tif"]
    for name in ("a", *BAD):
        good = shoot / other / f"good{suffixes[other]}"
        bad = shoot / kind / f"{name}{suffixes[kind]}"
        rows.append(",".join(str(p) for p in ((bad, good) if kind == "raw" else (good, bad))))
    table.write_text("\n".join(rows) + "\n")
    assert table.is_file()


@pytest.mark.usefixtures("bad_decoders")
def test_converting(shoot: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert scripts.convert_tiff_to_prophoto is not None
