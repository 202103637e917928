"""Noise reduction and sharpening: less noise, the same picture, nothing done to a clean one."""

import cv2
import numpy as np
import pytest
from simulated import scene

from imaging.detail import ColorNoise, Sharpening, noise_by_tone, refine
from imaging.jpeg import to_srgb8
from imaging.output_options import COLOR_NOISE, Detail
from params.files import InputError

SIGMA = 9.0


@pytest.fixture(scope="module")
def clean() -> np.ndarray:
    picture = to_srgb8(cv2.resize(scene(21, 75, 100), (400, 300), interpolation=cv2.INTER_CUBIC))
    picture[100:200, 150:152] = (200, 30, 30)  # a thin red line
    return picture


@pytest.fixture(scope="module")
def noisy(clean: np.ndarray) -> np.ndarray:
    noise = np.random.default_rng(0).normal(0.0, SIGMA, clean.shape)
    return np.rint(clean + noise).clip(0, 255).astype(np.uint8)


def planes(srgb: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(srgb, cv2.COLOR_RGB2YCrCb).astype(np.float64)


def sharpen(luma: np.ndarray, amount: float) -> np.ndarray:
    return Sharpening(luma, amount).rows(0, len(luma))


def rms(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.sqrt(np.mean((a.astype(np.float64) - b) ** 2)))


def test_noise_is_measured(noisy: np.ndarray, clean: np.ndarray) -> None:
    luma, red, _ = cv2.split(cv2.cvtColor(noisy, cv2.COLOR_RGB2YCrCb))
    for plane, i in ((luma, 0), (red, 1)):
        true = (planes(noisy) - planes(clean))[..., i].std()
        assert noise_by_tone(plane, luma).mean() == pytest.approx(true, rel=0.25)


def test_colour_noise_goes_and_colours_stay(noisy: np.ndarray, clean: np.ndarray) -> None:
    found = planes(refine(noisy, Detail(0, COLOR_NOISE)))
    for i in (1, 2):
        assert rms(found[..., i], planes(clean)[..., i]) < 0.65 * rms(
            planes(noisy)[..., i], planes(clean)[..., i]
        )
    assert rms(found[..., 0], planes(noisy)[..., 0]) < 1.0  # luminance is left
    line = found[110:190, 150:152, 1].mean() - found[110:190, 140:146, 1].mean()
    assert line > 0.75 * (planes(clean)[110:190, 150:152, 1] - planes(clean)[110, 143, 1]).mean()


def test_more_takes_more(noisy: np.ndarray, clean: np.ndarray) -> None:
    left = [
        rms(planes(refine(noisy, Detail(0, amount)))[..., 2], planes(clean)[..., 2])
        for amount in (0, 10, 25)
    ]
    assert left == sorted(left, reverse=True)


def test_luminance_noise(noisy: np.ndarray, clean: np.ndarray) -> None:
    found = refine(noisy, Detail(0, 0, 50))
    before, after = (rms(planes(one)[..., 0], planes(clean)[..., 0]) for one in (noisy, found))
    assert after < 0.7 * before


def test_a_clean_picture_keeps_its_colours() -> None:
    smooth = cv2.resize(to_srgb8(scene(5, 12, 16)), (400, 300), interpolation=cv2.INTER_CUBIC)
    found = refine(smooth, Detail(0, COLOR_NOISE))
    assert np.abs(planes(found) - planes(smooth)).max() <= 2.0  # rounding of YCbCr


def test_edges_rise_and_even_noise_does_not() -> None:
    step = np.full((80, 120), 60, np.uint8)
    step[:, 60:] = 160
    step = cv2.GaussianBlur(step, (0, 0), 1.2)
    found = sharpen(step, 100).astype(int)
    slope = np.abs(np.diff(step.astype(int), axis=1)).max()
    assert np.abs(np.diff(found, axis=1)).max() > 1.2 * slope
    even = np.rint(np.random.default_rng(1).normal(120.0, 5.0, (400, 600))).astype(np.uint8)
    assert sharpen(even, 40).std() < 1.1 * even.std()
    assert sharpen(np.full((50, 50), 90, np.uint8), 150).std() == 0.0


def test_strips_leave_no_seam(noisy: np.ndarray) -> None:
    tall = np.tile(noisy, (2, 1, 1))[:-5, :-3]
    luma, red, _ = cv2.split(cv2.cvtColor(tall, cv2.COLOR_RGB2YCrCb))
    for filtered in (Sharpening(luma, 100), ColorNoise(red, luma, 25)):
        whole = filtered.rows(0, len(tall))
        strips = [filtered.rows(top, min(top + 37, len(tall))) for top in range(0, len(tall), 37)]
        np.testing.assert_array_equal(np.concatenate(strips), whole)
        assert (whole != (luma if isinstance(filtered, Sharpening) else red)).mean() > 0.2
    whole = np.stack([sharpen(luma, 40), ColorNoise(red, luma, 25).rows(0, len(tall))])
    found = cv2.cvtColor(refine(tall, Detail(40, 25)), cv2.COLOR_RGB2YCrCb)[..., :2]
    assert np.mean(np.abs(np.moveaxis(whole, 0, 2).astype(int) - found) <= 1) > 0.97  # RGB's edges


@pytest.mark.parametrize("height", [299, 300, 301, 302])
def test_smoothed_colour_is_as_opencv_enlarges_it(noisy: np.ndarray, height: int) -> None:
    tall = np.tile(noisy, (2, 1, 1))[:height]
    luma, red, _ = cv2.split(cv2.cvtColor(tall, cv2.COLOR_RGB2YCrCb))
    filtered = ColorNoise(red, luma, 25)
    wanted = cv2.resize(filtered._smooth, red.shape[::-1], interpolation=cv2.INTER_LINEAR)
    found = np.concatenate(
        [filtered._smooth_rows(t, min(t + 50, height)) for t in range(0, height, 50)]
    )
    np.testing.assert_allclose(found, wanted, atol=1e-3)


@pytest.mark.parametrize("shape", [(1, 1, 3), (3, 200, 3), (9, 9, 3), (600, 8, 3)])
def test_small_and_narrow_pictures(shape: tuple[int, ...]) -> None:
    picture = np.random.default_rng(2).integers(0, 256, shape, dtype=np.uint8)
    found = refine(picture, Detail(40, 25, 10))
    assert found.shape == picture.shape
    assert found.dtype == np.uint8


def test_nothing_asked_is_nothing_done(noisy: np.ndarray) -> None:
    assert refine(noisy, Detail(0, 0, 0)) is noisy
    luma = noisy[..., 1]
    flat = np.full(luma.shape, 128, np.uint8)
    np.testing.assert_array_equal(ColorNoise(flat, luma, 25).rows(0, len(flat)), flat)


@pytest.mark.parametrize(("name", "value"), [("sharpness", 151), ("color_noise", -1)])
def test_ranges(name: str, value: int) -> None:
    with pytest.raises(InputError, match=name):
        Detail(**{name: value})
