"""`--consistent`: a series that does not flicker, found done again, and done in parts."""

import itertools
import json
import logging
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bursts import write_frame
from simulated import scene

import run.inference
import run.predict_and_render
from imaging.metrics import delta_e00
from imaging.tiff import read_tif16
from params.record import read_record

CALM = 100  # the column from which on nothing moves


@pytest.fixture(scope="module")
def series(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Somebody walks through a burst, in bright and in dark clothes; exposure and white balance of
    the camera wander."""
    folder = tmp_path_factory.mktemp("series")
    random = np.random.default_rng(5)
    still = 0.6 * scene(7, 120, 200)
    for number in range(5):
        picture = still.copy()
        clothes = (0.55, 0.28, 0.2) if number % 2 else (0.03, 0.04, 0.08)
        picture[20:, : 20 + 14 * number] = clothes
        ev, warmth = random.normal(0.0, (0.15, 0.03)).tolist()
        write_frame(folder / f"{number}.dng", picture, seconds=number / 3, ev=ev, warmth=warmth)
    return folder


def call(module: Any, folder: Path, out: Path, *words: str) -> dict[str, Any]:
    command = ["--input", str(folder), "--batch", "--output", str(out), "--device", "cpu", *words]
    assert module.main(command) == 0
    report: dict[str, Any] = json.loads((out / "report.json").read_text())
    return report


def flicker(out: Path) -> float:
    """Mean ΔE00 between frames, of what stands still."""
    still = [read_tif16(file)[:, CALM:] for file in sorted(out.glob("*.tif"))]
    return float(np.mean([delta_e00(a, b).mean() for a, b in itertools.combinations(still, 2)]))


def test_a_series_does_not_flicker(series: Path, tmp_path: Path) -> None:
    call(run.predict_and_render, series, tmp_path / "each")
    report = call(run.predict_and_render, series, tmp_path / "alike", "--consistent")
    assert flicker(tmp_path / "each") > 4.0
    assert flicker(tmp_path / "alike") < 1.2
    assert report["last_run"]["consistent"] is True
    for entry in report["pictures"].values():
        assert entry["scene"] == {"first": "0.dng", "frames": 5}


def test_done_in_parts(series: Path, tmp_path: Path) -> None:
    """What is there stays and counts for the others; a new frame has all done again."""
    folder, out = tmp_path / "raws", tmp_path / "out"
    shutil.copytree(series, folder)
    words = "--consistent", "--export-json"
    call(run.inference, folder, out, *words)
    first = {file.name: read_record(file).params for file in (out / "data").iterdir()}
    again = call(run.inference, folder, out, *words)["last_run"]
    assert (again["done"], again["skipped"]) == (0, 5)
    (out / "data/3.json").unlink()
    again = call(run.inference, folder, out, *words)["last_run"]
    assert (again["done"], again["skipped"]) == (1, 4)
    assert read_record(out / "data/3.json").params == first["3.json"]
    write_frame(folder / "5.dng", 0.6 * scene(7, 120, 200), seconds=2)
    again = call(run.inference, folder, out, *words)["last_run"]
    assert (again["done"], again["skipped"]) == (6, 0)
    again = call(run.inference, folder, out, "--export-json")["last_run"]
    assert again["done"] == 6  # without it, each its own


def test_a_frame_that_cannot_be_read(
    series: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder, out = tmp_path / "raws", tmp_path / "out"
    shutil.copytree(series, folder)
    broken = folder / "2.dng"
    broken.write_bytes(broken.read_bytes()[:3000])
    command = ["--input", str(folder), "--batch", "--output", str(out), "--consistent"]
    with caplog.at_level(logging.WARNING):
        assert run.inference.main(command) == 1
    assert sum("2.dng" in line for line in caplog.messages) == 1
    pictures = json.loads((out / "report.json").read_text())["pictures"]
    assert pictures["2"]["status"] == "failed"
    assert {pictures[name]["scene"]["frames"] for name in "0134"} == {4}


def test_no_edit_stays_none(series: Path, tmp_path: Path) -> None:
    call(run.inference, series, tmp_path, "--consistent", "--strength", "0", "--export-json")
    for file in (tmp_path / "data").iterdir():
        assert read_record(file).params["Exposure2012"] == 0.0


def test_a_dry_run_tells_what_would_be_written(
    series: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["--input", str(series), "--batch", "--output", str(tmp_path), "--consistent"]
    assert run.inference.main([*command, "--dry-run"]) == 0
    lines = capsys.readouterr().out.splitlines()
    kelvin = {line for line in lines if "Temperature" in line}
    assert len(kelvin) == 1
