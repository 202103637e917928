"""A decoder that crashes, hangs or takes all memory in the middle of a batch ends one file."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from decoders import decoders, shared_memory
from simulated import leftovers, write_pair

import run.predict_and_render
import scripts.convert_tiff_to_prophoto
import scripts.dng_tif_to_json
from imaging.decoder import pool
from imaging.tiff import read_tif16
from params.files import REPO_ROOT

BAD = {
    "allocate": "decoding it takes more memory than a picture of its kind should",
    "crash": "its decoder crashed with signal 11",
    "hang": "its decoder did not answer within 2 s",
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
@pytest.mark.parametrize("jobs", [pytest.param(1, marks=pytest.mark.slow), 3])
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


def table(shoot: Path, folder: Path, kind: str) -> Path:
    """Pairs of which the RAW or the TIFF has a bad decoder; the other is good."""
    rows = ["raw,tif"]
    for name in (GOOD[0], *BAD, GOOD[2]):
        if kind == "raw":
            rows.append(f"{shoot / 'raw' / name}.dng,{shoot / 'edited' / 'good.tif'}")
        else:
            raw = folder / f"with {name}.dng"
            shutil.copy(shoot / "raw" / "good.dng", raw)
            rows.append(f"{raw},{shoot / 'edited' / name}.tif")
    path = folder / "pairs.csv"
    path.write_text("\n".join(rows) + "\n")
    return path


@pytest.mark.usefixtures("bad_decoders")
@pytest.mark.parametrize("kind", [pytest.param("raw", marks=pytest.mark.slow), "tif"])
def test_fitting(
    shoot: Path, tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    words = ["--pairs", table(shoot, tmp_path, kind), "--output", out, "--device", "cpu"]
    assert scripts.dng_tif_to_json.main([str(word) for word in words]) == 1
    err = capsys.readouterr().err
    assert all(reason in err for reason in BAD.values())
    assert err.count("ERROR: ") == len(BAD)
    assert len(list((out / "data").glob("*.json"))) == 2
    pool.end_all()
    assert decoders(os.getpid()) == []


@pytest.mark.slow
@pytest.mark.usefixtures("bad_decoders")
def test_fitting_in_several_processes(
    shoot: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each has decoders of its own; its pictures' errors are told as here."""
    for name in ("hang.dng", "hang.tif"):  # they would wait a minute for it
        next(shoot.rglob(name)).rename(tmp_path / name)
    words = ["--raw", shoot / "raw", "--tif", shoot / "edited", "--output", tmp_path / "out"]
    words += ["--device", "cpu", "--workers", 2]
    try:
        assert scripts.dng_tif_to_json.main([str(word) for word in words]) == 1
    finally:
        (tmp_path / "hang.dng").rename(shoot / "raw" / "hang.dng")
        (tmp_path / "hang.tif").rename(shoot / "edited" / "hang.tif")
    assert errors(capsys.readouterr().err) == {n: BAD[n] for n in ("allocate", "crash")}
    assert len(list((tmp_path / "out" / "data").glob("*.json"))) == len(GOOD)


@pytest.mark.usefixtures("bad_decoders")
def test_converting(shoot: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = [str(shoot / "edited"), "--output", str(tmp_path)]
    assert scripts.convert_tiff_to_prophoto.main(words) == 1
    assert errors(capsys.readouterr().err) == BAD
    assert {path.stem for path in tmp_path.glob("*.tif")} == set(GOOD)


@pytest.mark.usefixtures("bad_decoders")
@pytest.mark.parametrize("names", [["hang"], ["a", "hang", "z"]])
def test_ctrl_c_does_not_wait_for_a_decoder_that_hangs(
    shoot: Path, tmp_path: Path, names: list[str]
) -> None:
    """One line, at once: the decoder has a minute by itself. The next run does the rest."""
    for name in names:
        shutil.copy(shoot / "raw" / "a.dng", tmp_path / f"{name}.dng")
    out, hangs = tmp_path / "out", tmp_path / "hang.hangs"
    words = [sys.executable, str(REPO_ROOT / "run" / "predict_and_render.py"), "--batch"]
    words += ["--input", str(tmp_path), "--output", str(out), "--device", "cpu"]
    paths = os.environ | {"PYTHONPATH": str(REPO_ROOT / "tests" / "bad_decoders")}
    with subprocess.Popen(words, env=paths, stderr=subprocess.PIPE, text=True) as process:
        until = time.monotonic() + 60
        while not (hangs.exists() and len(list(out.glob("[!.]*.tif"))) >= len(names) // 2):
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in said
    assert [line for line in said.splitlines() if "ERROR" in line] == ["ERROR: interrupted"]
    assert leftovers(out) == []
    (tmp_path / "hang.dng").rename(tmp_path / "later.dng")
    assert run.predict_and_render.main(words[2:]) == 0
    assert len(list(out.glob("*.tif"))) == len(names)
