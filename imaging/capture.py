"""How a picture was taken: ISO, shutter, aperture, camera, flash."""

import math
from collections.abc import Mapping
from typing import Any

from imaging.exif_clean import EXPOSURE_TIME, F_NUMBER, FLASH, ISO, MAKE, MODEL
from imaging.exif_ifd import Directory, text_field
from imaging.metadata import Metadata


def capture_of(metadata: Metadata) -> dict[str, Any]:
    """What the camera recorded; what it did not is missing.

    Returns:
        iso; shutter, in seconds; aperture, the f-number; camera, the model's name;
        flash, whether it fired.
    """
    numbers = {
        "iso": number_in(metadata.exif, ISO),
        "shutter": number_in(metadata.exif, EXPOSURE_TIME),
        "aperture": number_in(metadata.exif, F_NUMBER),
    }
    known: dict[str, Any] = {name: value for name, value in numbers.items() if value}
    camera = text_field(metadata.image, MODEL)
    if camera:
        known["camera"] = camera
    flash = number_in(metadata.exif, FLASH)
    if flash is not None:
        known["flash"] = bool(int(flash) & 1)  # the other bits: its mode, and red eyes
    return known


def camera_name(metadata: Metadata) -> str:
    """Make and model, the make once; empty when unknown."""
    make, model = (text_field(metadata.image, tag) for tag in (MAKE, MODEL))
    return model if model.startswith(make) else f"{make} {model}".strip()


def camera_exposure(captured: Mapping[str, Any]) -> float | None:
    """How much light the camera let in and by how much it was amplified, in EV, of capture_of().

    log2(seconds * ISO / 100 / f-number^2); one more is a picture twice as bright. A lens that
    does not tell its aperture counts as f/1, so that only its own frames compare. None where
    shutter or ISO is not known.
    """
    shutter, iso = captured.get("shutter", 0.0), captured.get("iso", 0.0)
    aperture = captured.get("aperture", 1.0)
    if not (shutter > 0.0 and iso > 0.0 and aperture > 0.0):
        return None
    return math.log2(shutter * iso / 100.0 / aperture**2)


def number_in(fields: Directory, tag: int) -> float | None:
    """A number, or a rational divided out; None where there is none."""
    value = fields[tag].value if tag in fields else ()
    if not isinstance(value, tuple) or not value:
        return None
    numerator, denominator = (*value, 1)[:2]
    return numerator / denominator if denominator else None
