"""fivek_tif_to_xmp.py on a tree like FiveK's: workers, kills, experts, splits, tables."""

import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fivek_tree import EDITS, NAMES, raw_of, tif_of, write_split, write_tree
from simulated import leftovers, undated, write_pair

import scripts.fivek_tif_to_xmp as command
from dataset.manifest import read_manifest

REPO = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three pictures, experts a and c. For reading only."""
    root = tmp_path_factory.mktemp("fivek")
    write_tree(root, 3, "ac")
    return root


def fit(root: Path, out: Path, *words: object, status: int = 0) -> None:
    given = ["--root", root, "--output", out, "--device", "cpu", *words]
    assert command.main([str(word) for word in given]) == status
    assert leftovers(out) == []


def table(cube: Path) -> np.ndarray:
    """The numbers below a .cube's header."""
    lines = [line for line in cube.read_text().splitlines() if line[:1].isdigit()]
    return np.loadtxt(lines)


def results(out: Path) -> dict[str, Any]:
    """What a run has left, without how long it took."""
    found: dict[str, Any] = {}
    for path in sorted(p for p in out.rglob("*") if p.is_file()):
        name = path.relative_to(out).as_posix()
        found[name] = path.read_bytes()
        if name.startswith("data/"):
            found[name] = json.loads(found[name])
            del found[name]["fit"]["seconds"]
        elif path.suffix == ".xmp":
            found[name] = undated(path.read_bytes())
        elif path.suffix == ".html":
            found[name] = b""  # it tells how long fits took
        elif path.suffix == ".jsonl":
            found[name] = found[name].decode().replace(str(out), "")
    return found


@pytest.fixture(scope="session")
def unbroken(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of one run in peace, expert c."""
    out = tmp_path_factory.mktemp("unbroken")
    fit(tree, out)
    return out


def test_outputs_of_the_description(unbroken: Path, tree: Path) -> None:
    wanted = {
        f"{f}/{n}{s}"
        for n in NAMES
        for f, s in (("data", ".json"), ("preview", ".png"), ("xmps", ".xmp"))
    }
    assert results(unbroken).keys() == wanted | {"dataset_manifest.jsonl", "fit_report.html"}
    entries = read_manifest(unbroken / "dataset_manifest.jsonl")
    assert [e.key for e in entries] == sorted((n, "training", "c") for n in NAMES)
    assert entries[0].path("raw") == raw_of(tree, 0)


def test_two_experts_of_one_picture(tree: Path, tmp_path: Path) -> None:
    """The experts edited in process 1: there each one's Exposure comes back."""
    out = tmp_path / "out"
    fit(tree, out, "--process", 1)
    before = {p: p.read_bytes() for p in out.rglob("*") if p.suffix in (".json", ".xmp", ".png")}
    fit(tree, out, "--expert", "a", "--process", 1)
    assert {path: path.read_bytes() for path in before} == before
    for name in NAMES:
        records = [json.loads((out / "data" / f"{name}{e}.json").read_text()) for e in ("", "__a")]
        assert [r["source"]["expert"] for r in records] == ["c", "a"]
        for record, expert in zip(records, "ca", strict=True):
            exposure = record["params_denorm"]["Exposure2012"]
            assert abs(exposure - EDITS[expert]["Exposure2012"]) < 0.25
        assert (out / "xmps" / f"{name}__a.xmp").is_file()
    assert len(list((out / "preview").iterdir())) == 3
    entries = read_manifest(out / "dataset_manifest.jsonl")
    assert [e.key for e in entries] == sorted((n, "training", e) for n in NAMES for e in "ac")
    # A lost manifest comes back whole, whichever expert is asked for.
    manifest = (out / "dataset_manifest.jsonl").read_bytes()
    (out / "dataset_manifest.jsonl").unlink()
    fit(tree, out, "--process", 1)
    assert (out / "dataset_manifest.jsonl").read_bytes() == manifest


def test_a_picture_in_two_splits(
    unbroken: Path, tree: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Fitted once, a line for each: FiveK's debugging split is part of training."""
    root, out = tmp_path / "root", tmp_path / "out"
    shutil.copytree(tree, root)
    shutil.copytree(unbroken, out)
    for path in out.rglob("*.json"):
        path.write_text(path.read_text().replace(str(tree), str(root)))
    (out / "dataset_manifest.jsonl").unlink()
    write_split(root / "debug.json", 1)
    fit(root, out, "--split", "debug")
    assert "1 of 1 pictures are done already" in capsys.readouterr().err
    keys = [e.key for e in read_manifest(out / "dataset_manifest.jsonl")]
    assert [split for name, split, _ in keys if name == NAMES[0]] == ["debugging", "training"]


def test_what_has_been_mended_by_hand_stays(unbroken: Path, tree: Path, tmp_path: Path) -> None:
    """The manifest's paths go before those in the parameter files, which may be old."""
    out = tmp_path / "out"
    shutil.copytree(unbroken, out)
    manifest = out / "dataset_manifest.jsonl"
    lines = [json.loads(line) for line in manifest.read_text().splitlines()]
    lines[2] |= {"raw": "/moved/to.dng", "note": "mine"}
    manifest.write_text("".join(json.dumps(line) + "\n" for line in lines))
    fit(tree, out, "--limit", 1)
    kept = [json.loads(line) for line in manifest.read_text().splitlines()]
    assert kept[2] == lines[2]
    assert len(kept) == 3


def test_another_photograph_of_the_same_name(
    unbroken: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root, out = tmp_path / "root", tmp_path / "out"
    shutil.copytree(unbroken, out)
    before = results(out)
    write_pair(root / f"{NAMES[0]}.dng", root / f"{NAMES[0]}.tif", 7)
    fit(root, out, "--overwrite", status=1)
    err = capsys.readouterr().err
    assert "holds the fit of another file of this name" in err
    assert str(root / f"{NAMES[0]}.dng") in err
    assert results(out) == before


def test_the_quick_test_on_a_single_pair(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As the description has it: files placed in a folder, --split testing --debug_previews."""
    root, out = tmp_path / "data", tmp_path / "out"
    write_pair(root / "photo.dng", root / "photo.tif", 3)
    fit(root, out, "--split", "testing", "--steps", 400, "--debug_previews")
    assert (out / "debug_previews" / "photo.png").is_file()
    assert [e.split for e in read_manifest(out / "dataset_manifest.jsonl")] == ["testing"]


def test_look_up_tables(tree: Path, unbroken: Path, tmp_path: Path) -> None:
    """Made with the fit, and made good for pictures fitted without, the same."""
    out, other = tmp_path / "out", tmp_path / "other"
    shutil.copytree(unbroken, out)
    times = {p: p.stat().st_mtime_ns for p in (out / "data").iterdir()}
    fit(tree, out, "--export_cube", "prophoto", "--limit", 1)
    fit(tree, other, "--export-cube", "prophoto", "--limit", 1)
    assert {p: p.stat().st_mtime_ns for p in (out / "data").iterdir()} == times
    name = f"luts/{NAMES[0]}.cube"
    one, two = (table(folder / name) for folder in (out, other))
    assert one.shape == (33**3, 3)
    np.testing.assert_allclose(one, two, atol=1e-5)
    assert [p.name for p in (out / "luts").iterdir()] == [f"{NAMES[0]}.cube"]


def test_workers_give_the_same_and_bad_pairs_stop_nobody(
    tree: Path, unbroken: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root, out = tmp_path / "root", tmp_path / "out"
    shutil.copytree(tree, root)
    shutil.copy(raw_of(root, 0), root / "raw" / "bad.dng")
    (root / "processed" / "tiff16_c" / "bad.tif").write_text("no picture")
    shutil.copy(raw_of(root, 0), root / "raw" / "bare.dng")
    import tifffile

    pixels = tifffile.imread(tif_of(root, 0))
    tifffile.imwrite(root / "processed" / "tiff16_c" / "bare.tif", pixels, photometric="rgb")
    (root / "training.json").unlink()
    fit(root, out, "--workers", 2, status=1)
    err = capsys.readouterr().err
    errors = [line for line in err.splitlines() if line.startswith("ERROR")]
    assert len(errors) == 1
    assert "bad.tif: not a TIFF" in errors[0]
    assert "bare.tif: no ICC profile" in err  # a worker's warning
    assert "4 of 5 done, 1 failed" in err
    found, wanted = results(out), results(unbroken)
    for name in wanted.keys() - {"dataset_manifest.jsonl"}:
        if name.startswith("data/"):
            found[name]["source"] = wanted[name]["source"]
        assert found[name] == wanted[name], name
    assert len(read_manifest(out / "dataset_manifest.jsonl")) == 4


def test_a_worker_that_dies_takes_one_picture_with_it(
    tree: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As when a decoder crashes, or the system runs out of memory."""
    from jobs.processes import run_jobs

    outcomes = {o.job: o for o in run_jobs([1, 2, 3, 4], die_on_two, 2)}
    assert {job: o.result for job, o in outcomes.items()} == {1: 10, 2: None, 3: 30, 4: None}
    assert outcomes[2].error == "the process working on it died (signal 9)"
    assert outcomes[4].error == "ValueError: four"
    assert "die_on_two" in outcomes[4].trace
    assert [r.getMessage() for r in outcomes[3].records] == ["told of 3"]


def die_on_two(job: int) -> int:
    import logging

    if job == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    if job == 4:
        raise ValueError("four")
    logging.getLogger("x").warning("told of %d", job)
    return job * 10


def start(root: Path, out: Path, *words: object) -> subprocess.Popen[str]:
    script = str(REPO / "scripts" / "fivek_tif_to_xmp.py")
    given = ["--root", root, "--output", out, "--device", "cpu", *words]
    return subprocess.Popen(
        [sys.executable, script, *map(str, given)],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},  # two would wait for each other
    )


def await_true(condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def running(session: int) -> bool:
    """Whether a process of that session is alive."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(session, 0)
        return True
    return False


@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_ctrl_c(tree: Path, unbroken: Path, tmp_path: Path, workers: int) -> None:
    """What is done is in the manifest, nothing half-written stays, no process stays."""
    out = tmp_path / "out"
    process = start(tree, out, "--workers", workers)
    await_true(lambda: any(out.glob("data/*.json")))
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all of them
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert "leaked" not in err  # what Python says of workers that were ended
    await_true(lambda: not running(process.pid), 5)
    assert leftovers(out) == []
    done = {p.stem for p in (out / "data").iterdir()}
    assert {e.id for e in read_manifest(out / "dataset_manifest.jsonl")} == done
    fit(tree, out)
    assert results(out) == results(unbroken)


def killed_and_resumed(tree: Path, out: Path, files: int, pause: float, workers: int) -> bool:
    """Kill a run `pause` seconds after it has left `files` files; whether it was under way."""

    def left() -> int:
        return sum(path.is_file() for path in out.glob("*/*"))

    process = start(tree, out, "--workers", workers, "--export-cube", "--limit", 2)
    await_true(lambda: left() >= files or process.poll() is not None)
    time.sleep(pause)
    with contextlib.suppress(ProcessLookupError):
        if workers == 1:
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=30)
    under_way = left() > 0 and process.returncode != 0
    for path in out.glob("data/*.json"):
        json.loads(path.read_text())  # whole, whenever it is there
    fit(tree, out, "--export-cube", "--limit", 2)
    return under_way


@pytest.mark.slow
def test_killed_at_any_moment(tree: Path, tmp_path: Path) -> None:
    """Twenty times; a second run makes it what an unbroken one would have made."""
    peace = tmp_path / "peace"
    fit(tree, peace, "--export-cube", "--limit", 2)
    wanted = results(peace)
    dice = random.Random(5)
    under_way = 0
    for i in range(20):
        out = tmp_path / f"out {i}"
        files, pause = dice.randrange(8), dice.uniform(0.0, 0.1)
        under_way += killed_and_resumed(tree, out, files, pause, 2 if i % 5 == 4 else 1)
        assert results(out) == wanted, i
        shutil.rmtree(out)
    assert under_way > 10


@pytest.mark.slow
def test_killed_once(tree: Path, unbroken: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    process = start(tree, out)
    await_true(lambda: any(out.glob("*/.*.part*")) or any(out.glob("data/*.json")))
    process.kill()
    process.communicate(timeout=30)
    fit(tree, out)
    assert results(out) == results(unbroken)


@pytest.mark.slow
def test_workers_end_when_their_parent_is_killed(tree: Path, tmp_path: Path) -> None:
    process = start(tree, tmp_path / "out", "--workers", 2)
    await_true(lambda: any((tmp_path / "out").glob("data/*.json")))
    process.kill()
    process.communicate(timeout=30)
    await_true(lambda: not running(process.pid), 20)


def test_what_the_killed_left_is_swept_up(tree: Path, unbroken: Path, tmp_path: Path) -> None:
    """Temporary files of processes that are gone; those of others, and other files, stay."""
    from dataset.set_folder import Outputs

    data = tmp_path / "data"
    data.mkdir()
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    dead, alive = data / f".one.{process.pid}.part.json", data / f".one.{os.getpid()}.part.json"
    others = [alive, data / ".hidden", data / ".a.part.json", data / "x.123.part.json"]
    for path in (dead, *others):
        path.touch()
    Outputs(tmp_path).sweep()
    assert set(data.iterdir()) == set(others)


def test_missing_files_are_told_of(
    tree: Path, unbroken: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "root"
    shutil.copytree(tree, root)
    raw_of(root, 1).unlink()
    fit(root, tmp_path / "out", "--limit", 1)
    err = capsys.readouterr().err
    assert f"2 files of training are missing and left out: {NAMES[1]}.dng" in err


def test_previews_show_the_raw(unbroken: Path, tree: Path) -> None:
    from PIL import Image

    from imaging.preview import make_preview, read_proxy

    with Image.open(unbroken / "preview" / f"{NAMES[1]}.png") as picture:
        found = np.asarray(picture)
    np.testing.assert_array_equal(found, make_preview(read_proxy(raw_of(tree, 1), process=2)))
