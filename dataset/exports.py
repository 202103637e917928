"""What inference and rendering write for one picture."""

import argparse
from pathlib import Path

import numpy as np

from dataset.fitting import render_record
from dataset.prediction import Prediction
from dataset.results import ResultPaths
from dataset.sources import sidecar_of
from imaging.camera import read_shot
from imaging.jpeg import write_jpeg
from imaging.metadata import Metadata
from imaging.preview import save_preview
from imaging.raw import read_raw_linear_prophoto
from imaging.tiff import write_tiff
from params.files import InputError, replacing
from params.record import Record, write_record
from params.xmp import record_to_xmp

MAX_PACKET_BYTES = 16 << 20


def export(
    prediction: Prediction, paths: ResultPaths, args: argparse.Namespace, metadata: Metadata
) -> None:
    """Write what the shared export flags ask for.

    Raises:
        InputError: a sidecar that cannot be read, or a folder that refuses.
    """
    record = prediction.record
    if args.export_preview:
        save_preview(paths.preview, _render(prediction, args.device))
    if args.export_json:
        write_record(paths.json, record)
    if args.export_xmp:
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
    tiff: Path | None,
    jpeg: Path | None,
    args: argparse.Namespace,
    metadata: Metadata,
) -> None:
    """Render a RAW file at full size with an edit, and write it as TIFF, JPEG or both.

    Raises:
        InputError: the RAW file or the profile cannot be read, or a folder refuses.
    """
    pixels = read_raw_linear_prophoto(raw, process=record.process)
    render_record(pixels, record, args.device, out=pixels, shot=read_shot(raw))
    if tiff is not None:
        write_tiff(
            tiff,
            pixels,
            metadata=metadata,
            icc_profile=args.icc_profile,
            bits=args.bits,
            compression=None if args.compression == "none" else args.compression,
        )
    if jpeg is not None:
        write_jpeg(jpeg, pixels, metadata=metadata, quality=args.jpeg_quality)


def _render(prediction: Prediction, device: str) -> np.ndarray:
    return render_record(prediction.proxy, prediction.record, device, shot=prediction.shot)


def existing_packet(raw: Path, metadata: Metadata) -> tuple[bytes | None, str]:
    """XMP the photographer already has for a RAW: its sidecar, else what it embeds.

    Returns:
        (the packet, what error messages call it).

    Raises:
        InputError: the sidecar is there and cannot be read.
    """
    sidecar = sidecar_of(raw)
    if sidecar is None:
        return metadata.xmp, f"{raw}: embedded XMP"
    try:
        if sidecar.stat().st_size > MAX_PACKET_BYTES:
            raise InputError(f"{sidecar}: too large for an XMP sidecar")
        return sidecar.read_bytes(), str(sidecar)
    except OSError as error:
        raise InputError(f"{sidecar}: {error.strerror or error}") from error
