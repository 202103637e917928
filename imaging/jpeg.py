"""sRGB pictures out: JPEG and PNG with profile and EXIF, and PNG previews."""

import io
import logging
from pathlib import Path
from typing import Any

import numpy as np

from imaging.color import prophoto_to_srgb_preview
from imaging.exif_blocks import jpeg_exif
from imaging.gamut import prophoto_to_srgb_inside
from imaging.icc import srgb_profile
from imaging.iptc import to_app13
from imaging.jpeg_thumbnail import jpeg_thumbnail
from imaging.jpeg_xmp import fitting_packet
from imaging.metadata import Metadata
from imaging.output_options import GAMUT, GAMUTS
from imaging.row_blocks import fill_rows
from params.files import InputError, replacing

logger = logging.getLogger(__name__)

_MAX_SIDE = 65500  # libjpeg's


def to_srgb8(pixels: np.ndarray, gamut: str = GAMUT) -> np.ndarray:
    """Linear ProPhoto HxWx3 -> sRGB uint8 HxWx3, rounded to nearest.

    What lies outside sRGB is brought inside softly, or with gamut "clip" cut off.
    """
    if gamut not in GAMUTS:
        raise ValueError(f"gamut is {gamut!r}, not {' or '.join(GAMUTS)}")

    def encode(block: np.ndarray) -> np.ndarray:
        way = prophoto_to_srgb_preview if gamut == "clip" else prophoto_to_srgb_inside
        return np.rint(way(block) * 255.0).astype(np.uint8)

    return fill_rows(np.empty(pixels.shape, np.uint8), encode, pixels)


def write_jpeg(
    path: Path,
    pixels: np.ndarray,
    *,
    metadata: Metadata | None = None,
    xmp: bytes | None = None,
    quality: int = 95,
    subsampling: str = "4:4:4",
) -> None:
    """Write HxWx3 pixels as an upright sRGB JPEG with our sRGB profile, EXIF and thumbnail.

    pixels: uint8 ones are sRGB, floats linear ProPhoto.
    xmp: a packet to embed; one too long for a segment goes on in an extension.
    quality: 1..100. subsampling: one of SUBSAMPLINGS.

    Raises:
        InputError: the folder refuses, or a side is longer than JPEG allows.
    """
    height, width = pixels.shape[:2]
    if max(height, width) > _MAX_SIDE:
        raise InputError(f"{path}: {width}x{height} is too large for a JPEG")
    srgb = _as_srgb8(pixels)
    exif = jpeg_exif(metadata or Metadata(), width, height, jpeg_thumbnail(srgb))
    options: dict[str, Any] = {"exif": exif}
    segments = to_app13(metadata.iptc) if metadata and metadata.iptc else b""
    if xmp:
        try:
            options["xmp"], more = fitting_packet(xmp, str(path))
            segments += more
        except InputError as error:
            logger.warning("%s; left out", error)
    options |= {"quality": quality, "subsampling": subsampling, "dpi": (300, 300)}
    _save(path, srgb, "JPEG", options, segments)


def jpeg_bytes(srgb: np.ndarray, quality: int = 90, subsampling: str = "4:4:4") -> bytes:
    """HxWx3 uint8 sRGB as a JPEG without metadata or profile, which means sRGB: for a screen."""
    from PIL import Image

    encoded = io.BytesIO()
    picture = Image.fromarray(np.ascontiguousarray(srgb))
    picture.save(encoded, format="JPEG", quality=quality, subsampling=subsampling)
    return encoded.getvalue()


def write_png(
    path: Path,
    pixels: np.ndarray,
    *,
    metadata: Metadata | None = None,
    xmp: bytes | None = None,
) -> None:
    """Write HxWx3 pixels as an upright 8-bit sRGB PNG with our profile and EXIF.

    pixels: uint8 ones are sRGB, floats linear ProPhoto.

    Raises:
        InputError: the folder refuses.
    """
    from PIL.PngImagePlugin import PngInfo

    height, width = pixels.shape[:2]
    options: dict[str, Any] = {"exif": jpeg_exif(metadata or Metadata(), width, height)}
    if xmp:
        options["pnginfo"] = PngInfo()
        options["pnginfo"].add_itxt("XML:com.adobe.xmp", xmp.decode("utf-8"))
    _save(path, _as_srgb8(pixels), "PNG", options | {"dpi": (300, 300)})


def write_preview(path: Path, pixels: np.ndarray, gamut: str = GAMUT) -> None:
    """Write an 8-bit sRGB PNG of HxWx3 pixels: uint8 ones are sRGB, floats linear ProPhoto.

    gamut: as in to_srgb8, of linear pixels.

    Raises:
        InputError: the folder refuses.
    """
    _save(path, _as_srgb8(pixels, gamut), "PNG", {})


def _as_srgb8(pixels: np.ndarray, gamut: str = GAMUT) -> np.ndarray:
    return pixels if pixels.dtype == np.uint8 else to_srgb8(pixels, gamut)


def _save(
    path: Path, srgb: np.ndarray, kind: str, options: dict[str, Any], segments: bytes = b""
) -> None:
    """segments: put into a JPEG before its first segment that is not APP0 to APP15."""
    from PIL import Image

    # Into memory first: on a full disk Pillow would write half a JPEG without a word.
    encoded = io.BytesIO()
    Image.fromarray(srgb).save(encoded, format=kind, icc_profile=srgb_profile(), **options)
    data, place = encoded.getbuffer(), 2
    while segments and 0xE0 <= data[place + 1] <= 0xEF:
        place += 2 + int.from_bytes(data[place + 2 : place + 4], "big")
    with replacing(path) as temporary, temporary.open("wb") as file:
        for part in (data[:place], segments, data[place:]):
            file.write(part)
