import math

import numpy as np
import pytest

from imaging.crop import crop_matrix, crop_picture
from imaging.orientation import orient, orientation_matrix
from params.crop import Crop
from params.files import InputError

HEIGHT, WIDTH = 200, 300
# Lightroom's own numbers: the crop 0.3, 0.4, 0.8, 0.9 of a 3:2 picture, its angle set to 10.
LIGHTROOM = Crop(0.36916, 0.374965, 0.73084, 0.925035, -10.0)
ALL = range(1, 9)


def ramp(height: int = HEIGHT, width: int = WIDTH) -> np.ndarray:
    """Each pixel's place: x in red, y in green, in 0..1."""
    y, x = np.mgrid[:height, :width] + 0.5
    return np.stack([x / width, y / height, np.zeros_like(x)], axis=2).astype(np.float32)


def edge(degrees: float, height: int = HEIGHT, width: int = WIDTH) -> np.ndarray:
    """Dark above, light below a line through the middle that falls to the right by an angle."""
    y, x = np.mgrid[:height, :width] + 0.5
    angle = math.radians(degrees)
    below = (y - height / 2) * math.cos(angle) - (x - width / 2) * math.sin(angle)
    return np.repeat((below / 8 + 0.5).clip(0.1, 0.9)[..., None], 3, axis=2).astype(np.float32)


def test_without_angle_it_is_a_part_of_the_picture_exactly():
    picture = ramp()
    part = crop_picture(picture, Crop(0.1, 0.2, 0.6, 0.9))
    np.testing.assert_array_equal(part, picture[20:120, 60:270])
    assert part.flags.c_contiguous


def test_odd_sides_lose_no_pixel_at_the_edge():
    assert crop_picture(ramp(101, 101), Crop(left=1.5 / 101)).shape == (101, 99, 3)
    assert crop_picture(ramp(101, 101), Crop(top=0.5)).shape[1] == 101


def test_lightrooms_own_numbers():
    """A crop that was half the picture's height and width stays so when it is turned."""
    matrix, height, width = crop_matrix(LIGHTROOM, 2000, 3000)
    assert (height, width) == pytest.approx((1000, 1500), abs=3)
    centre = matrix @ (width / 2, height / 2, 1.0)
    np.testing.assert_allclose(centre, (0.65 * 3000, 0.55 * 2000), atol=1e-6)


def test_the_corners_lie_where_the_fields_say():
    matrix, height, width = crop_matrix(LIGHTROOM, 2000, 3000)
    first, last = matrix @ (0, 0, 1), matrix @ (width, height, 1)
    np.testing.assert_allclose(first, (0.374965 * 3000, 0.36916 * 2000), atol=1.0)
    np.testing.assert_allclose(last, (0.925035 * 3000, 0.73084 * 2000), atol=1.0)


@pytest.mark.parametrize("angle", [-10.0, -3.0, 4.5, 30.0])
def test_an_edge_that_falls_by_the_angle_stands_level(angle):
    """The rectangle is turned clockwise with a positive angle, as the edge is here."""
    half = np.array([60.0, 40.0])
    turn = math.radians(angle)
    x = half[0] * math.cos(turn) - half[1] * math.sin(turn)
    y = half[0] * math.sin(turn) + half[1] * math.cos(turn)
    crop = Crop(0.5 - y / HEIGHT, 0.5 - x / WIDTH, 0.5 + y / HEIGHT, 0.5 + x / WIDTH, angle)
    level = crop_picture(edge(angle), crop)
    assert level.shape == (80, 120, 3)
    assert level.std(axis=1).max() < 0.02
    np.testing.assert_allclose(level[:35], 0.1, atol=0.01)
    np.testing.assert_allclose(level[45:], 0.9, atol=0.01)
    if abs(angle) < 10:  # else the other edge leaves the crop
        tilted = crop_picture(edge(-angle), crop)
        assert tilted.std(axis=1).max() > 0.2


@pytest.mark.parametrize("orientation", ALL)
@pytest.mark.parametrize("angle", [0.0, 7.0])
def test_the_fields_are_of_the_sensors_picture(orientation, angle):
    """Cropped and then turned upright, or turned upright and then cropped."""
    stored, crop = ramp(), Crop(0.3, 0.2, 0.75, 0.7, angle)
    upright = np.ascontiguousarray(orient(stored, orientation))
    wanted = orient(crop_picture(stored, crop), orientation)
    found = crop_picture(upright, crop, orientation)
    assert found.shape == wanted.shape
    np.testing.assert_allclose(found, wanted, atol=2e-3)


@pytest.mark.parametrize("orientation", ALL)
def test_orientation_as_a_matrix(orientation):
    stored = ramp()
    upright = orient(stored, orientation)
    matrix = orientation_matrix(orientation, *upright.shape[:2])
    for row, column in ((0, 0), (10, 250), (199, 7)):
        x, y, _ = matrix @ (column + 0.5, row + 0.5, 1.0)
        np.testing.assert_array_equal(upright[int(y), int(x)], stored[row, column])


def test_values_stay_in_0_to_1():
    picture = (np.indices((HEIGHT, WIDTH)).sum(axis=0) // 5 % 2)[..., None].repeat(3, 2)
    turned = crop_picture(picture.astype(np.float32), Crop(0.3, 0.3, 0.7, 0.7, 5.0))
    assert (turned.min(), turned.max()) == (0.0, 1.0)


@pytest.mark.parametrize(
    "crop",
    [
        Crop(0.5, 0.5, 0.51, 0.51),
        Crop(0.1, 0.1, 0.12, 0.9, 45.0),
        Crop(0.9, 0.9, 0.1, 0.1, 1.0),
        Crop(0.5, 0.1, 0.5, 0.9, -1.0),
    ],
)
def test_hardly_a_pixel_is_told(crop):
    with pytest.raises(InputError, match=r"the crop is -?\d+x-?\d+ pixels") as error:
        crop_picture(ramp(), crop)
    assert "\n" not in str(error.value)
