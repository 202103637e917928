"""What prediction and rendering write for one picture."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dataset.pairs import TIFF_SUFFIXES
from imaging.camera import Shot
from imaging.detail import refine
from imaging.jpeg import write_jpeg, write_png
from imaging.metadata import Metadata
from imaging.output_options import GAMUT
from imaging.preview import save_preview
from imaging.tiff import takes_romm16, write_tiff
from params.files import InputError
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


def render_pictures(
    pixels: np.ndarray,
    record: Record,
    files: Sequence[Path],
    output: PictureOutput,
    device: str,
    shot: Shot,
) -> np.ndarray:
    """Render a picture as save_pictures needs it for the files, in the place of its pixels.

    Encoded at once where all files hold the same codes: that then costs next to nothing.
    """
    from model.encode import place_in
    from model.render import render_record

    out = pixels
    tiffs = [_is_tiff(file) for file in files]
    if not any(tiffs):
        # Of its own, a quarter as large: what is done to it next would copy it.
        out = np.empty(pixels.shape, np.uint8)
    elif all(tiffs) and _in_romm16(output):
        out = place_in(pixels, np.uint16)
    return render_record(pixels, record, device, out=out, shot=shot, gamut=output.gamut)


def save_pictures(
    raw: Path,
    pixels: np.ndarray,
    record: Record,
    files: Sequence[Path],
    output: PictureOutput,
    metadata: Metadata,
    shot: Shot,
) -> None:
    """Write a RAW file's rendered pixels (HxWx3, see write_picture) to the files.

    Each is TIFF, JPEG or PNG by its suffix, and carries the edit as XMP. The pixels are lost.

    Raises:
        InputError: the profile cannot be used, too large, or a folder refuses.
    """
    from model.encode import encode, place_in

    xmp = applied_packet(raw, record, shot, metadata)
    for file in sorted(files, key=_is_tiff):
        if _is_tiff(file) and pixels.dtype == np.float32 and _in_romm16(output):
            pixels = encode(pixels, place_in(pixels, np.uint16))
        write_picture(file, pixels, output, metadata, xmp)


def write_picture(
    file: Path,
    pixels: np.ndarray,
    output: PictureOutput,
    metadata: Metadata,
    xmp: bytes | None,
) -> None:
    """Write pixels as TIFF, JPEG or PNG, by the suffix.

    pixels: float32 linear ProPhoto; for TIFFs of that profile also uint16 ROMM, for the others
        also uint8 sRGB.

    Raises:
        InputError: the profile cannot be used, too large, or the folder refuses.
    """
    from model.encode import srgb8

    common: dict[str, Any] = {"metadata": metadata, "xmp": xmp}
    if _is_tiff(file):
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
    srgb = pixels if pixels.dtype == np.uint8 else srgb8(pixels, output.gamut)
    srgb = refine(srgb, output.detail)
    if file.suffix.lower() == ".png":
        write_png(file, srgb, **common)
    else:
        write_jpeg(
            file,
            srgb,
            quality=output.jpeg_quality,
            subsampling=output.jpeg_subsampling,
            **common,
        )


def _is_tiff(file: Path) -> bool:
    return file.suffix.lower() in TIFF_SUFFIXES


def _in_romm16(output: PictureOutput) -> bool:
    """Whether TIFFs are 16-bit ROMM; a profile that can't be read is for its writer to name."""
    try:
        return takes_romm16(output.icc_profile, output.bits)
    except InputError:
        return False


def render_preview(prediction: Prediction, device: str) -> np.ndarray:
    """The prediction's proxy, edited."""
    from model.render import render_record

    return render_record(prediction.proxy, prediction.record, device, shot=prediction.shot)
