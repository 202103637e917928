"""Flags of the files that commands write (XMP, pictures, look-up tables), and their settings."""

import argparse
from pathlib import Path

from cli.types import panels, whole_number, wrong_call
from imaging.demosaic_names import DEMOSAICS
from imaging.output_options import (
    COLOR_NOISE,
    COMPRESSIONS,
    GAMUTS,
    SHARPNESS,
    SUBSAMPLINGS,
    Detail,
)
from params.outputs import panel_words
from params.panels import CURVE_FORMS, PANELS
from stages.predict.settings import LEAST_SIDE, PictureOutput, XmpOutput

AUTO_DENOISE = "auto"


def add_cube_flag(group: argparse._ArgumentGroup) -> None:
    """--export-cube: None, or a space of model.cube_lut."""
    group.add_argument(
        "--export-cube",
        choices=("srgb", "prophoto"),
        nargs="?",
        const="srgb",
        help="also the edit's global part as a 33-point look-up table, in luts/, for pictures in "
        "this space",
    )


def curve_flags() -> argparse.ArgumentParser:
    """Parent parser of the commands that write XMP."""
    parent = argparse.ArgumentParser(add_help=False)
    parent.add_argument_group("XMP").add_argument(
        "--xmp-curve",
        choices=CURVE_FORMS,
        default=XmpOutput.curve,
        help="tone curve of at most 16 points, or of 256",
    )
    return parent


def xmp_flags() -> argparse.ArgumentParser:
    """Parent parser of the commands whose XMP the photographer's own programs are to read."""
    parent = argparse.ArgumentParser(add_help=False, parents=[curve_flags()])
    group = parent.add_argument_group("where the XMP goes")
    group.add_argument(
        "--embed-xmp",
        action="store_true",
        help="DNGs: into a copy of the file, in dngs/, where Lightroom looks; others: sidecars",
    )
    group.add_argument(
        "--in-place",
        action="store_true",
        help="beside the RAW file, or with --embed-xmp into the DNG itself; what was there is "
        "kept once as photo.xmp.bak, photo.dng.bak",
    )
    group.add_argument(
        "--write",
        type=panels,
        metavar="PANEL,...",
        help="of what is predicted these panels only, such as basic,mixer (basic: the ten sliders "
        f"and the tone curve), of {panel_words(PANELS)}; the others stay in the XMP as they are, "
        "and pictures are rendered without them",
    )
    group.add_argument(
        "--dry-run",
        action="store_true",
        help="print what would change in the settings, write nothing",
    )
    return parent


@wrong_call()
def xmp_output(args: argparse.Namespace, *, write: bool) -> XmpOutput:
    """What xmp_flags ask for."""
    return XmpOutput(write, args.xmp_curve, args.embed_xmp, args.in_place, args.write)


def picture_flags() -> argparse.ArgumentParser:
    """Parent parser of the commands that render full-size pictures."""
    parent = argparse.ArgumentParser(add_help=False)
    group = parent.add_argument_group("pictures out")
    group.add_argument(
        "--max-size",
        type=whole_number(LEAST_SIDE),
        default=PictureOutput.max_size,
        metavar="PIXELS",
        help="long side; at two fifths of the RAW file's or less nothing is decoded at full size",
    )
    group.add_argument(
        "--demosaic",
        choices=DEMOSAICS,
        default=PictureOutput.demosaic,
        help="how a mosaic's missing colours are found at full size: gbtf is ours, the others are "
        "LibRaw's; auto is gbtf where the file allows it, else ahd",
    )
    group.add_argument(
        "--icc-profile",
        type=Path,
        default=PictureOutput.icc_profile,
        help="RGB profile that the TIFF is encoded to and carries",
    )
    group.add_argument(
        "--bits",
        type=int,
        choices=(8, 16),
        default=PictureOutput.bits,
        help="bits a channel of the TIFF",
    )
    group.add_argument(
        "--compression",
        choices=("none", *COMPRESSIONS),
        default=PictureOutput.compression or "none",
        help="of the TIFF; lossless, smaller and slower",
    )
    group.add_argument(
        "--jpeg-quality",
        type=whole_number(1, 100),
        default=PictureOutput.jpeg_quality,
        help="1 to 100",
    )
    group.add_argument(
        "--jpeg-subsampling",
        choices=[name.replace(":", "") for name in SUBSAMPLINGS],
        default=PictureOutput.jpeg_subsampling.replace(":", ""),
        help="resolution of the JPEG's colour: whole, halved across, halved both ways",
    )
    group.add_argument(
        "--gamut",
        choices=GAMUTS,
        default=PictureOutput.gamut,
        help="colours outside sRGB in JPEG and PNG: brought inside softly, or cut off",
    )
    group.add_argument(
        "--denoise",
        type=noise_reduction,
        default=AUTO_DENOISE,
        metavar="auto|0..100",
        help=f"noise reduction of JPEG and PNG: colour noise {COLOR_NOISE} (auto), luminance noise "
        "as well by this much, or none (0)",
    )
    group.add_argument(
        "--sharpen",
        type=whole_number(0, 150),
        default=SHARPNESS,
        metavar="0..150",
        help="sharpening of JPEG and PNG",
    )
    return parent


def noise_reduction(text: str) -> int | None:
    """The type of --denoise: luminance noise reduction, None for "auto"."""
    return None if text == AUTO_DENOISE else whole_number(0, 100)(text)


@wrong_call()
def picture_output(args: argparse.Namespace) -> PictureOutput:
    """What picture_flags ask for."""
    return PictureOutput(
        demosaic=args.demosaic,
        max_size=args.max_size,
        icc_profile=args.icc_profile,
        bits=args.bits,
        compression=None if args.compression == "none" else args.compression,
        jpeg_quality=args.jpeg_quality,
        jpeg_subsampling=":".join(args.jpeg_subsampling),
        gamut=args.gamut,
        detail=_detail(args.denoise, args.sharpen),
    )


def _detail(denoise: int | None, sharpen: int) -> Detail:
    return Detail(sharpen, 0 if denoise == 0 else COLOR_NOISE, denoise or 0)
