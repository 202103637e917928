"""ΔE00, PSNR and SSIM against published and hand-worked values."""

import numpy as np
import pytest
from simulated import scene

from imaging.color import PROPHOTO_TO_XYZ, prophoto_to_srgb_preview, srgb_decode
from imaging.metrics import (
    Reference,
    delta_e00,
    difference,
    prophoto_to_lab,
    psnr_srgb,
)

# L1, a1, b1, L2, a2, b2, ΔE00: Sharma, Wu and Dalal (2005), table 1.
SHARMA = [
    (50.0, 2.6772, -79.7751, 50.0, 0.0, -82.7485, 2.0425),
    (50.0, 3.1571, -77.2803, 50.0, 0.0, -82.7485, 2.8615),
    (50.0, 2.8361, -74.0200, 50.0, 0.0, -82.7485, 3.4412),
    (50.0, -1.3802, -84.2814, 50.0, 0.0, -82.7485, 1.0000),
    (50.0, -1.1848, -84.8006, 50.0, 0.0, -82.7485, 1.0000),
    (50.0, -0.9009, -85.5211, 50.0, 0.0, -82.7485, 1.0000),
    (50.0, 0.0, 0.0, 50.0, -1.0, 2.0, 2.3669),
    (50.0, -1.0, 2.0, 50.0, 0.0, 0.0, 2.3669),
    (50.0, 2.49, -0.001, 50.0, -2.49, 0.0009, 7.1792),
    (50.0, 2.49, -0.001, 50.0, -2.49, 0.0010, 7.1792),
    (50.0, 2.49, -0.001, 50.0, -2.49, 0.0011, 7.2195),
    (50.0, 2.49, -0.001, 50.0, -2.49, 0.0012, 7.2195),
    (50.0, -0.001, 2.49, 50.0, 0.0009, -2.49, 4.8045),
    (50.0, -0.001, 2.49, 50.0, 0.0010, -2.49, 4.8045),
    (50.0, -0.001, 2.49, 50.0, 0.0011, -2.49, 4.7461),
    (50.0, 2.5, 0.0, 50.0, 0.0, -2.5, 4.3065),
    (50.0, 2.5, 0.0, 73.0, 25.0, -18.0, 27.1492),
    (50.0, 2.5, 0.0, 61.0, -5.0, 29.0, 22.8977),
    (50.0, 2.5, 0.0, 56.0, -27.0, -3.0, 31.9030),
    (50.0, 2.5, 0.0, 58.0, 24.0, 15.0, 19.4535),
    (50.0, 2.5, 0.0, 50.0, 3.1736, 0.5854, 1.0000),
    (50.0, 2.5, 0.0, 50.0, 3.2972, 0.0, 1.0000),
    (50.0, 2.5, 0.0, 50.0, 1.8634, 0.5757, 1.0000),
    (50.0, 2.5, 0.0, 50.0, 3.2592, 0.3350, 1.0000),
    (60.2574, -34.0099, 36.2677, 60.4626, -34.1751, 39.4387, 1.2644),
    (63.0109, -31.0961, -5.8663, 62.8187, -29.7946, -4.0864, 1.2630),
    (61.2901, 3.7196, -5.3901, 61.4292, 2.2480, -4.9620, 1.8731),
    (35.0831, -44.1164, 3.7933, 35.0232, -40.0716, 1.5901, 1.8645),
    (22.7233, 20.0904, -46.6940, 23.0331, 14.9730, -42.5619, 2.0373),
    (36.4612, 47.8580, 18.3852, 36.2715, 50.5065, 21.2231, 1.4146),
    (90.8027, -2.0831, 1.4410, 91.1528, -1.6435, 0.0447, 1.4441),
    (90.9257, -0.5406, -0.9208, 88.6381, -0.8985, -0.7239, 1.5381),
    (6.7747, -0.2908, -2.4247, 5.8714, -0.0985, -2.2286, 0.6377),
    (2.0776, 0.0795, -1.1350, 0.9033, -0.0636, -0.5514, 0.9082),
]
D50 = np.array([0.9642, 1.0, 0.8249])


def lab_to_prophoto(lab: np.ndarray) -> np.ndarray:
    """CIE 15:2004 backwards, in float64: N x 3 Lab (D50) -> 1xNx3 linear ProPhoto."""
    fy = (lab[:, 0] + 16) / 116
    f = np.stack([fy + lab[:, 1] / 500, fy, fy - lab[:, 2] / 200], axis=1)
    xyz = np.where(f > 6 / 29, f**3, (f - 4 / 29) * 108 / 841) * D50
    return (xyz @ np.linalg.inv(PROPHOTO_TO_XYZ).T)[None]


def test_the_yardstick_by_all_of_sharmas_pairs() -> None:
    """What our ΔE00 is held against (test_delta_e.py), in float64: the table's four decimals."""
    from skimage.color import deltaE_ciede2000

    table = np.array(SHARMA)
    assert table.shape == (34, 7)
    found = deltaE_ciede2000(table[:, :3], table[:, 3:6])
    assert np.abs(found - table[:, 6]).max() < 5.5e-5


def test_delta_e00_by_sharmas_pairs() -> None:
    """Through linear ProPhoto and our Lab; its float32 costs a little at the hue's jump."""
    table = np.array(SHARMA)
    first, second = lab_to_prophoto(table[:, :3]), lab_to_prophoto(table[:, 3:6])
    found = delta_e00(first.astype(np.float32), second.astype(np.float32))[0]
    jumps = np.abs(table[:, 1:3]) == 2.49  # a or b of ±0.001 decides which way round the circle
    assert np.abs(found - table[:, 6])[~jumps.any(axis=1)].max() < 1e-3
    assert np.abs(found - table[:, 6])[jumps[:, 0]].max() < 0.05
    assert np.abs(found - table[:, 6])[jumps[:, 1]].max() < 0.06


def test_lab_of_known_colours() -> None:
    greys = np.array([0.0, 0.0088, 0.18, 0.5, 1.0])
    lab = prophoto_to_lab(np.repeat(greys[None, :, None], 3, axis=2).astype(np.float32))[0]
    cube = 116 * np.cbrt(greys) - 16
    assert lab[:, 0] == pytest.approx([0.0, 903.2963 * 0.0088, *cube[2:]], abs=1e-3)
    assert lab[4] == pytest.approx([100.0, 0.0, 0.0], abs=1e-3)
    assert np.abs(lab[:, 1:]).max() < 1e-3
    assert lab.dtype == np.float32


def grey(srgb: float) -> np.ndarray:
    """A picture whose sRGB value is this."""
    return np.full((16, 24, 3), srgb_decode(np.array(srgb)), np.float32)


def test_psnr() -> None:
    assert psnr_srgb(grey(0.5), grey(0.6)) == pytest.approx(20.0, abs=0.01)
    assert psnr_srgb(grey(0.5), grey(0.51)) == pytest.approx(40.0, abs=0.05)
    assert psnr_srgb(grey(0.5), grey(0.5)) == pytest.approx(120.0)  # capped, not infinite


def ssim_srgb(a: np.ndarray, b: np.ndarray) -> float:
    return Reference(b).compare(a)["ssim"]


def test_ssim() -> None:
    random = np.random.default_rng(0).random((40, 40, 3), np.float32)
    assert ssim_srgb(random, random) == pytest.approx(1.0)
    assert abs(ssim_srgb(random, np.random.default_rng(1).random((40, 40, 3), np.float32))) < 0.2
    # Two even pictures differ in the first term only: (2ab + c) / (a² + b² + c), c = 0.01².
    wanted = (2 * 0.5 * 0.6 + 1e-4) / (0.25 + 0.36 + 1e-4)
    assert ssim_srgb(grey(0.5), grey(0.6)) == pytest.approx(wanted, abs=1e-3)


def test_difference() -> None:
    a, b = grey(0.5), grey(0.5)
    b[:2] = grey(0.7)[:2]  # an eighth of the picture
    values = delta_e00(a, b)
    found = difference(a, b)
    assert found.delta_e == pytest.approx(values[0, 0] / 8, rel=1e-4)
    assert found.delta_e_95 == pytest.approx(values[0, 0], rel=1e-4)
    assert found.psnr == pytest.approx(10 * np.log10(8 / 0.04), abs=0.01)
    assert found.as_json().keys() == {"delta_e", "delta_e_95", "psnr"}


def edited(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A picture and a brighter, noisy one."""
    random = np.random.default_rng(seed)
    a = scene(seed, 90, 140)
    noise = random.normal(0.0, 0.01 * (1 + seed), a.shape)
    return a, (a * (1.0 + 0.1 * seed) + noise).clip(0.0, 1.0).astype(np.float32)


@pytest.mark.parametrize("seed", [0, 1, 5])
def test_ssim_is_scikit_images(seed) -> None:
    from skimage.metrics import structural_similarity

    a, b = edited(seed)
    pictures = (prophoto_to_srgb_preview(one).astype(np.float64) for one in (a, b))
    wanted = structural_similarity(*pictures, channel_axis=2, data_range=1.0)
    assert 0.2 < wanted < 0.99
    assert ssim_srgb(a, b) == pytest.approx(wanted, abs=2e-5)


def test_a_reference_compares_as_the_functions_do() -> None:
    a, b = edited(2)
    found = Reference(b).compare(a)
    one = difference(a, b)
    assert found["delta_e"] == pytest.approx(one.delta_e, rel=1e-6)
    assert found["delta_e_95"] == pytest.approx(one.delta_e_95, rel=1e-6)
    assert found["psnr"] == pytest.approx(one.psnr, abs=1e-3)
    same = Reference(a).compare(a)
    assert same["delta_e"] == pytest.approx(0.0, abs=1e-6)
    assert same["psnr"] == 120.0
    assert same["ssim"] == pytest.approx(1.0, abs=1e-6)


def test_against_colour_science() -> None:
    """Another package's ΔE00 and PSNR of the same pictures, where it is installed."""
    colour = pytest.importorskip("colour", reason='pip install -e ".[check]"')
    a, b = edited(3)
    theirs = colour.delta_E(prophoto_to_lab(a), prophoto_to_lab(b), method="CIE 2000")
    assert np.abs(delta_e00(a, b) - theirs).max() < 2e-3
    # Their white and matrices have other decimals than the DNG SDK's.
    space = colour.models.RGB_COLOURSPACE_PROPHOTO_RGB
    white = colour.CCS_ILLUMINANTS["CIE 1931 2 Degree Standard Observer"]["D50"]
    labs = [
        colour.XYZ_to_Lab(colour.RGB_to_XYZ(one.astype(np.float64), space, illuminant=None), white)
        for one in (a, b)
    ]
    own = delta_e00(a, b).mean()
    assert own == pytest.approx(colour.delta_E(*labs, method="CIE 2000").mean(), abs=0.01)
    srgb = [prophoto_to_srgb_preview(one).astype(np.float64) for one in (a, b)]
    assert psnr_srgb(a, b) == pytest.approx(colour.utilities.metric_psnr(*srgb), abs=1e-3)
