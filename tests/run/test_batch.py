"""Batches: many inputs, what is done stays done, and what fails stays with its picture."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from simulated import leftovers, scene

import run.inference
import run.predict_and_render
from dataset.synthetic.write_dng import write_dng
from imaging.tiff import read_tif16
from params.record import read_record
from params.xmp_packet import read_fields
from stages.predict.batch_report import BatchReport
from stages.predict.contact_sheet import ContactSheet

REPO = Path(__file__).resolve().parents[2]
CPU = ["--device", "cpu"]


@pytest.fixture
def shoot(tmp_path: Path) -> Path:
    """Two days of two pictures; the stems of the second day are those of the first."""
    folder = tmp_path / "shoot"
    for seed, name in enumerate(("day 1/a.dng", "day 1/b.DNG", "day 2/a.dng", "day 2/b.dng")):
        write_dng(folder / name, scene(seed))
    return folder


def call(module: ModuleType, checkpoint: Path, out: Path, *words: object) -> int:
    common = ["--checkpoint", str(checkpoint), "--output", str(out), *CPU]
    status: int = module.main([*common, *map(str, words)])
    return status


def pictures(out: Path) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = json.loads((out / "report.json").read_text())["pictures"]
    return found


def last_run(out: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((out / "report.json").read_text())["last_run"]
    return found


def files(out: Path) -> set[str]:
    return {p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file()}


def test_a_tree(
    shoot: Path, checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Mirrored, each picture's own edit in each file, reported; a second run does nothing."""
    out = tmp_path / "out"
    words = ["--input", shoot, "--recursive", "--srgb-output", "--export-json"]
    assert call(run.predict_and_render, checkpoint, out, *words) == 0
    names = [f"day {day}/{name}" for day in (1, 2) for name in "ab"]
    expected = {f"{name}{suffix}" for name in names for suffix in (".tif", ".jpg")}
    expected |= {f"data/{name}.json" for name in names} | {f"xmps/{name}.xmp" for name in names}
    assert files(out) == expected | {"report.json"}
    assert leftovers(out) == []
    found = pictures(out)
    assert list(found) == names
    means = set()
    for name in names:
        entry, params = found[name], read_record(out / "data" / f"{name}.json").params
        assert entry["settings"]["Exposure2012"] == params["Exposure2012"]
        assert (entry["status"], entry["camera"]) == ("done", "Simulated Camera")
        assert entry["seconds"] > 0
        assert (REPO / entry["raw"]).samefile(next(shoot.rglob(f"{name}.[dD][nN][gG]")))
        means.add(float(read_tif16(out / f"{name}.tif").mean()))
    assert len(means) == 4
    err = capsys.readouterr().err
    assert "4/4" in err
    assert "picture/s" in err or "s/picture" in err
    header, row = [line.split() for line in err.splitlines() if "skipped" in line or " 4 " in line]
    assert header == ["done", "skipped", "failed", "seconds", "a", "picture"]
    assert row[:3] == ["4", "0", "0"]
    dates = {name: (out / name).stat().st_mtime_ns for name in expected}
    assert call(run.predict_and_render, checkpoint, out, *words) == 0
    assert "4 of 4 pictures are done already" in capsys.readouterr().err
    assert {name: (out / name).stat().st_mtime_ns for name in expected} == dates
    assert pictures(out) == found
    counts = {"pictures": 4, "done": 0, "skipped": 4, "failed": 0}
    assert counts.items() <= last_run(out).items()


def test_a_batch_renders_as_one_by_one_does(shoot: Path, checkpoint: Path, tmp_path: Path) -> None:
    together, alone = tmp_path / "together", tmp_path / "alone"
    words = ["--input", shoot, "--recursive", "--jobs", 3]
    assert call(run.predict_and_render, checkpoint, together, *words) == 0
    one = shoot / "day 2" / "a.dng"
    assert call(run.predict_and_render, checkpoint, alone, "--input", one, "--jobs", 1) == 0
    assert (together / "day 2" / "a.tif").read_bytes() == (alone / "a.tif").read_bytes()
    packets = [file.read_bytes() for file in (together / "xmps/day 2/a.xmp", alone / "xmps/a.xmp")]
    assert read_fields(packets[0], "together") == read_fields(packets[1], "alone")  # but the date


@pytest.mark.parametrize("module", [run.inference, run.predict_and_render])
def test_files_that_are_missing_or_vanish(
    module: ModuleType,
    shoot: Path,
    checkpoint: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Named on a list, in the report with their reason; the next run takes them up again."""
    out, listed = tmp_path / "out", tmp_path / "list.txt"
    names = ["day 1/a.dng", "day 1/gone.dng", "day 2/b.dng", "day 2/loop.dng"]
    (shoot / "day 2" / "loop.dng").symlink_to(shoot / "day 2" / "loop.dng")
    listed.write_text("\n".join(str(shoot / name) for name in names))
    assert call(module, checkpoint, out, "--input-list", listed) == 1
    err = capsys.readouterr().err
    assert "Traceback" not in err
    errors = [line for line in err.splitlines() if line.startswith("ERROR")]
    assert len(errors) == 2
    assert str(shoot / "day 1" / "gone.dng") in "".join(errors)
    found = pictures(out)
    assert {name: entry["status"] for name, entry in found.items()} == {
        "day 1/a": "done",
        "day 1/gone": "failed",
        "day 2/b": "done",
        "day 2/loop": "failed",
    }
    assert "gone.dng" in found["day 1/gone"]["error"]
    shutil.copy(shoot / "day 1" / "a.dng", shoot / "day 1" / "gone.dng")
    (shoot / "day 2" / "loop.dng").unlink()
    shutil.copy(shoot / "day 1" / "a.dng", shoot / "day 2" / "loop.dng")
    assert call(module, checkpoint, out, "--input", f"@{listed}") == 0
    assert {entry["status"] for entry in pictures(out).values()} == {"done"}
    assert last_run(out)["skipped"] == 2


def test_results_of_another_file_are_not_taken_for_ones_own(
    shoot: Path, checkpoint: Path, tmp_path: Path, failing: Any
) -> None:
    """Cameras count anew: IMG_0001 of one day, then of another, into one folder."""
    out = tmp_path / "out"
    first, second = shoot / "day 1" / "a.dng", shoot / "day 2" / "a.dng"
    assert call(run.inference, checkpoint, out, "--input", first, "--export-json") == 0
    before = (out / "data" / "a.json").read_bytes()
    words = ["--checkpoint", checkpoint, "--output", out, *CPU, "--input", second, "--export-json"]
    [line] = failing(run.inference, *words)
    assert str(first) in line
    assert str(second) in line
    assert (out / "data" / "a.json").read_bytes() == before
    assert run.inference.main([*map(str, words), "--overwrite"]) == 0
    assert (out / "data" / "a.json").read_bytes() != before
    # A shoot that has been moved is the same shoot.
    second.rename(shoot / "a.dng")
    assert call(run.inference, checkpoint, out, "--input", shoot / "a.dng", "--export-json") == 0


def test_warnings_are_reported(shoot: Path, checkpoint: Path, tmp_path: Path) -> None:
    """With their own picture, each once."""
    out, odd = tmp_path / "out", shoot / "day 1" / "odd.dng"
    write_dng(odd, scene(5), tags=[(50730, "2i", 1, (99, 1), True)])  # BaselineExposure
    assert call(run.inference, checkpoint, out, "--input", shoot / "day 1", "--batch") == 0
    found = {name: entry["warnings"] for name, entry in pictures(out).items()}
    message = f"{odd}: a baseline exposure of 99 EV is not used"
    assert found == {"a": [], "b": [], "odd": [message]}


def test_raws_of_one_stem(shoot: Path, checkpoint: Path, tmp_path: Path) -> None:
    """a.dng beside a.NEF, and a camera's JPEG beside both."""
    folder, out = shoot / "day 1", tmp_path / "out"
    shutil.copy(folder / "b.DNG", folder / "a.NEF")
    (folder / "a.JPG").write_bytes(b"the camera's")
    given = [str(path) for path in sorted(folder.iterdir())]  # as a shell gives folder/*
    assert call(run.predict_and_render, checkpoint, out, "--input", *given, "--no-export-xmp") == 0
    assert files(out) == {"a.NEF.tif", "a.dng.tif", "b.tif", "report.json"}
    first, second = read_tif16(out / "a.NEF.tif"), read_tif16(out / "a.dng.tif")
    assert np.abs(first - second).mean() > 0.01
    assert (first == read_tif16(out / "b.tif")).all()


def test_interrupted(
    shoot: Path, checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C after the first picture: status 130, whole files only, a report; then the rest."""
    out = tmp_path / "out"
    words = ["--input", shoot, "--recursive", "--contact-sheet"]
    write = BatchReport.write

    def interrupt(self: BatchReport, final: bool = True) -> None:
        if not final:
            raise KeyboardInterrupt
        write(self, final)

    with monkeypatch.context() as patch:
        patch.setattr(BatchReport, "write", interrupt)
        assert call(run.predict_and_render, checkpoint, out, *words) == 130
    assert leftovers(out) == []
    assert {entry["status"] for entry in pictures(out).values()} == {"done"}
    assert last_run(out)["done"] == 1
    assert list(ContactSheet.open(out).cards) == ["day 1/a"]
    done = {path: path.stat().st_mtime_ns for path in out.rglob("[!.]*.tif")}
    assert 1 <= len(done) < 4
    assert len(pictures(out)) == len(done)  # also those that were being written meanwhile
    for path in done:
        read_tif16(path)
    assert call(run.predict_and_render, checkpoint, out, *words) == 0
    assert len(pictures(out)) == 4
    assert len(ContactSheet.open(out).cards) == 4
    assert {path: path.stat().st_mtime_ns for path in done} == done


def test_a_contact_sheet_afterwards(shoot: Path, checkpoint: Path, tmp_path: Path) -> None:
    """Of pictures that were done without one: with the edits that they were given then."""
    out = tmp_path / "out"
    words = ["--input", shoot, "--recursive"]
    assert call(run.inference, checkpoint, out, *words) == 0
    before = pictures(out)
    report = json.loads((out / "report.json").read_text())
    for kind in ("settings", "params_denorm"):  # an earlier model's
        report["pictures"]["day 1/b"][kind]["Exposure2012"] = 1.25
    (out / "report.json").write_text(json.dumps(report))
    dates = {path: path.stat().st_mtime_ns for path in (out / "xmps").rglob("*.xmp")}
    assert call(run.inference, checkpoint, out, *words, "--contact-sheet") == 0
    cards = ContactSheet.open(out).cards
    assert list(cards) == list(before)
    assert cards["day 1/b"]["settings"]["Exposure2012"] == 1.25
    assert cards["day 2/b"]["settings"] == before["day 2/b"]["settings"]
    assert cards["day 1/a"]["camera"] == "Simulated Camera"
    assert [card["by"] for card in cards.values()] == [entry["by"] for entry in before.values()]
    assert pictures(out) == report["pictures"]
    assert {path: path.stat().st_mtime_ns for path in dates} == dates


def test_a_contact_sheet_without_results(
    shoot: Path, checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A look before anything is written; a RAW that is gone by then stays done in the report."""
    out = tmp_path / "out"
    words = ["--input", shoot / "day 1", "--batch", "--contact-sheet"]
    assert call(run.inference, checkpoint, out, *words, "--no-export-xmp") == 0
    assert files(out) == {"contact_sheet.html", "report.json"}
    assert list(ContactSheet.open(out).cards) == ["a", "b"]
    assert call(run.inference, checkpoint, out, *words) == 0
    (out / "contact_sheet.html").unlink()
    (shoot / "day 1" / "a.dng").write_bytes(b"damaged")
    capsys.readouterr()
    assert call(run.inference, checkpoint, out, *words, "--skip-existing") == 1
    assert "a.dng" in capsys.readouterr().err
    assert list(ContactSheet.open(out).cards) == ["b"]
    assert [entry["status"] for entry in pictures(out).values()] == ["done", "done"]
    counts = {"pictures": 2, "done": 0, "skipped": 1, "failed": 1}
    assert counts.items() <= last_run(out).items()


def test_a_dry_run_leaves_nothing(
    shoot: Path, checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Pictures in their order on standard output, also with several jobs."""
    out = tmp_path / "out"
    words = ["--input", shoot, "--recursive", "--dry-run", "--contact-sheet", "--jobs", 3]
    assert call(run.predict_and_render, checkpoint, out, *words) == 0
    assert not out.exists()
    said, err = capsys.readouterr()
    assert "4 looked at, nothing written" in err
    places = [said.index(str(Path("xmps") / f"{name}.xmp")) for name in ("day 1/a", "day 2/b")]
    assert places == sorted(places)


def test_what_a_killed_run_left_is_swept(shoot: Path, checkpoint: Path, tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    (tmp_path / "out" / "xmps").mkdir(parents=True)
    dead = tmp_path / "out" / "xmps" / f".a.77.{ended.pid}.part.xmp"
    alive = tmp_path / "out" / "xmps" / f".a.77.{os.getpid()}.part.xmp"
    for path in (dead, alive):
        path.touch()
    words = ["--input", shoot / "day 1", "--batch"]
    assert call(run.inference, checkpoint, tmp_path / "out", *words) == 0
    assert (dead.exists(), alive.exists()) == (False, True)
    beside = shoot / "day 1" / dead.name
    words.append("--in-place")
    for _ in range(2):  # also where all is done
        beside.touch()
        assert call(run.inference, checkpoint, tmp_path / "in place", *words) == 0
        assert not beside.exists()


def test_wrong_calls(shoot: Path, checkpoint: Path) -> None:
    for words in ([], ["--input", "a", "--input-list", "b"], ["--input", "a", "--jobs", "0"]):
        with pytest.raises(SystemExit) as left:
            call(run.inference, checkpoint, Path("out"), *words)
        assert left.value.code == 2


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_killed_and_called_again(checkpoint: Path, tmp_path: Path, how: signal.Signals) -> None:
    shoot, out = tmp_path / "shoot", tmp_path / "out"
    write_dng(shoot / "00.dng", scene(0, 600, 900))
    for i in range(1, 16):
        os.link(shoot / "00.dng", shoot / f"{i:02}.dng")
    command = [sys.executable, REPO / "run" / "predict_and_render.py", "--checkpoint", checkpoint]
    command += ["--input", shoot, "--batch", "--output", out, "--srgb-output", *CPU]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 60
    while len(list(out.glob("[!.]*.tif"))) < 2 and time.monotonic() < until:
        time.sleep(0.02)
    process.send_signal(how)
    assert process.wait(30) == (130 if how == signal.SIGINT else -how)
    whole = {path: path.stat().st_mtime_ns for path in out.glob("[!.]*.tif")}
    assert 2 <= len(whole) < 16
    for path in whole:
        read_tif16(path)
    if how == signal.SIGINT:
        assert leftovers(out) == []
    assert subprocess.run(command, stderr=subprocess.DEVNULL, check=False).returncode == 0
    assert len(list(out.glob("[!.]*.tif"))) == len(list(out.glob("[!.]*.jpg"))) == 16
    assert leftovers(out) == []
    kept = {path for path, date in whole.items() if path.stat().st_mtime_ns == date}
    assert len(kept) >= len(whole) - 1  # the last may have lacked its JPEG
    assert len(pictures(out)) == 16
