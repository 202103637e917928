"""What inference and rendering write for one picture."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dataset.pairs import TIFF_SUFFIXES
from imaging.camera import Shot
from imaging.jpeg import write_jpeg, write_png
from imaging.metadata import Metadata
from imaging.preview import save_preview
from imaging.raw import read_raw_linear_prophoto
from imaging.tiff import write_tiff
from model.cube_lut import write_cube
from model.edit_layer import render_record
from params.record import Record, write_record
from stages.predict.predictor import Prediction
from stages.predict.result_paths import ResultPaths, missing, wanted_exports, xmp_result
from stages.predict.xmp_files import applied_packet, write_xmp


def export(
    prediction: Prediction,
    paths: ResultPaths,
    args: argparse.Namespace,
    metadata: Metadata,
    edited: np.ndarray | None = None,
) -> None:
    """Write what the shared export flags ask for and is not there yet, or is to be overwritten.

    edited: what render_preview() gives, where that has been done.

    Raises:
        InputError: a sidecar that cannot be read, or a folder that refuses.
    """
    raw, record, shot = prediction.raw, prediction.record, prediction.shot
    todo = missing(args, wanted_exports(args, paths))
    if paths.preview in todo:
        pixels = render_preview(prediction, args.device) if edited is None else edited
        save_preview(paths.preview, pixels)
    if paths.json in todo:
        write_record(paths.json, record)
    if paths.cube in todo:
        write_cube(paths.cube, record, args.export_cube, raw.stem)
    if xmp_result(args, paths) in todo:
        write_xmp(raw, record, shot, metadata, paths, args)


def write_pictures(
    raw: Path,
    record: Record,
    files: Sequence[Path],
    args: argparse.Namespace,
    metadata: Metadata,
    shot: Shot,
    pixels: np.ndarray | None = None,
) -> None:
    """Render a RAW file at full size with an edit, and write the files, in the format of
    their suffixes.

    pixels: the decoded file, where that has been done; they become the rendered ones.

    Raises:
        InputError: the RAW file or the profile cannot be read, or a folder refuses.
    """
    if pixels is None:
        pixels = read_raw_linear_prophoto(raw, process=record.process)
    render_record(pixels, record, args.device, out=pixels, shot=shot)
    save_pictures(raw, pixels, record, files, args, metadata, shot)


def save_pictures(
    raw: Path,
    pixels: np.ndarray,
    record: Record,
    files: Sequence[Path],
    args: argparse.Namespace,
    metadata: Metadata,
    shot: Shot,
) -> None:
    """Write a picture that has been rendered; as write_pictures."""
    xmp = applied_packet(raw, record, shot, metadata)
    for file in files:
        write_picture(file, pixels, args, metadata, xmp)


def write_picture(
    file: Path,
    pixels: np.ndarray,
    args: argparse.Namespace,
    metadata: Metadata,
    xmp: bytes | None,
) -> None:
    """Write linear ProPhoto pixels as picture_flags ask: TIFF, JPEG or PNG by suffix.

    Raises:
        InputError: the profile cannot be used, too large, or the folder refuses.
    """
    common: dict[str, Any] = {"metadata": metadata, "xmp": xmp}
    suffix = file.suffix.lower()
    if suffix in TIFF_SUFFIXES:
        compression = None if args.compression == "none" else args.compression
        profile = args.icc_profile
        write_tiff(
            file, pixels, icc_profile=profile, bits=args.bits, compression=compression, **common
        )
    elif suffix == ".png":
        write_png(file, pixels, gamut=args.gamut, **common)
    else:
        write_jpeg(
            file,
            pixels,
            quality=args.jpeg_quality,
            subsampling=":".join(args.jpeg_subsampling),
            gamut=args.gamut,
            **common,
        )


def render_preview(prediction: Prediction, device: str) -> np.ndarray:
    """The prediction's proxy, edited."""
    return render_record(prediction.proxy, prediction.record, device, shot=prediction.shot)
