"""Process 2's white balance as a matrix."""

import numpy as np
import pytest

from dataset.synthetic.write_dng import COLOR_MATRIX, NEUTRAL
from params.camera_color import CameraColor
from params.relative_white import RelativeWhite
from params.white_balance import temperature_tint_to_xy, to_absolute

CAMERA = CameraColor(color_matrix_1=COLOR_MATRIX)


@pytest.mark.parametrize("white", [RelativeWhite(CAMERA, NEUTRAL), RelativeWhite()])
def test_as_shot_changes_nothing(white: RelativeWhite) -> None:
    assert white.matrix(6500.0, 0.0) == pytest.approx(np.eye(3), abs=1e-12)
    assert white.matrix(6500.0 + 1e-6, 1e-9) == pytest.approx(np.eye(3), abs=1e-8)


@pytest.mark.parametrize(("temperature", "tint"), [(4000.0, 10.0), (9000.0, -30.0), (2000.0, 0.0)])
def test_the_matrix_is_the_cameras_at_that_white(temperature: float, tint: float) -> None:
    """Camera RGB as shot, rendered by the SDK's matrix of the kelvin that XMP would show."""
    absolute = to_absolute(temperature, tint, 2, camera=CAMERA, neutral=NEUTRAL)
    shot = CAMERA.neutral_to_xy(NEUTRAL)
    raw = np.array([0.2, 0.4, 0.3])
    wanted = CAMERA.camera_to_prophoto(temperature_tint_to_xy(*absolute)) @ raw
    found = RelativeWhite(CAMERA, NEUTRAL).matrix(temperature, tint) @ (
        CAMERA.camera_to_prophoto(shot) @ raw
    )
    assert found == pytest.approx(wanted, abs=2e-5)


def test_warmer_is_redder_and_tint_is_magenta() -> None:
    grey = np.full(3, 0.5)
    white = RelativeWhite(CAMERA, NEUTRAL)
    red, green, blue = white.matrix(8000.0, 0.0) @ grey
    assert red > green > blue
    red, green, blue = white.matrix(6500.0, 40.0) @ grey
    assert green < min(red, blue)


def test_slopes_are_the_derivatives() -> None:
    white = RelativeWhite(CAMERA, NEUTRAL)
    warmer, redder = white.slopes(5200.0, 12.0)
    change = white.matrix(5205.0, 12.0) - white.matrix(5195.0, 12.0)
    assert warmer == pytest.approx(change / 10.0, rel=1e-3, abs=1e-8)
    change = white.matrix(5200.0, 12.5) - white.matrix(5200.0, 11.5)
    assert redder == pytest.approx(change, rel=1e-3, abs=1e-7)


def test_extreme_shots_stay_neutral_and_finite() -> None:
    white = RelativeWhite(shot={"Temperature": 90000.0, "Tint": 400.0})
    assert white.matrix(6500.0, 0.0) == pytest.approx(np.eye(3), abs=1e-12)
    for temperature in (2000.0, 50000.0):
        assert np.isfinite(white.matrix(temperature, -150.0)).all()
