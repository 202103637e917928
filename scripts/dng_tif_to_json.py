"""Fit Camera Raw sliders to your own RAW/TIFF pairs: a folder, single files, or a table.

A folder is fitted, dealt into pictures to learn from and pictures to judge by, and listed in the
training manifest, in one go. With --raw or --pairs there are data/<name>.json below the output
folder, and XMP sidecars, previews and the manifest when asked. Any RAW format that LibRaw reads,
any 16-bit RGB TIFF of the same photograph: crops, quarter-turns and other sizes are found out.
What could not be paired is named.

Example:
  python scripts/dng_tif_to_json.py shoot/
  python scripts/dng_tif_to_json.py --raw shoot/raw --tif shoot/edited --xmp --manifest
"""

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

# Ours before any installed package of the same name, from whichever folder this is called.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cli.command import Parser, common_flags, device_flags, run_command
from cli.fit_flags import fit_flags, fit_settings, run_flags
from cli.output_flags import curve_flags
from cli.types import expert_name, real, whole_number
from dataset.hold_out import SHARE, TRAINING, VALIDATION
from dataset.set_folder import DEFAULT_OUTPUT, PLAIN_EXPERT, Outputs
from params.files import InputError
from stages.fit.settings import Exports

log = logging.getLogger(__name__)


def build_parser() -> argparse.ArgumentParser:
    parser = Parser(
        __doc__, [common_flags(), device_flags(), fit_flags(), run_flags(), curve_flags()]
    )
    data = parser.add_argument_group("pictures")
    data.add_argument(
        "folder", nargs="?", type=Path, help="of RAW files and edited TIFFs, subfolders included"
    )
    data.add_argument("--raw", type=Path, help="RAW file, or folder of them")
    data.add_argument("--tif", type=Path, help="edited TIFF, or folder; by default that of --raw")
    data.add_argument("--pairs", type=Path, help="CSV file with two columns, RAW and TIFF")
    data.add_argument(
        "--expert",
        default=PLAIN_EXPERT,
        type=expert_name,
        help="whose edits these are; photo__NAME.tif belongs to NAME",
    )
    data.add_argument(
        "--split", help=f"of the manifest's lines; by default {TRAINING}, or dealt for a folder"
    )
    data.add_argument(
        "--validation-share",
        type=real(0.0, 0.9),
        default=SHARE,
        help="of a folder's pictures, that are held out to judge by",
    )
    data.add_argument("--limit", type=whole_number(1), help="at most this many pictures")
    out = parser.add_argument_group("output")
    out.add_argument("--output", type=Path, default=DEFAULT_OUTPUT, help="folder to write to")
    out.add_argument("--xmp", action="store_true", help="also XMP sidecars, in xmps/")
    out.add_argument(
        "--manifest",
        nargs="?",
        type=Path,
        const=True,
        help="also previews, and lines of this manifest (dataset_manifest.jsonl in --output)",
    )
    return parser


def work(args: argparse.Namespace) -> None:
    from dataset.lightroom.advice import next_step
    from stages.fit.find_jobs import folder_jobs, own_jobs, table_jobs
    from stages.fit.fit_many import fit_many

    outputs = Outputs(args.output)
    split = args.split or TRAINING
    if args.pairs:
        jobs = table_jobs(args.pairs, split, args.expert)
    elif args.folder and args.split is None:
        jobs = folder_jobs(args.folder, outputs, args.validation_share, args.expert)
    else:
        jobs = own_jobs(args.folder or args.raw, args.tif, split, args.expert)
    manifest = args.manifest
    if manifest is True or (args.folder and manifest is None):
        manifest = outputs.manifest
    exports = Exports(
        xmp=args.xmp,
        xmp_curve=args.xmp_curve,
        preview=manifest is not None,
        cube=args.export_cube,
        debug_preview=args.debug_previews,
    )
    entries = fit_many(jobs[: args.limit], outputs, fit_settings(args, exports), manifest)
    if not jobs:
        raise InputError("nothing to fit")
    if args.folder and entries:
        held_out = sum(entry.split == VALIDATION for entry in entries)
        log.info("%d pictures to learn from, %d to judge by", len(entries) - held_out, held_out)
        log.info("%s", next_step(len(entries) - held_out, str(manifest), args.process))


def main(argv: Sequence[str] | None = None) -> int:
    parser = build_parser()
    args = parser.parse_args(argv)
    if sum(given is not None for given in (args.folder, args.raw, args.pairs)) != 1:
        parser.error("give a folder, or --raw (and --tif), or --pairs")
    if args.folder and args.tif:
        parser.error(
            "--tif goes with --raw; RAW files and TIFFs of a folder are both looked for in it"
        )
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
