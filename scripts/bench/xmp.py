"""The `xmp` part of scripts/benchmark.py: what an edit loses on its way through XMP.

Random edits, or the parameter files of fits (--settings), are written as XMP, read back and
rendered beside the edit itself; and how near 16 whole-number points came to their curves.
"""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from cli.types import whole_number
from params.curve_points import choose_points
from params.edit_process import PROCESSES, edit_process
from params.files import REPO_ROOT, InputError
from params.ranges import CURVE_NAME, SLIDER_NAMES, neutral_params
from params.record import Record, read_record
from params.xmp import CURVE_TOLERANCE, record_to_xmp, xmp_to_params
from params.xmp_curve import wanted_curve
from params.xmp_settings import read_settings

SIDE = 256


def add_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--raw",
        type=Path,
        nargs="+",
        default=sorted((REPO_ROOT / "samples" / "raw").glob("*")),
        help="RAW files to render",
    )
    parser.add_argument(
        "--settings", type=Path, help="folder of parameter files to take in place of random edits"
    )
    parser.add_argument("--count", type=whole_number(1), default=30, help="random edits a process")


def run(args: argparse.Namespace) -> None:
    if args.settings:
        records = [read_record(path) for path in sorted(args.settings.glob("*.json"))]
        if not records:
            raise InputError(f"{args.settings}: no parameter files in it")
    else:
        random = np.random.default_rng(0)
        records = [
            Record(random_edit(random, process), process=process)
            for process in PROCESSES
            for _ in range(args.count)
        ]
    for process in PROCESSES:
        given = [record for record in records if record.process == process]
        if given:
            print(f"edit process {process}, {len(given)} edits", flush=True)
            print(f"  {curve_figures(given)}", flush=True)
            print(f"  {picture_figures(given, args.raw)}", flush=True)


def random_edit(random: np.random.Generator, process: int) -> dict[str, Any]:
    """Sliders about as far from neutral as photographers move them, curves as the model's."""
    params: dict[str, Any] = neutral_params()
    params |= {name: random.normal(0.0, 25.0) for name in SLIDER_NAMES[3:]}
    params["Exposure2012"] = random.normal(0.0, 0.6)
    params["Temperature"] = 6500.0 * np.exp(random.normal(0.0, 0.15))
    if "Tint" not in edit_process(process).redundant_sliders:
        params["Tint"] = random.normal(0.0, 8.0)
    steps = np.log1p(np.exp(random.normal(0.0, 0.5, 16)))
    curve = np.cumsum(steps) - steps[0]
    return params | {CURVE_NAME: (curve / curve[-1]).tolist()}


def curve_figures(records: Sequence[Record]) -> str:
    started, misses = time.process_time(), []
    for record in records:
        wanted = wanted_curve(record.params[CURVE_NAME], record.process)
        misses.append(choose_points(wanted, CURVE_TOLERANCE)[1])
    near = sum(miss <= CURVE_TOLERANCE for miss in misses)
    seconds = (time.process_time() - started) / len(misses)
    return (
        f"curves: {near} of {len(misses)} within {CURVE_TOLERANCE} of 255, median "
        f"{np.median(misses):.2f}, worst {max(misses):.2f}; {seconds:.2f} CPU seconds each"
    )


def picture_figures(records: Sequence[Record], raws: Sequence[Path]) -> str:
    """Each edit on each picture."""
    from imaging.metrics import delta_e00
    from imaging.raw_picture import RawPicture
    from imaging.resize import fit_long_side
    from model.render import render

    process, differences = records[0].process, []
    for raw in raws:
        with RawPicture(raw) as file:
            shot, picture = file.shot, fit_long_side(file.proxy(process), SIDE)
        for record in records:
            color: dict[str, Any] = {"camera": shot.color, "neutral": shot.neutral}
            settings = read_settings(record_to_xmp(record, **color, warn=lambda _: None))
            knots = edit_process(process).curve_knots_read
            back, _ = xmp_to_params(settings, process, knots=knots, **color)
            how: dict[str, Any] = {"process": process, "shot": shot, "masks": record.masks}
            before, after = (render(picture, params, **how) for params in (record.params, back))
            differences.append(float(delta_e00(before, after).mean()))
    return (
        f"through XMP and back: mean ΔE00 {np.mean(differences):.3f}, 95 % within "
        f"{np.percentile(differences, 95):.3f}, worst {max(differences):.3f}"
    )
