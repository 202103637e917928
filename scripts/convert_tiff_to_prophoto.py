"""Convert TIFFs to linear (or gamma-encoded) ProPhoto RGB, from whatever profile they embed.

8, 16-bit and float TIFFs, grey or RGB; EXIF, GPS and XMP are kept, and the picture is turned
upright. A file without a profile is taken for ProPhoto gamma 1.8 unless --assume says otherwise.

Example:
  python scripts/convert_tiff_to_prophoto.py edited/ --output linear/ --encoding linear
"""

import argparse
import logging
import re
import sys
from collections.abc import Sequence
from pathlib import Path

# Ours before any installed package of the same name, from whichever folder this is called.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cli.command import Parser, common_flags, run_command
from imaging.icc import MOST_BYTES, NAMED_SPACES
from imaging.output_options import COMPRESSIONS
from jobs.progress import each
from params.files import InputError, read_bytes

log = logging.getLogger(__name__)


def build_parser() -> argparse.ArgumentParser:
    parser = Parser(__doc__, [common_flags()])
    parser.add_argument("input", type=Path, nargs="+", help="TIFF files, or folders of them")
    parser.add_argument(
        "--output", type=Path, required=True, help="folder to write to; for one TIFF also a .tif"
    )
    parser.add_argument(
        "--encoding",
        choices=("linear", "romm"),
        default="linear",
        help="romm: the gamma 1.8 of ProPhoto.icm",
    )
    parser.add_argument(
        "--assume",
        help=f"space of TIFFs without a profile: {', '.join(NAMED_SPACES)}, or an ICC file",
    )
    parser.add_argument("--bits", type=int, choices=(8, 16), default=16, help="bits a channel")
    parser.add_argument(
        "--compression",
        choices=("none", *COMPRESSIONS),
        default="none",
        help="lossless, smaller and slower",
    )
    parser.add_argument("--overwrite", action="store_true", help="do again what is done")
    return parser


def work(args: argparse.Namespace) -> None:
    from imaging.icc import linear_prophoto_profile, prophoto_profile
    from imaging.metadata import read_metadata
    from imaging.tiff import read_tiff, write_tiff

    assumed = _assumed(args.assume)
    profile = linear_prophoto_profile() if args.encoding == "linear" else prophoto_profile()
    targets = _targets(args.input, args.output)
    todo = {s: t for s, t in targets.items() if args.overwrite or not t.is_file()}
    if len(todo) < len(targets):
        log.info("%d of %d are done already", len(targets) - len(todo), len(targets))

    def convert(source: Path) -> None:
        pixels = read_tiff(source, assumed)
        metadata = read_metadata(source)
        write_tiff(
            todo[source],
            pixels,
            metadata=metadata,
            xmp=_upright(metadata.xmp),
            icc_profile=profile,
            bits=args.bits,
            compression=None if args.compression == "none" else args.compression,
        )

    done = each(todo, convert, name=lambda path: path, desc="convert", debug=args.debug)
    log.info("%d converted", done)


def _assumed(name: str | None) -> bytes | None:
    """The profile that --assume means."""
    from imaging.icc import named_profile

    if name is None:
        return None
    if name in NAMED_SPACES:
        return named_profile(name)
    if not Path(name).is_file():
        raise InputError(f"{name}: neither {', '.join(NAMED_SPACES)} nor an ICC file")
    profile = read_bytes(Path(name), MOST_BYTES)
    if profile[36:40] != b"acsp" or profile[16:20] != b"RGB ":
        raise InputError(f"{name}: not an RGB ICC profile")
    return profile


def _targets(inputs: Sequence[Path], output: Path) -> dict[Path, Path]:
    """TIFF -> where to write it: by its name, or where it lies below a folder that was given."""
    from dataset.pairs import TIFF_SUFFIXES, list_files

    targets: dict[Path, Path] = {}
    for given in inputs:
        if given.is_dir():
            found = {path: path.relative_to(given) for path in list_files(given, TIFF_SUFFIXES)}
            if not found:
                raise InputError(f"{given}: no TIFF files in it")
        elif given.is_file():
            found = {given: Path(given.name)}
        else:
            raise InputError(f"{given}: no such file")
        for path, name in found.items():
            targets[path] = output / name.with_suffix(".tif")
    if len(targets) == 1 and inputs[0].is_file() and output.suffix.lower() in TIFF_SUFFIXES:
        targets = dict.fromkeys(targets, output)
    sources = {source.resolve() for source in targets}
    taken: dict[Path, Path] = {}
    for source, target in targets.items():
        if target.resolve() in sources:
            raise InputError(f"{target}: would replace a TIFF to be converted; choose another")
        if target in taken:
            raise InputError(f"{source} and {taken[target]}: both would be written to {target}")
        taken[target] = source
    return targets


def _upright(packet: bytes | None) -> bytes | None:
    """The XMP packet, no longer saying that the picture lies on its side."""
    turned = rb"(tiff:Orientation\s*(?:=\s*[\"']|>\s*))[2-8]"
    return re.sub(turned, rb"\g<1>1", packet) if packet else packet


def main(argv: Sequence[str] | None = None) -> int:
    return run_command(build_parser(), work, argv)


if __name__ == "__main__":
    sys.exit(main())
