"""Unknowns of the fit: neutral at 0, bounds legal, curve rising, tangents exact."""

import torch
from torch.func import jacfwd

from model.edit.fit_rules import Start
from model.edit.process_1 import PROCESS
from model.edit.process_2 import PROCESS as PROCESS_2
from model.solve.unknowns import FitSpace
from params.panels import CHANNEL_CURVES, COLOR_GRADING, COLOR_MIXER
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


def panel_space() -> FitSpace:
    """Of process 2 with panels: three rows, one of each drawing."""
    panels = (COLOR_MIXER, COLOR_GRADING)
    return FitSpace(PROCESS_2.rules, 7, "cpu", panels, torch.arange(3))


def test_tangents_of_panels_wheels_and_curves_equal_autodiff() -> None:
    space = panel_space()
    theta = 0.5 * torch.randn(3, space.size, dtype=torch.float64)
    theta[:, space.rises.stop :].abs_()
    names = (
        *("Temperature", "HueAdjustmentRed", "SplitToningShadowHue", "ColorGradeGlobalSat"),
        *("ColorGradeBlending", CURVE_NAME, *CHANNEL_CURVES),
    )
    indices, changes = space.tangents(theta, names)
    whole = jacfwd(space.params)(theta)
    for name, change in zip(names, changes, strict=True):
        for row in range(3):
            wanted = whole[name][row, ..., row, :].movedim(-1, 0)
            assert torch.allclose(change[:, row].double(), wanted[indices], atol=1e-6), name


def test_a_drawing_says_which_curves_are_drawn() -> None:
    space = panel_space()
    params = space.params(space.starts([Start({}, lambda x: x**2)]).expand(3, -1))
    straight, drawn = torch.linspace(0, 1, 7), torch.linspace(0, 1, 7) ** 2
    master, red = params[CURVE_NAME], params[CHANNEL_CURVES[0]]
    assert torch.allclose(master[0], drawn, atol=1e-3)
    assert torch.allclose(red[0], straight)
    assert torch.allclose(master[1], straight)
    assert torch.allclose(red[1:], drawn.expand(2, -1), atol=1e-3)
    assert (master[2, 3:-1] < straight[3:-1]).all()  # the default rendering undone


def test_an_edit_becomes_its_theta() -> None:
    space = panel_space()
    theta = 0.5 * torch.randn(3, space.size, generator=torch.Generator().manual_seed(1))
    theta[:, space.rises] -= theta[:, space.rises].mean(1, keepdim=True)
    theta[:, space.rises.stop :].abs_()
    params = space.params(theta)
    for row in range(3):
        edit = {
            name: value[row].tolist()
            for name, value in params.items()
            if row or name not in CHANNEL_CURVES
        }
        assert space.drawing_of(edit) == row
        assert torch.allclose(space.theta_of(edit), theta[row], atol=1e-3)


def test_white_balance_is_held_where_it_is_asked_for() -> None:
    space = FitSpace(PROCESS_2.rules, 7)
    theta = space.as_shot(torch.ones(2, space.size), torch.tensor([True, False]))
    assert (theta[0, :2] == 0).all()
    assert (theta[0, 2:] == 1).all()
    assert (theta[1] == 1).all()
    assert space.params(theta)["Temperature"][0] == 6500.0
