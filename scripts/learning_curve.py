"""How many pairs does a style need? LoRA against its base and nearest neighbours.

Makes a synthetic set, trains a small base on the other styles, fine-tunes adapters on 5, 10, 20
and 40 pairs of one style, and judges all on held-out pictures of that style, whose source
photographs none of them saw. The baseline averages the edits of the same pairs that look most
alike (features of the base's backbone). Prints a table; learning_curve.csv and .png lie in the
output folder. What a former run finished is not done again.

Example:
  python scripts/learning_curve.py --output outputs/learning_curve
"""

import argparse
import csv
import io
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

# Ours before any installed package of the same name, from whichever folder this is called.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cli.command import Parser, common_flags, device_flags, run_command
from cli.types import whole_number
from dataset.synthetic.styles import STYLES
from params.files import REPO_ROOT, InputError, read_json, write_text
from scripts.walkthrough import call

DEFAULT_OUTPUT = REPO_ROOT / "outputs" / "learning_curve"
# What decides the numbers: a folder holds one choice of these.
SETTINGS = (
    "style",
    "pairs",
    "draws",
    "pictures",
    "backbone",
    "image_size",
    "base_epochs",
    "epochs",
    "seed",
)
COLUMNS = (
    "method",
    "pairs",
    "draw",
    "neighbours",
    "delta_e",
    "exposure",
    "temperature",
    "tint",
    "points",
    "curve",
)


def build_parser() -> argparse.ArgumentParser:
    parser = Parser(__doc__, [common_flags(), device_flags()])
    parser.add_argument("--output", type=Path, default=DEFAULT_OUTPUT, help="folder to write to")
    parser.add_argument("--style", choices=tuple(STYLES), default="golden", help="style to learn")
    parser.add_argument(
        "--pairs", type=whole_number(2), nargs="+", default=[5, 10, 20, 40], help="of the style"
    )
    parser.add_argument(
        "--draws", type=whole_number(1), default=3, help="choices of pairs to average over"
    )
    parser.add_argument(
        "--pictures", type=whole_number(12), default=240, help="size of the synthetic set"
    )
    parser.add_argument("--backbone", default="test_vit", help="any timm model that LoRA can adapt")
    parser.add_argument(
        "--image-size", type=whole_number(16, 2048), default=64, help="model input, pixels"
    )
    parser.add_argument("--base-epochs", type=whole_number(1), default=60, help="of the base")
    parser.add_argument("--epochs", type=whole_number(1), default=60, help="of each adapter")
    parser.add_argument("--seed", type=whole_number(0), default=0, help="of the set and all draws")
    return parser


def work(args: argparse.Namespace) -> None:
    from dataset.synthetic.make_set import Recipe, make_set
    from report.charts import draw_learning_curve

    _check_settings(args)
    entries = make_set(Recipe(args.pictures, seed=args.seed), args.output / "set", debug=args.debug)
    base = _train_base(args, entries)
    rows = _measure(args, entries, base)
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_text(args.output / "learning_curve.csv", text.getvalue())
    means = _means(rows)
    lines = {
        name: [means[name, number]["delta_e"] for number in sorted(args.pairs)]
        for name in ("base", "nearest", "LoRA")
    }
    title = f"Error on held-out pictures of the style {args.style}"
    draw_learning_curve(args.output / "learning_curve.png", sorted(args.pairs), lines, title)
    _print_table(means)


def _check_settings(args: argparse.Namespace) -> None:
    path = args.output / "settings.json"
    settings = {name: getattr(args, name) for name in SETTINGS}
    if path.is_file() and read_json(path) != settings:
        raise InputError(f"{path}: of a curve with other settings; choose another --output")
    write_text(path, json.dumps(settings, indent=2) + "\n")


def _train_base(args: argparse.Namespace, entries: Sequence[Any]) -> Path:
    """A small base that has seen the other styles only."""
    from dataset.manifest import write_manifest

    folder = args.output / "base"
    manifest = args.output / "base.jsonl"
    write_manifest(manifest, [e for e in entries if e.fields["expert"] != args.style])
    if not (folder / f"checkpoint_epoch{args.base_epochs:03d}.pt").is_file():
        _call(
            args,
            "run/train_autopilot.py",
            "--manifest",
            manifest,
            "--output",
            folder,
            "--process",
            2,
            "--backbone",
            args.backbone,
            "--image-size",
            args.image_size,
            "--epochs",
            args.base_epochs,
            "--batch-size",
            32,
            "--lr",
            2e-3,
            "--save-frequency",
            args.base_epochs,
            "--resume",
        )
    return folder / "best.pt"


def _tune(args: argparse.Namespace, manifest: Path, folder: Path, base: Path) -> Path:
    """An adapter for the pairs of a manifest."""
    adapter = folder / f"lora_epoch{args.epochs:03d}.pt"
    if not adapter.is_file():
        _call(
            args,
            "run/lora_finetune.py",
            "--manifest",
            manifest,
            "--output",
            folder,
            "--checkpoint",
            base,
            "--epochs",
            args.epochs,
            "--batch-size",
            4,
            "--lr",
            3e-4,
            "--train-heads",
            "--save-frequency",
            args.epochs,
        )
    return adapter


def _measure(args: argparse.Namespace, entries: Sequence[Any], base: Path) -> list[dict[str, Any]]:
    import numpy as np
    import torch

    from dataset.manifest import write_manifest
    from model.checkpoint import load_model
    from model.lora import load_lora
    from model.nearest_edits import NearestEdits
    from stages.evaluate.held_out import HeldOut, read_known

    own = [entry for entry in entries if entry.fields["expert"] == args.style]
    pool = [entry for entry in own if entry.split == "training"]
    if max(args.pairs) > len(pool):
        raise InputError(f"--pairs {max(args.pairs)}: the set has {len(pool)}; try more --pictures")
    model, config = load_model(base)
    judge = HeldOut([entry for entry in own if entry.split == "testing"], config)
    rows: list[dict[str, Any]] = []

    def note(method: str, params: Any, **what: int) -> None:
        rows.append({"method": method, **what, **asdict(judge.score(params))})

    with torch.no_grad():
        features = model.backbone(judge.known.images)
        guess = model(judge.known.images)["params_norm"]
        for draw in range(args.draws):
            order = np.random.default_rng([args.seed, draw]).permutation(len(pool))
            for number in sorted(args.pairs):
                chosen = [pool[i] for i in order[:number]]
                what = {"pairs": number, "draw": draw}
                known = read_known(chosen, config)
                nearest = NearestEdits(model.backbone(known.images), known.params_norm)
                name = f"pairs_{number}_{draw}"
                write_manifest(args.output / f"{name}.jsonl", chosen)
                adapter = _tune(args, args.output / f"{name}.jsonl", args.output / name, base)
                tuned, _ = load_model(base)
                load_lora(tuned, adapter)
                note("base", guess, **what)
                note("nearest", nearest(features), neighbours=nearest.k, **what)
                note("LoRA", tuned(judge.known.images)["params_norm"], **what)
    return rows


def _call(args: argparse.Namespace, script: str, *words: object) -> None:
    common = ("--workers", 0, "--cache", args.output / "cache", "--seed", args.seed)
    call(script, *words, *common, "--device", args.device)


def _means(rows: Sequence[dict[str, Any]]) -> dict[tuple[str, int], dict[str, float]]:
    """Of each method and number of pairs, over the draws."""
    grouped: dict[tuple[str, int], list[dict[str, Any]]] = {}
    for row in rows:
        grouped.setdefault((row["method"], row["pairs"]), []).append(row)
    return {
        key: {name: sum(r[name] for r in group) / len(group) for name in COLUMNS[4:]}
        for key, group in grouped.items()
    }


def _print_table(means: dict[tuple[str, int], dict[str, float]]) -> None:
    print("method   pairs   dE00     EV  mired   tint  points  curve")
    for (method, pairs), mean in sorted(means.items(), key=lambda item: item[0][::-1]):
        print(
            f"{method:8} {pairs:5}  {mean['delta_e']:5.2f}  {mean['exposure']:5.2f}  "
            f"{mean['temperature']:5.1f}  {mean['tint']:5.1f}  {mean['points']:6.1f}  "
            f"{mean['curve']:5.3f}"
        )


def main(argv: Sequence[str] | None = None) -> int:
    return run_command(build_parser(), work, argv)


if __name__ == "__main__":
    sys.exit(main())
