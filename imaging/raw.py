"""RAW files -> linear ProPhoto RGB: by LibRaw, with its traps closed.

For edit process 2 only demosaic and white balance are LibRaw's; the colour matrix is Adobe's.
"""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from imaging.camera import Shot
from imaging.demosaic import MOSAIC_ROWS, Mosaic, aligned_half_size, half_size
from imaging.demosaic_choice import choose, is_bayer, libraw_options
from imaging.demosaic_names import AHD, GBTF
from imaging.dng_numbers import rewrite_numbers
from imaging.memory import check_memory
from imaging.orientation import orient, oriented_shape, stored_box
from imaging.raw_file import LibRawFacts, RawFile
from imaging.resize import fit_long_side
from imaging.row_blocks import Rows, map_rows
from imaging.tiff_pages import all_pages, believes_counts, data_end, decoded_pages
from params.files import InputError

log = logging.getLogger(__name__)

# What LibRaw reads, by the usual file extensions, lower case.
RAW_SUFFIXES = frozenset(
    f".{name}"
    for name in (
        *("3fr", "ari", "arw", "bay", "cap", "cr2", "cr3", "crw", "dcr", "dcs", "dng", "drf"),
        *("eip", "erf", "fff", "gpr", "iiq", "k25", "kdc", "mdc", "mef", "mos", "mrw", "nef"),
        *("nrw", "orf", "pef", "ptx", "pxn", "r3d", "raf", "raw", "rw2", "rwl", "rwz", "sr2"),
        *("srf", "srw", "x3f"),
    )
)
# LibRaw's flip (bit 0 mirrors columns, 1 mirrors rows, 2 transposes) as EXIF orientation.
_FLIP_TO_EXIF = {0: 1, 1: 2, 2: 4, 3: 3, 4: 5, 5: 8, 6: 6, 7: 7}
_JPEG_XL = 52546
# Larger pictures have at most so many pixels a byte of their file: lossy ones have ten.
_FEW_PIXELS, _MOST_A_BYTE = 100_000_000, 100
# Up to this part of the full size a picture comes from blocks in place of GBTF (docs/decoding.md).
_FROM_BLOCKS = 0.4
# Of a pixel: as the sensor's, in LibRaw's four colours, as LibRaw gives it, and in floats.
_SENSOR_BYTES, _PICTURE_BYTES = 2, 8 + 6 + 12


def read_raw_linear_prophoto(
    path: Path | str, long_side: int | None = None, process: int = 1, demosaic: str = AHD
) -> np.ndarray:
    """Decode a RAW file at its as-shot white balance, cropped and turned as the camera says.

    Brightness is the sensor's: no automatic scaling, 1.0 is the level at which it clips.

    Args:
        path: any format that LibRaw reads.
        long_side: average down to this many pixels; a half-size decode (a colour from each
            2x2 block, no demosaic) is used where it is large enough, and in place of GBTF where
            it comes near enough to that. None: full size.
        process: the edit process that the pixels are for. From camera RGB leads LibRaw's
            matrix for 1, that of Adobe's DNG SDK for 2 (where the camera's is known).
        demosaic: one of imaging.demosaic_names.DEMOSAICS.

    Returns:
        HxWx3 float32 linear ProPhoto in 0..1.

    Raises:
        InputError: missing, not a RAW file, damaged or cut short.
    """
    from imaging.raw_picture import RawPicture  # which is made of what is here

    with RawPicture(path) as picture:
        return picture.linear_prophoto(long_side, process, demosaic)


def decode(file: RawFile, shot: Shot, long_side: int | None, demosaic: str = AHD) -> Rows:
    """As read_raw_linear_prophoto, of a file that is open and whose structure was checked.

    After a decode at full size LibRaw's memory is freed: its own picture beside ours would be
    the most that a render takes. The next decode has it read the open file anew.

    Args:
        shot: the camera's colour, empty where LibRaw's matrix is to be used.
    """
    facts = file.facts()
    sizes = facts.sizes
    longest = max(sizes.height, sizes.width)
    half = long_side is not None and longest // 2 >= long_side
    matrix = _camera_matrix(facts, shot)
    demosaic = choose(file, demosaic, matrix is not None, told=not half)
    if half and demosaic == GBTF:
        half = long_side is not None and long_side <= _FROM_BLOCKS * longest
    _check_pixels(file, sizes, half)
    if matrix is not None and is_bayer(facts) and (half or demosaic == GBTF):
        # What a half-size decode is made of serves one at full size that follows.
        quarters = file.mosaic(lambda: _quarters(file, shot))
        if half:
            align = demosaic == GBTF
            pixels = aligned_half_size(quarters, facts.pattern) if align else half_size(quarters)
            linear = _finish(file, pixels, matrix)
        else:
            file.free_libraw()
            linear = _interpolated(file, facts, quarters, matrix)
    else:
        with file.libraw() as raw:
            neutral = None if matrix is None else shot.neutral
            pixels = _decode(file, raw, neutral, half_size=half, **libraw_options(demosaic))
        if not half:
            file.free_libraw()
        linear = _finish(file, pixels, matrix)
    return linear if long_side is None else Rows.of(fit_long_side(linear.whole(), long_side))


def _finish(file: RawFile, pixels: np.ndarray, matrix: np.ndarray | None) -> Rows:
    """LibRaw's uint16 picture cropped, upright and linear ProPhoto."""
    pixels = _default_crop(pixels, file.facts().sizes)
    return _to_linear(orient(pixels, orientation_of(file)), matrix)


def _quarters(file: RawFile, shot: Shot) -> np.ndarray:
    """The mosaic with black taken off, white-balanced and clipped at white, as LibRaw does it.

    Its half-size picture in four colours is just that: H/2 x W/2 x 4 uint16.
    """
    with file.libraw() as raw:
        return _decode(file, raw, shot.neutral, half_size=True, four_color_rgb=True)


def _interpolated(
    file: RawFile, facts: LibRawFacts, quarters: np.ndarray, matrix: np.ndarray
) -> Rows:
    """The mosaic's picture at full size by GBTF, cropped, upright and linear ProPhoto."""
    size = facts.sizes.height, facts.sizes.width
    mosaic = Mosaic(quarters, facts.pattern, size)
    top, bottom, left, right = _crop_box(facts.sizes, *size) or (0, size[0], 0, size[1])
    orientation = orientation_of(file)
    height, width = oriented_shape(bottom - top, right - left, orientation)

    def convert(rows: np.ndarray) -> np.ndarray:
        box = stored_box(int(rows[0]), int(rows[-1]) + 1, (height, width), orientation)
        first, last, start, end = box
        down, across = range(top + first, top + last), range(left + start, left + end)
        return orient(mosaic.interpolated(down, across, matrix), orientation)

    return Rows((height, width, 3), map_rows(convert, np.arange(height), MOSAIC_ROWS))


def _check_pixels(file: RawFile, sizes: Any, half: bool) -> None:
    """Refuse what the file cannot hold, or the memory. Raises InputError."""
    sensor, pixels = sizes.raw_width * sizes.raw_height, sizes.width * sizes.height
    said = f"{sizes.raw_width}x{sizes.raw_height} pixels"
    if sensor > _FEW_PIXELS and sensor > _MOST_A_BYTE * file.length():
        raise InputError(f"{file.path}: {said} in {file.length()} bytes: not believable")
    needed = _SENSOR_BYTES * sensor + _PICTURE_BYTES * pixels // (4 if half else 1)
    check_memory(file.path, needed, said)


def read_size(path: Path | str) -> tuple[int, int]:
    """Height and width that a full decode of the RAW file gives. Raises InputError."""
    from imaging.raw_picture import RawPicture

    with RawPicture(path) as picture:
        return picture.size


def size_of(file: RawFile) -> tuple[int, int]:
    """As read_size, of a file that is open."""
    sizes = file.facts().sizes
    # Pixels that are not square (a DNG's DefaultScale): LibRaw stretches the side that is short.
    aspect = sizes.pixel_aspect or 1.0
    height = round(sizes.height / min(aspect, 1.0))
    width = round(sizes.width * max(aspect, 1.0))
    box = _crop_box(sizes, height, width)
    if box:
        height, width = box[1] - box[0], box[3] - box[2]
    return (width, height) if sizes.flip & 4 else (height, width)


def orientation_of(file: RawFile) -> int:
    """The EXIF orientation by which a decode turns a picture upright. Raises InputError."""
    return _FLIP_TO_EXIF.get(file.facts().sizes.flip, 1)


def _camera_matrix(facts: LibRawFacts, shot: Shot) -> np.ndarray | None:
    """From white-balanced camera RGB to ProPhoto at the as-shot white; None: leave it to LibRaw."""
    if shot.neutral is None or shot.color is None or facts.colors != 3:
        return None
    to_prophoto = shot.color.camera_to_prophoto(shot.color.neutral_to_xy(shot.neutral))
    return to_prophoto * np.array(shot.neutral)


def _decode(
    file: RawFile, raw: Any, neutral: tuple[float, float, float] | None, **options: Any
) -> np.ndarray:
    """LibRaw's picture, uint16 HxWx3 (x4 in four colours), uncropped and unturned.

    With a neutral: camera RGB in which it is white, clipped there. Else ProPhoto, by LibRaw.
    """
    import rawpy

    levels = file.levels(lambda: rewrite_numbers(file, raw))
    if neutral is not None:
        red, green, blue = (1.0 / value for value in neutral)
        how = {"output_color": rawpy.ColorSpace.raw, "user_wb": [red, green, blue, green]}
    else:
        as_shot = min(raw.camera_whitebalance[:3], default=0) > 0
        if not as_shot:
            file.warn("no as-shot white balance; daylight is used")
        how = {"output_color": rawpy.ColorSpace.ProPhoto, "use_camera_wb": as_shot}
    pixels = raw.postprocess(
        **how,
        **levels,
        **options,
        output_bps=16,
        gamma=(1, 1),
        user_flip=0,
        no_auto_bright=True,
        adjust_maximum_thr=0.0,  # else white is rescaled to each picture's own maximum
    )
    if pixels.ndim == 2 or pixels.shape[2] == 1:
        pixels = np.repeat(pixels.reshape(*pixels.shape[:2], 1), 3, axis=2)
    return pixels


def _to_linear(pixels: np.ndarray, matrix: np.ndarray | None) -> Rows:
    """uint16 HxWx3 -> float32 linear ProPhoto in 0..1.

    In float before anyone averages: 16-bit steps are coarse in the shadows of a linear picture.
    """
    scale = np.float32(1.0 / 65535.0)
    scaled = None if matrix is None else matrix.astype(np.float32) * scale

    def convert(block: np.ndarray) -> np.ndarray:
        if scaled is None:
            return np.multiply(block, scale, dtype=np.float32)
        import cv2

        color = cv2.transform(block.astype(np.float32), scaled)
        return np.clip(color, 0.0, 1.0, out=color)

    return Rows(pixels.shape, map_rows(convert, pixels))


def _crop_box(sizes: Any, height: int, width: int) -> tuple[int, int, int, int] | None:
    """Top, bottom, left, right of the camera's default crop in a decode of height x width."""
    if not (sizes.crop_width and sizes.crop_height and sizes.height and sizes.width):
        return None
    down, across = height / sizes.height, width / sizes.width
    top = round((sizes.crop_top_margin - sizes.top_margin) * down)
    left = round((sizes.crop_left_margin - sizes.left_margin) * across)
    bottom = top + round(sizes.crop_height * down)
    right = left + round(sizes.crop_width * across)
    inside = 0 <= top < bottom <= height and 0 <= left < right <= width
    # A "crop" to a small part is an in-camera mode that raw converters let the user undo.
    large = (bottom - top) * (right - left) > 0.5 * height * width
    return (top, bottom, left, right) if inside and large else None


def _default_crop(pixels: np.ndarray, sizes: Any) -> np.ndarray:
    box = _crop_box(sizes, *pixels.shape[:2])
    return pixels[box[0] : box[1], box[2] : box[3]] if box else pixels


def check_structure(file: RawFile) -> None:
    """Refuse what LibRaw would decode to rubbish without a word.

    Of the file's TIFF directories (most RAW families are TIFF inside) those that LibRaw decodes
    are judged: image data beyond the end of the file, and JPEG XL, which LibRaw cannot read. Where
    LibRaw cannot open the file any of them may be the reason. Raises InputError.
    """
    try:
        sizes = file.facts().sizes
    except InputError:
        _judge(file, all_pages)
        raise
    _judge(file, lambda tiff: decoded_pages(tiff, sizes.raw_height, sizes.raw_width))


def _judge(file: RawFile, pages_of: Callable[[Any], list[Any]]) -> None:
    path, tiff, size = file.path, file.tiff(), file.length()
    if tiff is None:
        return  # LibRaw decides
    try:
        counts = believes_counts(tiff)
        for page in pages_of(tiff):
            if data_end(page, counts) > size:
                raise InputError(f"{path}: cut short: its image data ends beyond the file")
            if int(page.compression) == _JPEG_XL:
                raise InputError(f"{path}: a JPEG XL DNG, which LibRaw cannot read")
    except InputError:
        raise
    except Exception as error:
        log.debug("%s: directories not understood: %s", path, error)
