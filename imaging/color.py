"""Colour: primaries, transfer curves and chromatic adaptation, one definition each.

Every function takes NumPy arrays and torch tensors alike (gradients pass through), and
gives back the same kind. Sources: ISO 22028-2 (ROMM RGB, called ProPhoto here),
IEC 61966-2-1 (sRGB), Bradford adaptation as in ICC.1:2010 annex E.
"""

from typing import Any

import numpy as np

from params.colorimetry import (
    PROPHOTO_ROWS,
    adaptation_matrix,
    power,
    scale_to_white,
    srgb_decode,
    srgb_encode,
    where,
    xy_to_xyz,
)

__all__ = ["srgb_decode", "srgb_encode"]  # defined in params, where curves in XMP need them

# ICC's PCS white, and D65, as XYZ with Y = 1.
D50_XYZ = np.array([0.9642, 1.0, 0.8249])
_WHITE = D50_XYZ.tolist()  # Python's numbers leave float32 arrays float32
D65_XY = (0.3127, 0.3290)

# ProPhoto to XYZ (D50): the matrix of Adobe's DNG SDK, rows scaled so that 1,1,1 gives D50.
PROPHOTO_TO_XYZ = scale_to_white(PROPHOTO_ROWS, D50_XYZ)

# Values from which on an array is worth the call of another library.
_PICTURE = 1000
ROMM_GAMMA = 1.8
ROMM_LINEAR_SLOPE = 16.0
ROMM_LINEAR_END = 1.0 / 512.0


def rgb_to_xyz_matrix(primaries: np.ndarray, white_xyz: np.ndarray) -> np.ndarray:
    """3x3 matrix of an RGB space from its three primaries' xy (3x2) and its white's XYZ."""
    columns = np.stack([xy_to_xyz(x, y) for x, y in primaries], axis=1)
    return columns * np.linalg.solve(columns, white_xyz)


SRGB_PRIMARIES_XY = np.array([[0.64, 0.33], [0.30, 0.60], [0.15, 0.06]])
# Linear sRGB to XYZ, adapted from D65 to D50: what an ICC profile holds.
SRGB_TO_XYZ_D50 = adaptation_matrix(xy_to_xyz(*D65_XY), D50_XYZ) @ rgb_to_xyz_matrix(
    SRGB_PRIMARIES_XY, xy_to_xyz(*D65_XY)
)
PROPHOTO_TO_SRGB = np.linalg.inv(SRGB_TO_XYZ_D50) @ PROPHOTO_TO_XYZ


def romm_encode(linear: Any) -> Any:
    """Linear -> ROMM gamma 1.8 with its linear toe. Values below 0 stay on the toe."""
    curve = linear.clip(ROMM_LINEAR_END, None) ** (1.0 / ROMM_GAMMA)
    return where(linear < ROMM_LINEAR_END, linear * ROMM_LINEAR_SLOPE, curve)


def romm_decode(encoded: Any) -> Any:
    """ROMM-encoded -> linear: the inverse of romm_encode."""
    end = ROMM_LINEAR_END * ROMM_LINEAR_SLOPE
    return where(encoded < end, encoded / ROMM_LINEAR_SLOPE, encoded.clip(end, None) ** ROMM_GAMMA)


def apply_matrix(pixels: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """HxWx3 float pixels times a 3x3 colour matrix, as float32.

    By OpenCV: NumPy's product of so small a matrix wakes BLAS's threads for nothing.
    """
    import cv2

    flat = np.ascontiguousarray(pixels, dtype=np.float32).reshape(1, -1, 3)
    return cv2.transform(flat, matrix.astype(np.float32)).reshape(pixels.shape)


def _power(base: Any, exponent: float) -> Any:
    """As power(); pictures in float32 in a fifth of the time, as exactly as float32 needs."""
    if type(base) is not np.ndarray or base.dtype != np.float32 or base.size < _PICTURE:
        return power(base, exponent)
    import cv2

    flat = np.ascontiguousarray(base).reshape(1, -1)
    return cv2.pow(flat, exponent).reshape(base.shape)


def prophoto_to_srgb_preview(linear: np.ndarray) -> np.ndarray:
    """Linear ProPhoto HxWx3 -> sRGB-encoded HxWx3 float32 in [0, 1], out of gamut clipped.

    The matrix is Bradford-adapted from D50 to D65, which is what littleCMS does between the
    two profiles with relative colorimetric intent.
    """
    return srgb_encode(apply_matrix(linear, PROPHOTO_TO_SRGB).clip(0.0, 1.0), _power)


def xyz_to_lab(x: Any, y: Any, z: Any) -> tuple[Any, Any, Any]:
    """XYZ (D50, white Y = 1), three arrays or tensors -> CIE L*, a*, b*. CIE 15:2004."""
    fx, fy, fz = (
        where(
            ratio > 216 / 24389,
            _power(ratio.clip(216 / 24389, None), 1 / 3),
            ratio * (841 / 108) + 4 / 29,
        )
        for ratio in (x / _WHITE[0], y / _WHITE[1], z / _WHITE[2])
    )
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)
