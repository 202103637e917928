"""RGB tables of looks: against direct formulas, identity, amounts, gamut, derivatives."""

import itertools

import numpy as np
import pytest
import torch
from edit_steps import assert_differentiable, assert_identity, assert_pixelwise, picture
from look_files import fade, rgb_block

from imaging.color import PROPHOTO_TO_SRGB
from model.edit.rgb_table import apply_rgb_table
from model.edit.table_gammas import decode, encode
from params.colorimetry import srgb_decode, srgb_encode
from params.look_tables import GAMMAS, PRIMARIES, RgbTable, rgb_table

SPACES = list(itertools.product(PRIMARIES, GAMMAS))


def table(color: object = fade, size: int = 9, space: tuple[str, str] = ("adobe", "2.2"), **more):
    return rgb_table(rgb_block(size, color, space, **more))  # type: ignore[arg-type]


def colors(count: int = 400, seed: int = 3) -> torch.Tensor:
    """Random ones, with black, white, greys and edges of the cube, 1x3xNx1."""
    random = np.random.default_rng(seed).random((count, 3))
    random[:40] = random[:40, :1]
    random[40:80] = random[40:80].round()
    random[80:120, 0] = random[80:120, 1]
    return torch.from_numpy(random.T.reshape(1, 3, -1, 1).copy())


def rows(image: torch.Tensor) -> np.ndarray:
    return image[0, :, :, 0].T.numpy()


def looked_up(changes: np.ndarray, rgb: np.ndarray) -> np.ndarray:
    """One colour in a cube, written out: from corner to corner, the largest part first."""
    last = len(changes) - 1
    place = rgb * last
    corner = np.minimum(np.floor(place).astype(int), last - 1)
    part = place - corner
    order = np.argsort(-part, kind="stable")
    value = changes[tuple(corner)].astype(np.float64)
    for axis in order:
        after = corner.copy()
        after[axis] += 1
        value = value + part[axis] * (
            changes[tuple(after)].astype(np.float64) - changes[tuple(corner)]
        )
        corner = after
    return value


@pytest.mark.parametrize("size", [2, 3, 17])
def test_tetrahedra(size: int) -> None:
    random = np.random.default_rng(size).normal(0.0, 0.1, (size,) * 3 + (3,)).astype(np.float32)
    image = colors()
    found = apply_rgb_table(image, RgbTable(random, "prophoto", "linear"))
    for rgb, out in zip(rows(image), rows(found), strict=True):
        assert out == pytest.approx((rgb + looked_up(random, rgb)).clip(0.0, 1.0), abs=1e-7)


def test_against_the_formula_in_its_space() -> None:
    """A look that is linear in encoded sRGB is exact between entries."""

    def color(rgb: np.ndarray) -> np.ndarray:
        return 0.1 + rgb @ np.array([[0.7, 0.1, 0.0], [0.0, 0.6, 0.1], [0.05, 0.0, 0.8]])

    rgb = np.random.default_rng(1).uniform(0.05, 0.9, (200, 3))
    image = rgb @ np.linalg.inv(PROPHOTO_TO_SRGB).T
    wanted = srgb_decode(color(srgb_encode(rgb))) @ np.linalg.inv(PROPHOTO_TO_SRGB).T
    found = apply_rgb_table(
        torch.from_numpy(image.T.reshape(1, 3, -1, 1).copy()), table(color, 5, ("srgb", "srgb"))
    )
    assert rows(found) == pytest.approx(wanted, abs=3e-5)


def test_a_curve_for_each_channel() -> None:
    def color(rgb: np.ndarray) -> np.ndarray:
        return np.stack([0.1 + 0.9 * rgb[..., 0], rgb[..., 1] ** 2, 0.5 * rgb[..., 2]], -1)

    image = colors()
    found = apply_rgb_table(image, table(color, 1025, ("prophoto", "linear"), dimensions=1))
    assert rows(found) == pytest.approx(color(rows(image)), abs=2e-5)


@pytest.mark.parametrize("space", SPACES)
def test_a_table_without_changes_is_exact_inside_its_space(space: tuple[str, str]) -> None:
    same = table(lambda rgb: rgb, 4, space)
    grey = torch.linspace(0.0, 1.0, 300).expand(1, 3, 300)[..., None].contiguous()
    inside = apply_rgb_table(grey, same)
    assert inside == pytest.approx(grey, abs=2e-6)  # the matrices' rounding cuts whites
    pale = grey * 0.8 + 0.1 + 0.02 * colors(300).float()
    assert torch.equal(apply_rgb_table(pale, same), pale)


@pytest.mark.parametrize("gamma", GAMMAS)
def test_gammas_there_and_back(gamma: str) -> None:
    linear = torch.cat([torch.linspace(0.0, 0.02, 5000), torch.linspace(0.0, 1.0, 5000)]).double()
    encoded = encode(linear, gamma)
    assert float((decode(encoded, gamma) - linear).abs().max()) < 1e-7
    assert float(encoded[0]) == 0.0
    assert float(encoded[-1]) == pytest.approx(1.0, abs=1e-9)
    order = encoded[:5000].diff()
    assert float(order.min()) > 0.0  # rising, and smooth where two pieces meet
    assert float(order.diff().abs().max()) < 0.02 * float(order.max())


def test_gammas_are_nearly_the_powers() -> None:
    linear = torch.linspace(0.005, 1.0, 50).double()
    assert encode(linear, "2.2") == pytest.approx(linear ** (1 / 2.2), abs=1e-12)
    assert encode(linear, "1.8") == pytest.approx(linear ** (1 / 1.8), abs=1e-12)
    toe = torch.tensor([1e-6]).double()
    assert float(encode(toe, "2.2") / toe) == pytest.approx(32.0, rel=1e-3)


def test_amounts() -> None:
    """In proportion, in the encoding."""
    look, image = table(space=("prophoto", "2.2")), colors() * 0.8 + 0.1
    full = encode(apply_rgb_table(image, look), "2.2")
    for amount in (0.25, 0.5, 1.2):
        found = encode(apply_rgb_table(image, look, amount), "2.2")
        start = encode(image, "2.2")
        assert rows(found) == pytest.approx(rows(start + (full - start) * amount), abs=1e-6)
    each = torch.tensor([0.0, 0.7], dtype=torch.float64)
    both = apply_rgb_table(torch.cat([image, image]), look, each)
    assert torch.equal(both[:1], image)
    assert both[1:] == pytest.approx(apply_rgb_table(image, look, 0.7), abs=1e-12)


@pytest.mark.parametrize("space", SPACES[::3])
def test_amount_0_is_exact(space: tuple[str, str]) -> None:
    look = table(space=space)
    assert_identity(lambda image, p: apply_rgb_table(image, look, p["a"]), {"a": 0.0})
    image = colors().float()
    assert torch.equal(apply_rgb_table(image, look, 0.0), image)


def test_outside_the_tables_primaries() -> None:
    """sRGB cannot hold ProPhoto's green: cut off, or kept outside."""
    image = torch.tensor([0.1, 0.7, 0.1], dtype=torch.float64).reshape(1, 3, 1, 1)
    linear = PROPHOTO_TO_SRGB @ rows(image)[0]
    assert linear[0] < -0.2
    cut = rows(apply_rgb_table(image, table(lambda rgb: rgb, 4, ("srgb", "srgb"))))[0]
    assert PROPHOTO_TO_SRGB @ cut == pytest.approx(linear.clip(0.0, 1.0), abs=1e-6)
    same = table(lambda rgb: rgb, 4, ("srgb", "srgb"), extend=True)
    assert torch.equal(apply_rgb_table(image, same), image)
    faded = table(space=("srgb", "srgb"), extend=True)
    clipped = linear.clip(0.0, 1.0)
    moved = clipped + [
        srgb_decode(srgb_encode(c) + d) - c
        for c, d in zip(clipped, looked_up(faded.changes, srgb_encode(clipped)), strict=True)
    ]
    wanted = np.linalg.inv(PROPHOTO_TO_SRGB) @ (moved + linear - clipped)
    assert rows(apply_rgb_table(image, faded))[0] == pytest.approx(wanted.clip(0, 1), abs=1e-6)


@pytest.mark.parametrize(
    "space", [("adobe", "2.2"), ("srgb", "srgb"), ("prophoto", "1.8"), ("rec2020", "rec2020")]
)
@pytest.mark.parametrize("extend", [False, True])
def test_derivatives(space: tuple[str, str], extend: bool) -> None:
    look = table(space=space, extend=extend)
    assert_differentiable(
        lambda image, p: apply_rgb_table(image, look, p["amount"]), {"amount": 0.7}
    )


def test_derivatives_of_curves() -> None:
    look = table(size=33, dimensions=1)
    assert_differentiable(
        lambda image, p: apply_rgb_table(image, look, p["amount"]), {"amount": 1.3}
    )


def test_pixels_by_themselves() -> None:
    assert_pixelwise(lambda image, p: apply_rgb_table(image, table()), {})


def test_wild_tables_stay_in_range() -> None:
    wild = RgbTable(np.full((2, 2, 2, 3), 40.0, np.float32), "p3", "1.8")
    for amount in (1.0, 2.0):
        found = apply_rgb_table(picture(), wild, amount)
        assert float(found.min()) >= 0.0
        assert float(found.max()) <= 1.0
