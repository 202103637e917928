"""Some two hundred numbers that tell a picture: tones, colours, layout, and how it was taken.

They are what Camera Raw's sliders answer to: how bright in stops, how much is clipped, what colour
greys have by tone, how colourful each hue is, whether there is sky or skin. A picture and its
mirror image have the same numbers.
"""

import hashlib
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from imaging.camera import Shot
from imaging.capture import capture_of
from imaging.color import PROPHOTO_TO_XYZ, apply_matrix, prophoto_to_srgb_preview, xyz_to_lab
from imaging.color_statistics import color_statistics
from imaging.layout_statistics import layout_statistics
from imaging.raw_picture import RawPicture
from imaging.resize import fit_long_side
from imaging.small_picture import SmallPicture
from imaging.tone_statistics import tone_statistics

# Pixels; larger, the numbers hardly change.
LONG_SIDE = 192
# Part of the digest: raise it when a number is computed otherwise under the same name.
_VERSION = 1
_MOST = 64.0  # linear light beyond this is no picture's


def picture_statistics(
    proxy: np.ndarray, shot: Shot | None = None, capture: Mapping[str, Any] | None = None
) -> np.ndarray:
    """The numbers of a picture, float32 [len(STATISTICS)], finite whatever the picture holds.

    Args:
        proxy: HxWx3 linear ProPhoto at as-shot white balance, as RawPicture.proxy() gives it.
        shot: the camera's colour; None: not known.
        capture: of imaging.capture.capture_of; None: nothing is known.

    Raises:
        ValueError: not such a picture, or one without pixels.
    """
    if proxy.ndim != 3 or proxy.shape[2] != 3 or proxy.size == 0:
        raise ValueError(f"a picture is HxWx3, not {proxy.shape}")
    small = fit_long_side(np.asarray(proxy, np.float32), LONG_SIDE)
    linear = np.nan_to_num(small, nan=0.0, posinf=_MOST, neginf=0.0).clip(0.0, _MOST)
    values = _of_pixels(small_picture(linear)) | _of_capture(shot, capture or {})
    values["aspect"] = math.log2(proxy.shape[1] / proxy.shape[0])
    found = np.array([values[name] for name in STATISTICS], np.float32)
    return np.nan_to_num(found, nan=0.0, posinf=0.0, neginf=0.0)


def statistics_of(picture: RawPicture, process: int) -> np.ndarray:
    """The numbers of a RAW file as an edit process decodes it. Raises InputError."""
    proxy, shot = picture.proxy(process), picture.shot
    return picture_statistics(proxy, shot, capture_of(picture.metadata))


def small_picture(linear: np.ndarray) -> SmallPicture:
    """What the numbers are taken from, of HxWx3 linear ProPhoto at its final size."""
    xyz = apply_matrix(linear, PROPHOTO_TO_XYZ)
    lab = np.stack(xyz_to_lab(*np.moveaxis(xyz, -1, 0)), axis=-1).astype(np.float32)
    return SmallPicture(linear, prophoto_to_srgb_preview(linear), lab, xyz[..., 1])


def _of_pixels(picture: SmallPicture) -> dict[str, float]:
    return tone_statistics(picture) | color_statistics(picture) | layout_statistics(picture)


def _of_capture(shot: Shot | None, capture: Mapping[str, Any]) -> dict[str, float]:
    """Logarithms to base 2, as-shot white in units of 100 mired, and whether each is known."""
    iso, shutter, aperture = (_log2(capture.get(name)) for name in ("iso", "shutter", "aperture"))
    # The light that was metered: log2(N² / t) at ISO 100.
    light = None
    if iso is not None and shutter is not None and aperture is not None:
        light = 2.0 * aperture - shutter - (iso - math.log2(100.0))
    flash = capture.get("flash")
    white = shot.as_shot() if shot is not None else None
    values = {
        # Less what is usual, which stands for the unknown.
        "iso": None if iso is None else iso - math.log2(400.0),
        "shutter": None if shutter is None else shutter + math.log2(125.0),
        "aperture": None if aperture is None else aperture - math.log2(5.6),
        "light": None if light is None else light - 10.0,
        "flash": None if flash is None else float(bool(flash)),
        "as_shot_mired": None if white is None else 1e4 / white["Temperature"] - 2.0,
        "as_shot_tint": None if white is None else white["Tint"] / 50.0,
    }
    known = {f"{name}_known": float(value is not None) for name, value in values.items()}
    del known["as_shot_tint_known"]  # both are known, or neither is
    return {name: value or 0.0 for name, value in values.items()} | known


def _log2(value: Any) -> float | None:
    """Of a positive finite number, within 40 stops; None of anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(np.clip(math.log2(value), -40.0, 40.0)) if 0.0 < value < math.inf else None


_GREY = np.full((3, 4, 3), 0.18, np.float32)
# The numbers' names, in order: what the functions give of any picture.
STATISTICS: tuple[str, ...] = (
    *_of_pixels(SmallPicture(_GREY, _GREY, 100.0 * _GREY, _GREY[..., 0])),
    *_of_capture(None, {}),
    "aspect",
)
# Tells numbers of other names or meaning from these.
STATISTICS_DIGEST = hashlib.sha256(f"{_VERSION} {STATISTICS}".encode()).hexdigest()[:16]
