"""How many edits does a style take, and who learns it best from how many?

Makes a synthetic set and predicts held-out pictures, whose source photographs nobody saw, from
some edits of a style: the automatic edit, the mean edit (a preset), nearest neighbours, linear
heads on statistics alone and as differences to the automatic edit, a small encoder from nothing,
and LoRA on one that was trained on the other styles. Prints a table with intervals;
learning_curve.csv and .png lie in the output folder. What a former run finished is not done again.

The two last rows see previews only and are slow: `--pack FOLDER` makes a small folder, in which
another machine predicts them (`--output FOLDER --rows vit lora --predict-only`); its predictions/,
copied into the output folder, are judged here.

Example:
  python scripts/learning_curve.py --output outputs/learning_curve --rows auto preset nearest
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

# Ours before any installed package of the same name, from whichever folder this is called.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cli.command import Parser, common_flags, device_flags, run_command
from cli.types import whole_number
from dataset.synthetic.styles import STYLES
from params.csv_text import csv_text
from params.files import REPO_ROOT, write_text
from scripts.curve.plan import Plan, StyleSet, manifest_of, pack, style_set
from scripts.curve.rows import ROWS, Bench, predict_row

DEFAULT_OUTPUT = REPO_ROOT / "outputs" / "learning_curve"


def build_parser() -> argparse.ArgumentParser:
    parser = Parser(__doc__, [common_flags(), device_flags()])
    parser.add_argument("--output", type=Path, default=DEFAULT_OUTPUT, help="folder to write to")
    parser.add_argument(
        "--styles", nargs="+", choices=tuple(STYLES), default=list(STYLES), help="styles to learn"
    )
    parser.add_argument(
        "--pairs",
        type=whole_number(2),
        nargs="+",
        default=[5, 10, 20, 50, 100, 200, 500],
        help="edits of the style",
    )
    parser.add_argument(
        "--draws", type=whole_number(1), default=3, help="choices of edits to average over"
    )
    parser.add_argument(
        "--pictures", type=whole_number(12), default=840, help="size of the synthetic set"
    )
    parser.add_argument("--backbone", default="test_vit", help="any timm model that LoRA can adapt")
    parser.add_argument(
        "--image-size", type=whole_number(16, 2048), default=64, help="its input, pixels"
    )
    parser.add_argument(
        "--base-epochs", type=whole_number(1), default=60, help="of the encoder from nothing"
    )
    parser.add_argument(
        "--epochs",
        type=whole_number(1),
        help="of each adapter; as its command chooses if not given",
    )
    parser.add_argument("--seed", type=whole_number(0), default=0, help="of the set and all draws")
    parser.add_argument("--rows", nargs="+", choices=ROWS, default=list(ROWS), help="to predict")
    parser.add_argument(
        "--jobs", type=whole_number(1), default=1, help="trainings of vit and lora side by side"
    )
    parser.add_argument(
        "--predict-only", action="store_true", help="judge nothing, which needs the RAW files"
    )
    parser.add_argument(
        "--pack", type=Path, metavar="FOLDER", help="make a folder for another machine, and stop"
    )
    return parser


def work(args: argparse.Namespace) -> None:
    plan = Plan(
        styles=tuple(args.styles),
        sizes=tuple(sorted(args.pairs)),
        draws=args.draws,
        pictures=args.pictures,
        backbone=args.backbone,
        image_size=args.image_size,
        base_epochs=args.base_epochs,
        epochs=args.epochs,
        seed=args.seed,
    )
    plan.check(args.output)
    _make_set(args)
    if args.pack:
        pack(plan, args.output, args.pack)
        return
    bench = Bench(plan, args.output, args.device, args.jobs)
    sets = [style_set(plan, args.output, style) for style in plan.styles]
    for own in sets:
        for row in args.rows:
            predict_row(bench, own, row)
    if not args.predict_only:
        _judge(bench, sets)


def _make_set(args: argparse.Namespace) -> None:
    """Where a manifest of so many pictures lies, it is taken: a packed folder has no RAW files."""
    from dataset.manifest import read_manifest
    from dataset.synthetic.make_set import Recipe, make_set

    manifest = manifest_of(args.output)
    if manifest.is_file() and len({e.id for e in read_manifest(manifest)}) == args.pictures:
        return
    make_set(Recipe(args.pictures, seed=args.seed), manifest.parent, debug=args.debug)


def _judge(bench: Bench, sets: Sequence[StyleSet]) -> None:
    from report.charts import draw_learning_curve
    from scripts.curve.judge import COLUMNS, as_markdown, judge_style, table

    judged = [one for own in sets for one in judge_style(bench, own, ROWS)]
    write_text(bench.folder / "learning_curve.csv", csv_text(COLUMNS, judged))
    sizes = bench.plan.sizes
    found = table(judged, sizes)
    print(as_markdown(found, sizes))
    lines = {
        row: [by_size[size].mean for size in sizes]
        for row, by_size in found.items()
        if all(size in by_size for size in sizes)
    }
    styles = ", ".join(bench.plan.styles)
    title = f"Error on held-out pictures: {styles}"
    draw_learning_curve(bench.folder / "learning_curve.png", list(sizes), lines, title)


def main(argv: Sequence[str] | None = None) -> int:
    return run_command(build_parser(), work, argv)


if __name__ == "__main__":
    sys.exit(main())
