"""Train the model that predicts Camera Raw parameters from a preview.

Writes checkpoint_epochXXX.pt, best.pt, last.pt, args.json, log.csv, curves.png and
validation.png to the output folder. On several GPUs, with --batch-size of each:
torchrun --nproc-per-node 4 run/train_autopilot.py …

Example:
  python run/train_autopilot.py --manifest outputs/dataset_manifest.jsonl --use-edit-layer
"""

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

# Ours before any installed package of the same name, from whichever folder this is called.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cli.command import Parser, common_flags, device_flags, run_command
from cli.train_flags import train_settings, training_flags
from cli.types import whole_number
from model.autopilot import AutoPilotConfig, AutoPilotRegressor
from model.backbones import BackboneConfig
from model.checkpoint import (
    config_to_dict,
    load_backbone_weights,
    load_model,
    save_model,
)
from model.device import pick_device
from model.distributed import training_group
from model.engine import EpochResult, Trainer
from model.torch_file import read_torch_file
from params.files import REPO_ROOT, InputError
from params.ranges import CURVE_KNOTS
from params.record import MASKS, PROCESSES
from stages.fit.refit import choose_process
from stages.train.data import make_loaders, make_loss, read_splits
from stages.train.run_folder import RunFolder

log = logging.getLogger(__name__)

DEFAULT_OUTPUT = REPO_ROOT / "run" / "checkpoints"


def build_parser() -> argparse.ArgumentParser:
    flags = training_flags(epochs=20, batch_size=32, lr=3e-4)
    parser = Parser(__doc__, [flags, device_flags(), common_flags()])
    model = parser.add_argument_group("model")
    model.add_argument("--backbone", default=BackboneConfig().name, help="any timm model")
    model.add_argument(
        "--image-size",
        type=whole_number(16, 2048),
        default=BackboneConfig().image_size,
        help="model input, pixels",
    )
    start = model.add_mutually_exclusive_group()
    start.add_argument(
        "--pretrained-backbone", action="store_true", help="timm's weights, from the network"
    )
    start.add_argument("--backbone-weights", type=Path, help="the backbone's weights from a file")
    model.add_argument(
        "--curve-knots", type=whole_number(2, 1024), default=CURVE_KNOTS, help="of the tone curve"
    )
    model.add_argument(
        "--process",
        type=int,
        choices=PROCESSES,
        help="edit process; the fits' own if not given. Fits of another are made anew for it",
    )
    model.add_argument("--masks", choices=MASKS, default="plain", help="regional masks of the fits")
    out = parser.add_argument_group("output")
    out.add_argument("--output", type=Path, default=DEFAULT_OUTPUT, help="folder to write to")
    out.add_argument(
        "--resume", action="store_true", help="go on from last.pt in the output folder, if any"
    )
    return parser


def work(args: argparse.Namespace) -> None:
    import torch

    with training_group(pick_device(args.device)) as (group, device):
        torch.manual_seed(args.seed)
        splits = read_splits(args)
        config = AutoPilotConfig(
            backbone=BackboneConfig(args.backbone, args.pretrained_backbone, args.image_size),
            knots=args.curve_knots,
            process=choose_process([*splits.train, *splits.val], args.process),
            masks=args.masks,
        )
        model = AutoPilotRegressor(config)
        if args.backbone_weights:
            load_backbone_weights(args.backbone_weights, model)
        train, val = make_loaders(
            args, config, splits, pin_memory=device.type == "cuda", group=group
        )
        model.start_at(train.dataset.mean_params())
        loss = make_loss(args, config, train)
        trainer = Trainer(model, loss, train_settings(args), device, group)
        if args.resume:
            resume(trainer, model, args.output / "last.pt")
        run = RunFolder(args.output, args, resumes=args.resume, group=group)

        def save(result: EpochResult) -> None:
            stats = {**result.train, "spread": loss.spread_by_name()}
            facts = {"epoch": result.epoch, "stats": stats, "val_stats": result.val}
            if result.best:
                save_model(args.output / "best.pt", model, facts)
            if result.epoch % args.save_frequency == 0 or result.last:
                save_model(args.output / f"checkpoint_epoch{result.epoch:03d}.pt", model, facts)
            save_model(args.output / "last.pt", model, facts | {"training": trainer.state_dict()})

        run.train(trainer, train, val, save)
        log.info("%s: best loss %.4f", args.output / "best.pt", trainer.best)


def resume(trainer: Trainer, model: AutoPilotRegressor, path: Path) -> None:
    """Continue from last.pt; a missing one starts afresh."""
    if not path.is_file():
        log.info("%s: not there; starting afresh", path)
        return
    earlier, config = load_model(path)
    theirs, ours = config_to_dict(config), config_to_dict(model.config)
    other = [
        f"{name} {theirs[name]}, not {ours[name]}" for name in ours if theirs[name] != ours[name]
    ]
    if other:
        raise InputError(f"{path}: of another model than the flags ask for: {'; '.join(other)}")
    model.load_state_dict(earlier.state_dict())
    try:
        trainer.load_state_dict(read_torch_file(path)["training"])
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise InputError(f"{path}: cannot be resumed: {error}") from error
    log.info("%s: going on after epoch %d", path, trainer.epoch)


def main(argv: Sequence[str] | None = None) -> int:
    return run_command(build_parser(), work, argv)


if __name__ == "__main__":
    sys.exit(main())
