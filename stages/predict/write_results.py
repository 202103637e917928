"""What prediction and rendering write for one picture."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dataset.pairs import TIFF_SUFFIXES
from imaging.camera import Shot
from imaging.detail import refine
from imaging.jpeg import to_srgb8, write_jpeg, write_png
from imaging.metadata import Metadata
from imaging.output_options import GAMUT
from imaging.preview import save_preview
from imaging.tiff import write_tiff
from params.record import Record, write_record
from params.xmp_packet import merge_fields
from stages.predict.prediction import Prediction
from stages.predict.result_paths import ResultPaths, missing, wanted_exports, xmp_result
from stages.predict.settings import PictureOutput, PredictSettings
from stages.predict.xmp_files import applied_packet, write_xmp


def export(
    prediction: Prediction,
    paths: ResultPaths,
    settings: PredictSettings,
    metadata: Metadata,
    edited: np.ndarray | None = None,
) -> Path | None:
    """Write the files of an edit that are wanted and not there yet, or to be overwritten.

    edited: what render_preview() gives; needed where the preview is among them.

    Returns:
        the sidecar or DNG that was written in place, if one was.

    Raises:
        InputError: a sidecar that cannot be read, or a folder that refuses.
    """
    raw, record, shot = prediction.raw, prediction.record, prediction.shot
    todo = missing(wanted_exports(settings, paths), paths, overwrite=settings.overwrite)
    if edited is not None and paths.preview in todo:
        save_preview(paths.preview, edited, GAMUT)
    if paths.json in todo:
        write_record(paths.json, record)
    if settings.cube and paths.cube in todo:
        from model.cube_lut import write_cube

        write_cube(paths.cube, record, settings.cube, raw.stem)
    if xmp_result(settings.xmp, paths) in todo:
        return write_xmp(raw, record, shot, metadata, paths, settings.xmp)
    return None


def save_pictures(
    raw: Path,
    pixels: np.ndarray,
    record: Record,
    files: Sequence[Path],
    output: PictureOutput,
    metadata: Metadata,
    shot: Shot,
) -> None:
    """Write a RAW file's rendered pixels (HxWx3 linear ProPhoto) to the files.

    Each is TIFF, JPEG or PNG by its suffix, and carries the edit as XMP.

    Raises:
        InputError: the profile cannot be used, too large, or a folder refuses.
    """
    xmp = applied_packet(raw, record, shot, metadata)
    for file in files:
        write_picture(file, pixels, output, metadata, xmp)


def write_picture(
    file: Path,
    pixels: np.ndarray,
    output: PictureOutput,
    metadata: Metadata,
    xmp: bytes | None,
) -> None:
    """Write linear ProPhoto pixels as TIFF, JPEG or PNG, by the suffix.

    Raises:
        InputError: the profile cannot be used, too large, or the folder refuses.
    """
    common: dict[str, Any] = {"metadata": metadata, "xmp": xmp}
    suffix = file.suffix.lower()
    if suffix in TIFF_SUFFIXES:
        write_tiff(
            file,
            pixels,
            icc_profile=output.icc_profile,
            bits=output.bits,
            compression=output.compression,
            **common,
        )
        return
    if xmp is not None and not output.detail.does_nothing:
        common["xmp"] = merge_fields(xmp, output.detail.settings(), str(file))
    srgb = refine(to_srgb8(pixels, output.gamut), output.detail)
    if suffix == ".png":
        write_png(file, srgb, **common)
    else:
        write_jpeg(
            file,
            srgb,
            quality=output.jpeg_quality,
            subsampling=output.jpeg_subsampling,
            **common,
        )


def render_preview(prediction: Prediction, device: str) -> np.ndarray:
    """The prediction's proxy, edited."""
    from model.render import render_record

    return render_record(prediction.proxy, prediction.record, device, shot=prediction.shot)
