"""Judge a model on pictures it has not seen, beside what it has to beat.

On the same pictures: no edit, Auto, the training set's mean edit, the edits of the most similar
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

from cli.command import Parser, common_flags, device_flags, run_command
from cli.evaluate_flags import evaluate_flags, evaluate_settings

log = logging.getLogger(__name__)


def build_parser() -> argparse.ArgumentParser:
    return Parser(__doc__, [evaluate_flags(), device_flags(), common_flags()])


def work(args: argparse.Namespace) -> None:
    from stages.evaluate.evaluate import evaluate, measure_part
    from stages.evaluate.write_report import write_evaluation

    settings = evaluate_settings(args)
    if settings.shard:
        count = measure_part(settings)
        log.info("%d pictures of part %s are measured", count, settings.shard)
        return
    found = evaluate(settings)
    page = write_evaluation(found, settings)
    log.info("%d pictures: %s", len(found.results), page)


def main(argv: Sequence[str] | None = None) -> int:
    return run_command(build_parser(), work, argv)


if __name__ == "__main__":
    sys.exit(main())
