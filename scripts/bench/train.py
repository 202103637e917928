"""The `train` part of scripts/benchmark.py: the loader's cache, and where a step's time goes."""

import argparse
import itertools
import logging
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from cli.types import whole_number
from params.files import REPO_ROOT
from params.record import PROCESSES
from scripts.bench.fit import find

log = logging.getLogger(__name__)

Figures = Iterable[tuple[str, str]]
EPOCHS = 20


def add_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--pairs",
        type=Path,
        default=REPO_ROOT / "samples",
        help="folder of RAW files and edited TIFFs (photo.tif, photo__NAME.tif)",
    )
    parser.add_argument("--backbone", default="vit_small_patch16_224", help="any timm model")
    parser.add_argument(
        "--image-size", type=whole_number(16, 2048), default=224, help="model input, pixels"
    )
    parser.add_argument(
        "--edit-resolution", type=whole_number(16), default=512, help="long side of the pairs"
    )
    parser.add_argument("--batch-size", type=whole_number(1), default=8, help="pictures a step")
    parser.add_argument("--steps", type=whole_number(1), default=5, help="steps to time")
    parser.add_argument(
        "--process", type=int, choices=PROCESSES, default=1, help="edit process of the layer"
    )


def run(args: argparse.Namespace) -> None:
    pairs = list(find(args.pairs).values())
    with tempfile.TemporaryDirectory() as name:
        samples = make_samples(pairs, Path(name), args)
        for part in (loader_figures(pairs, samples, args), step_figures(samples, args)):
            for what, figure in part:
                print(f"{what:56} {figure}", flush=True)


def make_samples(pairs: Sequence[tuple[Path, Path]], folder: Path, args: argparse.Namespace) -> Any:
    """The pairs as training samples with a fresh cache; their edits are neutral."""
    from dataset.manifest import make_entry
    from dataset.samples import Samples, SampleSettings
    from imaging.preview import read_proxy, save_preview
    from params.ranges import neutral_params
    from params.record import Record, write_record

    entries = []
    for i, (raw, tif) in enumerate(pairs):
        preview, data = folder / f"{i}.png", folder / f"{i}.json"
        save_preview(preview, read_proxy(raw, process=args.process))
        write_record(data, Record(neutral_params(), process=args.process))
        entries.append(
            make_entry(
                id=str(i),
                split="training",
                expert="c",
                raw=raw,
                tif=tif,
                preview=preview,
                data=data,
            )
        )
    return Samples(
        entries,
        SampleSettings(args.image_size, process=args.process, edit_resolution=args.edit_resolution),
        cache=folder / "cache",
        desc="prepare",
    )


def loader_figures(
    pairs: Sequence[tuple[Path, Path]], samples: Any, args: argparse.Namespace
) -> Figures:
    """Samples a second on one thread, as in a loading process: cached, and decoded in the loop."""
    import torch
    from torch.utils.data import DataLoader

    from dataset.batch_plan import BatchPlan
    from dataset.pairs import load_pair
    from dataset.samples import collate
    from imaging.preview import make_preview
    from model.preprocess import preview_to_tensor

    def decode() -> None:
        for raw, tif in pairs:
            pair = load_pair(raw, tif, args.edit_resolution, args.process)
            preview_to_tensor(make_preview(pair.proxy), args.image_size)

    plan = BatchPlan(samples.shapes(), args.batch_size, shuffle=True, flip=True)
    loader = DataLoader(samples, batch_sampler=plan, collate_fn=collate)

    def read() -> None:
        for _ in range(EPOCHS):
            for _ in loader:
                pass

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    decode()  # the files are in the system's cache for both
    decoding, reading = len(pairs) / _seconds(decode), EPOCHS * len(samples) / _seconds(read)
    torch.set_num_threads(threads)
    yield "loader, decoding in the loop", f"{decoding:.2f} samples/s"
    yield "loader, from the cache", f"{reading:.1f} samples/s"
    yield "ratio", f"{reading / decoding:.0f}"


def step_figures(samples: Any, args: argparse.Namespace) -> Figures:
    """Samples a second of training, with and without the picture loss, and its shares."""
    import torch

    from dataset.samples import collate
    from model.autopilot import AutoPilotRegressor
    from model.config import AutoPilotConfig, BackboneConfig
    from model.device import pick_device
    from model.engine import Trainer, to_device
    from model.loop_settings import LoopSettings
    from model.losses import HybridLoss

    device = pick_device(args.device)
    config = AutoPilotConfig(
        BackboneConfig(args.backbone, image_size=args.image_size), process=args.process
    )
    numbers = itertools.islice(itertools.cycle(range(len(samples))), args.batch_size)
    batch = to_device(collate([samples[i] for i in numbers]), device)

    def seconds_of_step(image_weight: float) -> float:
        torch.manual_seed(0)
        model = AutoPilotRegressor(config)
        loss = HybridLoss(image_weight, args.process)
        settings = LoopSettings(epochs=1, lr=1e-6, amp=device.type == "cuda")
        trainer = Trainer(model, loss, settings, device)

        def epoch(steps: int = args.steps) -> None:
            trainer.epoch = 0
            trainer.run([batch] * steps, None, lambda result: None)

        epoch(1)  # warm
        return _seconds(epoch, device) / args.steps

    with_layer, without = seconds_of_step(0.7), seconds_of_step(0.0)
    precision = "bf16 or fp16" if device.type == "cuda" else "float32"
    name = f"{args.backbone} at {args.image_size}, {precision}, {device.type}"
    yield f"training {name}: parameters alone", f"{args.batch_size / without:.1f} samples/s"
    what = f"with the edit layer (process {args.process}) at {args.edit_resolution}"
    yield what, f"{args.batch_size / with_layer:.1f} samples/s"
    layer = _seconds(lambda: _layer_step(batch, args.process, args.steps), device) / args.steps
    yield "  of a step: the edit layer, forward and backward", f"{layer / with_layer:.0%}"
    rest = max(0.0, with_layer - without - layer)
    yield "  of a step: the rest of the picture loss", f"{rest / with_layer:.0%}"


def _layer_step(batch: dict[str, Any], process: int, steps: int) -> None:
    """The edit layer as the loss uses it, on a mild edit, with gradients to the sliders."""
    import torch

    from model.losses import HybridLoss
    from params.ranges import CURVE_NAME, denormalize_scalars

    loss = HybridLoss(1.0, process)
    raw, valid = batch["raw"].float(), batch["valid"]
    for _ in range(steps):
        norm = {k: v.clone().requires_grad_() for k, v in batch["params"].items()}
        edit = denormalize_scalars(norm) | {CURVE_NAME: norm[CURVE_NAME]}
        rendered = loss.render(raw, valid, edit, batch.get("shots"))
        torch.autograd.backward(rendered, torch.ones_like(rendered))


def _seconds(work: Callable[[], Any], device: Any = None) -> float:
    """The best of three runs."""
    import torch

    def once() -> float:
        started = time.perf_counter()
        work()
        if device is not None and device.type == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter() - started

    return min(once() for _ in range(3))
