"""Fit Camera Raw sliders to RAW/TIFF pairs, of MIT-Adobe FiveK or of your own.

Writes xmps/, preview/, data/ and dataset_manifest.jsonl below the output folder. A second run
does only what is missing, and rebuilds a lost manifest from the files.

Example:
  python scripts/fivek_tif_to_xmp.py --root data/MITAboveFiveK --split training --expert c
"""

import argparse
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

# Ours before any installed package of the same name, from whichever folder this is called.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cli.command import Parser, common_flags, device_flags, run_command
from cli.fit_flags import fit_flags, fit_settings, run_flags
from cli.output_flags import curve_flags
from cli.types import expert_name, split_flag, whole_number
from dataset.set_folder import DEFAULT_OUTPUT, PLAIN_EXPERT, Outputs
from stages.fit.settings import Exports

# Other tools import these names from here; --help does without.
_NAMES = {
    "prophoto_to_srgb_preview": ("imaging.color", "prophoto_to_srgb_preview"),
    "_prophoto_decode_torch": ("imaging.color", "romm_decode"),
    "_prophoto_encode_torch": ("imaging.color", "romm_encode"),
    "read_raw_linear_prophoto": ("imaging.raw", "read_raw_linear_prophoto"),
    "read_tif16": ("imaging.tiff", "read_tif16"),
}


def __getattr__(name: str) -> Any:
    if name not in _NAMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, own = _NAMES[name]
    return getattr(importlib.import_module(module), own)


def build_parser() -> argparse.ArgumentParser:
    parser = Parser(
        __doc__, [common_flags(), device_flags(), fit_flags(), run_flags(), curve_flags()]
    )
    data = parser.add_argument_group("pictures")
    data.add_argument("--root", type=Path, required=True, help="folder of the RAW/TIFF pairs")
    data.add_argument(
        "--split",
        type=split_flag,
        default="training",
        help="split to fit: training, validation, testing or debugging",
    )
    data.add_argument(
        "--expert",
        default=PLAIN_EXPERT,
        type=expert_name,
        help="a, b, c, d or e of FiveK; for loose pairs any name: photo__NAME.tif belongs to it",
    )
    data.add_argument("--limit", type=whole_number(1), help="at most this many pictures")
    data.add_argument(
        "--dataset-repo",
        type=Path,
        help="clone of the public FiveK loader, for split files that --root lacks",
    )
    out = parser.add_argument_group("output")
    out.add_argument("--output", type=Path, default=DEFAULT_OUTPUT, help="folder to write to")
    return parser


def work(args: argparse.Namespace) -> None:
    from stages.fit.find_jobs import fivek_jobs
    from stages.fit.fit_many import fit_many

    jobs = fivek_jobs(args.root, args.split, args.expert, args.dataset_repo)
    outputs = Outputs(args.output)
    exports = Exports(
        xmp_curve=args.xmp_curve, cube=args.export_cube, debug_preview=args.debug_previews
    )
    fit_many(jobs[: args.limit], outputs, fit_settings(args, exports), outputs.manifest)


def main(argv: Sequence[str] | None = None) -> int:
    return run_command(build_parser(), work, argv)


if __name__ == "__main__":
    sys.exit(main())
