"""DNGs of every kind of numbers, of a scene that is known, and tags changed in their place."""

import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from simulated import scene

from dataset.synthetic.write_dng import COLOR_MATRIX, NEUTRAL, write_dng
from imaging.color import apply_matrix
from params.camera_color import CameraColor

MOSAIC, LINEAR = 32803, 34892


def camera_rgb(scene: np.ndarray) -> np.ndarray:
    """What the simulated camera records of linear ProPhoto, HxWx3."""
    color = CameraColor(color_matrix_1=COLOR_MATRIX, illuminant_1=21)
    return apply_matrix(
        scene, np.linalg.inv(color.camera_to_prophoto(color.neutral_to_xy(NEUTRAL)))
    )


def bayer(picture: np.ndarray) -> np.ndarray:
    """HxWx3 -> HxW, red at the top left."""
    mosaic = picture[..., 1].copy()
    mosaic[0::2, 0::2] = picture[0::2, 0::2, 0]
    mosaic[1::2, 1::2] = picture[1::2, 1::2, 2]
    return mosaic


def write(path: Path, stored: np.ndarray, tags: Mapping[int, tuple[str, int, Any]]) -> Path:
    """A DNG of HxW (Bayer) or HxWx3 numbers as they are, with tags code: (type, count, value)."""
    import tifffile

    own: dict[int, tuple[str, int, Any]] = {
        271: ("s", 0, "Simulated"),
        272: ("s", 0, "Camera"),
        50706: ("B", 4, bytes((1, 4, 0, 0))),
        50721: ("2i", 9, rationals(COLOR_MATRIX)),
        50728: ("2I", 3, rationals(NEUTRAL)),
        50778: ("H", 1, 21),
    }
    if stored.ndim == 2:
        own |= {33421: ("H", 2, (2, 2)), 33422: ("B", 4, bytes((0, 1, 1, 2)))}
    tifffile.imwrite(
        path,
        stored,
        photometric=MOSAIC if stored.ndim == 2 else LINEAR,
        planarconfig=None if stored.ndim == 2 else 1,
        metadata=None,
        extratags=[(code, *value, True) for code, value in {**own, **tags}.items()],
    )
    return path


def opcode_list(*opcodes: tuple[int, bytes]) -> tuple[str, int, bytes]:
    """The value of an OpcodeList tag of (number, parameters)."""
    data = struct.pack(">I", len(opcodes))
    for number, parameters in opcodes:
        data += struct.pack(">4I", number, 0x01030000, 0, len(parameters)) + parameters
    return "B", len(data), data


def gain_map(
    gains: np.ndarray, size: tuple[int, int], *, first: tuple[int, int] = (0, 0), pitch: int = 1
) -> bytes:
    """A GainMap's parameters: gains [V, H] spread evenly over the whole picture."""
    high, wide = gains.shape
    area = (*first, *size, 0, 1, pitch, pitch)
    spacing = (1.0 / max(high - 1, 1), 1.0 / max(wide - 1, 1))
    head = struct.pack(">8I2I4dI", *area, high, wide, *spacing, 0.0, 0.0, 1)
    return head + gains.astype(">f4").tobytes()


def make(path: Path, *tags: Any) -> Path:
    """A small simulated RAW file with further tags, as write_dng takes them."""
    write_dng(path, scene(3, 32, 48), tags=tags)
    return path


def overwrite(path: Path, tag: int, value: bytes) -> None:
    """Put other bytes in the place of a tag's value."""
    _write_at(path, _tag(path, tag).valueoffset, value)


def overwrite_entry(path: Path, tag: int, offset: int, value: bytes) -> None:
    """Put other bytes into a tag's directory entry, from its byte `offset` on."""
    _write_at(path, _tag(path, tag).offset + offset, value)


def hide(path: Path, tag: int) -> None:
    """Make a tag's entry one that nobody knows."""
    overwrite_entry(path, tag, 0, struct.pack("<H", 65000))


def _tag(path: Path, tag: int) -> Any:
    import tifffile

    with tifffile.TiffFile(path) as tif:
        return tif.pages.first.tags[tag]


def _write_at(path: Path, place: int, value: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(place)
        file.write(value)


def rationals(values: Any) -> tuple[int, ...]:
    """Numbers as a RATIONAL tag's, in ten-thousandths."""
    return tuple(
        part for value in np.ravel(values) for part in (round(float(value) * 10000), 10000)
    )
