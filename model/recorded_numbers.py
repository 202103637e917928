"""What the camera recorded (ISO, shutter, aperture, model) as numbers; nothing of torch."""

import math
import zlib
from collections.abc import Mapping
from typing import Any

NUMBERS = ("iso", "shutter", "aperture")
# What is subtracted from and what divides log2 of ISO, seconds and f-number: about -1..1 over
# ISO 100..25600, 1/8000..1 s, f/1.4..f/22.
CENTRES = (math.log2(1600.0), math.log2(1.0 / 90.0), math.log2(5.6))
SCALES = (4.0, 6.5, 2.0)
CAMERA_BUCKETS = 256
CAMERA_FEATURES = 16


def recorded_number(picture: Mapping[str, Any], name: str) -> float:
    """One of NUMBERS of a picture; NaN where it is missing, None or not above zero."""
    value = picture.get(name)
    return float(value) if value and value > 0 else math.nan


def camera_bucket(name: str | None) -> int:
    """Camera model -> 1..CAMERA_BUCKETS-1 by its hash, the same everywhere; 0 for none."""
    if not name or not name.strip():
        return 0
    return 1 + zlib.crc32(name.strip().lower().encode()) % (CAMERA_BUCKETS - 1)
