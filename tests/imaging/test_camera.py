"""A camera's matrices and neutral, from DNG tags and from what LibRaw knows."""

import logging
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from simulated import scene

from dataset.synthetic.write_dng import COLOR_MATRIX, NEUTRAL, write_dng
from imaging.camera import read_shot
from params.camera_color import CameraColor
from params.files import InputError

OTHER = np.array(COLOR_MATRIX) * 1.1 + 0.01


def rationals(values: Any) -> tuple[int, ...]:
    return tuple(part for v in np.ravel(values) for part in (round(float(v) * 10000), 10000))


def make(path: Path, *tags: Any) -> Path:
    write_dng(path, scene(3, 32, 48), tags=tags)
    return path


def rename(path: Path, tag: int, new: int = 65000) -> None:
    """Make a tag's entry one that nobody knows."""
    import tifffile

    with tifffile.TiffFile(path) as tif:
        place = tif.pages.first.tags[tag].offset
    with path.open("r+b") as file:
        file.seek(place)
        file.write(struct.pack("<H", new))


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
    import tifffile

    with tifffile.TiffFile(path) as tif:
        place = tif.pages.first.tags[50728].valueoffset
    with path.open("r+b") as file:
        file.seek(place)
        values = [part for v in camera / camera.max() for part in (round(v * 10**6), 10**6)]
        file.write(struct.pack("<6I", *values))
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
    rename(path, 50728)
    shot = read_shot(path)
    x, y = 0.3457, 0.3585
    camera = np.array(COLOR_MATRIX) @ [x / y, 1.0, (1 - x - y) / y]
    assert shot.neutral == pytest.approx(tuple(camera / camera.max()), abs=1e-4)


def test_nothing_known(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = make(tmp_path / "a.dng")
    for tag in (50721, 50728):
        rename(path, tag)
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
    import tifffile

    path = make(tmp_path / "a.dng")
    with tifffile.TiffFile(path) as tif:
        place = tif.pages.first.tags[50721].valueoffset
    with path.open("r+b") as file:
        file.seek(place)
        file.write(struct.pack("<18i", *rationals(matrix)))
    with caplog.at_level(logging.WARNING):
        shot = read_shot(path)
    assert f"{path}: ColorMatrix1 has no inverse: not used" in caplog.text
    if shot.color is not None:
        assert np.linalg.det(shot.color.color_matrix_1) != 0


def test_rationals_over_zero(tmp_path: Path) -> None:
    import tifffile

    path = make(tmp_path / "a.dng")
    with tifffile.TiffFile(path) as tif:
        places = [tif.pages.first.tags[tag].valueoffset for tag in (50721, 50728)]
    with path.open("r+b") as file:
        for place in places:
            file.seek(place)
            file.write(struct.pack("<6I", 1, 0, 0, 0, 5, 0))
    shot = read_shot(path)
    assert shot.neutral is None or np.isfinite(shot.neutral).all()


@pytest.mark.parametrize("tag", [50728, 50730, 50778, 51110])
def test_text_in_the_place_of_numbers(tag: int, tmp_path: Path) -> None:
    import tifffile

    path = make(tmp_path / "a.dng", (50730, "2i", 1, rational(0.0), True), (51110, "I", 1, 0, True))
    with tifffile.TiffFile(path) as tif:
        place = tif.pages.first.tags[tag].offset
    with path.open("r+b") as file:
        file.seek(place + 2)
        file.write(struct.pack("<HI4s", 2, 4, b"abc"))
    shot = read_shot(path)
    assert (shot.rendering.exposure, shot.rendering.shadows) == (0.0, 5.0)
    assert shot.neutral is None or np.isfinite(shot.neutral).all()


def test_an_infinite_neutral_is_not_used(tmp_path: Path) -> None:
    import tifffile

    path = make(tmp_path / "a.dng")
    with tifffile.TiffFile(path) as tif:
        place = tif.pages.first.tags[50728].valueoffset
    with path.open("r+b") as file:
        file.seek(place)
        file.write(struct.pack("<6I", 1, 0, 1, 1, 1, 1))
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


def rational(value: float) -> tuple[int, int]:
    return round(value * 10000), 10000


def test_its_own_part_in_the_default_rendering(tmp_path: Path) -> None:
    from params.rendering import Rendering

    plain = read_shot(make(tmp_path / "plain.dng")).rendering
    assert (plain.exposure, plain.shadows, plain.curve) == (0.0, 5.0, None)
    points = (0.0, 0.0, 0.5, 0.8, 1.0, 1.0)
    tags = [
        (50730, "2i", 1, rational(0.35), True),  # BaselineExposure
        (51109, "2i", 1, rational(-0.1), True),  # BaselineExposureOffset
        (51110, "I", 1, 1, True),  # DefaultBlackRender: none
        (50940, "f", 6, points, True),  # ProfileToneCurve
    ]
    own: Rendering = read_shot(make(tmp_path / "own.dng", *tags)).rendering
    assert own.exposure == pytest.approx(0.25)
    assert own.shadows == 0.0
    assert own.tone(np.array([0.0, 0.5, 1.0])) == pytest.approx([0.0, 0.8, 1.0], abs=1e-6)
    # A natural spline through three points bends above its chords here.
    assert float(own.tone(np.array(0.25))) == pytest.approx(0.4 + 0.05625, abs=1e-5)


@pytest.mark.parametrize(
    "tag",
    [
        (50730, "2i", 1, (900, 1), True),
        (50730, "2i", 1, (1, 0), True),
        (50940, "f", 6, (0.0, 0.0, 0.7, 0.8, 0.6, 1.0), True),
        (50940, "f", 5, (0.0, 0.0, 0.7, 0.8, 1.0), True),
        (50940, "f", 6, (0.0, 0.0, float("nan"), 0.8, 1.0, 1.0), True),
    ],
)
def test_a_damaged_rendering_is_the_default(
    tag: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        found = read_shot(make(tmp_path / "a.dng", tag)).rendering
    assert (found.exposure, found.curve) == (0.0, None)
    assert "a.dng" in caplog.text


def table_tags(dims: int, data: int, entries: np.ndarray, encoding: int = 0) -> list[Any]:
    """Tags of a profile's table [values, hues, saturations, 3]."""
    values, hues, saturations = entries.shape[:3]
    flat = tuple(entries.ravel().tolist())
    tags = [(dims, "I", 3, (hues, saturations, values), True), (data, "f", len(flat), flat, True)]
    code = {50937: 51107, 50981: 51108}[dims]
    return tags + ([(code, "I", 1, encoding, True)] if encoding else [])


def even(hue: float, saturation: float, shape: tuple[int, int, int] = (1, 4, 3)) -> np.ndarray:
    return np.broadcast_to([hue, saturation, 1.0], (*shape, 3))


def test_its_profiles_tables(tmp_path: Path) -> None:
    plain = read_shot(make(tmp_path / "plain.dng")).rendering
    assert (plain.hue_sat, plain.look) == ((), ())
    tags = table_tags(50937, 50938, even(30.0, 1.5))
    tags += [(50939, "f", 36, tuple(even(-10.0, 0.5).ravel().tolist()), True)]
    tags += table_tags(50981, 50982, even(5.0, 0.9, (3, 2, 2)), 1)
    own = read_shot(make(tmp_path / "own.dng", *tags)).rendering
    assert [maps.entries[0, 0, 0].tolist() for maps in own.hue_sat] == [[30, 1.5, 1], [-10, 0.5, 1]]
    assert own.hue_sat[0].entries.shape == (1, 4, 3, 3)
    assert not own.hue_sat[0].encoded
    (look,) = own.look
    assert look.entries.shape == (3, 2, 2, 3)
    assert look.encoded


def test_a_table_shows_in_the_picture(tmp_path: Path) -> None:
    """Every hue turned by 30 degrees: a red scene becomes orange."""
    import colorsys

    from imaging.raw import read_raw_linear_prophoto
    from model.edit_layer import render
    from params.ranges import neutral_params

    red = np.broadcast_to(np.float32([0.3, 0.12, 0.12]), (32, 48, 3))
    path = tmp_path / "a.dng"
    write_dng(path, red, tags=table_tags(50937, 50938, even(30.0, 1.0)))
    pixels = read_raw_linear_prophoto(path, process=2)
    out = render(pixels, neutral_params(), process=2, shot=read_shot(path))
    hue = colorsys.rgb_to_hsv(*out[16, 24].tolist())[0] * 360.0
    plain = render(pixels, neutral_params(), process=2)
    assert hue - colorsys.rgb_to_hsv(*plain[16, 24].tolist())[0] * 360.0 == pytest.approx(30, abs=1)


DAMAGED = {
    "no dims": [(50938, "f", 36, (0.0, 1.0, 1.0) * 12, True)],
    "wrong count": [*table_tags(50937, 50938, even(1, 1))[:1], (50938, "f", 3, (0, 1, 1), True)],
    "huge dims": [(50937, "I", 3, (4294967295,) * 3, True), (50938, "f", 3, (0, 1, 1), True)],
    "not a number": table_tags(50937, 50938, even(float("nan"), 1.0)),
    "a second map that is damaged": [
        *table_tags(50937, 50938, even(1.0, 1.0)),
        (50939, "f", 6, (0.0, 1.0, 1.0) * 2, True),
    ],
    "text": [*table_tags(50937, 50938, even(1, 1))[:1], (50938, "s", 0, "no table", True)],
    "dims of text": [(50937, "s", 0, "six", True), *table_tags(50937, 50938, even(1, 1))[1:]],
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_table_is_not_used(
    name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    look = table_tags(50981, 50982, even(5.0, 0.9))
    with caplog.at_level(logging.WARNING):
        found = read_shot(make(tmp_path / "a.dng", *DAMAGED[name], *look)).rendering
    assert found.hue_sat == ()
    assert len(found.look) == 1
    (line,) = caplog.messages
    assert line.startswith(f"{tmp_path / 'a.dng'}: its profile's table (tag 50938) is not used: ")


def test_a_tag_of_too_many_values_is_not_read(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = make(tmp_path / "a.dng", *table_tags(50937, 50938, even(1.0, 1.0)))
    import tifffile

    with tifffile.TiffFile(path) as tif:
        place = tif.pages.first.tags[50938].offset
    with path.open("r+b") as file:
        file.seek(place + 4)
        file.write(struct.pack("<I", 4_000_000))
        file.seek(0, 2)
        file.truncate(20 << 20)
    with caplog.at_level(logging.WARNING):
        found = read_shot(path).rendering
    assert found.hue_sat == ()
    assert "tag 50938 has 4000000 values: not read" in caplog.text


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
    def replaced(path: Path, tags: Any, values: Any) -> Path:
        make(path, *tags)
        import tifffile

        with tifffile.TiffFile(path) as tif:
            place = tif.pages.first.tags[50721].valueoffset
        with path.open("r+b") as file:
            file.seek(place)
            file.write(struct.pack("<18i", *values))
        return path

    second = (50722, "2i", 9, rationals(OTHER), True), (50779, "H", 1, 17, True)
    shot = read_shot(replaced(tmp_path / "a.dng", second, rationals(ZERO)))
    assert shot.color is not None
    assert shot.color.color_matrix_1 == pytest.approx(OTHER, abs=1e-4)
    assert (shot.color.color_matrix_2, shot.color.illuminant_1) == (None, 17)


def test_a_neutral_that_cannot_be_used(tmp_path: Path) -> None:
    """The white's xy counts then."""
    path = make(tmp_path / "a.dng", (50729, "2I", 2, (3127, 10000, 3290, 10000), True))
    import tifffile

    with tifffile.TiffFile(path) as tif:
        place = tif.pages.first.tags[50728].valueoffset
    with path.open("r+b") as file:
        file.seek(place)
        file.write(bytes(24))
    found = read_shot(path).as_shot()
    assert found is not None
    assert found["Temperature"] == pytest.approx(6500.0, rel=5e-3)
