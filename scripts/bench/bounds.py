"""What bounds the figures of scripts/benchmark.py: what no better edit or command can spare."""

import functools
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from imaging.camera import Shot
from imaging.resize import fit_size
from params.edit_process import PROCESS_2
from scripts.bench.commands import python_code, run_process

_BYTES = 24  # of a pixel, read and written in float32


def edit_bounds(
    pixels: np.ndarray, edits: Mapping[str, Any], shot: Shot | None, runs: int
) -> Iterator[str]:
    """Of process 2's edits of a picture by the kernel, which has to be there: memory alone, then
    what is done once a picture, and what each pixel takes.
    """
    from model.edit.whole import PROXY_LONG_SIDE
    from model.fused.edits import PictureEdits
    from model.fused.library import reduced, run, threads
    from model.fused.plan import Plan

    out, size = np.empty_like(pixels), (pixels.shape[0], pixels.shape[1])
    count = pixels.size / 3
    alone = _best(functools.partial(run, Plan(()), pixels, out), runs)
    yield (
        f"read and written alone: {count / 1e6 / alone:.0f} MP/s, "
        f"{_BYTES * count / 1e9 / alone:.1f} GB/s by {threads()} threads"
    )
    proxy = reduced(pixels, *fit_size(*size, PROXY_LONG_SIDE))
    small = _best(functools.partial(reduced, pixels, *proxy.shape[:2]), runs)
    for name, params in edits.items():

        def plan(params: Any = params) -> Plan:
            edits = PictureEdits(PROCESS_2.number, "plain", shot, lambda: proxy, size)
            return edits.plan(params)

        once, steps = _best(plan, runs), plan()
        each = _best(functools.partial(run, steps, pixels, out), runs)
        yield (
            f"{name}: {1e3 * small:.0f} ms for the proxy, {1e3 * once:.0f} ms on one core for the "
            f"tables, {1e3 * each:.0f} ms for {len(steps.steps)} steps on {count / 1e6:.1f} MP"
        )


def command_bounds(raw: Path) -> Iterator[str]:
    """Of whole commands on a RAW file: what they begin with, each in a process of its own."""
    parts = {
        "starting Python": [sys.executable, "-c", ""],
        "and NumPy and OpenCV": python_code("import numpy, cv2"),
        "and decoding at full size": python_code(_DECODE.format(path=str(raw.resolve()))),
    }
    for name, command in parts.items():
        spent = run_process(command)
        yield f"{name}: {spent.seconds:.2f} s, {spent.cpu:.2f} CPU seconds"


def _best(work: Callable[[], Any], runs: int) -> float:
    """Seconds on the wall, the least of several."""
    found = []
    for _ in range(runs + 1):
        started = time.perf_counter()
        work()
        found.append(time.perf_counter() - started)
    return min(found)


_DECODE = """
import os
os.environ["AUTO_ACR_IN_PROCESS"] = "1"
from imaging.demosaic_names import AUTO
from imaging.raw import read_raw_linear_prophoto
read_raw_linear_prophoto({path!r}, None, 2, AUTO)
"""
