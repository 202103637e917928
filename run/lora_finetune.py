"""Fine-tune a trained model to a style with low-rank adapters (LoRA).

Writes lora_best.pt and lora_epochXXX.pt (the adapter's weights only), last.pt (to resume from),
args.json, log.csv and curves.png to the output folder. Use an adapter with --lora-checkpoint of
the inference and rendering commands.

Example:
  python run/lora_finetune.py --checkpoint run/Auto_ACR_base_v0.2.pt --output outputs/lora
"""

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

# Ours before any installed package of the same name, from whichever folder this is called.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cli.command import Parser, common_flags, device_flags, run_command
from cli.train_flags import train_settings, training_flags
from cli.types import real, whole_number
from model.autopilot import AutoPilotRegressor
from model.checkpoint import check_state, load_model, weights_digest
from model.device import pick_device
from model.distributed import training_group
from model.engine import EpochResult, Trainer
from model.lora import Base, inject_lora, lora_state, save_lora, train_only_lora
from model.torch_file import read_torch_file
from params.files import REPO_ROOT, InputError
from stages.train.data import make_loaders, make_loss
from stages.train.run_folder import RunFolder

log = logging.getLogger(__name__)

DEFAULT_OUTPUT = REPO_ROOT / "outputs" / "lora"


def build_parser() -> argparse.ArgumentParser:
    flags = training_flags(epochs=10, batch_size=8, lr=1e-4)
    parser = Parser(__doc__, [flags, device_flags(), common_flags()])
    parser.add_argument(
        "--checkpoint", type=Path, required=True, help="the base model, or hf://owner/repo/file.pt"
    )
    lora = parser.add_argument_group("LoRA")
    lora.add_argument("--lora-rank", type=whole_number(1, 1024), default=8, help="adapter rank")
    lora.add_argument("--lora-alpha", type=real(1e-6), default=16.0, help="scaling factor")
    lora.add_argument(
        "--lora-target",
        nargs="+",
        action="extend",
        metavar="PATTERN",
        help="module patterns relative to the backbone, such as 'encoder.blocks.*.attn.qkv'; "
        "attention and MLP layers if not given",
    )
    lora.add_argument(
        "--train-heads", action="store_true", help="fine-tune slider and tone curve heads as well"
    )
    out = parser.add_argument_group("output")
    out.add_argument("--output", type=Path, default=DEFAULT_OUTPUT, help="folder to write to")
    out.add_argument(
        "--resume", action="store_true", help="go on from last.pt in the output folder, if any"
    )
    return parser


def work(args: argparse.Namespace) -> None:
    import torch

    with training_group(pick_device(args.device)) as (group, device):
        model, config = load_model(args.checkpoint)
        digest = weights_digest(model.state_dict())
        torch.manual_seed(args.seed)
        names = inject_lora(model, args.lora_rank, args.lora_alpha, args.lora_target)
        trained = train_only_lora(model, args.train_heads)
        log.info(
            "%s: LoRA of rank %d on %d layers, %.2f million weights to train",
            args.checkpoint,
            args.lora_rank,
            len(names),
            sum(p.numel() for p in trained) / 1e6,
        )
        train, val = make_loaders(args, config, pin_memory=device.type == "cuda", group=group)
        loss = make_loss(args, config, train)
        trainer = Trainer(model, loss, train_settings(args), device, group)
        if args.resume:
            resume(trainer, model, args.output / "last.pt", digest, args.train_heads)
        run = RunFolder(args.output, args, resumes=args.resume, group=group)

        def save(result: EpochResult) -> None:
            adapter: dict[str, Any] = {
                "targets": args.lora_target,
                "base": Base(args.checkpoint.name, digest),
                "epoch": result.epoch,
                "heads": args.train_heads,
            }
            if result.best:
                save_lora(args.output / "lora_best.pt", model, **adapter)
            if result.epoch % args.save_frequency == 0 or result.last:
                save_lora(args.output / f"lora_epoch{result.epoch:03d}.pt", model, **adapter)
            training = {"training": trainer.state_dict()}
            save_lora(args.output / "last.pt", model, **adapter, extra=training)

        run.train(trainer, train, val, save)
        log.info("%s: best loss %.4f", args.output / "lora_best.pt", trainer.best)


def resume(
    trainer: Trainer, model: AutoPilotRegressor, path: Path, base_digest: str, heads: bool
) -> None:
    """Continue from last.pt; a missing one starts afresh."""
    if not path.is_file():
        log.info("%s: not there; starting afresh", path)
        return
    content = read_torch_file(path)
    if not isinstance(content, dict) or not {"lora_state", "training"} <= content.keys():
        raise InputError(f"{path}: not what a fine-tuning leaves to resume from")
    if content.get("base_digest") != base_digest:
        raise InputError(f"{path}: of another base than --checkpoint")
    ours = lora_state(model, heads)
    try:
        theirs = check_state(path, content["lora_state"], ours, model.config.backbone.name)
        scales = [name for name in ours if name.endswith((".alpha", ".rank"))]
        if any(theirs[name] != ours[name] for name in scales):
            raise InputError(f"{path}: its alpha or rank is another")
    except InputError as error:
        raise InputError(f"{error}: not the fine-tuning that the flags ask for") from error
    model.load_state_dict({name: theirs[name] for name in ours if name not in scales}, strict=False)
    try:
        trainer.load_state_dict(content["training"])
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise InputError(f"{path}: cannot be resumed: {error}") from error
    log.info("%s: going on after epoch %d", path, trainer.epoch)


def main(argv: Sequence[str] | None = None) -> int:
    return run_command(build_parser(), work, argv)


if __name__ == "__main__":
    sys.exit(main())
