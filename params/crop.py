"""Camera Raw's crop and straightening: the fields of a photo's settings, checked."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

_SIDES = (("CropTop", 0.0), ("CropLeft", 0.0), ("CropBottom", 1.0), ("CropRight", 1.0))
_ROUNDING = 1e-3  # of the picture's side, by which a crop may be outside of it
_LEAST = 1e-3  # of the picture's side
MOST_ANGLE = 45.0


@dataclass(frozen=True)
class Crop:
    """A rectangle in a picture, turned about its centre.

    top, left, bottom, right: where its upper left and its lower right corner lie, in 0..1 of
        the height and width of the whole picture as the sensor has it: before the camera's
        orientation turns it upright.
    angle: degrees, -45..45, by which the rectangle is turned clockwise on that picture; what it
        holds is so turned the other way.
    """

    top: float = 0.0
    left: float = 0.0
    bottom: float = 1.0
    right: float = 1.0
    angle: float = 0.0


@dataclass(frozen=True)
class Window:
    """Where a crop's pixels lie in the picture that is rendered: what a vignette is fitted into.

    matrix: the six numbers of [2, 3], from a place (x, y) in the picture to the place in the crop,
        in pixels from the corner.
    height, width: of the crop, in pixels.
    """

    matrix: tuple[float, float, float, float, float, float]
    height: int
    width: int


def read_crop(fields: Mapping[str, str]) -> tuple[Crop | None, list[str]]:
    """The crop in Camera Raw's fields by name, as texts.

    Returns:
        The crop, None where there is none or where it cannot be used, and a line that says why.
    """
    if fields.get("HasCrop", "").strip().lower() not in ("true", "1"):
        return None, []
    named = {name: fields.get(name, str(whole)) for name, whole in _SIDES}
    named["CropAngle"] = fields.get("CropAngle", "0")
    numbers = {name: _number(text) for name, text in named.items()}
    for name, number in numbers.items():
        low, high = (-MOST_ANGLE, MOST_ANGLE) if name == "CropAngle" else (0.0, 1.0)
        if not low - _ROUNDING <= number <= high + _ROUNDING:
            return None, [f"crop left out: {name} is {named[name][:40]!r}, not {low:g} to {high:g}"]
        numbers[name] = min(max(number, low), high)
    crop = Crop(*numbers.values())
    # The corners of a turned one may stand otherwise: what is left of it depends on the picture.
    narrow = min(crop.bottom - crop.top, crop.right - crop.left) < _LEAST
    if crop.angle == 0.0 and narrow:
        return None, ["crop left out: nothing is left between its sides"]
    return (None if crop == Crop() else crop), []


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
