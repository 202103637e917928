"""A DNG's own part in the default rendering: exposure, black, curve and the profile's tables."""

import logging
import os
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dng_files import make, overwrite_entry, rationals

from dataset.synthetic.write_dng import write_dng
from imaging.camera import read_shot


def test_its_own_part_in_the_default_rendering(tmp_path: Path) -> None:
    from params.rendering import Rendering

    plain = read_shot(make(tmp_path / "plain.dng")).rendering
    assert (plain.exposure, plain.shadows, plain.curve) == (0.0, 5.0, None)
    points = (0.0, 0.0, 0.5, 0.8, 1.0, 1.0)
    tags = [
        (50730, "2i", 1, rationals([0.35]), True),  # BaselineExposure
        (51109, "2i", 1, rationals([-0.1]), True),  # BaselineExposureOffset
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
    overwrite_entry(path, 50938, 4, struct.pack("<I", 4_000_000))
    os.truncate(path, 20 << 20)
    with caplog.at_level(logging.WARNING):
        found = read_shot(path).rendering
    assert found.hue_sat == ()
    assert "tag 50938 has 4000000 values: not read" in caplog.text
