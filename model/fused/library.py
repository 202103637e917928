"""The compiled kernel, loaded: a plan's steps on rows of a picture, without Python's lock."""

import ctypes
import functools
import logging
import os
import sys
from typing import Any

import numpy as np

from imaging.color import PROPHOTO_TO_SRGB
from imaging.gamut import KNEE, TINY
from imaging.output_options import GAMUT
from imaging.row_blocks import each_rows
from jobs.cores import cores
from model.edit.local_base import LOG_FLOOR, LUMA
from model.fused.build import library_path
from model.fused.plan import Plan
from model.fused.steps import STEP_BYTES, Steps

log = logging.getLogger(__name__)

# What is written: float32 linear ProPhoto, 16-bit ROMM, 8-bit sRGB (picture.h).
_KINDS = {np.dtype(np.float32): 0, np.dtype(np.uint16): 1, np.dtype(np.uint8): 2}
_INSIDE = 3  # 8-bit sRGB into which other colours were brought
_ROWS = 64  # a thread's at a time
_SMALL_ROWS = 16  # of a picture that is made smaller


class _Picture(ctypes.Structure):
    _fields_ = (
        ("pixels", ctypes.c_void_p),
        ("out", ctypes.c_void_p),
        ("pixels_row", ctypes.c_int64),
        ("out_row", ctypes.c_int64),
        ("height", ctypes.c_int32),
        ("width", ctypes.c_int32),
        ("kind", ctypes.c_int32),
        ("stops", ctypes.c_int32),
        ("luma", ctypes.c_float * 4),
        ("to_srgb", ctypes.c_float * 9),
        ("inside", ctypes.c_float * 2),
    )


@functools.cache
def library() -> Any:
    """The kernel, compiled if need be; None where there is none."""
    path = library_path()
    if path is None:
        return None
    try:
        loaded: Any = ctypes.CDLL(str(path))
        loaded.step_names.restype = ctypes.c_char_p
        if loaded.step_bytes() != STEP_BYTES:
            raise OSError("its steps have another size")
    except (OSError, AttributeError) as error:
        log.info("%s: the edit kernel can't be used: %s", path, error)
        return None
    loaded.codes = {name: i for i, name in enumerate(loaded.step_names().decode().split())}
    return loaded


def threads() -> int:
    """How many work on a picture: as many as torch may use, where it is loaded."""
    torch = sys.modules.get("torch")
    if torch is not None:
        return int(torch.get_num_threads())
    asked = os.environ.get("OMP_NUM_THREADS", "")
    if asked.isdecimal() and int(asked) > 0:
        return int(asked)
    return cores()


def run(
    plan: Plan,
    pixels: np.ndarray,
    out: np.ndarray,
    gamut: str = GAMUT,
    rows: tuple[int, int] | None = None,
) -> np.ndarray:
    """Render a picture, or rows of it.

    Args:
        plan: its steps.
        pixels: HxWx3 float32 linear ProPhoto, rows of whole pixels.
        out: where to write, as large; float32 linear ProPhoto, uint16 ROMM or uint8 sRGB. May be
            `pixels` itself, or lie in its rows from where they begin.
        gamut: of sRGB, as imaging.jpeg.to_srgb8 has it.
        rows: the first of the picture's that are rendered, and the one after the last, which are
            all that `out` has; None: all.

    Returns:
        [H] bool, of the picture: the rows that were left alone, as they hold something that is no
        number, or a number that no picture has.

    Raises:
        MemoryError: of a few MB.
    """
    kernel = library()
    height = len(pixels)
    first, last = rows or (0, height)
    steps = Steps(plan.steps, kernel.codes)
    picture = _seen(pixels, out, first)
    inside = out.dtype == np.uint8 and gamut != "clip"
    picture.kind = _INSIDE if inside else _KINDS[out.dtype]
    picture.stops = int(plan.needs_stops)
    picture.luma[:] = [*LUMA, LOG_FLOOR]
    picture.to_srgb[:] = PROPHOTO_TO_SRGB.ravel().tolist()
    picture.inside[:] = [KNEE, TINY]
    left = np.zeros(height, np.uint8)
    place = ctypes.c_void_p(left.ctypes.data)

    def some(top: int, bottom: int) -> None:
        whole, array = ctypes.byref(picture), ctypes.c_void_p(steps.address)
        if kernel.render_rows(whole, array, len(steps), first + top, first + bottom, place) != 0:
            raise MemoryError

    each_rows(some, last - first, _ROWS, threads())
    return left.astype(bool)


def reduced(pixels: np.ndarray, height: int, width: int) -> np.ndarray:
    """A picture that fits() at another size, no larger: as imaging.resize.resize_area makes it.

    Raises:
        MemoryError: of a few KB.
    """
    kernel = library()
    out = np.empty((height, width, 3), np.float32)
    picture = _seen(pixels, out)

    def rows(top: int, bottom: int) -> None:
        if kernel.reduce_rows(ctypes.byref(picture), height, width, top, bottom) != 0:
            raise MemoryError

    each_rows(rows, height, _SMALL_ROWS, threads())
    return out


def _seen(pixels: np.ndarray, out: np.ndarray, first: int = 0) -> _Picture:
    """As the kernel is told of a picture and where to write; of its pixels alone.

    first: the picture's row that is the first of `out`.
    """
    return _Picture(
        pixels.ctypes.data,
        out.ctypes.data - first * out.strides[0],
        pixels.strides[0] // pixels.itemsize,
        out.strides[0] // out.itemsize,
        *pixels.shape[:2],
    )


def fits(array: np.ndarray) -> bool:
    """Whether a picture's rows lie in memory as run() needs them, of a type that it writes."""
    size = array.itemsize
    in_row = array.strides[1:] == (3 * size, size) or array.shape[1] == 1
    return (
        array.dtype in _KINDS
        and array.ndim == 3
        and array.shape[2] == 3
        and in_row
        and array.strides[2] == size
        and array.strides[0] % size == 0
        and array.dtype.isnative
        and array.flags.aligned
    )
