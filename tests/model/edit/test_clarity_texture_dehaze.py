"""Clarity, Texture and Dehaze: neutral, sense, strips, derivatives, and Texture's gratings."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from simulated import scene
from torch import Tensor

from model.edit.clarity_texture import clarity, clarity_base, detail, texture, texture_base
from model.edit.dehaze import dehaze, dehaze_base
from model.edit.dual import Dual
from model.edit.local_base import LocalBase
from model.edit.strips import to_tensor

# (whole scene, its pixels to render, top row and whole height, amount) -> rendered.
Operator = Callable[[Tensor, Tensor, tuple[int, int], Tensor], Tensor]


def _clarity(whole: Tensor, pixels: Tensor, rows: tuple[int, int], amount: Tensor) -> Tensor:
    return clarity(pixels, amount, *detail(pixels, clarity_base(whole).strip(*rows)))


def _texture(whole: Tensor, pixels: Tensor, rows: tuple[int, int], amount: Tensor) -> Tensor:
    return texture(pixels, amount, detail(pixels, texture_base(whole).strip(*rows))[0])


def _dehaze(whole: Tensor, pixels: Tensor, rows: tuple[int, int], amount: Tensor) -> Tensor:
    base: LocalBase = dehaze_base(whole, whole)
    return dehaze(pixels, amount, base.strip(*rows).distances(pixels), base)


OPERATORS = pytest.mark.parametrize("operator", [_clarity, _texture, _dehaze])


def of(value: float) -> Tensor:
    return torch.tensor([value], dtype=torch.float64)


def picture(height: int = 60, width: int = 80) -> Tensor:
    return to_tensor(scene(7, height, width)).double() * 0.8 + 0.02


@OPERATORS
def test_neutral_is_exactly_the_identity(operator: Operator) -> None:
    image = picture()
    assert torch.equal(operator(image, image, (0, 60), of(0.0)), image)
    for amount in (-100.0, 100.0):
        changed = operator(image, image, (0, 60), of(amount))
        assert (changed - image).abs().max() > 0.01
        assert changed.min() >= 0.0
        assert changed.max() <= 1.0


@OPERATORS
def test_strips_are_equal_to_the_whole(operator: Operator) -> None:
    image = picture()
    small = torch.nn.functional.interpolate(image, size=(30, 40), mode="area")
    whole = operator(small, image, (0, 60), of(70.0))
    strips = [
        operator(small, image[:, :, top : top + 7], (top, 60), of(70.0)) for top in range(0, 60, 7)
    ]
    torch.testing.assert_close(torch.cat(strips, dim=2), whole)


@OPERATORS
def test_a_higher_setting_goes_further(operator: Operator) -> None:
    image = picture()
    spread = [
        float(torch.log2(operator(image, image, (0, 60), of(v)).mean(1) + 0.01).std())
        for v in (-100.0, -50.0, 0.0, 50.0, 100.0)
    ]
    assert spread == sorted(spread)


@OPERATORS
def test_gradients_and_duals(operator: Operator) -> None:
    image = picture(6, 8)
    for at in (-40.0, 0.0, 30.0):
        if at:
            assert torch.autograd.gradcheck(
                lambda a: operator(image, image, (0, 6), a), (of(at).requires_grad_(),)
            )
        dual = operator(image, image, (0, 6), Dual(of(at), torch.ones(1, 1).double()))  # type: ignore[arg-type]
        step = 1e-4
        up = operator(image, image, (0, 6), of(at + step))
        slope = (up - operator(image, image, (0, 6), of(at))) / step
        torch.testing.assert_close(dual.tangent[0].expand_as(slope), slope, rtol=1e-3, atol=1e-7)


@pytest.mark.parametrize(("amplitude", "wanted"), [(0.1, 1.78), (0.5, 1.43), (2.0, 1.05)])
def test_texture_on_gratings(amplitude: float, wanted: float) -> None:
    """RAWmakase's gains of Camera Raw 18.7 at +100; waves well inside Texture's reach."""
    wave = amplitude * np.sin(2.0 * np.pi * np.arange(512) / 5.0)
    image = torch.from_numpy(0.1 * 2.0**wave).expand(1, 3, 64, 512)
    after = _texture(image, image, (0, 64), of(100.0))
    change = torch.log2(after[0, 1, 32, 100:400]).std() / torch.log2(image[0, 1, 32, 100:400]).std()
    assert float(change) == pytest.approx(wanted, abs=0.12)


@OPERATORS
def test_an_even_picture_stays_even(operator: Operator) -> None:
    image = torch.full((1, 3, 20, 30), 0.2).double()
    changed = operator(image, image, (0, 20), of(60.0))
    assert changed.std() < 1e-6


def test_dehaze_takes_a_part_of_a_veil_away() -> None:
    clear = picture() * 0.5
    hazy = (clear ** (1 / 2.2) * 0.6 + 0.4 * 0.9) ** 2.2
    found = _dehaze(hazy, hazy, (0, 60), of(100.0))
    assert (found - clear).abs().mean() < 0.85 * (hazy - clear).abs().mean()
