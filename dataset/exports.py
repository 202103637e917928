"""What inference and rendering write for one picture."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from dataset.fitting import render_record
from dataset.pairs import TIFF_SUFFIXES
from dataset.prediction import Prediction
from dataset.results import ResultPaths, missing, wanted_exports
from dataset.sidecar import existing_packet
from imaging.camera import Shot
from imaging.jpeg import write_jpeg
from imaging.metadata import Metadata
from imaging.preview import save_preview
from imaging.raw import read_raw_linear_prophoto
from imaging.tiff import write_tiff
from params.files import replacing
from params.record import Record, write_record
from params.xmp import record_to_xmp


def export(
    prediction: Prediction, paths: ResultPaths, args: argparse.Namespace, metadata: Metadata
) -> None:
    """Write what the shared export flags ask for and is not there yet, or is to be overwritten.

    Raises:
        InputError: a sidecar that cannot be read, or a folder that refuses.
    """
    record = prediction.record
    todo = missing(args, wanted_exports(args, paths))
    if paths.preview in todo:
        save_preview(paths.preview, _render(prediction, args.device))
    if paths.json in todo:
        write_record(paths.json, record)
    if paths.xmp in todo:
        base, base_name = existing_packet(prediction.raw, metadata)
        packet = record_to_xmp(
            record,
            camera=prediction.shot.color,
            neutral=prediction.shot.neutral,
            base=base,
            base_name=base_name,
            curve=args.xmp_curve,
        )
        with replacing(paths.xmp) as temporary:
            temporary.write_bytes(packet)


def write_pictures(
    raw: Path,
    record: Record,
    files: Sequence[Path],
    args: argparse.Namespace,
    metadata: Metadata,
    shot: Shot,
    pixels: np.ndarray | None = None,
) -> None:
    """Render a RAW file at full size with an edit, and write the files, TIFF or JPEG by suffix.

    pixels: the decoded file, where that has been done; they become the rendered ones.

    Raises:
        InputError: the RAW file or the profile cannot be read, or a folder refuses.
    """
    if pixels is None:
        pixels = read_raw_linear_prophoto(raw, process=record.process)
    render_record(pixels, record, args.device, out=pixels, shot=shot)
    for file in files:
        if file.suffix.lower() in TIFF_SUFFIXES:
            write_tiff(
                file,
                pixels,
                metadata=metadata,
                icc_profile=args.icc_profile,
                bits=args.bits,
                compression=None if args.compression == "none" else args.compression,
            )
        else:
            write_jpeg(file, pixels, metadata=metadata, quality=args.jpeg_quality)


def _render(prediction: Prediction, device: str) -> np.ndarray:
    return render_record(prediction.proxy, prediction.record, device, shot=prediction.shot)
