"""Merge LoRA adapters into their base: one checkpoint that needs no adapter.

It predicts what the base predicts with the adapters, and can be a base itself: for another
adapter, or for anyone whose program knows no LoRA.

Example:
  python scripts/merge_lora.py --checkpoint run/Auto_ACR_base_v0.2.pt \\
    --lora-checkpoint warm.pt:0.7 soft.pt:0.3 --output run/merged.pt
"""

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

# Ours before any installed package of the same name, from whichever folder this is called.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cli.adapter_flags import adapter_flags
from cli.command import Parser, common_flags, run_command
from model.adapter import Adapter
from params.files import InputError

log = logging.getLogger(__name__)


def build_parser() -> argparse.ArgumentParser:
    parser = Parser(__doc__, [adapter_flags(required=True), common_flags()])
    parser.add_argument(
        "--checkpoint", type=Path, required=True, help="the base: a file, or hf://owner/repo/file"
    )
    parser.add_argument("--output", type=Path, required=True, help="checkpoint to write (.pt)")
    parser.add_argument("--overwrite", action="store_true", help="replace --output if it is there")
    return parser


def work(args: argparse.Namespace) -> None:
    from model.checkpoint import load_model, save_model
    from model.lora_blend import blend_lora

    if args.output.exists() and not args.overwrite:
        raise InputError(f"{args.output}: is there already; --overwrite replaces it")
    model, _ = load_model(args.checkpoint)
    blend_lora(model, [(a.path, a.weight) for a in args.lora_checkpoint], force=args.force_lora)
    merged = [{"name": a.path.name, "weight": a.weight} for a in args.lora_checkpoint]
    facts = {"base": args.checkpoint.name, "merged": merged}
    save_model(args.output, model, facts | _mean_edit(args.lora_checkpoint))
    log.info("%s: %s with %d adapters merged", args.output, args.checkpoint, len(merged))


def _mean_edit(adapters: Sequence[Adapter]) -> dict[str, Any]:
    """The mean edit of the heaviest adapter, whose constants are the blend's too."""
    from dataset.style_constants import read_model_style
    from params.training_edit import MEAN_EDIT, training_edit_to_dict

    heaviest = max(adapters, key=lambda one: abs(one.weight))
    _, mean = read_model_style(heaviest.path)
    if mean is None:
        return {}
    if len(adapters) > 1:
        log.info("the mean edit, for presets, is that of %s, the heaviest adapter", heaviest.path)
    return {MEAN_EDIT: training_edit_to_dict(mean)}


def main(argv: Sequence[str] | None = None) -> int:
    return run_command(build_parser(), work, argv)


if __name__ == "__main__":
    sys.exit(main())
