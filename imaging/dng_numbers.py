"""A DNG's numbers by the specification, where LibRaw's own way with them differs.

Floating-point pictures, linear (three-plane) ones, black levels that change from row to row, and
corrections that the camera left in opcode lists. DNG specification 1.7.1, chapters 5 to 7.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from imaging.dng_opcodes import APPLIED, Colors, Opcode, apply_opcodes, mend, read_opcodes
from imaging.raw_file import RawFile
from imaging.tiff_check import check_room
from imaging.tiff_pages import DNG_VERSION, LINEAR_RAW, raw_page, tag_numbers
from params.files import InputError

_REPEAT, _BLACK, _DELTA_H, _DELTA_V, _WHITE = 50713, 50714, 50715, 50716, 50717
_ACTIVE_AREA = 50829
_OPCODE_LISTS = (51008, 51009, 51022)
_LOSSY = 34892  # JPEG of eight bits, which LibRaw takes through the file's own polynomials
_FLOAT = 3
# LibRaw is given numbers from 0 to this, and told so.
_FULL = 65535
FULL_RANGE = {"user_black": 0, "user_cblack": [0, 0, 0, 0], "user_sat": _FULL}
# WhiteLevel is a whole number: some write the bits of a float there (2 ** -10 to 2 ** 20).
_FLOAT_BITS = (0x3A800000, 0x49800000)


@dataclass(frozen=True)
class _Levels:
    """black: as an array that HxW or HxWxC values can be reduced by; white: per sample."""

    black: np.ndarray
    white: np.ndarray


def rewrite_numbers(file: RawFile, raw: Any) -> dict[str, Any]:
    """Put a DNG's linear values into LibRaw's picture, in the place of what the file stores.

    Args:
        file: open; told what is not applied.
        raw: rawpy.RawPy of the file, whose numbers are as stored.

    Returns:
        what rawpy's postprocess must be told of levels; nothing where LibRaw's way is right.

    Raises:
        InputError: floating-point data that cannot be decoded, or levels that contradict
            themselves.
    """
    tiff = file.tiff()
    if tiff is None or DNG_VERSION not in tiff.pages.first.tags:
        return {}
    sizes = raw.sizes
    page = raw_page(tiff, sizes.raw_height, sizes.raw_width)
    if page is None:
        return {}
    lists, untaken = _opcode_lists(file, page)
    if untaken:
        file.warn(f"a correction in the file is not applied: {', '.join(dict.fromkeys(untaken))}")
    is_float = page.sampleformat == _FLOAT
    odd = is_float or int(page.photometric) == LINEAR_RAW or any(lists)
    if not odd and not {_DELTA_H, _DELTA_V} & set(page.tags.keys()):
        return {}
    picture = raw.raw_image
    stored = _floats(file, page) if is_float else picture
    colors = None
    if stored.ndim == 2:
        if not is_float:
            stored = stored.copy()
        colors = _colors(raw)
    elif stored.shape[2] > 3:
        stored = stored[..., :3].copy()
    if picture is None or stored.shape[:2] != picture.shape[:2]:
        raise InputError(f"{file.path}: LibRaw reads its picture at another size")
    try:
        mend(lists[0], stored, 1 if stored.ndim == 3 else 2)
        top, left, bottom, right = _active(page, stored)
        inner = stored[top:bottom, left:right]
        levels = _levels(page, inner, is_float)
        span = levels.white - levels.black.max(axis=(0, 1))
        values = (inner.astype(np.float32) - levels.black) / span
        values = np.nan_to_num(values, nan=0.0, posinf=1.0, neginf=0.0).clip(0.0, 1.0)
        apply_opcodes(lists[0], values)
        apply_opcodes(lists[1], values)
        apply_opcodes(lists[2], values, colors and _moved(colors, top, left))
    except ValueError as error:
        raise InputError(f"{file.path}: {error}") from error
    full = np.zeros(stored.shape, np.uint16)
    full[top:bottom, left:right] = np.rint(values.clip(0.0, 1.0) * np.float32(_FULL))
    if full.ndim == 3:
        picture[..., : full.shape[2]] = full
    else:
        picture[...] = full
    return dict(FULL_RANGE)


def _opcode_lists(file: RawFile, page: Any) -> tuple[list[list[Opcode]], list[str]]:
    """The three lists with the steps that are applied, and the names of the others.

    A damaged list is told and left out.
    """
    lists: list[list[Opcode]] = []
    left: list[str] = []
    lossy = int(page.compression) == _LOSSY
    for tag in _OPCODE_LISTS:
        opcodes: list[Opcode] = []
        if tag in page.tags:
            try:
                opcodes = read_opcodes(bytes(page.tags[tag].value))
            except (TypeError, ValueError) as error:
                file.warn(f"a correction in the file is not applied: {error}")
        left += [opcode.name for opcode in opcodes if opcode.name not in APPLIED]
        opcodes = [opcode for opcode in opcodes if opcode.name in APPLIED]
        lists.append([o for o in opcodes if not (lossy and o.name == "MapPolynomial")])
    return lists, left


def _floats(file: RawFile, page: Any) -> np.ndarray:
    """A floating-point picture's numbers, HxW or HxWxC float32."""
    check_room(file.path, page, file.length())
    try:
        stored = np.asarray(page.asarray(), dtype=np.float32)
    except Exception as error:  # decoders raise any kind
        reason = " ".join(str(error).split())
        raise InputError(
            f"{file.path}: its floating-point picture cannot be decoded: {reason}"
        ) from error
    return np.array(stored.squeeze())


def _colors(raw: Any) -> Colors | None:
    """Red, green and blue as 0, 1, 2 in a Bayer mosaic's block; None for other mosaics."""
    pattern = raw.raw_pattern
    if pattern is None or pattern.shape != (2, 2):
        return None
    kinds = {letter: i for i, letter in enumerate("RGB")}
    try:
        (a, b), (c, d) = ((kinds[chr(raw.color_desc[i])] for i in row) for row in pattern)
    except KeyError:
        return None
    return (a, b), (c, d)


def _moved(colors: Colors, top: int, left: int) -> Colors:
    """A mosaic's block as it begins at another pixel."""
    (a, b), (c, d) = (tuple(colors[(top + i) % 2][(left + j) % 2] for j in (0, 1)) for i in (0, 1))
    return (a, b), (c, d)


def _active(page: Any, stored: np.ndarray) -> tuple[int, int, int, int]:
    """Top, left, bottom, right of the pixels that make the picture."""
    height, width = stored.shape[:2]
    if _ACTIVE_AREA not in page.tags:
        return 0, 0, height, width
    values = page.tags[_ACTIVE_AREA].value
    top, left, bottom, right = (int(value) for value in values)
    if not (0 <= top < bottom <= height and 0 <= left < right <= width):
        raise ValueError("its active area lies outside the picture")
    return top, left, bottom, right


def _levels(page: Any, inner: np.ndarray, is_float: bool) -> _Levels:
    """Black and white of the pixels of the active area, in the file's numbers."""
    height, width = inner.shape[:2]
    samples = inner.shape[2] if inner.ndim == 3 else 1
    rows, columns = (int(v) for v in _numbers(page, _REPEAT, (1, 1)))
    if not (0 < rows <= height and 0 < columns <= width and rows * columns <= 4096):
        raise ValueError("its black levels repeat over nothing")
    block = _numbers(page, _BLACK, (0.0,))
    if block.size == 1:
        block = np.full(rows * columns * samples, block[0])
    if block.size != rows * columns * samples:
        raise ValueError(f"{block.size} black levels, not {rows * columns * samples}")
    block = block.reshape(rows, columns, samples).astype(np.float32)
    repeats = -(-height // rows), -(-width // columns), 1
    constant = (block == block.flat[0]).all()
    black = block[:1, :1] if constant else np.tile(block, repeats)[:height, :width]
    across, down = _numbers(page, _DELTA_H, ()), _numbers(page, _DELTA_V, ())
    for deltas, count in ((across, width), (down, height)):
        if deltas.size not in (0, count):
            raise ValueError(f"{deltas.size} black level steps, not {count}")
    if across.size:
        black = black + across.astype(np.float32)[None, :, None]
    if down.size:
        black = black + down.astype(np.float32)[:, None, None]
    white = _numbers(page, _WHITE, (1.0 if is_float else 2.0**page.bitspersample - 1.0,))
    if is_float:
        low, high = _FLOAT_BITS
        bits = (white >= low) & (white <= high)
        white = np.where(bits, white.astype(np.uint32).view(np.float32), white)
    white = np.resize(white, samples).astype(np.float32)
    if not (np.isfinite(black).all() and np.isfinite(white).all() and (white > black.max()).all()):
        raise ValueError("its white level is not above its black level")
    return _Levels(black[..., 0], white[0]) if inner.ndim == 2 else _Levels(black, white)


def _numbers(page: Any, tag: int, default: tuple[float, ...]) -> np.ndarray:
    return tag_numbers(page.tags[tag]) if tag in page.tags else np.array(default, np.float64)
