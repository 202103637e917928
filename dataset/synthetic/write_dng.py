"""Simulated RAW files: a known scene as a camera would have recorded it, for tests and demos."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from imaging.color import apply_matrix
from imaging.orientation import INVERSE, orient
from params.camera_color import CameraColor
from params.files import replacing

# A camera like the Canon EOS 5D Mark II: its published D65 matrix, daylight as shot.
COLOR_MATRIX = (
    (0.4716, 0.0603, -0.083),
    (-0.7798, 1.5474, 0.248),
    (-0.1496, 0.1937, 0.6651),
)
NEUTRAL = (0.3885, 1.0, 0.7207)
BLACK, WHITE = 1024, 16000
MAKE = "Simulated"
_D65 = 21


def write_dng(
    path: Path,
    scene: np.ndarray,
    *,
    orientation: int = 1,
    noise: float = 0.002,
    seed: int = 0,
    camera: tuple[str, str] = (MAKE, "Camera"),
    tags: Sequence[tuple[int, str, int, Any, bool]] = (),
) -> None:
    """Write a 16-bit Bayer (RGGB) DNG of an upright scene.

    Args:
        scene: HxWx3 float32 linear ProPhoto in 0..1; odd edges are cut off.
        orientation: EXIF orientation to store the picture under.
        noise: standard deviation at half of full scale; falls with the root of the signal.
        camera: its make and model.
        tags: further TIFF tags (code, type, count, value, write once), as tifffile takes them.
    """
    stored = orient(scene, INVERSE.get(orientation, orientation))
    height, width = stored.shape[0] // 2 * 2, stored.shape[1] // 2 * 2
    color = CameraColor(color_matrix_1=COLOR_MATRIX, illuminant_1=_D65)
    to_camera = np.linalg.inv(color.camera_to_prophoto(color.neutral_to_xy(NEUTRAL)))
    recorded = apply_matrix(stored[:height, :width], to_camera)
    mosaic = recorded[..., 1].copy()
    mosaic[0::2, 0::2] = recorded[0::2, 0::2, 0]
    mosaic[1::2, 1::2] = recorded[1::2, 1::2, 2]
    spread = noise * np.sqrt(mosaic.clip(0.0, 1.0) * 2.0 + 1e-4)
    mosaic += np.random.default_rng(seed).normal(size=mosaic.shape).astype(np.float32) * spread
    counts = np.round(mosaic * (WHITE - BLACK) + BLACK).clip(0, 65535).astype(np.uint16)
    write_mosaic(path, counts, orientation=orientation, camera=camera, tags=tags)


def write_mosaic(
    path: Path,
    counts: np.ndarray,
    *,
    orientation: int = 1,
    camera: tuple[str, str] = (MAKE, "Camera"),
    tags: Sequence[tuple[int, str, int, Any, bool]] = (),
) -> None:
    """Write sensor values, HxW uint16 (RGGB), as write_dng does."""
    import tifffile

    make, model = camera
    with replacing(path) as temporary:
        tifffile.imwrite(
            temporary,
            counts,
            photometric="CFA",
            metadata=None,
            extratags=[
                (271, "s", 0, make, True),
                (272, "s", 0, model, True),
                (274, "H", 1, orientation, True),
                (33421, "H", 2, (2, 2), True),
                (33422, "B", 4, bytes((0, 1, 1, 2)), True),
                (50706, "B", 4, bytes((1, 4, 0, 0)), True),
                (50707, "B", 4, bytes((1, 1, 0, 0)), True),
                (50708, "s", 0, f"{make} {model}", True),
                (50714, "H", 1, BLACK, True),
                (50717, "H", 1, WHITE, True),
                (50721, "2i", 9, _rationals(np.ravel(COLOR_MATRIX)), True),
                (50728, "2I", 3, _rationals(NEUTRAL), True),
                (50778, "H", 1, _D65, True),
                *tags,
            ],
        )


def _rationals(values: Sequence[float] | np.ndarray) -> tuple[int, ...]:
    return tuple(part for value in values for part in (round(float(value) * 10000), 10000))
