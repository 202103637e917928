"""A camera's matrices and neutral, from DNG tags and from what LibRaw knows."""

import logging
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dng_files import hide, make, overwrite, overwrite_entry, rationals

from dataset.synthetic.write_dng import COLOR_MATRIX, NEUTRAL
from imaging.camera import read_shot
from params.camera_color import CameraColor
from params.files import InputError

OTHER = np.array(COLOR_MATRIX) * 1.1 + 0.01


def test_a_single_matrix(tmp_path: Path) -> None:
    shot = read_shot(make(tmp_path / "a.dng"))
    assert shot.color is not None
    assert shot.color.color_matrix_1 == pytest.approx(np.array(COLOR_MATRIX), abs=1e-4)
    assert shot.color.color_matrix_2 is None
    assert shot.color.illuminant_1 == 21
    assert shot.neutral == pytest.approx(NEUTRAL, abs=1e-4)
    assert max(shot.neutral or ()) == 1.0


def test_as_shot_is_what_the_neutral_means(tmp_path: Path) -> None:
    """A neutral made from a known white comes back as that white's kelvin and tint."""
    from params.white_balance import temperature_tint_to_xy

    color = CameraColor(color_matrix_1=COLOR_MATRIX, illuminant_1=21)
    x, y = temperature_tint_to_xy(4800.0, 12.0)
    camera = color.xyz_to_camera((x, y)) @ [x / y, 1.0, (1 - x - y) / y]
    path = make(tmp_path / "a.dng")
    values = [part for v in camera / camera.max() for part in (round(v * 10**6), 10**6)]
    overwrite(path, 50728, struct.pack("<6I", *values))
    found = read_shot(path).as_shot()
    assert found is not None
    assert found["Temperature"] == pytest.approx(4800.0, rel=2e-3)
    assert found["Tint"] == pytest.approx(12.0, abs=0.2)


def test_two_matrices_with_calibration(tmp_path: Path) -> None:
    calibration = np.diag([1.01, 1.0, 0.98])
    signature = b"com.example\0"
    tags = [
        (50722, "2i", 9, rationals(OTHER), True),
        (50723, "2i", 9, rationals(calibration), True),
        (50727, "2I", 3, rationals([1.02, 1.0, 0.99]), True),
        (50779, "H", 1, 17, True),
    ]
    both = [(50931, "s", 0, signature, True), (50932, "s", 0, signature, True)]
    color = read_shot(make(tmp_path / "a.dng", *tags, *both)).color
    assert color is not None
    assert color.color_matrix_2 == pytest.approx(OTHER, abs=1e-4)
    assert (color.illuminant_1, color.illuminant_2) == (21, 17)
    assert color.calibration_1 == pytest.approx(calibration, abs=1e-4)
    assert color.analog_balance == pytest.approx([1.02, 1.0, 0.99])
    # Without equal signatures the calibration is another camera's.
    color = read_shot(make(tmp_path / "b.dng", *tags, both[0])).color
    assert color is not None
    assert color.calibration_1 is None


def test_as_shot_white_as_a_chromaticity(tmp_path: Path) -> None:
    """AsShotWhiteXY stands for the neutral that the camera records under that white."""
    path = make(tmp_path / "a.dng", (50729, "2I", 2, rationals([0.3457, 0.3585]), True))
    hide(path, 50728)
    shot = read_shot(path)
    x, y = 0.3457, 0.3585
    camera = np.array(COLOR_MATRIX) @ [x / y, 1.0, (1 - x - y) / y]
    assert shot.neutral == pytest.approx(tuple(camera / camera.max()), abs=1e-4)


def test_nothing_known(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = make(tmp_path / "a.dng")
    for tag in (50721, 50728):
        hide(path, tag)
    with caplog.at_level(logging.WARNING):
        shot = read_shot(path)
    if shot.color is None:  # LibRaw may still have a matrix of its own
        assert f"{path}: no colour matrix known" in caplog.text
        assert shot.as_shot() is None


@pytest.mark.parametrize(
    "matrix",
    [np.zeros((3, 3)), np.ones((3, 3))],
    ids=["zero", "without an inverse"],
)
def test_a_degenerate_matrix_is_not_used(
    matrix: np.ndarray, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = make(tmp_path / "a.dng")
    overwrite(path, 50721, struct.pack("<18i", *rationals(matrix)))
    with caplog.at_level(logging.WARNING):
        shot = read_shot(path)
    assert f"{path}: ColorMatrix1 has no inverse: not used" in caplog.text
    if shot.color is not None:
        assert np.linalg.det(shot.color.color_matrix_1) != 0


def test_rationals_over_zero(tmp_path: Path) -> None:
    path = make(tmp_path / "a.dng")
    for tag in (50721, 50728):
        overwrite(path, tag, struct.pack("<6I", 1, 0, 0, 0, 5, 0))
    shot = read_shot(path)
    assert shot.neutral is None or np.isfinite(shot.neutral).all()


@pytest.mark.parametrize("tag", [50728, 50730, 50778, 51110])
def test_text_in_the_place_of_numbers(tag: int, tmp_path: Path) -> None:
    path = make(
        tmp_path / "a.dng", (50730, "2i", 1, rationals([0.0]), True), (51110, "I", 1, 0, True)
    )
    overwrite_entry(path, tag, 2, struct.pack("<HI4s", 2, 4, b"abc"))
    shot = read_shot(path)
    assert (shot.rendering.exposure, shot.rendering.shadows) == (0.0, 5.0)
    assert shot.neutral is None or np.isfinite(shot.neutral).all()


def test_an_infinite_neutral_is_not_used(tmp_path: Path) -> None:
    path = make(tmp_path / "a.dng")
    overwrite(path, 50728, struct.pack("<6I", 1, 0, 1, 1, 1, 1))
    assert read_shot(path).neutral is None


@pytest.mark.parametrize("illuminant", [(1, 0), (0, 0), (2**31 - 1, 1), (-1, 1)])
def test_an_illuminant_that_is_none(illuminant: tuple[int, int], tmp_path: Path) -> None:
    tag = (50779, "2i", 1, illuminant, True)
    shot = read_shot(make(tmp_path / "a.dng", (50722, "2i", 9, rationals(OTHER), True), tag))
    assert shot.color is not None
    assert shot.color.illuminant_2 == CameraColor(color_matrix_1=COLOR_MATRIX).illuminant_2


def test_not_a_raw_file(tmp_path: Path) -> None:
    (tmp_path / "a.dng").write_text("no photograph")
    with pytest.raises(InputError, match=r"a\.dng"):
        read_shot(tmp_path / "a.dng")
    with pytest.raises(InputError, match="no such file"):
        read_shot(tmp_path / "b.dng")


ZERO, LONE = np.zeros((3, 3)), np.diag([1.0, 0.0, 1.0])
NO_NUMBER = (0, 0) * 9
FORWARD = np.array([[0.5, 0.3, 0.16], [0.2, 0.7, 0.1], [0.1, 0.0, 0.72]])
MATRICES = {
    "ColorMatrix2": 50722,
    "CameraCalibration1": 50723,
    "CameraCalibration2": 50724,
    "ForwardMatrix1": 50964,
    "ForwardMatrix2": 50965,
}


@pytest.mark.parametrize("matrix", [ZERO, LONE, FORWARD * [[1], [1], [0]], NO_NUMBER], ids=str)
@pytest.mark.parametrize("name", MATRICES)
def test_a_matrix_that_cannot_be_used_costs_itself_only(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str, matrix: Any
) -> None:
    good = {
        "ColorMatrix2": OTHER,
        "CameraCalibration1": np.diag([1.01, 1.0, 0.98]),
        "CameraCalibration2": np.diag([1.02, 1.0, 0.97]),
        "ForwardMatrix1": FORWARD,
        "ForwardMatrix2": FORWARD * 1.01 + 0.01 * np.eye(3),
    }
    light = (50779, "H", 1, 17, True)

    def tags(names: Any) -> list[Any]:
        return [(MATRICES[n], "2i", 9, rationals(good[n]), True) for n in names]

    numbers = matrix if isinstance(matrix, tuple) else rationals(matrix)
    others = [n for n in good if n != name]
    bad = (MATRICES[name], "2i", 9, numbers, True)
    damaged = read_shot(make(tmp_path / "bad.dng", *tags(others), bad, light))
    (line,) = caplog.messages
    assert f"bad.dng: {name}" in line or f"bad.dng: {name.lower()}" in line
    assert line.endswith(": not used")
    # Without its ColorMatrix the second illuminant has nothing.
    left = [n for n in others if name != "ColorMatrix2" or not n.endswith("2")]
    without = read_shot(make(tmp_path / "without.dng", *tags(left), light))
    assert damaged.color is not None
    assert without.color is not None
    xy = 0.40, 0.38
    np.testing.assert_array_equal(damaged.color.xyz_to_camera(xy), without.color.xyz_to_camera(xy))
    np.testing.assert_array_equal(damaged.color.camera_to_xyz(xy), without.color.camera_to_xyz(xy))


def test_an_analog_balance_that_cannot_be_used(tmp_path: Path) -> None:
    shot = read_shot(make(tmp_path / "a.dng", (50727, "2I", 3, rationals([1, 0, 1]), True)))
    assert shot.color is not None
    np.testing.assert_array_equal(shot.color.analog_balance, 1.0)
    assert shot.color.color_matrix_1 == pytest.approx(np.array(COLOR_MATRIX), abs=1e-4)


def test_the_second_color_matrix_alone(tmp_path: Path) -> None:
    second = (50722, "2i", 9, rationals(OTHER), True), (50779, "H", 1, 17, True)
    path = make(tmp_path / "a.dng", *second)
    overwrite(path, 50721, struct.pack("<18i", *rationals(ZERO)))
    shot = read_shot(path)
    assert shot.color is not None
    assert shot.color.color_matrix_1 == pytest.approx(OTHER, abs=1e-4)
    assert (shot.color.color_matrix_2, shot.color.illuminant_1) == (None, 17)


def test_a_neutral_that_cannot_be_used(tmp_path: Path) -> None:
    """The white's xy counts then."""
    path = make(tmp_path / "a.dng", (50729, "2I", 2, (3127, 10000, 3290, 10000), True))
    overwrite(path, 50728, bytes(24))
    found = read_shot(path).as_shot()
    assert found is not None
    assert found["Temperature"] == pytest.approx(6500.0, rel=5e-3)
