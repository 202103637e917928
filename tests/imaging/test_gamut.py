"""Soft gamut mapping: what must stay stays, hue is kept, order is kept."""

import numpy as np
import pytest
from tolerances import FLOAT32

from imaging.color import PROPHOTO_TO_SRGB, apply_matrix
from imaging.gamut import KNEE, compress_gamut, encode_beyond, prophoto_to_srgb_inside
from imaging.jpeg import to_srgb8
from imaging.metrics import delta_e00
from params.colorimetry import srgb_decode

RANDOM = np.random.default_rng(11).random((200, 500, 3), np.float32)
WIDE = encode_beyond(apply_matrix(RANDOM**2, PROPHOTO_TO_SRGB))


def hue(rgb: np.ndarray) -> np.ndarray:
    """HSV's hexagonal coordinate of the channel in the middle: where it lies between the others."""
    low, middle, high = np.moveaxis(np.sort(rgb, axis=-1), -1, 0)
    return (middle - low) / (high - low)


def test_greys_stay() -> None:
    greys = np.linspace(0, 1, 4097, dtype=np.float32)[None, :, None].repeat(3, 2)
    np.testing.assert_allclose(compress_gamut(greys), greys, atol=FLOAT32)


def test_colours_well_inside_stay() -> None:
    high, low = RANDOM.max(-1), RANDOM.min(-1)
    inside = (high <= KNEE) & (high - low <= KNEE * high)
    assert inside.mean() > 0.5
    np.testing.assert_allclose(compress_gamut(RANDOM)[inside], RANDOM[inside], atol=FLOAT32)


def test_colours_inside_nearly_stay() -> None:
    to_prophoto = np.linalg.inv(PROPHOTO_TO_SRGB)
    before, after = (
        apply_matrix(srgb_decode(rgb), to_prophoto) for rgb in (RANDOM, compress_gamut(RANDOM))
    )
    difference = delta_e00(before, after)
    assert difference.mean() < 0.15
    assert difference.max() < 2.0


def test_everything_comes_inside_with_its_hue() -> None:
    outside = ((WIDE < 0) | (WIDE > 1)).any(axis=-1)
    assert outside.mean() > 0.3
    result = compress_gamut(WIDE)
    assert result.min() >= 0.0
    assert result.max() <= 1.0
    assert len(np.unique(result[outside], axis=0)) == outside.sum()  # nothing cut off flat
    order = np.argsort(WIDE, axis=-1)
    assert (np.diff(np.take_along_axis(result, order, -1), axis=-1) >= -FLOAT32).all()
    strong = result.max(-1) - result.min(-1) > 0.05
    np.testing.assert_allclose(hue(result)[strong], hue(WIDE)[strong], atol=1e-4)


@pytest.mark.parametrize("middle", [0.0, 0.3, 1.0])
def test_more_saturation_never_becomes_less(middle: float) -> None:
    low = np.linspace(0.8, -0.6, 1401, dtype=np.float32)
    colours = np.stack([np.full_like(low, 0.8), low + middle * (0.8 - low), low], axis=-1)[None]
    result = compress_gamut(colours)[0]
    saturation = 1.0 - result.min(-1) / result.max(-1)
    assert np.diff(saturation).min() > -1e-6
    assert np.abs(np.diff(saturation)).max() < 3 * 1.4 / 1400  # and never jumps


def test_more_light_never_becomes_less() -> None:
    light = np.linspace(0.0, 1.6, 1601, dtype=np.float32)[:, None]
    for colour in ((1.0, 0.2, -0.1), (0.9, 1.0, 0.0), (0.5, 0.6, 1.0)):
        result = compress_gamut((light * np.array(colour, np.float32))[None])[0]
        assert np.diff(result.max(-1)).min() > -1e-6
        assert result.max() <= 1.0


def test_beyond_is_the_curve_turned_about_0() -> None:
    linear = np.array([-0.5, -0.001, 0.0, 0.001, 0.5])
    np.testing.assert_allclose(encode_beyond(linear), -encode_beyond(-linear)[::1])
    np.testing.assert_allclose(srgb_decode(encode_beyond(linear)[3:]), linear[3:], atol=1e-9)


def test_pixels_that_need_nothing_are_passed_by() -> None:
    linear = np.random.default_rng(3).random((60, 80, 3), np.float32) ** 3 * np.float32(1.3)
    whole = compress_gamut(encode_beyond(apply_matrix(linear, PROPHOTO_TO_SRGB)))
    np.testing.assert_allclose(prophoto_to_srgb_inside(linear), whole, atol=FLOAT32)


def test_in_pictures() -> None:
    outside = ((WIDE < 0) | (WIDE > 1)).any(axis=-1)
    clipped, soft = (to_srgb8(RANDOM**2, how)[outside] for how in ("clip", "compress"))
    assert len(np.unique(soft, axis=0)) > 1.2 * len(np.unique(clipped, axis=0))
    inside = ((WIDE >= 0) & (WIDE <= 0.8)).all(-1) & (WIDE.min(-1) > 0.2 * WIDE.max(-1))
    clipped_of_it = to_srgb8(RANDOM**2, "clip")[inside].astype(int)
    assert np.abs(to_srgb8(RANDOM**2)[inside] - clipped_of_it).max() <= 1
    with pytest.raises(ValueError, match="gamut is"):
        to_srgb8(RANDOM, "soft")
