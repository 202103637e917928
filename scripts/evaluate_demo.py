"""An evaluation that anyone can reproduce: a synthetic set, a model trained on it, the report.

Makes RAW files and three made-up styles of editing them, trains a small model on all three,
fine-tunes it to one with LoRA, and judges both on pictures whose source neither saw. The
pictures are synthetic: the figures say how well made-up rules are learnt, and nothing of
photographs and people. A second run does what a former one did not finish.

Example:
  python scripts/evaluate_demo.py --output outputs/evaluate_demo
"""

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

# Ours before any installed package of the same name, from whichever folder this is called.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cli.command import Parser, common_flags, device_flags, run_command
from cli.types import whole_number
from dataset.synthetic.styles import STYLES
from params.files import REPO_ROOT
from scripts.walkthrough import call

log = logging.getLogger(__name__)

MODEL = ("--process", 2, "--backbone", "test_vit", "--image-size", 64)


def build_parser() -> argparse.ArgumentParser:
    parser = Parser(__doc__, [common_flags(), device_flags()])
    parser.add_argument(
        "--output",
        type=Path,
        default=REPO_ROOT / "outputs" / "evaluate_demo",
        help="folder to write to",
    )
    parser.add_argument(
        "--pictures", type=whole_number(12, 9999), default=240, help="how many RAW files to make"
    )
    parser.add_argument("--style", choices=tuple(STYLES), default="golden", help="style to learn")
    parser.add_argument("--epochs", type=whole_number(1), default=60, help="of the model")
    parser.add_argument("--lora-epochs", type=whole_number(1), default=40, help="of the adapter")
    return parser


def work(args: argparse.Namespace) -> None:
    from dataset.manifest import read_manifest, write_manifest

    out = args.output
    manifest, own = out / "set" / "dataset_manifest.jsonl", out / f"{args.style}.jsonl"
    common = ("--cache", out / "cache", "--device", args.device)
    log.info("\n1. A synthetic set: RAW files, and what three made-up styles do to them")
    call(
        "scripts/make_synthetic_set.py",
        "--output",
        out / "set",
        "--pictures",
        args.pictures,
        "--tiffs",
    )
    log.info("\n2. Train a small model on all three styles")
    call(
        "run/train_autopilot.py",
        "--manifest",
        manifest,
        "--output",
        out / "model",
        *MODEL,
        "--epochs",
        args.epochs,
        "--batch-size",
        32,
        "--lr",
        2e-3,
        "--workers",
        0,
        "--save-frequency",
        args.epochs,
        "--resume",
        *common,
    )
    model = out / "model" / "best.pt"
    log.info("\n3. Fine-tune it to the style %s with LoRA", args.style)
    lines = [entry for entry in read_manifest(manifest) if entry.fields["expert"] == args.style]
    write_manifest(own, lines)
    call(
        "run/lora_finetune.py",
        "--manifest",
        own,
        "--checkpoint",
        model,
        "--output",
        out / "lora",
        "--epochs",
        args.lora_epochs,
        "--batch-size",
        8,
        "--lr",
        5e-4,
        "--train-heads",
        "--workers",
        0,
        "--save-frequency",
        args.lora_epochs,
        "--resume",
        *common,
    )
    log.info("\n4. Judge both on pictures that neither saw")
    call(
        "run/evaluate.py",
        "--manifest",
        manifest,
        "--checkpoint",
        model,
        "--lora-checkpoint",
        out / "lora" / f"lora_epoch{args.lora_epochs:03d}.pt",
        "--expert",
        args.style,
        "--experts",
        ",".join(name for name in STYLES if name != args.style),
        "--output",
        out / "evaluation",
        *common,
    )
    log.info("\nDone. Look at %s", out / "evaluation" / "report.html")


def main(argv: Sequence[str] | None = None) -> int:
    return run_command(build_parser(), work, argv)


if __name__ == "__main__":
    sys.exit(main())
