"""What inference and rendering write for one picture."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from dataset.fitting import render_record
from dataset.pairs import TIFF_SUFFIXES
from dataset.prediction import Prediction
from dataset.results import ResultPaths, missing, wanted_exports, xmp_result
from dataset.xmp_output import applied_packet, change_xmp, print_change, write_xmp
from imaging.camera import Shot
from imaging.jpeg import write_jpeg
from imaging.metadata import Metadata
from imaging.preview import save_preview
from imaging.raw import read_raw_linear_prophoto
from imaging.tiff import write_tiff
from params.record import Record, write_record


def export(
    prediction: Prediction, paths: ResultPaths, args: argparse.Namespace, metadata: Metadata
) -> None:
    """Write what the shared export flags ask for and is not there yet, or is to be overwritten.

    Raises:
        InputError: a sidecar that cannot be read, or a folder that refuses.
    """
    raw, record, shot = prediction.raw, prediction.record, prediction.shot
    todo = missing(args, wanted_exports(args, paths))
    if args.dry_run:
        print_change(change_xmp(raw, record, shot, metadata, paths, args))
        return
    if paths.preview in todo:
        save_preview(paths.preview, _render(prediction, args.device))
    if paths.json in todo:
        write_record(paths.json, record)
    if xmp_result(args, paths) in todo:
        write_xmp(raw, record, shot, metadata, paths, args)


def write_pictures(
    raw: Path,
    record: Record,
    files: Sequence[Path],
    args: argparse.Namespace,
    metadata: Metadata,
    shot: Shot,
) -> None:
    """Render a RAW file at full size with an edit, and write the files, TIFF or JPEG by suffix.

    Raises:
        InputError: the RAW file or the profile cannot be read, or a folder refuses.
    """
    pixels = read_raw_linear_prophoto(raw, process=record.process)
    render_record(pixels, record, args.device, out=pixels, shot=shot)
    xmp = applied_packet(raw, record, shot, metadata)
    for file in files:
        if file.suffix.lower() in TIFF_SUFFIXES:
            write_tiff(
                file,
                pixels,
                metadata=metadata,
                xmp=xmp,
                icc_profile=args.icc_profile,
                bits=args.bits,
                compression=None if args.compression == "none" else args.compression,
            )
        else:
            write_jpeg(file, pixels, metadata=metadata, xmp=xmp, quality=args.jpeg_quality)


def _render(prediction: Prediction, device: str) -> np.ndarray:
    return render_record(prediction.proxy, prediction.record, device, shot=prediction.shot)
