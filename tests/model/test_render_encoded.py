"""A rendered picture that is encoded at once is the picture, rendered and then encoded."""

from typing import Any

import numpy as np
import pytest
from simulated import scene

from imaging.jpeg import to_srgb8
from imaging.output_options import GAMUTS
from imaging.tiff import to_romm16
from model import render as module
from model.encode import place_in
from model.render import render_record
from params.ranges import neutral_params
from params.record import Record

EDIT = neutral_params() | {"Exposure2012": 0.6, "Contrast2012": 20.0, "Saturation": 60.0}


def record(process: int) -> Record:
    return Record(params=EDIT, process=process)


def same(found: np.ndarray, wanted: np.ndarray) -> None:
    assert found.dtype == wanted.dtype
    assert np.abs(found.astype(int) - wanted).max() <= 1
    assert np.mean(found != wanted) < 0.02


@pytest.fixture(params=["kernel", "layer"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "layer":
        monkeypatch.setattr(module, "library", lambda: None)
    elif module.library() is None:
        pytest.skip("no C compiler: no kernel")


@pytest.mark.parametrize("process", [1, 2])
@pytest.mark.usefixtures("way")
def test_encoded_at_once(process: int) -> None:
    pixels = scene(5, 70, 130)
    kept = pixels.copy()
    linear = render_record(pixels, record(process))
    out = np.empty(pixels.shape, np.uint16)
    assert render_record(pixels, record(process), out=out) is out
    same(out, to_romm16(linear))
    for gamut in GAMUTS:
        out = np.empty(pixels.shape, np.uint8)
        render_record(pixels, record(process), out=out, gamut=gamut)
        same(out, to_srgb8(linear, gamut))
    np.testing.assert_array_equal(pixels, kept)


@pytest.mark.parametrize("process", [1, 2])
@pytest.mark.usefixtures("way")
def test_in_the_place_of_the_pixels(process: int) -> None:
    linear = render_record(scene(5, 70, 700), record(process))
    for dtype, wanted in ((np.uint16, to_romm16(linear)), (np.uint8, to_srgb8(linear))):
        pixels = scene(5, 70, 700)
        same(render_record(pixels, record(process), out=place_in(pixels, dtype)), wanted)


@pytest.mark.parametrize("dtype", [np.float32, np.uint16, np.uint8])
def test_rows_of_the_layer_know_the_picture_as_it_was(dtype: Any) -> None:
    """Even where it is so small that it is its own proxy."""
    pixels = scene(6, 40, 90)
    pixels[20, 5] = 1e5
    linear = render_record(pixels, record(2))
    wanted = {np.uint16: to_romm16, np.uint8: to_srgb8}.get(dtype, np.array)(linear)
    found = render_record(pixels, record(2), out=place_in(pixels, dtype))
    if dtype == np.float32:
        np.testing.assert_array_equal(found, wanted)
    else:
        same(found, wanted)
