"""Fit Camera Raw sliders to your own RAW/TIFF pairs: single files, folders, or a table.

Writes data/<name>.json below the output folder, and XMP sidecars, previews and the training
manifest when asked. Any RAW format that LibRaw reads, any 16-bit RGB TIFF of the same photograph:
crops, quarter-turns and other sizes are found out. What could not be paired is named.

Example:
  python scripts/dng_tif_to_json.py --raw shoot/raw --tif shoot/edited --xmp --manifest
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

# Ours before any installed package of the same name, from whichever folder this is called.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cli.command import Parser, common_flags, device_flags, run_command
from cli.fit_flags import fit_flags, fit_settings, run_flags
from cli.output_flags import curve_flags
from cli.types import expert_name, whole_number
from dataset.set_folder import DEFAULT_OUTPUT, PLAIN_EXPERT, Outputs
from params.files import InputError
from stages.fit.settings import Exports


def build_parser() -> argparse.ArgumentParser:
    parser = Parser(
        __doc__, [common_flags(), device_flags(), fit_flags(), run_flags(), curve_flags()]
    )
    data = parser.add_argument_group("pictures")
    data.add_argument("--raw", type=Path, help="RAW file, or folder of them")
    data.add_argument("--tif", type=Path, help="edited TIFF, or folder; by default that of --raw")
    data.add_argument("--pairs", type=Path, help="CSV file with two columns, RAW and TIFF")
    data.add_argument(
        "--expert",
        default=PLAIN_EXPERT,
        type=expert_name,
        help="whose edits these are; photo__NAME.tif belongs to NAME",
    )
    data.add_argument("--split", default="training", help="of the manifest's lines")
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
    from stages.fit.find_jobs import own_jobs, table_jobs
    from stages.fit.fit_many import fit_many

    if args.pairs:
        jobs = table_jobs(args.pairs, args.split, args.expert)
    else:
        jobs = own_jobs(args.raw, args.tif, args.split, args.expert)
    outputs = Outputs(args.output)
    manifest = outputs.manifest if args.manifest is True else args.manifest
    exports = Exports(
        xmp=args.xmp,
        xmp_curve=args.xmp_curve,
        preview=manifest is not None,
        cube=args.export_cube,
        debug_preview=args.debug_previews,
    )
    fit_many(jobs[: args.limit], outputs, fit_settings(args, exports), manifest)
    if not jobs:
        raise InputError("nothing to fit")


def main(argv: Sequence[str] | None = None) -> int:
    parser = build_parser()
    args = parser.parse_args(argv)
    if (args.raw is None) == (args.pairs is None):
        parser.error("give --raw (and --tif), or --pairs")
    return run_command(parser, work, argv)


if __name__ == "__main__":
    sys.exit(main())
