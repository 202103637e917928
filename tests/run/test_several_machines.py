"""--cluster and --shard: what comes out is what one process on one machine makes."""

import contextlib
import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from clusters import local_cluster
from evaluated import write_set
from lightroom import packet
from simulated import leftovers, scene, undated, write_pair

import run.evaluate
import run.inference
import run.predict_and_render
import scripts.dng_tif_to_json
import scripts.import_edits
from dataset.synthetic.write_dng import write_dng

COUNT = 5
TIMES = ("seconds", "written", "date")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    with local_cluster() as found:
        yield found


@pytest.fixture(scope="module")
def shoot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """RAW files with edited TIFFs, and others with sidecars. For reading only."""
    folder = tmp_path_factory.mktemp("shoot")
    for seed in range(COUNT):
        write_pair(folder / "raw" / f"{seed}.dng", folder / "edited" / f"{seed}.tif", seed)
        own = folder / "edits" / f"{seed}.dng"
        own.parent.mkdir(exist_ok=True)
        write_dng(own, scene(seed, 40, 60))
        settings = {"ProcessVersion": "11.0", "WhiteBalance": "As Shot"}
        settings["Exposure2012"] = f"+{seed / 10 + 0.1:.2f}"
        own.with_suffix(".xmp").write_bytes(packet(settings))
        os.utime(own, (1.6e9 + 7200 * seed, 1.6e9 + 7200 * seed))
    return folder


def call(module: ModuleType, out: Path, words: Sequence[object], *more: object) -> None:
    assert module.main([str(word) for word in (*words, *more)]) == 0
    assert leftovers(out) == []


def fit(shoot: Path, out: Path) -> tuple[ModuleType, list[object]]:
    given = ["--raw", shoot / "raw", "--tif", shoot / "edited", "--device", "cpu", "--xmp"]
    return scripts.dng_tif_to_json, [*given, "--manifest", "--output", out]


def import_(shoot: Path, out: Path) -> tuple[ModuleType, list[object]]:
    return scripts.import_edits, [shoot / "edits", "--manifest", out / "dataset_manifest.jsonl"]


def predict(shoot: Path, out: Path) -> tuple[ModuleType, list[object]]:
    return run.inference, ["--input", shoot / "raw", "--batch", "--export-json", "--output", out]


def timeless(document: Any) -> Any:
    """A JSON document without what says how long things took, and when."""
    if isinstance(document, dict):
        return {key: timeless(value) for key, value in document.items() if key not in TIMES}
    return [timeless(value) for value in document] if isinstance(document, list) else document


def results(out: Path) -> dict[str, Any]:
    """What a run has left, without times; then it is removed."""
    found: dict[str, Any] = {}
    for path in sorted(p for p in out.rglob("*") if p.is_file()):
        data: Any = path.read_bytes()
        if path.suffix == ".json":
            data = timeless(json.loads(data))
        elif path.suffix == ".xmp":
            data = undated(data)
        elif path.name == "fit_report.html":
            data = b""  # it tells how long fits took
        found[path.relative_to(out).as_posix()] = data
    shutil.rmtree(out)
    return found


def loud(errors: str) -> list[str]:
    return [line for line in errors.splitlines() if line.startswith(("ERROR", "WARNING"))]


def figures(out: Path) -> tuple[Any, list[dict[str, str]]]:
    """What an evaluation found, without the seconds."""
    with (out / "per_image.csv").open(encoding="utf-8", newline="") as file:
        lines = [
            {name: cell for name, cell in line.items() if "seconds" not in name}
            for line in csv.DictReader(file)
        ]
    return timeless(json.loads((out / "metrics.json").read_text(encoding="utf-8"))), lines


@contextlib.contextmanager
def killing_one(cluster: Any, begun: Callable[[], bool]) -> Iterator[None]:
    """Kill a worker as soon as something has begun."""
    killed = []

    def kill() -> None:
        until = time.monotonic() + 120.0
        while not begun() and time.monotonic() < until:
            time.sleep(0.01)
        killed.append(os.kill(next(iter(cluster.workers.values())).pid, signal.SIGKILL))

    thread = threading.Thread(target=kill)
    thread.start()
    yield
    thread.join()
    assert killed


@pytest.mark.slow
@pytest.mark.parametrize("command", [fit, import_, predict])
def test_a_cluster_makes_the_same_with_a_worker_killed(command, cluster, shoot, tmp_path) -> None:
    out = tmp_path / "out"
    module, words = command(shoot, out)
    call(module, out, words)
    wanted = results(out)
    with killing_one(cluster, lambda: any(out.glob("data/*.json"))):
        call(module, out, words, "--cluster", cluster.scheduler_address)
    assert results(out) == wanted
    assert len([name for name in wanted if name.startswith("data/")]) == COUNT


@pytest.mark.slow
def test_rendering_on_a_cluster(cluster, shoot, checkpoint, tmp_path, capsys) -> None:
    """With a model, a contact sheet and a picture that cannot be read; each worker, as the process
    alone, multiplies matrices in one thread, on whose number their last digit depends."""
    raws, out = tmp_path / "raws", tmp_path / "out"
    shutil.copytree(shoot / "raw", raws)
    (raws / "bad.dng").write_bytes(b"no picture")
    words = ["--checkpoint", checkpoint, "--input", raws, "--batch", "--output", out]
    words += ["--srgb-output", "--contact-sheet", "--export-json", "--device", "cpu"]
    given = [str(word) for word in words]
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    command = [sys.executable, str(run.predict_and_render.__file__), *given]
    alone = subprocess.run(
        command, env=os.environ | threads, stderr=subprocess.PIPE, text=True, check=False
    )
    assert alone.returncode == 1
    wanted = results(out)
    given += ["--cluster", cluster.scheduler_address]
    assert run.predict_and_render.main(given) == 1
    errors = capsys.readouterr().err
    assert loud(errors) == loud(alone.stderr)
    assert len(loud(errors)) == 1
    assert run.predict_and_render.main(given) == 1
    assert f"{COUNT} of {COUNT + 1} pictures are done already" in capsys.readouterr().err
    found = results(out)
    for one in (found, wanted):
        one["report.json"].pop("last_run")
    assert found == wanted


@pytest.mark.slow
@pytest.mark.parametrize("command", [fit, import_, predict])
def test_parts_are_the_whole(command, shoot, tmp_path) -> None:
    """Also in a run of all afterwards, which does nothing but take them together."""
    out = tmp_path / "out"
    module, words = command(shoot, out)
    call(module, out, words)
    wanted = results(out)
    made: dict[str, Any] = {}
    for part in (1, 2, 3):
        call(module, out, words, "--shard", f"{part}/3")
        new = {file: file.stat().st_mtime_ns for file in out.glob("data/*.json")}
        assert made.items() <= new.items()  # what others did is left alone
        made = new
    assert len(made) == COUNT
    call(module, out, words)
    assert {file: file.stat().st_mtime_ns for file in out.glob("data/*.json")} == made
    found = results(out)
    for one in (found, wanted):  # what the last run did, which here was nothing
        one.get("report.json", {}).pop("last_run", None)
    assert found == wanted


@pytest.mark.slow
def test_evaluation_in_parts_and_on_a_cluster(cluster, checkpoint, tmp_path) -> None:
    """The same figures, and nothing measured twice."""
    manifest = write_set(tmp_path / "set")
    out = tmp_path / "out"
    words = ["--checkpoint", checkpoint, "--manifest", manifest, "--expert", "c"]
    words += ["--output", out, "--device", "cpu", "--cache", tmp_path / "cache", "--workers", 0]
    call(run.evaluate, out, words)
    wanted = figures(out)
    shutil.rmtree(out)
    call(run.evaluate, out, words, "--shard", "1/2")
    first = set(os.listdir(out / "measured"))
    assert not (out / "metrics.json").exists()
    call(run.evaluate, out, words, "--shard", "2/2", "--cluster", cluster.scheduler_address)
    both = set(os.listdir(out / "measured"))
    assert first < both
    call(run.evaluate, out, words)
    assert set(os.listdir(out / "measured")) == both
    assert figures(out) == wanted
