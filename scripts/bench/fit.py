"""The `fit` part of scripts/benchmark.py: speed and closeness of the two solvers."""

import argparse
import logging
import time
from pathlib import Path
from typing import Any

import numpy as np

from cli.types import panels, whole_number
from model.fit_options import FitOptions
from params.edit_process import DEFAULT_PROCESS, PROCESSES
from params.files import REPO_ROOT, InputError
from params.ranges import CURVE_NAME, SLIDER_NAMES, SLIDERS, neutral_params

log = logging.getLogger(__name__)


def add_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--pairs",
        type=Path,
        default=REPO_ROOT / "samples",
        help="folder of RAW files and edited TIFFs (photo.tif, photo__NAME.tif)",
    )
    parser.add_argument(
        "--process",
        type=int,
        choices=PROCESSES,
        default=DEFAULT_PROCESS,
        help="edit process of the pairs' fits; the rest is measured in process 1",
    )
    parser.add_argument(
        "--steps", type=whole_number(0), default=800, help="Adam's steps; 0 leaves Adam out"
    )
    parser.add_argument(
        "--sliders",
        type=panels,
        default=FitOptions.sliders,
        help="panels that lm moves, as in fitting: basic,mixer",
    )
    parser.add_argument(
        "--plausible",
        type=float,
        default=FitOptions.plausible,
        help="the weight of what photographers do, as in fitting",
    )
    parser.add_argument(
        "--known", type=whole_number(0), default=0, help="random known edits to recover"
    )
    parser.add_argument(
        "--batch", type=whole_number(0), default=0, help="known edits to fit side by side"
    )


def run(args: argparse.Namespace) -> None:
    pairs = find(args.pairs)
    first = _prepare(*next(iter(pairs.values())), 1).pair
    _warm_up(first, args.process)
    options = FitOptions(process=args.process, sliders=args.sliders, plausible=args.plausible)
    _compare(pairs, args.steps, options)
    _jacobian(first)
    if args.known:
        _known(first, args.known)
    if args.batch:
        _side_by_side(first, args.batch, args.device)


def find(root: Path) -> dict[str, tuple[Path, Path]]:
    """TIFF stem -> (RAW, TIFF), for every TIFF whose name begins with a RAW's."""
    from dataset.pairs import TIFF_SUFFIXES, list_files
    from imaging.raw import RAW_SUFFIXES

    raws = {raw.stem: raw for raw in list_files(root, RAW_SUFFIXES)}
    pairs = {
        tif.stem: (raws[tif.stem.split("__")[0]], tif)
        for tif in list_files(root, TIFF_SUFFIXES)
        if tif.stem.split("__")[0] in raws
    }
    if not pairs:
        raise InputError(f"{root}: no RAW file with an edited TIFF")
    return pairs


def _prepare(raw: Path, tif: Path, process: int) -> Any:
    from stages.fit.fit_pair import Job, load
    from stages.fit.settings import FitSettings

    return load(Job(tif.stem, "", "", raw, tif), FitSettings(process=process))


def _warm_up(pair: Any, process: int) -> None:
    from model.fit import fit

    small = pair.raw[::4, ::4], pair.target[::4, ::4]
    fit(*small, FitOptions(process=process))
    fit(*small, FitOptions(process=process, solver="adam", steps=2))


def _compare(pairs: dict[str, tuple[Path, Path]], steps: int, options: FitOptions) -> None:
    """Both solvers on every pair: seconds, ΔE00, and the sliders that lm moved."""
    from model.fit import fit

    head = f"{'pair':28} {'prepare':>8} {'before':>7} {'lm':>6} {'s':>6}"
    print(head + (f" {'adam':>6} {'s':>6} {'ratio':>6}" if steps else "") + "  sliders of lm")
    rows = []
    for name, (raw, tif) in pairs.items():
        started = time.perf_counter()
        loaded = _prepare(raw, tif, options.process)
        pair = loaded.pair
        prepared = time.perf_counter() - started
        lm = fit(pair.raw, pair.target, options, shot=loaded.shot)
        line = f"{name[:28]:28} {prepared:7.2f}s {lm.before.delta_e:7.2f}"
        line += f" {lm.after.delta_e:6.2f} {lm.seconds:6.2f}"
        row = [lm.before.delta_e, lm.after.delta_e, lm.seconds, prepared]
        if steps:
            slow = FitOptions(process=options.process, solver="adam", steps=steps)
            adam = fit(pair.raw, pair.target, slow, shot=loaded.shot)
            ratio = adam.seconds / lm.seconds
            line += f" {adam.after.delta_e:6.2f} {adam.seconds:6.1f} {ratio:5.0f}x"
            row += [adam.after.delta_e, adam.seconds, ratio]
        print(line + "  " + _short(lm.params), flush=True)
        rows.append(row)
    table = np.array(rows)
    before, after, seconds, prepared = table[:, :4].T
    print(
        f"\n{len(rows)} pairs: ΔE00 {before.mean():.2f} before, {after.mean():.2f} by lm; solve "
        f"{np.median(seconds):.2f} s median, {seconds.max():.2f} s worst; with decode and "
        f"alignment {(seconds + prepared).max():.2f} s worst"
    )
    if steps:
        worse = (after > table[:, 4]).sum()
        print(
            f"Adam, {steps} steps: ΔE00 {table[:, 4].mean():.2f}, {np.median(table[:, 5]):.1f} s "
            f"median; lm is {np.median(table[:, 6]):.0f} times faster in the median, "
            f"{table[:, 6].min():.0f} times at least, and further off on {worse} pairs"
        )


def _jacobian(pair: Any) -> None:
    """The fit's derivative by chained duals against torch's forward mode, side by side."""
    import torch
    from torch.func import jvp, vmap

    from model.edit_layer import DifferentiableEditLayer
    from model.solve.jacobian import PixelResiduals
    from model.solve.perceptual import delta_e_basis, to_lab
    from model.solve.sampling import SAMPLES, sample_pixels
    from model.solve.unknowns import FitSpace

    raw, target, weights, _ = (
        torch.from_numpy(part)[None] for part in sample_pixels(pair.raw, pair.target, SAMPLES, 0)
    )
    lab = to_lab(target)
    layer = DifferentiableEditLayer(1)
    space = FitSpace(layer.process.rules, 16)
    residuals = PixelResiduals(layer, space, raw, lab, delta_e_basis(lab), weights)
    theta = np.zeros((1, space.size))
    params = residuals.params(theta)
    names = tuple(params)

    def values(*given: torch.Tensor) -> torch.Tensor:
        rendered = layer(raw[..., None], dict(zip(names, given, strict=True)))
        away = to_lab(rendered[..., 0]) - lab
        return torch.einsum("bnij,bjn->bin", residuals.basis, away)

    def torchs_own() -> None:
        _, changes = space.tangents(theta, names)
        directions = tuple(torch.from_numpy(change).float() for change in changes)
        vmap(lambda *d: jvp(values, tuple(params.values()), d)[1])(*directions)

    times = {}
    for name, function in (
        ("chained", lambda: residuals.values_and_jacobian(theta)),
        ("torch", torchs_own),
    ):
        function()
        samples = []
        for _ in range(15):
            started = time.perf_counter()
            function()
            samples.append(time.perf_counter() - started)
        times[name] = 1000 * float(np.median(samples))
    print(
        f"Jacobian of {SAMPLES} pixels: {times['chained']:.1f} ms chained, {times['torch']:.1f} ms "
        f"by torch.func: {times['torch'] / times['chained']:.1f} times"
    )


def _known(pair: Any, count: int) -> None:
    """Random edits of a real picture: is the picture found again, and each slider?"""
    from tqdm import tqdm

    from model.edit_layer import render
    from model.fit import fit

    rng = np.random.default_rng(0)
    misses, wanted, found = [], [], []
    for _ in tqdm(range(count), desc="known edits", unit="edit"):
        edit = random_edit(rng)
        result = fit(pair.raw, render(pair.raw, edit), FitOptions(process=1))
        misses.append(result.after.delta_e)
        wanted.append([edit[name] for name in SLIDER_NAMES])
        found.append([result.params[name] for name in SLIDER_NAMES])
    print(
        f"\n{count} known edits: ΔE00 {np.mean(misses):.3f} mean, "
        f"{np.percentile(misses, 95):.3f} 95th percentile, {np.max(misses):.3f} worst"
    )
    errors = np.array(found) - np.array(wanted)
    print(f"{'slider':16} {'spread':>8} {'median error':>13} {'trades off against':>34}")
    related = np.atleast_2d(np.corrcoef(errors.T + 1e-9 * rng.normal(size=errors.T.shape)))
    for i, name in enumerate(SLIDER_NAMES):
        if name == "Tint":
            continue
        strength = -np.abs(related[i])
        others = [j for j in strength.argsort() if j != i and SLIDER_NAMES[j] != "Tint"][:2]
        against = ", ".join(f"{SLIDER_NAMES[j]} {related[i, j]:+.2f}" for j in others)
        spread = np.std(np.array(wanted)[:, i])
        print(f"{name:16} {spread:8.2f} {np.median(np.abs(errors[:, i])):13.2f} {against:>34}")


def _side_by_side(pair: Any, count: int, device_name: str) -> None:
    """Pairs a second, one by one on the CPU and as one batch on the device; how far apart."""
    from model.device import pick_device
    from model.edit_layer import render
    from model.fit import solve_pairs

    rng, device = np.random.default_rng(0), pick_device(device_name)
    pairs = [(pair.raw, render(pair.raw, random_edit(rng))) for _ in range(count)]
    slow, fast = FitOptions(process=1), FitOptions(process=1, device=str(device))
    solve_pairs(pairs[:2], fast)  # warm-up
    started = time.perf_counter()
    together = solve_pairs(pairs, fast)
    batch = time.perf_counter() - started
    few = pairs[:16]
    started = time.perf_counter()
    alone = [solve_pairs([one], slow)[0] for one in few]
    single = (time.perf_counter() - started) / len(few)
    apart = max(
        float(np.abs(render(pair.raw, a.params) - render(pair.raw, b.params)).mean())
        for a, b in zip(alone, together, strict=False)
    )
    print(
        f"{count} side by side on {device}: {count / batch:.1f} pairs a second; one by one on the "
        f"CPU: {1 / single:.1f}; pictures at most {apart:.1e} apart on average"
    )


def random_edit(rng: np.random.Generator) -> dict[str, Any]:
    """A photographer's edit: moderate sliders and a smooth curve; tint 0, as process 1 fits."""
    edit = neutral_params()
    edit["Temperature"] = float(1e6 / (1e6 / 6500 + rng.normal(0, 20)))
    edit["Exposure2012"] = float(rng.normal(0, 0.6))
    edit["Contrast2012"] = float(rng.uniform(-25, 50))
    for name in SLIDER_NAMES[4:]:
        edit[name] = float(np.clip(rng.normal(0, 25), -80, 80))
    edit[CURVE_NAME] = np.linspace(0, 1, 16) ** rng.uniform(0.75, 1.3)
    return edit


def _short(params: dict[str, Any]) -> str:
    """The sliders that moved: T+900 EV+0.5 Co+12 …"""
    moved = []
    for slider in SLIDERS:
        value = params[slider.name] - slider.neutral
        label = {"Temperature": "T", "Exposure2012": "EV"}.get(slider.name, slider.name[:2])
        if abs(value) > 0.005 * (slider.high - slider.low):
            moved.append(f"{label}{value:+.1f}" if label == "EV" else f"{label}{value:+.0f}")
    return " ".join(moved)
