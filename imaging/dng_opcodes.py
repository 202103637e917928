"""DNG opcodes: what a camera left to do with a picture's numbers, mostly its lens's shading.

Format and formulas: DNG specification 1.7.1, chapter 7. Gains, polynomials and bad pixels are
applied; a warp only moves pixels, and is told instead.
"""

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

_NAMES = {
    1: "WarpRectilinear",
    2: "WarpFisheye",
    3: "FixVignetteRadial",
    4: "FixBadPixelsConstant",
    5: "FixBadPixelsList",
    6: "TrimBounds",
    7: "MapTable",
    8: "MapPolynomial",
    9: "GainMap",
    10: "DeltaPerRow",
    11: "DeltaPerColumn",
    12: "ScalePerRow",
    13: "ScalePerColumn",
    14: "WarpRectilinear2",
}
# Each step may go over the whole picture; cameras write a dozen. Bad pixels, as a part of all.
_MOST_OPCODES, _MOST_BYTES, _MOST_BAD = 32, 64 << 20, 0.25
_MOST_DEGREE = 8
Colors = tuple[tuple[int, int], tuple[int, int]]  # of a mosaic's 2x2 block, 0 red to 2 blue


@dataclass(frozen=True)
class Opcode:
    """One step of a list: its name, and its parameters as stored."""

    name: str
    data: bytes


@dataclass(frozen=True)
class _Area:
    """The pixels and planes that an opcode is for."""

    rows: slice
    columns: slice
    first: int
    planes: int

    def of(self, values: np.ndarray) -> np.ndarray:
        """The view of HxW or HxWxC values."""
        return values[self.rows, self.columns]

    def places(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Row and column numbers of the pixels."""
        return np.arange(values.shape[0])[self.rows], np.arange(values.shape[1])[self.columns]


def read_opcodes(data: bytes) -> list[Opcode]:
    """The steps of an OpcodeList1, 2 or 3.

    Raises:
        ValueError: cut short, or more than any camera writes.
    """
    if not 4 <= len(data) <= _MOST_BYTES:
        raise ValueError(f"an opcode list of {len(data)} bytes")
    (count,) = struct.unpack_from(">I", data)
    if count > _MOST_OPCODES:
        raise ValueError(f"an opcode list of {count} steps")
    found, place = [], 4
    for _ in range(count):
        if place + 16 > len(data):
            raise ValueError("an opcode list that is cut short")
        number, _, _, size = struct.unpack_from(">4I", data, place)
        place += 16
        if place + size > len(data):
            raise ValueError("an opcode list that is cut short")
        found.append(Opcode(_NAMES.get(number, f"opcode {number}"), data[place : place + size]))
        place += size
    return found


def apply_opcodes(
    opcodes: Sequence[Opcode], values: np.ndarray, colors: Colors | None = None
) -> None:
    """Change values in place as the steps, of APPLIED, say, in their order.

    Args:
        values: HxW of a mosaic or HxWx3, float32 in 0..1, of the active area. Bad pixels are
            to be mended before anything else, see mend().
        colors: of a mosaic's pixels, for steps that name planes of the picture without mosaic.

    Raises:
        ValueError: a step that is damaged.
    """
    for opcode in opcodes:
        try:
            _STEPS[opcode.name](opcode.data, values, colors)
        except (struct.error, ValueError, IndexError) as error:
            raise ValueError(f"its {opcode.name} is damaged") from error


def mend(opcodes: Sequence[Opcode], stored: np.ndarray, step: int) -> None:
    """Put the mean of good neighbours in the place of bad pixels, in place.

    Args:
        stored: HxW or HxWxC, the file's numbers.
        step: to the next pixel of the same colour: 2 in a Bayer mosaic.

    Raises:
        ValueError: a step that is damaged.
    """
    bad: np.ndarray = np.zeros(stored.shape[:2], bool)
    for opcode in opcodes:
        try:
            if opcode.name == "FixBadPixelsConstant":
                constant = struct.unpack_from(">I", opcode.data)[0]
                bad |= (stored if stored.ndim == 2 else stored.max(axis=2)) == constant
            elif opcode.name == "FixBadPixelsList":
                _mark(opcode.data, bad)
        except (struct.error, ValueError) as error:
            raise ValueError(f"its {opcode.name} is damaged") from error
    if np.count_nonzero(bad) > _MOST_BAD * bad.size:
        raise ValueError("more bad pixels than can be mended")
    places: np.ndarray = np.argwhere(bad)
    rows, columns = places[:, 0], places[:, 1]
    if not rows.size:
        return
    total = np.zeros(stored[rows, columns].shape)
    good = np.zeros(len(rows))
    for down in (-step, 0, step):
        for across in (-step, 0, step):
            y, x = rows + down, columns + across
            inside = (y >= 0) & (x >= 0) & (y < bad.shape[0]) & (x < bad.shape[1])
            inside[inside] = ~bad[y[inside], x[inside]]
            total[inside] += stored[y[inside], x[inside]]
            good += inside
    known = good > 0
    mean = (total[known].T / good[known]).T
    stored[rows[known], columns[known]] = (
        np.rint(mean) if stored.dtype.kind in "ui" else mean
    ).astype(stored.dtype)


def _mark(data: bytes, bad: np.ndarray) -> None:
    _, points, boxes = struct.unpack_from(">3I", data)
    if len(data) < 12 + 8 * points + 16 * boxes:
        raise ValueError("cut short")
    numbers = np.frombuffer(data, ">u4", 2 * points + 4 * boxes, 12).astype(np.int64)
    rows, columns = numbers[: 2 * points].reshape(-1, 2).T
    inside = (rows < bad.shape[0]) & (columns < bad.shape[1])
    bad[rows[inside], columns[inside]] = True
    low, high = numbers[2 * points :].reshape(-1, 2, 2).swapaxes(0, 1)
    sides = (np.minimum(high, bad.shape) - low).clip(0)
    if sides.prod(axis=1).sum() > bad.size:  # time, not only memory: they may be all the same
        raise ValueError("more boxes than picture")
    for top, left, bottom, right in numbers[2 * points :].reshape(-1, 4):
        bad[top:bottom, left:right] = True


def _area(data: bytes, values: np.ndarray) -> _Area:
    top, left, bottom, right, first, planes, down, across = struct.unpack_from(">8I", data)
    if not (down and across and planes):
        raise ValueError("an area of nothing")
    height, width = values.shape[:2]
    return _Area(
        slice(top, min(bottom, height), down), slice(left, min(right, width), across), first, planes
    )


def _per_plane(
    area: _Area,
    values: np.ndarray,
    colors: Colors | None,
    change: Callable[[np.ndarray, int, tuple[slice, slice]], None],
) -> None:
    """Call change(pixels, plane, part of the area) for each plane that the area names.

    A mosaic has one plane; steps for the planes of the finished picture reach its pixels of that
    colour.
    """
    here = area.of(values)
    whole = (slice(None), slice(None))
    if values.ndim == 3:
        for plane in range(area.first, min(area.first + area.planes, values.shape[2])):
            change(here[..., plane], plane, whole)
    elif colors is None:
        change(here, area.first, whole)
    else:
        dense = area.rows.step == area.columns.step == 1
        for row in range(2):
            for column in range(2):
                plane = colors[(area.rows.start + row) % 2][(area.columns.start + column) % 2]
                part = (slice(row, None, 2), slice(column, None, 2))
                if dense and area.first <= plane < area.first + area.planes:
                    change(here[part], plane, part)


def _gain_map(data: bytes, values: np.ndarray, colors: Colors | None) -> None:
    area = _area(data, values)
    high, wide = struct.unpack_from(">2I", data, 32)
    spacing = struct.unpack_from(">2d", data, 40)
    origin = struct.unpack_from(">2d", data, 56)
    (planes,) = struct.unpack_from(">I", data, 72)
    if not (0 < high * wide * planes <= len(data) // 4) or min(spacing) < 0.0:
        raise ValueError("a map of another size")
    gains = np.frombuffer(data, ">f4", high * wide * planes, 76).astype(np.float32)
    if not np.isfinite(gains).all():
        raise ValueError("gains that are no numbers")
    gains = gains.reshape(high, wide, planes)
    places = area.places(values)
    down = _between(places[0], values.shape[0], origin[0], spacing[0], high)
    across = _between(places[1], values.shape[1], origin[1], spacing[1], wide)

    def change(pixels: np.ndarray, plane: int, part: tuple[slice, slice]) -> None:
        of_plane = gains[..., min(max(plane - area.first, 0), planes - 1)]
        rows, columns = ([a[p] for a in axis] for axis, p in zip((down, across), part, strict=True))
        pixels *= _mix(_mix(of_plane, *rows).T, *columns).T

    _per_plane(area, values, colors, change)


def _between(
    places: np.ndarray, size: int, origin: float, spacing: float, points: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Which two map points pixels lie between, and how near to the second."""
    relative = (places + 0.5) / size
    index = (relative - origin) / spacing if spacing > 0.0 else np.zeros(len(places))
    index = index.clip(0.0, points - 1)
    first = np.floor(index).astype(int)
    return first, np.minimum(first + 1, points - 1), (index - first).astype(np.float32)


def _mix(rows: np.ndarray, first: np.ndarray, second: np.ndarray, part: np.ndarray) -> np.ndarray:
    return rows[first] * (1.0 - part[:, None]) + rows[second] * part[:, None]


def _vignette(data: bytes, values: np.ndarray, _: Colors | None) -> None:
    *terms, x, y = struct.unpack_from(">7d", data)
    if not np.isfinite([*terms, x, y]).all():
        raise ValueError("no numbers")
    height, width = values.shape[:2]
    down = (np.arange(height) + 0.5 - y * height) ** 2
    across = (np.arange(width) + 0.5 - x * width) ** 2
    farthest = max(y, 1 - y) ** 2 * height**2 + max(x, 1 - x) ** 2 * width**2
    radius = ((down[:, None] + across) / farthest).astype(np.float32)
    gain = np.polynomial.polynomial.polyval(radius, np.array([1.0, *terms], np.float32))
    values *= gain.astype(np.float32).reshape(height, width, *[1] * (values.ndim - 2))


def _polynomial(data: bytes, values: np.ndarray, colors: Colors | None) -> None:
    area = _area(data, values)
    (degree,) = struct.unpack_from(">I", data, 32)
    if degree > _MOST_DEGREE:
        raise ValueError("too many terms")
    terms = np.array(struct.unpack_from(f">{degree + 1}d", data, 36))
    if not np.isfinite(terms).all():
        raise ValueError("no numbers")

    def change(pixels: np.ndarray, *_: Any) -> None:
        mapped = np.polynomial.polynomial.polyval(pixels, terms.astype(np.float32))
        pixels[...] = np.clip(mapped, 0.0, 1.0)

    _per_plane(area, values, colors, change)


def _table(data: bytes, values: np.ndarray, colors: Colors | None) -> None:
    area = _area(data, values)
    (size,) = struct.unpack_from(">I", data, 32)
    if not 2 <= size <= 65536:
        raise ValueError("a table of another size")
    table = np.frombuffer(data, ">u2", size, 36).astype(np.float32) / 65535.0

    def change(pixels: np.ndarray, *_: Any) -> None:
        index = np.rint(pixels.clip(0.0, 1.0) * 65535.0).astype(int)
        pixels[...] = table[np.minimum(index, size - 1)]

    _per_plane(area, values, colors, change)


def _per_line(
    data: bytes, values: np.ndarray, colors: Colors | None, down: bool, scale: bool
) -> None:
    area = _area(data, values)
    (count,) = struct.unpack_from(">I", data, 32)
    lines = area.of(values).shape[0 if down else 1]
    numbers = np.frombuffer(data, ">f4", count, 36).astype(np.float32)
    if count < lines or not np.isfinite(numbers).all():
        raise ValueError("another number of lines")

    def change(pixels: np.ndarray, _: int, part: tuple[slice, slice]) -> None:
        own = numbers[:lines][part[0 if down else 1]]
        own = own[:, None] if down else own[None]
        pixels[...] = pixels * own if scale else pixels + own

    _per_plane(area, values, colors, change)


_Step = Callable[[bytes, np.ndarray, Colors | None], None]
_STEPS: dict[str, _Step] = {
    "FixVignetteRadial": _vignette,
    "GainMap": _gain_map,
    "MapTable": _table,
    "MapPolynomial": _polynomial,
    "DeltaPerRow": lambda d, v, c: _per_line(d, v, c, down=True, scale=False),
    "DeltaPerColumn": lambda d, v, c: _per_line(d, v, c, down=False, scale=False),
    "ScalePerRow": lambda d, v, c: _per_line(d, v, c, down=True, scale=True),
    "ScalePerColumn": lambda d, v, c: _per_line(d, v, c, down=False, scale=True),
    # Mended by mend(), before: nothing is left to do or to tell.
    "FixBadPixelsConstant": lambda *_: None,
    "FixBadPixelsList": lambda *_: None,
}
APPLIED = frozenset(_STEPS)
