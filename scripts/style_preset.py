"""Write a style as a Lightroom preset (.xmp), and its global part as a look-up table (.cube).

The preset sets what nearly every picture of the style has alike, and the middle of what depends
on the picture: medians of sliders, the mean of curves. A manifest gives both, and so does a
checkpoint or a LoRA adapter of what it was trained on; with both the manifest gives the middle,
and the model's constants count before its own. White balance is never set.

Example:
  python scripts/style_preset.py --manifest outputs/dataset_manifest.jsonl --name "My style"
"""

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

# Ours before any installed package of the same name, from whichever folder this is called.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cli.command import Parser, common_flags, run_command
from cli.types import WrongCallError, expert_name
from params.files import REPO_ROOT, InputError
from params.xmp_preset import DEFAULT_GROUP

log = logging.getLogger(__name__)


def build_parser() -> argparse.ArgumentParser:
    parser = Parser(__doc__, [common_flags()])
    parser.add_argument("--manifest", type=Path, help="edits of the style")
    parser.add_argument("--expert", type=expert_name, help="only this photographer's edits")
    model = parser.add_mutually_exclusive_group()
    model.add_argument("--checkpoint", type=Path, help="a model of the style")
    model.add_argument("--lora", type=Path, help="a LoRA adapter of the style")
    parser.add_argument("--name", default="My style", help="what Lightroom shows")
    parser.add_argument("--group", default=DEFAULT_GROUP, help="of presets, in Lightroom")
    parser.add_argument(
        "--output",
        type=Path,
        default=REPO_ROOT / "outputs" / "preset.xmp",
        help="preset to write; the table goes beside it",
    )
    parser.add_argument(
        "--cube",
        choices=("srgb", "prophoto", "none"),
        default="srgb",
        help="colour space of the pictures that the table is for",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace what is there")
    return parser


def work(args: argparse.Namespace) -> None:
    from dataset.manifest import read_manifest
    from dataset.style_preset import read_edits, style_of_edits, style_of_model, write_preset

    model = args.checkpoint or args.lora
    if args.manifest is None and model is None:
        raise WrongCallError("give --manifest, --checkpoint or --lora")
    constants: dict[str, Any] = {}
    mean = None
    if model is not None:
        from dataset.style_constants import read_model_style

        constants, mean = read_model_style(model)
    if args.manifest is not None:
        entries = read_manifest(args.manifest)
        whose = [e for e in entries if args.expert in (None, e.fields["expert"])]
        style = style_of_edits(read_edits(whose)).with_constants(constants)
    else:
        if mean is None:
            if not constants:
                raise InputError(
                    f"{model}: it holds no constants of a style and no mean edit; give --manifest"
                )
            log.info("%s: it has no mean edit, the preset is of its constants only", model)
        style = style_of_model(constants, mean)
    cube = None if args.cube == "none" else args.cube
    files = write_preset(
        args.output, style, args.name, args.group, cube=cube, overwrite=args.overwrite
    )
    if style.edits:
        log.info("of %d edits", style.edits)
    for what, names in (("constant", style.constants), ("middle of", style.varying)):
        if names:
            log.info("%s: %s", what, ", ".join(names))
    for file in files:
        log.info("%s written", file)


def main(argv: Sequence[str] | None = None) -> int:
    return run_command(build_parser(), work, argv)


if __name__ == "__main__":
    sys.exit(main())
