"""Unknowns of the fit: neutral at 0, bounds legal, curve rising, tangents exact."""

import torch
from torch.func import jacfwd

from model.edit.process_1 import PROCESS
from model.solve.unknowns import FitSpace
from params.ranges import CURVE_NAME, SLIDERS


def test_zero_is_neutral() -> None:
    space = FitSpace(PROCESS.rules, 16)
    params = space.params(torch.zeros(1, space.size))
    for slider in SLIDERS:
        assert params[slider.name].item() == slider.neutral
    assert torch.allclose(params[CURVE_NAME][0], torch.linspace(0, 1, 16), atol=1e-6)


def test_bounds_are_legal_and_contrast_is_kept_from_folding() -> None:
    space = FitSpace(PROCESS.rules, 16)
    for theta in space.bounds():
        params = space.params(theta[None])
        for slider in SLIDERS:
            assert slider.low - 1e-2 <= params[slider.name].item() <= slider.high + 1e-2
    low, _ = space.bounds()
    assert abs(space.params(low[None])["Contrast2012"].item() + 40.0) < 1e-4


def test_any_theta_gives_a_rising_curve_from_0_to_1() -> None:
    space = FitSpace(PROCESS.rules, 9)
    theta = 4.0 * torch.randn(50, space.size, generator=torch.Generator().manual_seed(0))
    curve = space.params(theta)[CURVE_NAME]
    assert (torch.diff(curve) >= 0).all()
    assert torch.allclose(curve[:, 0], torch.zeros(50))
    assert torch.allclose(curve[:, -1], torch.ones(50), atol=1e-6)


def test_tangents_equal_autodiff() -> None:
    space = FitSpace(PROCESS.rules, 7)
    theta = torch.randn(1, space.size, dtype=torch.float64)
    names = ("Tint", "Saturation", "Temperature", CURVE_NAME)
    indices, changes = space.tangents(theta, names)
    whole = jacfwd(space.params)(theta)
    covered = torch.zeros(space.size, dtype=torch.bool)
    covered[indices] = True
    for name, change in zip(names, changes, strict=True):
        wanted = whole[name][0, ..., 0, :].movedim(-1, 0)  # [P, (knots)]
        assert torch.allclose(change[:, 0].double(), wanted[indices], atol=1e-12)
        assert (wanted[~covered] == 0).all()
