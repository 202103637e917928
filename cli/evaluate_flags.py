"""Flags of the evaluation, and the settings that they make."""

import argparse
from pathlib import Path

from cli.adapter_flags import adapter_flags
from cli.types import whole_number, wrong_call
from cli.where_flags import add_cache_size, where_flags
from stages.evaluate.settings import EvaluateSettings


def evaluate_flags() -> argparse.ArgumentParser:
    """Parent parser of run/evaluate.py."""
    parser = argparse.ArgumentParser(add_help=False, parents=[adapter_flags(), where_flags()])
    parser.add_argument(
        "--checkpoint",
        type=Path,
        required=True,
        help="trained model (.pt), or hf://owner/repo/file.pt",
    )
    data = parser.add_argument_group("pictures")
    data.add_argument(
        "--manifest", type=Path, default=EvaluateSettings.manifest, help="JSONL manifest"
    )
    data.add_argument("--split", default=EvaluateSettings.split, help="split to judge on")
    data.add_argument(
        "--train-split", default=EvaluateSettings.train_split, help="split of the baselines"
    )
    data.add_argument(
        "--val-split",
        default=EvaluateSettings.val_split,
        help="split that k and confidence are chosen on",
    )
    data.add_argument("--limit", type=whole_number(1), help="judge at most this many")
    data.add_argument("--expert", help="whose edits are the target; needed where there are several")
    data.add_argument(
        "--experts",
        type=lambda text: [name for name in text.split(",") if name],
        default=[],
        metavar="A,B,…",
        help="photographers to compare with the target: the human spread",
    )
    how = parser.add_argument_group("measuring")
    how.add_argument(
        "--short-side",
        type=whole_number(32),
        default=EvaluateSettings.short_side,
        help="of the pictures compared, pixels",
    )
    how.add_argument(
        "--full-size",
        action="store_true",
        help="compare at full size too: slow, and 1.5 GB a process for 18 megapixels",
    )
    how.add_argument(
        "--tolerance",
        type=float,
        default=EvaluateSettings.tolerance,
        help="mean ΔE00 that counts as near: confidence is the chance of coming as near",
    )
    how.add_argument(
        "--workers",
        type=whole_number(0),
        default=EvaluateSettings.workers,
        help="processes that measure; 0: none",
    )
    how.add_argument(
        "--seed",
        type=whole_number(0),
        default=EvaluateSettings.seed,
        help="of the random pictures shown",
    )
    out = parser.add_argument_group("output")
    out.add_argument(
        "--output", type=Path, default=EvaluateSettings.output, help="folder to write to"
    )
    out.add_argument(
        "--cache",
        type=Path,
        default=EvaluateSettings.cache,
        help="folder of decoded pictures",
    )
    add_cache_size(out)
    return parser


@wrong_call()
def evaluate_settings(args: argparse.Namespace) -> EvaluateSettings:
    """What evaluate_flags ask for."""
    return EvaluateSettings(
        checkpoint=args.checkpoint,
        adapters=tuple(args.lora_checkpoint),
        force_lora=args.force_lora,
        manifest=args.manifest,
        split=args.split,
        train_split=args.train_split,
        val_split=args.val_split,
        limit=args.limit,
        expert=args.expert,
        experts=tuple(args.experts),
        short_side=args.short_side,
        full_size=args.full_size,
        tolerance=args.tolerance,
        workers=args.workers,
        cluster=args.cluster,
        shard=args.shard,
        seed=args.seed,
        output=args.output,
        cache=args.cache,
        cache_size=args.cache_size,
        device=args.device,
        debug=args.debug,
    )
