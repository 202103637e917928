"""The `render` part of scripts/benchmark.py: from RAW file to finished picture.

Memory first, on simulated RAW files of 18, 50 and 100 megapixels, each in a process of its own;
then whole commands on one RAW file, one after another, beside rawtherapee-cli and darktable-cli
where they are installed; then the edit alone, beside the same layer called on large pieces.
"""

import argparse
import itertools
import logging
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from dataset.command_line import whole_number
from params.files import REPO_ROOT, InputError
from params.ranges import CURVE_NAME
from params.record import PROCESSES, Record, write_record

log = logging.getLogger(__name__)

MEGAPIXELS = (18, 50, 100)
EDIT_TARGETS = {1: 40.0, 2: 15.0}  # MP/s on two cores
MEMORY_TARGET, GROWTH_TARGET = 1100.0, 40.0  # MB at 18 MP, bytes a pixel
_OTHERS = ("rawtherapee-cli", "darktable-cli")


class Run(NamedTuple):
    """Of one process: seconds on the wall and of all cores together, and peak memory."""

    seconds: float
    cpu: float
    megabytes: float


def add_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--raw", type=Path, default=REPO_ROOT / "samples" / "raw" / "coffee.dng",
        help="RAW file to render",
    )  # fmt: skip
    parser.add_argument("--runs", type=whole_number(1), default=3, help="how often each")
    parser.add_argument(
        "--memory",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="peak memory as well; simulated RAW files take 340 MB of disk meanwhile",
    )


def run(args: argparse.Namespace) -> None:
    if not args.raw.is_file():
        raise InputError(f"{args.raw}: no such file")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        edits = write_edits(folder)
        # Before this process grows: on Linux a child's peak begins with its parent's.
        if args.memory:
            _show(memory_lines(folder, edits[2], MEGAPIXELS))
        _show(command_lines(folder, args.raw, edits, args.runs, args.device))
        _show(edit_lines(args.raw, edits, args.runs, args.device))
        _show(stage_lines(folder, args.raw, edits[2]))


def _show(lines: Iterator[str]) -> None:
    for line in lines:
        print(line, flush=True)


def write_edits(folder: Path) -> dict[int, Path]:
    """Parameter files of one edit that moves everything, for each process."""
    from scripts.bench_fit import random_edit

    edit = random_edit(np.random.default_rng(1))
    edit[CURVE_NAME] = np.asarray(edit[CURVE_NAME]).tolist()
    paths = {process: folder / f"edit_{process}.json" for process in PROCESSES}
    for process, path in paths.items():
        write_record(path, Record(params=edit, process=process))
    return paths


def memory_lines(folder: Path, edit: Path, megapixels: tuple[int, ...]) -> Iterator[str]:
    """Peak memory of apply_params by the size of the picture."""
    from dataset.simulate import BLACK, WHITE, write_mosaic

    rng = np.random.default_rng(0)
    patch = rng.integers(BLACK, WHITE, (256, 256)).astype(np.uint16)
    found: list[tuple[float, float]] = []
    for size in megapixels:
        side = round((size * 1e6 / 6) ** 0.5 / 2) * 2  # 3:2
        raw = folder / f"{size}.dng"
        tiles = np.tile(patch, (2 * side // 256 + 1, 3 * side // 256 + 1))
        write_mosaic(raw, tiles[: 2 * side, : 3 * side])
        del tiles
        peak = run_process(_apply(raw, edit, folder / "out.tif", "cpu")).megabytes
        raw.unlink()
        found.append((6e-6 * side * side, peak))
        yield f"peak memory at {size:3d} MP {peak:20.0f} MB"
    growth = max(
        (more[1] - less[1]) * 1.048576 / (more[0] - less[0])
        for less, more in itertools.pairwise(found)
    )
    yield f"memory grows by {growth:20.1f} bytes a pixel (target {GROWTH_TARGET:.0f})"


def command_lines(
    folder: Path, raw: Path, edits: dict[int, Path], runs: int, device: str
) -> Iterator[str]:
    """Whole commands, taking turns so that whatever else the machine does meets all of them."""
    commands = {
        f"apply_params, process {process}": _apply(raw, edit, folder / "out.tif", device)
        for process, edit in edits.items()
    }
    for process in edits:
        name = f"predict_and_render, process {process}"
        checkpoint = folder / f"untrained_{process}.pt"
        _python("-c", _UNTRAINED.format(process=process, path=str(checkpoint)))
        commands[name] = _predict(raw, checkpoint, folder / "rendered", device)
    for name in _OTHERS:
        program = shutil.which(name)
        if program:
            commands[name] = _other(program, raw, folder)
        else:
            yield f"{name} is not installed here"
    measured: dict[str, list[Run]] = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            for old in folder.glob("out*.tif"):
                old.unlink()
            measured[name].append(run_process(command))
    yield f"\n{raw.name}, {runs} runs each{'best':>20} {'median':>8} {'cpu':>8} {'memory':>9}"
    for name, times in measured.items():
        seconds = [one.seconds for one in times]
        yield (
            f"{name:38} {min(seconds):6.2f} s {statistics.median(seconds):6.2f} s "
            f"{min(one.cpu for one in times):6.2f} s {max(one.megabytes for one in times):6.0f} MB"
        )


def edit_lines(raw: Path, edits: dict[int, Path], runs: int, device: str) -> Iterator[str]:
    """The edit stage in megapixels a second, and how many times as fast as without strips."""
    from imaging.camera import read_shot
    from imaging.raw import read_raw_linear_prophoto
    from model.device import pick_device
    from model.edit_layer import render
    from params.record import read_record

    place, shot = pick_device(device), read_shot(raw)
    yield ""
    for process, path in edits.items():
        pixels = read_raw_linear_prophoto(raw, process=process)
        while pixels.size < 3 << 22:  # a sample is over before threads have started
            pixels = np.tile(pixels, (2, 1, 1))
        params, out = read_record(path).params, np.empty_like(pixels)
        common: dict[str, Any] = {"process": process, "shot": shot, "device": place, "out": out}
        fast, plain = [], []
        for _ in range(runs + 1):  # the first warms up
            fast.append(_time(lambda c=common, x=pixels, p=params: render(x, p, **c)))
            plain.append(_time(lambda c=common, x=pixels, p=params: _in_large_pieces(x, p, **c)))
        speed = pixels.size / 3e6 / min(fast[1:])
        line = (
            f"edit, process {process}, on {place}: {speed:.1f} MP/s (target "
            f"{EDIT_TARGETS[process]:.0f}), {min(plain[1:]) / min(fast[1:]):.1f} times as fast as "
            "the layer on pieces of a megapixel"
        )
        if speed < EDIT_TARGETS[process] and place.type == "cpu":
            line += f"; {_what_bounds(pixels, params, common, min(fast[1:]))}"
        yield line


def _in_large_pieces(
    pixels: np.ndarray, params: Any, *, process: int, shot: Any, device: Any, out: np.ndarray
) -> None:
    """The layer without any of model.strips: what render() was before it."""
    import torch

    from imaging.resize import fit_long_side
    from model.edit_layer import PROXY_LONG_SIDE, DifferentiableEditLayer, params_to_tensors
    from model.scene import Scene
    from model.strips import to_pixels, to_tensor

    with torch.inference_mode():
        layer, values = DifferentiableEditLayer(process), params_to_tensors(params, device)
        proxy = to_tensor(fit_long_side(pixels, PROXY_LONG_SIDE), device)
        whole = layer.look_at(proxy, values, [shot]) if layer.looks else None
        height, width = pixels.shape[:2]
        rows = max(1, (1 << 20) // width)
        for top in range(0, height, rows):
            part = whole.strip(top, height) if isinstance(whole, Scene) else whole
            strip = to_tensor(pixels[top : top + rows], device)
            out[top : top + rows] = to_pixels(layer(strip, values, part))


def _what_bounds(pixels: np.ndarray, params: Any, common: dict[str, Any], seconds: float) -> str:
    """How much of the cores' time a render gets, and what it needs."""
    import torch

    from model.edit_layer import render

    before = time.process_time()
    started = time.perf_counter()
    render(pixels, params, **common)
    used = time.process_time() - before
    share = used / (time.perf_counter() - started)
    need = 1e9 * 3 * used / pixels.size
    return (
        f"it needs {need:.0f} ns of a core a pixel, and got {share:.1f} of "
        f"{torch.get_num_threads()} cores"
    )


def stage_lines(folder: Path, raw: Path, edit: Path) -> Iterator[str]:
    """Where a picture's time goes, each part alone in this process."""
    from imaging.camera import read_shot
    from imaging.metadata import read_metadata
    from imaging.raw import read_raw_linear_prophoto
    from imaging.tiff import write_tiff
    from model.edit_layer import render
    from params.record import read_record

    record, shot, metadata = read_record(edit), read_shot(raw), read_metadata(raw)
    loading = min(_time(lambda: _python("-c", "import torch")) for _ in range(2))
    begun = time.perf_counter()
    pixels = read_raw_linear_prophoto(raw, process=record.process)
    decode = time.perf_counter() - begun
    edited = _time(lambda: render(pixels, record.params, process=2, shot=shot, out=pixels))
    written = _time(lambda: write_tiff(folder / "out.tif", pixels, metadata=metadata))
    yield (
        f"\nparts, process 2: Python and torch {loading:.2f} s, decode {decode:.2f} s, edit "
        f"{edited:.2f} s, TIFF {written:.2f} s"
    )


def run_process(command: list[str]) -> Run:
    """Run a command to its end. Raises InputError where it fails."""
    started = time.perf_counter()
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - started
        if process.returncode:
            output.seek(0)
            last = output.read().decode(errors="replace").strip().splitlines()[-1:]
            raise InputError(f"{' '.join(command[:3])} …: failed: {' '.join(last)}")
    kilobytes = usage.ru_maxrss / (1024 if sys.platform == "darwin" else 1)
    return Run(seconds, usage.ru_utime + usage.ru_stime, kilobytes / 1024)


def _time(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


_UNTRAINED = """
from pathlib import Path
from model.autopilot import AutoPilotConfig, AutoPilotRegressor
from model.checkpoint import save_model
save_model(Path({path!r}), AutoPilotRegressor(AutoPilotConfig(process={process})))
"""


def _python(*words: str) -> None:
    subprocess.run([sys.executable, *words], cwd=REPO_ROOT, check=True)


def _apply(raw: Path, edit: Path, out: Path, device: str) -> list[str]:
    script = str(REPO_ROOT / "scripts" / "apply_params.py")
    words = [str(raw.resolve()), str(edit), "--out", str(out), "--device", device]
    return [sys.executable, script, *words]


def _predict(raw: Path, checkpoint: Path, output: Path, device: str) -> list[str]:
    script = str(REPO_ROOT / "run" / "predict_and_render.py")
    words = ["--checkpoint", str(checkpoint), "--input", str(raw.resolve())]
    words += ["--output", str(output), "--overwrite", "--device", device]
    return [sys.executable, script, *words]


def _other(program: str, raw: Path, folder: Path) -> list[str]:
    """Its defaults, to an uncompressed 16-bit TIFF."""
    out = str(folder / f"out {Path(program).name}.tif")
    if Path(program).name == "rawtherapee-cli":
        return [program, "-q", "-d", "-o", out, "-t", "-b16", "-Y", "-c", str(raw.resolve())]
    options = {"configdir": str(folder / "darktable"), "library": ":memory:"}
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    conf = ["--conf", "plugins/imageio/format/tiff/bpp=16"]
    return [program, str(raw.resolve()), out, "--icc-type", "PROPHOTO_RGB", "--core", *words, *conf]
