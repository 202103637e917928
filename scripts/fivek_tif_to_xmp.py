"""Fit Camera Raw sliders to RAW/TIFF pairs, of MIT-Adobe FiveK or of your own.

Writes xmps/, preview/, data/ and dataset_manifest.jsonl below the output folder. A second run
does only what is missing, and rebuilds a lost manifest from the files.

Example:
  python scripts/fivek_tif_to_xmp.py --root data/MITAboveFiveK --split training --expert c
"""

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

# Ours before any installed package of the same name, from whichever folder this is called.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from dataset.command_line import Parser, common_flags, device_flags, each, run_command, whole_number
from dataset.fit_settings import FitSettings, fit_flags
from dataset.fivek import SPLITS, split_names
from dataset.manifest import Entry, merge_manifest
from dataset.outputs import DEFAULT_OUTPUT, PLAIN_EXPERT, Outputs

# Names that system.md promises here.
from imaging.color import (  # noqa: F401
    prophoto_to_srgb_preview,
)
from imaging.color import romm_decode as _prophoto_decode_torch  # noqa: F401
from imaging.color import romm_encode as _prophoto_encode_torch  # noqa: F401
from imaging.raw import read_raw_linear_prophoto  # noqa: F401
from imaging.tiff import read_tif16  # noqa: F401

log = logging.getLogger(__name__)


def build_parser() -> argparse.ArgumentParser:
    parser = Parser(__doc__, [common_flags(), device_flags(), fit_flags()])
    data = parser.add_argument_group("pictures")
    data.add_argument("--root", type=Path, required=True, help="folder of the RAW/TIFF pairs")
    data.add_argument("--split", choices=SPLITS, default="training", help="split to fit")
    data.add_argument(
        "--expert",
        default=PLAIN_EXPERT,
        type=_name,
        help="a, b, c, d or e of FiveK; for loose pairs any name: photo__NAME.tif belongs to it",
    )
    data.add_argument("--limit", type=whole_number(1), help="at most this many pictures")
    out = parser.add_argument_group("output")
    out.add_argument("--output", type=Path, default=DEFAULT_OUTPUT, help="folder to write to")
    out.add_argument("--overwrite", action="store_true", help="fit again what is done")
    out.add_argument(
        "--debug-previews", action="store_true", help="as shot, fitted and TIFF side by side"
    )
    return parser


def _name(text: str) -> str:
    if not text.replace("-", "").replace("_", "").isalnum():
        raise argparse.ArgumentTypeError(f"{text!r}: letters, digits, - and _ only")
    return text


def work(args: argparse.Namespace) -> None:
    from dataset.fitting import Job, fit_to_files
    from dataset.pairs import find_pairs
    from model.device import pick_device

    names = split_names(args.root, args.split)
    pairs = find_pairs(args.root, args.expert)
    jobs = [Job(raw.stem, args.split, args.expert, raw, tif) for raw, tif in pairs]
    jobs = [job for job in jobs if names is None or job.id in names][: args.limit]
    outputs = Outputs(args.output)
    todo = [j for j in jobs if args.overwrite or not outputs.complete(j.id, j.expert, args.process)]
    if len(todo) < len(jobs):
        log.info("%d of %d pictures are done already", len(jobs) - len(todo), len(jobs))
    settings = FitSettings.from_flags(args, str(pick_device(args.device)))
    finished: list[Entry] = []

    def fit_one(job: Job) -> None:
        entry, found = fit_to_files(job, outputs, settings, debug_previews=args.debug_previews)
        finished.append(entry)
        log.info(
            "%s: ΔE00 %.2f -> %.2f, PSNR %.1f -> %.1f dB, %.1f s",
            job.id,
            found.before.delta_e,
            found.after.delta_e,
            found.before.psnr,
            found.after.psnr,
            found.seconds,
        )

    try:
        each(todo, fit_one, name=lambda job: job.raw, desc="fit", debug=args.debug)
    finally:
        entries = [*outputs.entries(), *finished]
        if entries:
            count = merge_manifest(outputs.manifest, entries)
            log.info("%s: %d lines", outputs.manifest, count)


def main(argv: Sequence[str] | None = None) -> int:
    return run_command(build_parser(), work, argv)


if __name__ == "__main__":
    sys.exit(main())
