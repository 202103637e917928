"""imaging.color against published numbers and its own inverses."""

import numpy as np
import pytest
import torch

from imaging import color


def test_prophoto_matrix_is_the_published_one() -> None:
    published = [  # ROMM RGB to XYZ (D50), brucelindbloom.com
        [0.7976749, 0.1351917, 0.0313534],
        [0.2880402, 0.7118741, 0.0000857],
        [0.0000000, 0.0000000, 0.8252100],
    ]
    np.testing.assert_allclose(color.PROPHOTO_TO_XYZ, published, atol=5e-4)
    np.testing.assert_allclose(color.PROPHOTO_TO_XYZ.sum(axis=1), color.D50_XYZ, atol=1e-12)


def test_srgb_matrix_is_the_published_one() -> None:
    published = [  # sRGB to XYZ adapted to D50 (Bradford), brucelindbloom.com
        [0.4360747, 0.3850649, 0.1430804],
        [0.2225045, 0.7168786, 0.0606169],
        [0.0139322, 0.0971045, 0.7141733],
    ]
    np.testing.assert_allclose(color.SRGB_TO_XYZ_D50, published, atol=3e-4)
    np.testing.assert_allclose(color.SRGB_TO_XYZ_D50.sum(axis=1), color.D50_XYZ, atol=1e-9)


def test_bradford_takes_white_to_white() -> None:
    d65 = color.xy_to_xyz(*color.D65_XY)
    matrix = color.adaptation_matrix(d65, color.D50_XYZ)
    np.testing.assert_allclose(matrix @ d65, color.D50_XYZ, atol=1e-12)
    published = [  # D65 to D50, ICC.1:2010 annex E's method
        [1.0478112, 0.0228866, -0.0501270],
        [0.0295424, 0.9904844, -0.0170491],
        [-0.0092345, 0.0150436, 0.7521316],
    ]
    np.testing.assert_allclose(matrix, published, atol=6e-4)


@pytest.mark.parametrize(
    ("linear", "encoded"),
    [
        (0.0, 0.0),
        (1 / 1024, 1 / 64),  # slope 16 below 1/512
        (1 / 512, 1 / 32),
        (0.18, 0.18 ** (1 / 1.8)),
        (1.0, 1.0),
        (-0.001, -0.016),
    ],
)
def test_romm_curve(linear: float, encoded: float) -> None:
    assert color.romm_encode(np.array(linear)) == pytest.approx(encoded, abs=1e-12)
    assert color.romm_decode(np.array(encoded)) == pytest.approx(linear, abs=1e-12)


@pytest.mark.parametrize(
    ("linear", "encoded"), [(0.0, 0.0), (0.002, 0.02584), (0.5, 0.7353569), (1.0, 1.0)]
)
def test_srgb_curve(linear: float, encoded: float) -> None:
    assert color.srgb_encode(np.array(linear)) == pytest.approx(encoded, abs=1e-6)
    assert color.srgb_decode(np.array(encoded)) == pytest.approx(linear, abs=1e-6)


@pytest.mark.parametrize("name", ["romm_encode", "romm_decode", "srgb_encode", "srgb_decode"])
def test_tensors_give_what_arrays_give_with_gradients(name: str) -> None:
    function = getattr(color, name)
    values = np.linspace(-0.1, 1.5, 161)
    tensor = torch.tensor(values, requires_grad=True)
    result = function(tensor)
    np.testing.assert_allclose(result.detach().numpy(), function(values), atol=1e-12)
    result.sum().backward()
    assert tensor.grad is not None
    assert torch.isfinite(tensor.grad).all()
    assert (tensor.grad > 0).all()


def test_preview_keeps_grey_and_clips_what_srgb_lacks() -> None:
    pixels = np.array([[[0.18, 0.18, 0.18], [0.0, 1.0, 0.0], [2.0, 2.0, 2.0]]], np.float32)
    srgb = color.prophoto_to_srgb_preview(pixels)
    np.testing.assert_allclose(srgb[0, 0], 0.4613561, atol=2e-5)
    assert srgb[0, 1, 0] == 0.0
    np.testing.assert_allclose([srgb[0, 1, 1], *srgb[0, 2]], 1.0, atol=1e-6)
    assert srgb.max() <= 1.0
    assert srgb.dtype == np.float32


def test_srgb_primaries_come_back() -> None:
    primaries = np.eye(3, dtype=np.float32)[None] * 0.5
    prophoto = color.apply_matrix(primaries, np.linalg.inv(color.PROPHOTO_TO_SRGB))
    srgb = color.prophoto_to_srgb_preview(prophoto)
    np.testing.assert_allclose(srgb, color.srgb_encode(primaries), atol=1e-5)


@pytest.mark.parametrize("exponent", [1 / 2.4, 1 / 3, 2.4])
def test_powers_of_pictures_are_those_of_single_numbers(exponent: float) -> None:
    """Large arrays of float32 go another way."""
    values = np.geomspace(1e-6, 2.0, 3000).astype(np.float32).reshape(50, 20, 3)
    wanted = values.astype(np.float64) ** exponent
    found = color._power(values, exponent)
    assert (found.shape, found.dtype) == (values.shape, np.float32)
    np.testing.assert_allclose(found, wanted, rtol=5e-6)
    turned = color._power(values.transpose(1, 0, 2), exponent)
    np.testing.assert_array_equal(turned, found.transpose(1, 0, 2))
    odd = np.full(2000, np.nan, np.float32)
    odd[:2] = 0.0, np.inf
    assert color._power(odd, exponent)[:2].tolist() == [0.0, np.inf]
    assert np.isnan(color._power(odd, exponent)[2:]).all()
