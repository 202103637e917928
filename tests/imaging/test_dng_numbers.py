"""DNGs whose numbers LibRaw takes in another way than the specification has them."""

import logging
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dng_files import bayer, camera_rgb, gain_map, opcode_list, write
from simulated import scene

from imaging.raw import read_raw_linear_prophoto
from imaging.raw_picture import RawPicture
from params.files import InputError

SIZE = (96, 144)
BLACK, WHITE = 512, 15000
FLOAT_BITS = struct.unpack("<I", struct.pack("<f", 1.0))[0]
_EDGE = slice(6, -6)


@pytest.fixture(scope="module")
def truth() -> np.ndarray:
    return scene(5, *SIZE)


@pytest.fixture(scope="module")
def recorded(truth: np.ndarray) -> np.ndarray:
    return camera_rgb(truth)


def counts(values: np.ndarray, black: Any = BLACK, white: float = WHITE) -> np.ndarray:
    return np.rint(values * (white - np.max(black)) + black).clip(0, 65535).astype(np.uint16)


def off(path: Path, truth: np.ndarray) -> float:
    """Mean difference from the scene, away from the edges."""
    found = read_raw_linear_prophoto(path, process=2)
    assert found.shape == truth.shape
    return float(np.abs(found - truth)[_EDGE, _EDGE].mean())


INTEGERS = {50714: ("H", 1, BLACK), 50717: ("I", 1, WHITE)}


@pytest.mark.parametrize("kind", [np.float16, np.float32])
@pytest.mark.parametrize("linear", [False, True])
@pytest.mark.parametrize("white", [None, 1, FLOAT_BITS, 4000], ids=["default", "1", "bits", "4000"])
def test_floats_are_clipped_at_white_not_scaled(
    kind: type,
    linear: bool,
    white: int | None,
    truth: np.ndarray,
    recorded: np.ndarray,
    tmp_path: Path,
) -> None:
    stored = (recorded if linear else bayer(recorded)) * (white if white == 4000 else 1.0)
    stored = stored.astype(kind)
    stored[0, 0], stored[1, 1], stored[-1, -1] = 30_000.0, np.inf, np.nan
    tags = {} if white is None else {50717: ("I", 1, white)}
    assert off(write(tmp_path / "float.dng", stored, tags), truth) < 0.01


@pytest.mark.parametrize("black", [BLACK, (300, 700, 512)], ids=["one", "one a sample"])
def test_linear_pictures_keep_their_brightness(
    black: Any, truth: np.ndarray, recorded: np.ndarray, tmp_path: Path
) -> None:
    levels = np.broadcast_to(np.array(black, np.float32), 3)
    stored = np.rint(recorded * (WHITE - levels) + levels).clip(0, 65535).astype(np.uint16)
    count = 1 if isinstance(black, int) else 3
    tags = {50714: ("H", count, black), 50717: ("I", 3, (WHITE,) * 3)}
    assert off(write(tmp_path / "linear.dng", stored, tags), truth) < 0.003


def test_black_that_changes_along_rows_and_columns(
    truth: np.ndarray, recorded: np.ndarray, tmp_path: Path
) -> None:
    down, across = np.arange(SIZE[0]) * 8, np.arange(SIZE[1]) * 4
    black = BLACK + down[:, None] + across
    white = 15000 + int(black.max())
    span = white - black.max()
    stored = np.rint(bayer(recorded) * span + black).astype(np.uint16)
    tags = {
        50714: ("H", 1, BLACK),
        50717: ("I", 1, white),
        50715: ("2i", SIZE[1], tuple(part for value in across for part in (int(value), 1))),
        50716: ("2i", SIZE[0], tuple(part for value in down for part in (int(value), 1))),
    }
    assert off(write(tmp_path / "ramp.dng", stored, tags), truth) < 0.01


def shaded(kind: str) -> tuple[np.ndarray, dict[int, Any]]:
    """What a lens leaves of the light, and the correction in the file."""
    height, width = SIZE
    y, x = np.mgrid[:height, :width] + 0.5
    if kind == "vignette":
        radius = ((y - height / 2) ** 2 + (x - width / 2) ** 2) / ((height**2 + width**2) / 4)
        terms = (0.5, 0.25, 0.0, 0.0, 0.0, 0.5, 0.5)
        return 1.0 / (1.0 + 0.5 * radius + 0.25 * radius**2), {
            51022: opcode_list((3, struct.pack(">7d", *terms)))
        }
    gains = np.array([[2.0, 1.5, 2.0], [1.5, 1.0, 1.5], [2.5, 1.5, 2.0]])
    rows, columns = (np.linspace(0, 2, 2 * n + 1)[1::2] for n in SIZE)
    down = np.array([np.interp(rows, range(3), gains[:, i]) for i in range(3)]).T
    drawn = np.array([np.interp(columns, range(3), line) for line in down])
    if kind == "four maps":
        maps = [
            (9, gain_map(gains, SIZE, first=(i, j), pitch=2)) for i in range(2) for j in range(2)
        ]
        return 1.0 / drawn, {51009: opcode_list(*maps)}
    tag = 51009 if kind == "list 2" else 51022
    area = gain_map(gains, SIZE)
    if tag == 51022:  # of three planes, by one map
        area = area[:20] + struct.pack(">I", 3) + area[24:]
    return 1.0 / drawn, {tag: opcode_list((9, area))}


@pytest.mark.parametrize(
    ("kind", "linear"),
    [
        ("vignette", False),
        ("vignette", True),
        ("list 2", False),
        ("list 3", False),
        ("list 3", True),
        ("four maps", False),
    ],
)
def test_shading_is_taken_back(
    kind: str, linear: bool, truth: np.ndarray, recorded: np.ndarray, tmp_path: Path
) -> None:
    left, tags = shaded(kind)
    dimmed = recorded * left[..., None]
    stored = counts(dimmed if linear else bayer(dimmed))
    mended = off(write(tmp_path / "shaded.dng", stored, INTEGERS | tags), truth)
    as_it_is = off(write(tmp_path / "as it is.dng", stored, INTEGERS), truth)
    assert mended < 0.01
    assert as_it_is > 0.04


def test_a_second_decode_gives_the_same(recorded: np.ndarray, tmp_path: Path) -> None:
    left, tags = shaded("list 2")
    stored = counts(bayer(recorded * left[..., None]))
    path = write(tmp_path / "shaded.dng", stored, INTEGERS | tags)
    alone = read_raw_linear_prophoto(path, 60, process=2)
    with RawPicture(path) as picture:
        first, second = (picture.linear_prophoto(60, 2) for _ in range(2))
        full = picture.linear_prophoto(None, 2)
        again = picture.linear_prophoto(60, 2)
    for found in (first, second, again):
        np.testing.assert_array_equal(found, alone)
    np.testing.assert_array_equal(full, read_raw_linear_prophoto(path, process=2))


def test_bad_pixels_take_their_neighbours_value(
    truth: np.ndarray, recorded: np.ndarray, tmp_path: Path
) -> None:
    stored = counts(bayer(recorded))
    random = np.random.default_rng(0)
    places = random.integers(10, 80, (60, 2))
    stored[tuple(places.T)] = 65535
    stored[40:42, 100:103] = 7
    listed = struct.pack(">3I", 1, len(places), 0) + places.astype(">u4").tobytes()
    constant = struct.pack(">2I", 7, 1)
    tags = {51008: opcode_list((5, listed), (4, constant))}
    mended = off(write(tmp_path / "mended.dng", stored, INTEGERS | tags), truth)
    bad = off(write(tmp_path / "bad.dng", stored, INTEGERS), truth)
    good = off(write(tmp_path / "good.dng", counts(bayer(recorded)), INTEGERS), truth)
    assert mended < 1.1 * good < 1.5 * good < bad


def test_what_is_not_applied_is_told(
    recorded: np.ndarray, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    tags = {51022: opcode_list((1, bytes(60)), (99, b""), (1, bytes(60)))}
    path = write(tmp_path / "warped.dng", counts(bayer(recorded)), INTEGERS | tags)
    plain = write(tmp_path / "plain.dng", counts(bayer(recorded)), INTEGERS)
    with caplog.at_level(logging.WARNING):
        found = read_raw_linear_prophoto(path, process=2)
    assert [record.getMessage().split(": ", 1)[1] for record in caplog.records] == [
        "a correction in the file is not applied: WarpRectilinear, opcode 99"
    ]
    np.testing.assert_allclose(found, read_raw_linear_prophoto(plain, process=2), atol=2e-3)


@pytest.mark.parametrize(
    ("tags", "message"),
    [
        ({50714: ("H", 1, 900), 50717: ("I", 1, 800)}, "white level"),
        ({50713: ("H", 2, (0, 2)), 50714: ("H", 1, 0), 50717: ("I", 1, 800)}, "black levels"),
        ({50716: ("2i", 3, (1, 1) * 3), 50714: ("H", 1, 0), 50717: ("I", 1, 800)}, "steps"),
        ({**INTEGERS, 51009: opcode_list((9, bytes(40)))}, "GainMap is damaged"),
    ],
)
def test_contradictions_are_refused(
    tags: dict[int, Any], message: str, recorded: np.ndarray, tmp_path: Path
) -> None:
    path = write(tmp_path / "bad.dng", counts(recorded), tags)
    with pytest.raises(InputError, match=message):
        read_raw_linear_prophoto(path, process=2)


def test_a_list_that_is_cut_short_is_told_and_left_out(
    truth: np.ndarray, recorded: np.ndarray, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    kind, count, data = opcode_list((9, gain_map(np.ones((3, 3)), SIZE)))
    tags = {51009: (kind, count - 9, data[:-9])}
    path = write(tmp_path / "short.dng", counts(bayer(recorded)), INTEGERS | tags)
    with caplog.at_level(logging.WARNING):
        assert off(path, truth) < 0.01
    assert "cut short" in caplog.text
