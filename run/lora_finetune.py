"""Fine-tune a trained model to a style with low-rank adapters (LoRA).

Writes lora_epochXXX.pt (the adapter's weights only), args.json and log.csv to the output
folder. Use an adapter with --lora-checkpoint of the inference and rendering commands.

Example:
  python run/lora_finetune.py --checkpoint run/Auto_ACR_base_v0.2.pt --output outputs/lora
"""

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

# Ours before any installed package of the same name, from whichever folder this is called.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from dataset.command_line import Parser, common_flags, device_flags, run_command, whole_number
from dataset.run_folder import RunFolder
from dataset.training import make_loaders, make_loss, real, train_settings, training_flags
from model.checkpoint import load_model, weights_digest
from model.device import pick_device
from model.engine import EpochResult, Trainer
from model.lora import inject_lora, save_lora, train_only_lora
from params.files import REPO_ROOT

log = logging.getLogger(__name__)

DEFAULT_OUTPUT = REPO_ROOT / "outputs" / "lora"


def build_parser() -> argparse.ArgumentParser:
    flags = training_flags(epochs=10, batch_size=8, lr=1e-4)
    parser = Parser(__doc__, [flags, device_flags(), common_flags()])
    parser.add_argument("--checkpoint", type=Path, required=True, help="the base model")
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
    return parser


def work(args: argparse.Namespace) -> None:
    import torch

    device = pick_device(args.device)
    model, config = load_model(args.checkpoint)
    digest = weights_digest(model.state_dict())
    torch.manual_seed(args.seed)
    names = inject_lora(model, args.lora_rank, args.lora_alpha, args.lora_target)
    trained = train_only_lora(model, args.train_heads)
    log.info(
        "%s: LoRA of rank %d on %d layers, %.2f million weights to train",
        args.checkpoint, args.lora_rank, len(names), sum(p.numel() for p in trained) / 1e6,
    )  # fmt: skip
    train, val = make_loaders(args, config, pin_memory=device.type == "cuda")
    run = RunFolder(args.output, args)
    trainer = Trainer(model, make_loss(args, config, train), train_settings(args), device)
    best = 0

    def save(result: EpochResult) -> None:
        nonlocal best
        best = result.epoch if result.best else best
        if result.epoch % args.save_frequency == 0 or result.last:
            save_lora(
                args.output / f"lora_epoch{result.epoch:03d}.pt",
                model,
                targets=args.lora_target,
                base_checkpoint=args.checkpoint.name,
                base_digest=digest,
                epoch=result.epoch,
                heads=args.train_heads,
            )

    run.train(trainer, train, val, save)
    log.info("%s: best loss %.4f in epoch %d", args.output, trainer.best, best)


def main(argv: Sequence[str] | None = None) -> int:
    return run_command(build_parser(), work, argv)


if __name__ == "__main__":
    sys.exit(main())
