"""The `data` part of scripts/benchmark.py: manifests, scanning, and many fits in a row."""

import argparse
import json
import logging
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from cli.types import whole_number
from dataset.manifest import merge_manifest, read_manifest
from dataset.set_folder import Outputs

log = logging.getLogger(__name__)

LINES, FILES, PAIRS = 100_000, 25_000, 200


def add_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--count", type=whole_number(2), default=PAIRS, help="how many simulated pairs to fit"
    )


def run(args: argparse.Namespace) -> None:
    from model.device import pick_device

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in (
            manifest_figures(folder / "manifest.jsonl"),
            scan_figures(folder / "tree"),
            fit_figures(folder / "fit", args.count, str(pick_device(args.device))),
        ):
            for what, figure in part:
                print(f"{what:48} {figure}", flush=True)


def _timed(started: float) -> str:
    return f"{time.perf_counter() - started:.2f} s"


def manifest_figures(path: Path) -> Iterator[tuple[str, str]]:
    """(what, figure) as they come."""
    with path.open("w") as file:
        for i in range(LINES):
            name = f"a{i:06d}-photo"
            line = {
                "id": name,
                "split": "training",
                "expert": "c",
                "raw": f"data/MITAboveFiveK/raw/Canon_EOS_5D/{name}.dng",
                "tif": f"data/MITAboveFiveK/processed/tiff16_c/{name}.tif",
                "preview": f"outputs/preview/{name}.png",
                "data": f"outputs/data/{name}.json",
            }
            file.write(json.dumps(line) + "\n")
    started = time.perf_counter()
    entries = read_manifest(path)
    yield f"manifest of {LINES} lines: load", _timed(started)
    started = time.perf_counter()
    merge_manifest(path, entries[::2])
    yield f"manifest of {LINES} lines: merge {LINES // 2} more", _timed(started)


def scan_figures(root: Path) -> Iterator[tuple[str, str]]:
    """FiveK's shape: a fifth RAWs, the rest TIFFs."""
    from dataset.fivek.pictures import FiveK

    count = FILES // 5
    for i in range(count):
        folders = [f"raw/Camera_{i % 40}"] + [f"processed/tiff16_{e}" for e in "abcd"]
        for folder in folders:
            path = root / folder / f"a{i:04d}-photo.{'dng' if 'raw' in folder else 'tif'}"
            if i < 40:
                path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
    listing: dict[str, dict[str, str]] = {f"a{i:04d}-photo": {} for i in range(count)}
    (root / "training.json").write_text(json.dumps(listing))
    started = time.perf_counter()
    pictures = FiveK(root, "training", "abcd")
    yield f"tree of {FILES} files: {len(pictures)} pictures found", _timed(started)


def fit_figures(
    root: Path, pairs: int, device: str, height: int = 2000
) -> Iterator[tuple[str, str]]:
    """Simulated pairs, by default of 6 MP, fitted one after another in this process."""
    from dataset.synthetic.write_dng import write_dng
    from imaging.raw import read_raw_linear_prophoto
    from imaging.tiff import write_tiff
    from model.render import render
    from params.ranges import neutral_params
    from stages.fit.fit_many import fit_many
    from stages.fit.fit_pair import Job
    from stages.fit.settings import FitSettings

    raw, tif = root / "one.dng", root / "one.tif"
    write_dng(raw, _scene(height, height * 3 // 2))
    edit = neutral_params() | {"Exposure2012": 0.6, "Shadows2012": 30.0, "Vibrance": 20.0}
    write_tiff(tif, render(read_raw_linear_prophoto(raw), edit))
    jobs = []
    for i in range(pairs):
        for path in (raw, tif):
            os.link(path, root / f"{i:04d}{path.suffix}")
        jobs.append(Job(f"{i:04d}", "training", "c", root / f"{i:04d}.dng", root / f"{i:04d}.tif"))
    outputs, settings = Outputs(root / "out"), FitSettings(device=device)
    warm = min(20, pairs // 2)
    fit_many(jobs[:warm], outputs, settings, outputs.manifest)
    before, started = _resident(), time.perf_counter()
    fit_many(jobs[warm:], outputs, settings, outputs.manifest)
    seconds = (time.perf_counter() - started) / max(pairs - warm, 1)
    after = _resident()
    megapixels = height * (height * 3 // 2) / 1e6
    yield f"a pair of {megapixels:.1f} MP: decode, align, fit, write", f"{seconds:.2f} s"
    if before and after:
        yield f"memory after {warm} pairs, after {pairs}", f"{before:.0f} MB, {after:.0f} MB"
    started = time.perf_counter()
    fit_many(jobs, outputs, settings, outputs.manifest)
    yield f"a second run over {pairs} finished pairs", _timed(started)


def _scene(height: int, width: int) -> np.ndarray:
    """Coloured blobs of several sizes: HxWx3 float32 linear ProPhoto."""
    import cv2

    random = np.random.default_rng(0)
    picture = np.zeros((height, width, 3), np.float32)
    for cells in (3, 8, 20, 50, 150):
        grid = random.random((cells * height // width, cells, 3), np.float32)
        grid = 0.7 * grid.mean(axis=2, keepdims=True) + 0.3 * grid
        picture += cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)
    return (picture / 5.5 - 0.05).clip(0.02, 0.9)


def _resident() -> float | None:
    """Memory of this process now, MB; None where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return None
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
