"""ICC profiles of our own: ProPhoto (ROMM curve), linear ProPhoto and sRGB, as bytes.

Matrix/TRC profiles after ICC.1:2010 (version 4.3). Their curves are parametric, so they are
the formulas of imaging.color and no tables, and their bytes depend on nothing but this file
and the matrices there. `python -m imaging.icc` writes ProPhoto.icm.
"""

import functools
import hashlib
import struct

import numpy as np

from imaging.color import (
    D50_XYZ,
    D65_XY,
    PROPHOTO_TO_XYZ,
    ROMM_GAMMA,
    ROMM_LINEAR_END,
    ROMM_LINEAR_SLOPE,
    SRGB_PRIMARIES_XY,
    SRGB_TO_XYZ_D50,
    adaptation_matrix,
    rgb_to_xyz_matrix,
    xy_to_xyz,
)
from imaging.output_options import DEFAULT_ICC
from params.files import replacing

MOST_BYTES = 16 << 20  # of a profile that is read; those for printers have 4 MB

# Parameters of ICC's curve type 3: Y = (aX + b)^g for X >= d, else cX, as g, a, b, c, d.
_ROMM_CURVE = (
    *(ROMM_GAMMA, 1.0, 0.0, 1.0 / ROMM_LINEAR_SLOPE),
    ROMM_LINEAR_END * ROMM_LINEAR_SLOPE,
)
_SRGB_CURVE = (2.4, 1.0 / 1.055, 0.055 / 1.055, 1.0 / 12.92, 0.04045)
# Spaces with a D65 white that pictures without a profile may be in: primaries' xy, curve.
# Adobe RGB (1998); Display P3 (SMPTE RP 431-2 primaries, sRGB curve); ITU-R BT.2020, whose
# camera curve is what pictures of that space are encoded with.
_D65_SPACES = {
    "srgb": (SRGB_PRIMARIES_XY, _SRGB_CURVE),
    "linear-srgb": (SRGB_PRIMARIES_XY, (1.0,)),
    "adobe-rgb": (((0.64, 0.33), (0.21, 0.71), (0.15, 0.06)), (563 / 256,)),
    "display-p3": (((0.68, 0.32), (0.265, 0.69), (0.15, 0.06)), _SRGB_CURVE),
    "rec2020": (
        ((0.708, 0.292), (0.17, 0.797), (0.131, 0.046)),
        (1 / 0.45, 1 / 1.0993, 0.0993 / 1.0993, 1 / 4.5, 0.08124),
    ),
}
NAMED_SPACES = ("prophoto", "linear-prophoto", *_D65_SPACES)
_CREATED = (2026, 1, 1, 0, 0, 0)


@functools.cache
def prophoto_profile() -> bytes:
    """ROMM RGB (ISO 22028-2): what our TIFFs are encoded in, and the content of ProPhoto.icm."""
    return _rgb_profile("ProPhoto RGB (ROMM, Auto ACR)", PROPHOTO_TO_XYZ, _parametric(_ROMM_CURVE))


@functools.cache
def linear_prophoto_profile() -> bytes:
    """ProPhoto primaries with linear values: the numbers in memory."""
    return _rgb_profile("Linear ProPhoto RGB (Auto ACR)", PROPHOTO_TO_XYZ, _parametric((1.0,)))


@functools.cache
def srgb_profile() -> bytes:
    """sRGB (IEC 61966-2-1): what our JPEGs and previews are encoded in."""
    chad = adaptation_matrix(xy_to_xyz(*D65_XY), D50_XYZ)
    return _rgb_profile("sRGB (Auto ACR)", SRGB_TO_XYZ_D50, _parametric(_SRGB_CURVE), chad)


@functools.cache
def named_profile(name: str) -> bytes:
    """The profile of one of NAMED_SPACES. Raises KeyError for other names."""
    if name == "prophoto":
        return prophoto_profile()
    if name == "linear-prophoto":
        return linear_prophoto_profile()
    primaries, curve = _D65_SPACES[name]
    white = xy_to_xyz(*D65_XY)
    chad = adaptation_matrix(white, D50_XYZ)
    matrix = chad @ rgb_to_xyz_matrix(np.array(primaries), white)
    return _rgb_profile(f"{name} (Auto ACR)", matrix, _parametric(curve), chad)


def _rgb_profile(
    description: str, to_xyz: np.ndarray, curve: bytes, chad: np.ndarray | None = None
) -> bytes:
    matrix = np.rint(to_xyz * 65536).astype(int)
    # Rounding must not move white: the largest entry of each row takes up the difference.
    short = np.rint(D50_XYZ * 65536).astype(int) - matrix.sum(axis=1)
    matrix[np.arange(3), np.argmax(matrix, axis=1)] += short
    tags = {b"desc": _text(description), b"cprt": _text("CC0 1.0"), b"wtpt": _xyz(D50_XYZ)}
    if chad is not None:
        tags[b"chad"] = b"sf32" + bytes(4) + _fixed(chad.ravel())
    for name, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), matrix.T / 65536, strict=True):
        tags[name] = _xyz(column)
    tags |= {b"rTRC": curve, b"gTRC": curve, b"bTRC": curve}
    return build_profile(b"RGB ", tags)


def build_profile(color_space: bytes, tags: dict[bytes, bytes]) -> bytes:
    """A display profile with XYZ connection space: header, tag table, tags, profile ID (MD5).

    Equal tag data is stored once, as ICC.1 7.3.1 allows.
    """
    offset = 128 + 4 + 12 * len(tags)
    table, body, places = struct.pack(">I", len(tags)), b"", {}
    for name, data in tags.items():
        if data not in places:
            places[data] = offset + len(body)
            body += data + bytes(-len(data) % 4)
        table += struct.pack(">4sII", name, places[data], len(data))
    header = struct.pack(
        ">I4xI4s4s4s6H4s4x4x4x4x8xI12s4x16x28x",
        *(offset + len(body), 0x04300000, b"mntr", color_space, b"XYZ ", *_CREATED, b"acsp"),
        *(1, _fixed(D50_XYZ)),  # relative colorimetric; the connection space's white
    )
    # ICC.1 7.2.18: the ID is taken with flags, intent and the ID itself zero. Flags are.
    unsigned = header[:64] + bytes(4) + header[68:] + table + body
    identity = hashlib.md5(unsigned, usedforsecurity=False).digest()
    return header[:84] + identity + header[100:] + table + body


def _fixed(numbers: np.ndarray) -> bytes:
    return struct.pack(f">{len(numbers)}i", *(round(float(number) * 65536) for number in numbers))


def _xyz(xyz: np.ndarray) -> bytes:
    return b"XYZ " + bytes(4) + _fixed(xyz)


def _text(text: str) -> bytes:
    data = text.encode("utf-16-be")
    return struct.pack(">4s4xII2s2sII", b"mluc", 1, 12, b"en", b"US", len(data), 28) + data


def _parametric(parameters: tuple[float, ...]) -> bytes:
    kind = {1: 0, 5: 3}[len(parameters)]
    return struct.pack(">4s4xHxx", b"para", kind) + _fixed(np.array(parameters))


if __name__ == "__main__":
    with replacing(DEFAULT_ICC) as temporary:
        temporary.write_bytes(prophoto_profile())
