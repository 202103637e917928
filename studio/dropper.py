"""The white-balance dropper: kelvin and tint that make a place of a picture grey."""

import numpy as np

from imaging.camera import Shot
from params.camera_color import XYZ_TO_PROPHOTO, CameraColor
from params.files import InputError
from params.ranges import SLIDERS, clamp
from params.robertson import temperature_tint_to_xy
from params.white_balance import as_shot
from studio.decoding import SCREEN_SIDES, Decoding
from studio.pictures import Picture
from studio.wire import neutral_edit

_AROUND = 2  # pixels each way at screen size
_DARK, _CLIPPED = 5e-4, 0.98
_PROCESS = 2  # whose pixels are in the camera's own colour
_UNKNOWN = {"Temperature": 6500.0, "Tint": 0.0}


def picked_white(
    decoding: Decoding, picture: Picture, place: tuple[float, float]
) -> dict[str, float]:
    """Camera Raw's {Temperature, Tint} at which the place is grey.

    place: x and y, 0..1 of the picture's width and height.

    Raises:
        InputError: the file cannot be read, or the place is too dark or clipped.
    """
    pixels = decoding.screen(picture, SCREEN_SIDES[0], neutral_edit(_PROCESS)).pixels
    height, width = pixels.shape[:2]
    x = min(int(place[0] * width), width - 1)
    y = min(int(place[1] * height), height - 1)
    around = pixels[max(y - _AROUND, 0) : y + _AROUND + 1, max(x - _AROUND, 0) : x + _AROUND + 1]
    return white_of(around.mean(axis=(0, 1), dtype=np.float64), decoding.shot(picture))


def white_of(color: np.ndarray, shot: Shot) -> dict[str, float]:
    """Camera Raw's {Temperature, Tint} at which a colour is grey.

    Args:
        color: linear ProPhoto as shot, of a camera's own colour (process 2).

    Raises:
        InputError: it is too dark, or clipped, to tell.
    """
    if color.max() < _DARK:
        raise InputError("too dark there to tell its colour")
    if color.max() > _CLIPPED:
        raise InputError("too bright there to tell its colour")
    camera, neutral = shot.color, shot.neutral
    if camera is None or neutral is None:  # as edits of such a shot take it to be
        camera = CameraColor(color_matrix_1=XYZ_TO_PROPHOTO)
        white = temperature_tint_to_xy(_UNKNOWN["Temperature"], _UNKNOWN["Tint"])
    else:
        white = camera.neutral_to_xy(neutral)
    recorded = np.linalg.solve(camera.camera_to_prophoto(white), color)
    if recorded.min() <= 0.0:
        raise InputError("a colour there that no light makes of grey")
    found = as_shot(camera, (recorded / recorded.max()).tolist())
    temperature, tint = SLIDERS[0], SLIDERS[1]
    return {
        "Temperature": float(round(clamp(found["Temperature"], temperature.low, temperature.high))),
        "Tint": float(round(clamp(found["Tint"], tint.low, tint.high))),
    }
