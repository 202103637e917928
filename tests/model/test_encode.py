"""The kernel's codes are those of imaging or the next, for any colour, in place and elsewhere."""

import numpy as np
import pytest
from simulated import scene

from imaging.gamut import KNEE
from imaging.jpeg import to_srgb8
from imaging.output_options import GAMUTS
from imaging.tiff import to_romm16
from model import encode as module
from model.encode import encode, place_in, srgb8
from model.fused.library import library


def colours() -> np.ndarray:
    """Of pictures, of all of ProPhoto, and far beyond: HxWx3 float32 linear."""
    random = np.random.default_rng(5)
    pixels = random.random((90, 301, 3), np.float32)
    pixels[:30] **= 5
    pixels[30:40] = scene(4, 10, 301)
    pixels[40:50] = random.uniform(-0.5, 3.0, (10, 301, 3))
    pixels[50] = 10.0 ** random.uniform(-8, 4.5, (301, 3)) * random.choice([-1, 1], (301, 3))
    pixels[51] = np.linspace(0.0, 1.2, 301)[:, None]
    pixels[52, :27] = np.array(np.meshgrid(*3 * [[0.0, 1.0, -1.0]])).reshape(3, 27).T
    pixels[52, 27:54] = 1e-4 * pixels[52, :27]
    return pixels


def romm16(pixels: np.ndarray) -> np.ndarray:
    return encode(pixels, np.empty(pixels.shape, np.uint16))


def apart(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.abs(one.astype(int) - other)


@pytest.mark.parametrize("gamut", GAMUTS)
def test_srgb(gamut: str) -> None:
    pixels = colours()
    found, wanted = srgb8(pixels, gamut), to_srgb8(pixels, gamut)
    assert apart(found, wanted).max() <= 1
    assert np.mean(found != wanted) < 1e-3
    assert (found == 0).any()
    assert (found == 255).any()


def test_romm() -> None:
    pixels = colours()
    found, wanted = romm16(pixels), to_romm16(pixels)
    assert apart(found, wanted).max() <= 1
    assert np.mean(found != wanted) < 0.02


def test_colours_well_inside_stay() -> None:
    pixels = colours()
    clipped, soft = srgb8(pixels, "clip"), srgb8(pixels)
    high, low = clipped.max(-1).astype(float), clipped.min(-1)
    inside = (high < 255 * KNEE - 1) & (low > (1 - KNEE) * high + 2) & (low > 0)
    assert inside.mean() > 0.2
    assert apart(clipped, soft)[inside].max() <= 1
    assert apart(clipped, soft)[~inside].max() > 20


@pytest.mark.parametrize("width", [1, 15, 256, 700])
def test_in_its_own_rows(width: int) -> None:
    pixels = np.random.default_rng(2).random((150, width, 3), np.float32) ** 2
    for dtype, wanted in ((np.uint16, romm16(pixels)), (np.uint8, srgb8(pixels))):
        own = pixels.copy()
        place = place_in(own, dtype)
        assert np.shares_memory(place, own)
        np.testing.assert_array_equal(encode(own, place), wanted)


@pytest.mark.parametrize("gamut", GAMUTS)
def test_without_a_kernel_it_is_imagings(gamut: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "library", lambda: None)
    pixels = colours()
    wanted = to_srgb8(pixels, gamut), to_romm16(pixels)
    np.testing.assert_array_equal(srgb8(pixels, gamut), wanted[0])
    np.testing.assert_array_equal(encode(pixels, place_in(pixels, np.uint16)), wanted[1])


def test_rows_that_the_kernel_leaves_are_imagings() -> None:
    pixels = colours()
    pixels[7, 3], pixels[60, 100] = 1e6, 2e7
    wanted = to_srgb8(pixels), to_romm16(pixels)
    assert apart(srgb8(pixels), wanted[0]).max() <= 1
    assert apart(encode(pixels, place_in(pixels, np.uint16)), wanted[1]).max() <= 1


def test_views_and_other_numbers() -> None:
    pixels = colours()
    for part in (pixels[3:80:3, 5:200], pixels[:, ::2], pixels[::-1], pixels.astype(np.float64)):
        assert apart(srgb8(part), to_srgb8(part)).max() <= 1
        assert apart(romm16(part), to_romm16(part)).max() <= 1
    holder = np.zeros((90, 602, 3), np.uint8)
    encode(pixels, holder[:, ::2])
    np.testing.assert_array_equal(holder[:, ::2], to_srgb8(pixels))
    assert not holder[:, 1::2].any()


@pytest.mark.skipif(library() is None, reason="no C compiler: no kernel")
def test_the_kernel_does_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("NumPy was asked")

    monkeypatch.setattr(module, "to_srgb8", refuse)
    monkeypatch.setattr(module, "to_romm16", refuse)
    pixels = colours()
    assert srgb8(pixels).shape == romm16(pixels).shape == pixels.shape
