"""Frames of a made-up series: one scene, as a camera with its own ideas of light recorded it."""

import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from dng_files import overwrite

from dataset.synthetic.write_dng import NEUTRAL, write_dng

_SHUTTER, _F_NUMBER, _ISO, _FLASH = 33434, 33437, 34855, 37385
_TIME, _SUBSECONDS, _NEUTRAL = 36867, 37521, 50728


def write_frame(
    raw: Path,
    picture: np.ndarray,
    *,
    seconds: float,
    ev: float = 0.0,
    warmth: float = 0.0,
    flash: bool | None = None,
) -> Path:
    """Write a frame taken `seconds` after noon.

    picture: HxWx3 linear ProPhoto, as it is at ev 0. ev: how much brighter the camera exposed it,
        by its shutter. warmth: by which share of itself the camera's as-shot red is off, and its
        blue the other way.
    """
    raw.parent.mkdir(parents=True, exist_ok=True)
    whole = int(seconds)
    stamp = f"2026:05:06 12:{whole // 60:02d}:{whole % 60:02d}"
    tags = [
        (_SHUTTER, "2I", 1, (round(1000 * 2.0**ev), 100_000), True),
        (_F_NUMBER, "2I", 1, (28, 10), True),
        (_ISO, "H", 1, 200, True),
        (_TIME, "s", 0, stamp, True),
        (_SUBSECONDS, "s", 0, f"{round(100 * (seconds - whole)):02d}", True),
    ]
    if flash is not None:
        tags.append((_FLASH, "H", 1, int(flash), True))
    write_dng(raw, picture * np.float32(2.0**ev), tags=tags, seed=int(100 * seconds))
    red, green, blue = NEUTRAL
    balance: Sequence[float] = (red * (1.0 + warmth), green, blue * (1.0 - warmth))
    numbers = [n for value in balance for n in (round(value * 10000), 10000)]
    overwrite(raw, _NEUTRAL, struct.pack("<6I", *numbers))
    return raw
