"""Auto's white balance: a grey world of the camera's pixels."""

import numpy as np
import pytest

from dataset.synthetic.write_dng import COLOR_MATRIX
from imaging.auto_white import auto_white_balance
from imaging.camera import Shot
from imaging.color import apply_matrix
from params.camera_color import CameraColor
from params.robertson import temperature_tint_to_xy
from params.white_balance import as_shot

CAMERA = CameraColor(color_matrix_1=np.array(COLOR_MATRIX), illuminant_1=21)


def neutral_at(kelvin: float, tint: float) -> tuple[float, float, float]:
    """Camera RGB of a grey under a light."""
    x, y = temperature_tint_to_xy(kelvin, tint)
    grey = CAMERA.xyz_to_camera((x, y)) @ np.array([x / y, 1.0, (1.0 - x - y) / y])
    red, green, blue = (grey / grey.max()).tolist()
    return red, green, blue


def greys(light: tuple[float, float], shot: Shot) -> np.ndarray:
    """A grey card with its shades under a light, as a camera set to the shot's white saw it."""
    assert shot.neutral is not None
    levels = np.linspace(0.1, 0.5, 20)[None, :, None]
    camera = levels * np.array(neutral_at(*light))
    to_prophoto = CAMERA.camera_to_prophoto(CAMERA.neutral_to_xy(shot.neutral))
    return apply_matrix(np.repeat(camera, 8, axis=0).astype(np.float32), to_prophoto)


@pytest.mark.parametrize("seen", [(5200.0, 6.0), (3600.0, 15.0)])
def test_is_warmer_and_greener_than_the_grey_world(seen: tuple[float, float]) -> None:
    shot = Shot(CAMERA, neutral_at(4500.0, 10.0))
    light = as_shot(CAMERA, neutral_at(*seen))
    found = auto_white_balance(greys(seen, shot), shot)
    assert found is not None
    assert 1e6 / found[0] == pytest.approx(1e6 / light["Temperature"] - 23.0, abs=0.2)
    assert found[1] == pytest.approx(light["Tint"] - 3.0, abs=0.2)


def test_stays_within_lightrooms_limits() -> None:
    shot = Shot(CAMERA, neutral_at(5000.0, 10.0))
    assert auto_white_balance(greys((2300.0, 60.0), shot), shot) == (2850.0, 30.0)
    assert auto_white_balance(greys((11000.0, -20.0), shot), shot) == (7500.0, 0.0)


def test_clipped_pixels_do_not_count() -> None:
    shot = Shot(CAMERA, neutral_at(5000.0, 10.0))
    picture = greys((4000.0, 8.0), shot)
    lamp = np.ones((8, 4, 3), np.float32)
    both = np.concatenate([picture, lamp], axis=1)
    assert auto_white_balance(both, shot) == pytest.approx(auto_white_balance(picture, shot))


def test_says_nothing_of_what_shows_nothing() -> None:
    shot = Shot(CAMERA, neutral_at(5000.0, 10.0))
    assert auto_white_balance(np.zeros((8, 8, 3), np.float32), shot) is None
    assert auto_white_balance(np.ones((8, 8, 3), np.float32), shot) is None
    assert auto_white_balance(np.full((8, 8, 3), 0.2, np.float32), Shot(None, None)) is None
