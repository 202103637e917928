"""Unknowns of the fit: neutral at 0, bounds legal, curve rising, tangents exact."""

from collections.abc import Callable

import numpy as np

from model.edit.fit_rules import Start
from model.edit.process_1 import PROCESS
from model.edit.process_2 import PROCESS as PROCESS_2
from model.solve.unknowns import FitSpace
from params.panels import CHANNEL_CURVES, COLOR_GRADING, COLOR_MIXER
from params.ranges import CURVE_NAME, SLIDERS


def derivative(function: Callable, theta: np.ndarray) -> dict[str, np.ndarray]:
    """By name [P, B, (knots)]: by central differences of the fourth order."""
    found: dict[str, list[np.ndarray]] = {}
    for k in range(theta.shape[1]):
        step = np.zeros_like(theta)
        step[:, k] = 1e-3
        near = [function(theta + times * step) for times in (-2, -1, 1, 2)]
        for name in near[0]:
            a, b, c, d = (one[name] for one in near)
            found.setdefault(name, []).append((a - 8.0 * b + 8.0 * c - d) / 12e-3)
    return {name: np.stack(slopes) for name, slopes in found.items()}


def test_zero_is_neutral() -> None:
    space = FitSpace(PROCESS.rules, 16)
    params = space.params(np.zeros((1, space.size)))
    for slider in SLIDERS:
        assert params[slider.name].item() == slider.neutral
    assert np.allclose(params[CURVE_NAME][0], np.linspace(0, 1, 16), atol=1e-6)


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
    theta = 4.0 * np.random.default_rng(0).normal(size=(50, space.size))
    curve = space.params(theta)[CURVE_NAME]
    assert (np.diff(curve) >= 0).all()
    assert np.allclose(curve[:, 0], 0.0)
    assert np.allclose(curve[:, -1], 1.0, atol=1e-6)


def test_tangents_are_the_derivative() -> None:
    space = FitSpace(PROCESS.rules, 7)
    theta = np.random.default_rng(1).normal(size=(1, space.size))
    names = ("Tint", "Saturation", "Temperature", CURVE_NAME)
    indices, changes = space.tangents(theta, names)
    whole = derivative(space.params, theta)
    covered = np.zeros(space.size, dtype=bool)
    covered[indices] = True
    for name, change in zip(names, changes, strict=True):
        wanted = whole[name]  # [P, B, (knots)]
        assert np.allclose(change, wanted[indices], rtol=1e-8, atol=1e-9)
        assert np.allclose(wanted[~covered], 0.0, atol=1e-9)


def panel_space() -> FitSpace:
    """Of process 2 with panels: three rows, one of each drawing."""
    panels = (COLOR_MIXER, COLOR_GRADING)
    return FitSpace(PROCESS_2.rules, 7, panels, np.arange(3))


def random_theta(space: FitSpace, seed: int) -> np.ndarray:
    theta = 0.5 * np.random.default_rng(seed).normal(size=(3, space.size))
    theta[:, space.rises.stop :] = np.abs(theta[:, space.rises.stop :])
    return theta


def test_tangents_of_panels_wheels_and_curves_are_the_derivative() -> None:
    space = panel_space()
    theta = random_theta(space, 0)
    names = (
        *("Temperature", "HueAdjustmentRed", "SplitToningShadowHue", "ColorGradeGlobalSat"),
        *("ColorGradeBlending", CURVE_NAME, *CHANNEL_CURVES),
    )
    indices, changes = space.tangents(theta, names)
    whole = derivative(space.params, theta)
    for name, change in zip(names, changes, strict=True):
        assert np.allclose(change, whole[name][indices], atol=1e-6), name


def test_what_an_unknown_moves_is_all_that_changes_with_it() -> None:
    space = panel_space()
    theta = random_theta(space, 2)
    before = space.params(theta)
    for k in range(space.size):
        step = np.zeros(space.size)
        step[k] = 1e-3
        after = space.params(theta + step)
        for row in range(3):
            differ = {n for n in before if not np.array_equal(before[n][row], after[n][row])}
            assert differ
            assert differ <= space.moved(row)[k]


def test_a_drawing_says_which_curves_are_drawn() -> None:
    space = panel_space()
    params = space.params(space.starts([Start({}, lambda x: x**2)]).repeat(3, 0))
    straight, drawn = np.linspace(0, 1, 7), np.linspace(0, 1, 7) ** 2
    master, red = params[CURVE_NAME], params[CHANNEL_CURVES[0]]
    assert np.allclose(master[0], drawn, atol=1e-3)
    assert np.allclose(red[0], straight)
    assert np.allclose(master[1], straight)
    assert np.allclose(red[1:], drawn, atol=1e-3)
    assert (master[2, 3:-1] < straight[3:-1]).all()  # the default rendering undone


def test_an_edit_becomes_its_theta() -> None:
    space = panel_space()
    theta = random_theta(space, 1)
    theta[:, space.rises] -= theta[:, space.rises].mean(1, keepdims=True)
    params = space.params(theta)
    for row in range(3):
        edit = {
            name: value[row].tolist()
            for name, value in params.items()
            if row or name not in CHANNEL_CURVES
        }
        assert space.drawing_of(edit) == row
        assert np.allclose(space.theta_of(edit), theta[row], atol=1e-3)


def test_white_balance_is_held_where_it_is_asked_for() -> None:
    space = FitSpace(PROCESS_2.rules, 7)
    theta = space.as_shot(np.ones((2, space.size)), np.array([True, False]))
    assert (theta[0, :2] == 0).all()
    assert (theta[0, 2:] == 1).all()
    assert (theta[1] == 1).all()
    assert space.params(theta)["Temperature"][0] == 6500.0
