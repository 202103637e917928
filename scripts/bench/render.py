"""The `render` part of scripts/benchmark.py: from RAW file to finished picture.

Memory first, on simulated RAW files of 18, 50 and 100 megapixels, each in a process of its own;
then whole commands on one RAW file, one after another, beside rawtherapee-cli and darktable-cli
where they are installed; then the edit alone, beside the edit layer.
"""

import argparse
import functools
import itertools
import logging
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cli.types import whole_number
from params.edit_process import PROCESSES, edit_process
from params.files import InputError
from params.panels import panel_sliders
from params.ranges import CURVE_NAME
from params.record import Record, write_record
from scripts.bench.commands import (
    OTHERS,
    Run,
    apply_params,
    other_converter,
    predict_and_render,
    python_code,
    raw_flag,
    run_process,
)

if TYPE_CHECKING:
    from imaging.camera import Shot

log = logging.getLogger(__name__)

MEGAPIXELS = (18, 50, 100)
PIXELS = 1 << 24  # at least, of a picture that is edited alone: as large as cameras have them
EDIT_TARGETS = {"basic panel": 100.0, "every panel": 40.0}  # MP/s on two cores
MEMORY_TARGET, GROWTH_TARGET = 1100.0, 40.0  # MB at 18 MP, bytes a pixel


class Spent(NamedTuple):
    """Seconds on the wall, and of all cores together."""

    seconds: float
    cpu: float


def add_flags(parser: argparse.ArgumentParser) -> None:
    raw_flag(parser)
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
        _show(bound_lines(args.raw, edits, args.runs, args.device))
        _show(stage_lines(folder, args.raw, edits[2]))


def _show(lines: Iterator[str]) -> None:
    for line in lines:
        print(line, flush=True)


def write_edits(folder: Path) -> dict[int, Path]:
    """Parameter files of one edit that moves everything, for each process."""
    from scripts.bench.fit import random_edit

    edit = random_edit(np.random.default_rng(1))
    edit[CURVE_NAME] = np.asarray(edit[CURVE_NAME]).tolist()
    paths = {process: folder / f"edit_{process}.json" for process in PROCESSES}
    for process, path in paths.items():
        write_record(path, Record(params=edit, process=process))
    return paths


def memory_lines(folder: Path, edit: Path, megapixels: tuple[int, ...]) -> Iterator[str]:
    """Peak memory of apply_params by the size of the picture."""
    from dataset.synthetic.write_dng import BLACK, WHITE, write_mosaic

    rng = np.random.default_rng(0)
    patch = rng.integers(BLACK, WHITE, (256, 256)).astype(np.uint16)
    found: list[tuple[float, float]] = []
    for size in megapixels:
        side = round((size * 1e6 / 6) ** 0.5 / 2) * 2  # 3:2
        raw = folder / f"{size}.dng"
        tiles = np.tile(patch, (2 * side // 256 + 1, 3 * side // 256 + 1))
        write_mosaic(raw, tiles[: 2 * side, : 3 * side])
        del tiles
        peak = run_process(apply_params(raw, edit, folder / "out.tif", "cpu")).megabytes
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
        f"apply_params, process {process}": apply_params(raw, edit, folder / "out.tif", device)
        for process, edit in edits.items()
    }
    for process in edits:
        name = f"predict_and_render, process {process}"
        checkpoint = folder / f"untrained_{process}.pt"
        run_process(python_code(_UNTRAINED.format(process=process, path=str(checkpoint))))
        commands[name] = predict_and_render(raw, checkpoint, folder / "rendered", device)
    for name in OTHERS:
        program = shutil.which(name)
        if program:
            commands[name] = other_converter(program, raw, folder)
        else:
            yield f"{name} is not installed here"
    measured: dict[str, list[Run]] = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            for old in folder.glob("out*.tif"):
                old.unlink()
            measured[name].append(run_process(command))
    yield f"\n{raw.name[:26]:26} {runs} runs each: best   median      cpu    memory"
    for name, times in measured.items():
        seconds = [one.seconds for one in times]
        yield (
            f"{name:38} {min(seconds):6.2f} s {statistics.median(seconds):6.2f} s "
            f"{min(one.cpu for one in times):6.2f} s {max(one.megabytes for one in times):6.0f} MB"
        )


def edit_lines(raw: Path, edits: dict[int, Path], runs: int, device: str) -> Iterator[str]:
    """The edit stage in megapixels a second, beside the edit layer; then with every panel."""
    from model import edit_layer
    from model.device import pick_device
    from model.render import render
    from params.record import read_record

    place = pick_device(device)
    yield ""
    for process, path in edits.items():
        pixels, shot = _large_picture(raw, process)
        params, out = read_record(path).params, np.empty_like(pixels)
        common: dict[str, Any] = {"process": process, "shot": shot, "device": place, "out": out}
        for name, edit in _edits_of(process, params).items():
            fast, layer = [], []
            for _ in range(runs + 1):  # the first warms up
                fast.append(_time(functools.partial(render, pixels, edit, **common)))
                layer.append(_time(functools.partial(edit_layer.render, pixels, edit, **common)))
            count = pixels.size / 3
            yield _edit_line(
                f"{process}, {name},", place.type, count, min(fast[1:]), min(layer[1:])
            )


def bound_lines(raw: Path, edits: dict[int, Path], runs: int, device: str) -> Iterator[str]:
    """What bounds process 2's edits, where the kernel renders them."""
    from model.device import pick_device
    from model.fused.library import library
    from params.record import read_record
    from scripts.bench.bounds import edit_bounds

    if pick_device(device).type != "cpu" or library() is None:
        return
    pixels, shot = _large_picture(raw, 2)
    params = read_record(edits[2]).params
    yield ""
    yield from edit_bounds(pixels, _edits_of(2, params), shot, runs)


def _large_picture(raw: Path, process: int) -> tuple[np.ndarray, "Shot"]:
    """A RAW file's pixels, so often that there are PIXELS of them, and its shot."""
    from imaging.raw_picture import RawPicture

    with RawPicture(raw) as picture:
        shot, pixels = picture.shot, picture.full(process)
    while pixels.size < 3 * PIXELS:
        pixels = np.tile(pixels, (2, 1, 1))
    return pixels, shot


def _edits_of(process: int, params: Any) -> dict[str, Any]:
    """What was drawn, and with it all sliders of all panels halfway up."""
    panels = panel_sliders(edit_process(process).panels)
    half = {s.name: 0.5 * (s.neutral + s.high) for s in panels}
    basic = {"basic panel": params}
    return basic | {"every panel": {**params, **half}} if panels else basic


def _edit_line(what: str, device: str, count: float, fast: Spent, layer: Spent) -> str:
    speed = count / 1e6 / fast.seconds
    target = EDIT_TARGETS[what.split(", ", 1)[1].rstrip(",")]
    line = (
        f"edit, process {what} on {device}: {speed:.1f} MP/s (target {target:.0f} on two "
        f"cores), {layer.seconds / fast.seconds:.1f} times as fast as the edit layer"
    )
    if device == "cpu":
        line += (
            f"; {1e9 * fast.cpu / count:.0f} ns of a core a pixel ({1e9 * layer.cpu / count:.0f})"
        )
    return line


def stage_lines(folder: Path, raw: Path, edit: Path) -> Iterator[str]:
    """Where a picture's time goes, each part alone in this process."""
    from imaging.raw import read_raw_linear_prophoto
    from imaging.raw_picture import RawPicture
    from imaging.tiff import write_tiff
    from model.render import render
    from params.record import read_record

    record = read_record(edit)
    with RawPicture(raw) as picture:
        shot, metadata, pixels = picture.shot, picture.metadata, picture.full(record.process)
    parts = {
        "decode": lambda: read_raw_linear_prophoto(raw, process=record.process),
        "edit": lambda: render(pixels, record.params, process=2, shot=shot, out=pixels),
        "TIFF": lambda: write_tiff(folder / "out.tif", pixels, metadata=metadata),
    }
    spent = {name: _time(part) for name, part in parts.items()}
    for name, code in {"torch": "import torch", "torch and timm": _TIMM}.items():
        loaded = run_process(python_code(code))
        spent[f"Python with {name}"] = Spent(loaded.seconds, loaded.cpu)
    yield "\nparts, process 2, each alone: seconds (of all cores together)"
    for name, one in sorted(spent.items(), key=lambda part: -part[1].cpu):
        yield f"{name:38} {one.seconds:6.2f} s {one.cpu:6.2f} s"


def _time(work: Callable[[], Any]) -> Spent:
    started, cpu = time.perf_counter(), time.process_time()
    work()
    return Spent(time.perf_counter() - started, time.process_time() - cpu)


_TIMM = "from model.backbones import import_timm\nimport_timm()"
_UNTRAINED = """
from pathlib import Path
from model.autopilot import AutoPilotRegressor
from model.config import AutoPilotConfig
from model.checkpoint import save_model
save_model(Path({path!r}), AutoPilotRegressor(AutoPilotConfig(process={process})))
"""
