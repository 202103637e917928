"""Judge a model on pictures it has not seen, beside what it has to beat.

On the same pictures: no edit, the training set's mean edit, the edits of the most similar
training pictures, the model (with LoRA), the per-picture fit, and other photographers. Writes
metrics.json, per_image.csv, report.md, report.html and confidence.pt to the output folder. Run
again it goes on where it was stopped.

Example:
  python run/evaluate.py --checkpoint run/checkpoints/best.pt \\
    --manifest outputs/dataset_manifest.jsonl --split testing
"""

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

# Ours before any installed package of the same name, from whichever folder this is called.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cli.adapter_flags import adapter_flags
from cli.command import Parser, common_flags, device_flags, run_command
from cli.types import whole_number
from dataset.manifest import DEFAULT_MANIFEST
from dataset.sample_cache import DEFAULT_CACHE
from imaging.metrics import SHORT_SIDE, TOLERANCE
from jobs.processes import cores
from params.files import write_text
from stages.predict.confidence_file import CONFIDENCE, EVALUATION

log = logging.getLogger(__name__)


def build_parser() -> argparse.ArgumentParser:
    parser = Parser(__doc__, [adapter_flags(), device_flags(), common_flags()])
    parser.add_argument(
        "--checkpoint",
        type=Path,
        required=True,
        help="trained model (.pt), or hf://owner/repo/file.pt",
    )
    data = parser.add_argument_group("pictures")
    data.add_argument("--manifest", type=Path, default=DEFAULT_MANIFEST, help="JSONL manifest")
    data.add_argument("--split", default="testing", help="split to judge on")
    data.add_argument("--train-split", default="training", help="split of the baselines")
    data.add_argument(
        "--val-split", default="validation", help="split that k and confidence are chosen on"
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
        default=SHORT_SIDE,
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
        default=TOLERANCE,
        help="mean ΔE00 that counts as near: confidence is the chance of coming as near",
    )
    how.add_argument(
        "--workers", type=whole_number(0), default=cores(), help="processes that measure; 0: none"
    )
    how.add_argument("--seed", type=whole_number(0), default=0, help="of the random pictures shown")
    out = parser.add_argument_group("output")
    out.add_argument("--output", type=Path, default=EVALUATION, help="folder to write to")
    out.add_argument(
        "--cache",
        type=Path,
        default=DEFAULT_CACHE,
        help="folder of decoded pictures",
    )
    return parser


def work(args: argparse.Namespace) -> None:
    from model.confidence import save_confidence
    from stages.evaluate.evaluate import evaluate
    from stages.evaluate.report_page import write_report
    from stages.evaluate.tables import markdown, notes_of, write_csv, write_metrics

    found = evaluate(args)
    results = found.results
    if found.confidence:
        save_confidence(args.output / CONFIDENCE, found.confidence)
    table = write_metrics(args.output / "metrics.json", results, found.about)
    write_csv(args.output / "per_image.csv", results)
    notes = notes_of(found.about, results)
    write_text(args.output / "report.md", markdown(results, table, notes))
    page = args.output / "report.html"
    write_report(page, found, table, notes, seed=args.seed, workers=args.workers)
    log.info("%d pictures: %s", len(results), page)


def main(argv: Sequence[str] | None = None) -> int:
    return run_command(build_parser(), work, argv)


if __name__ == "__main__":
    sys.exit(main())
