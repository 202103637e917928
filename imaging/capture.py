"""How a picture was taken, for a model to learn from: ISO, shutter, aperture, camera, flash."""

from typing import Any

from imaging.exif_clean import EXPOSURE_TIME, F_NUMBER, FLASH, ISO, MODEL
from imaging.exif_ifd import Directory, text_field
from imaging.metadata import Metadata


def capture_of(metadata: Metadata) -> dict[str, Any]:
    """What the camera recorded; what it did not is missing.

    Returns:
        iso; shutter, in seconds; aperture, the f-number; camera, the model's name;
        flash, whether it fired.
    """
    numbers = {
        "iso": _number(metadata.exif, ISO),
        "shutter": _number(metadata.exif, EXPOSURE_TIME),
        "aperture": _number(metadata.exif, F_NUMBER),
    }
    known: dict[str, Any] = {name: value for name, value in numbers.items() if value}
    camera = text_field(metadata.image, MODEL)
    if camera:
        known["camera"] = camera
    flash = _number(metadata.exif, FLASH)
    if flash is not None:
        known["flash"] = bool(int(flash) & 1)  # the other bits: its mode, and red eyes
    return known


def _number(fields: Directory, tag: int) -> float | None:
    """A number, or a rational divided out; None where there is none."""
    value = fields[tag].value if tag in fields else ()
    if not isinstance(value, tuple) or not value:
        return None
    numerator, denominator = (*value, 1)[:2]
    return numerator / denominator if denominator else None
