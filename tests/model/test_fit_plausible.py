"""What a fit of process 2 holds to be likely: plausible sliders, white balance as shot, recipes."""

from typing import Any

import numpy as np
import pytest
from simulated import scene

from dataset.synthetic.write_dng import COLOR_MATRIX, NEUTRAL
from imaging.camera import Shot
from model.edit.fit_rules import SPREADS
from model.fit import Fit, fit
from model.fit_options import FitOptions
from model.render import render
from params.camera_color import CameraColor
from params.files import InputError
from params.panels import CHANNEL_CURVES
from params.ranges import CURVE_NAME, SLIDERS, neutral_params

SHOT = Shot(CameraColor(color_matrix_1=COLOR_MATRIX), NEUTRAL)
STRAIGHT = np.linspace(0.0, 1.0, 16)
LIKELY: dict[str, float] = {
    "Exposure2012": 0.4,
    "Contrast2012": 14.0,
    "Highlights2012": -35.0,
    "Shadows2012": 22.0,
    "Vibrance": 12.0,
}
UNLIKELY: dict[str, float] = {"Contrast2012": 85.0, "Blacks2012": 90.0, "Vibrance": -80.0}
Params = dict[str, Any]


def picture(seed: int) -> np.ndarray:
    return scene(seed) * np.linspace(0.1, 1.0, 240, dtype=np.float32)[:, None]


def fitted(seed: int, edit: Params, **options: Any) -> Fit:
    raw = picture(seed)
    target = render(raw, neutral_params() | edit, process=2, shot=SHOT)
    return fit(raw, target, FitOptions(**options), shot=SHOT)


def sizes(params: Params) -> np.ndarray:
    """How far sliders other than white balance are from neutral, in spreads."""
    return np.array([abs(params[s.name] - s.neutral) / SPREADS[s.name] for s in SLIDERS[2:]])


def test_likely_edits_come_back() -> None:
    misses = []
    for seed in range(3):
        found = fitted(seed, LIKELY)
        misses.append(found.after.delta_e)
        assert abs(found.params["Exposure2012"] - LIKELY["Exposure2012"]) < 0.3
        for slider in SLIDERS[3:]:
            wanted = LIKELY.get(slider.name, 0.0)
            off = abs(found.params[slider.name] - wanted)
            assert off < SPREADS[slider.name], slider.name
    assert np.mean(misses) < 0.3


def test_no_edit_is_found_as_none() -> None:
    found = fitted(5, {})
    assert found.before.delta_e == 0.0
    assert found.after.delta_e < 0.05
    assert (found.params["Temperature"], found.params["Tint"]) == (6500.0, 0.0)
    assert sizes(found.params).max() < 0.1
    assert set(found.params) == set(neutral_params())


def test_before_is_the_default_rendering() -> None:
    raw = picture(1)
    plain = render(raw, neutral_params(), process=2, shot=SHOT)
    found = fit(raw, raw, FitOptions(), shot=SHOT)  # the linear picture as the target
    assert fit(raw, plain, FitOptions(), shot=SHOT).before.delta_e == 0.0
    assert found.before.delta_e > 3.0


def test_unlikely_sliders_cost_something() -> None:
    near, likely = (fitted(2, UNLIKELY, plausible=weight) for weight in (0.0, 1.0))
    assert near.after.delta_e < likely.after.delta_e < 2.5
    assert sizes(likely.params).sum() < 0.7 * sizes(near.params).sum()


def test_white_balance_that_was_left_stays() -> None:
    """A curve on each channel twists hues; white balance is not to make up for it."""
    curve = (STRAIGHT - 0.12 * np.sin(2.0 * np.pi * STRAIGHT)).tolist()
    found = fitted(3, {"Vibrance": 15.0} | dict.fromkeys(CHANNEL_CURVES, curve))
    assert (found.params["Temperature"], found.params["Tint"]) == (6500.0, 0.0)
    assert all(name in found.params for name in CHANNEL_CURVES)
    assert found.after.delta_e < 0.6


def test_white_balance_that_was_moved_is_found() -> None:
    found = fitted(3, {"Temperature": 5200.0, "Tint": 9.0, "Exposure2012": 0.3})
    assert found.params["Temperature"] == pytest.approx(5200.0, abs=150.0)
    assert found.params["Tint"] == pytest.approx(9.0, abs=3.0)


def test_a_curve_may_begin_above_black() -> None:
    raw = picture(4)
    raw[:, :20] *= 0.02  # or nothing is dark enough to tell
    edit = neutral_params() | {CURVE_NAME: (0.08 + 0.9 * STRAIGHT).tolist()}
    found = fit(raw, render(raw, edit, process=2, shot=SHOT), FitOptions(), shot=SHOT)
    assert found.after.delta_e < 0.3
    assert found.params[CURVE_NAME][0] == pytest.approx(0.08, abs=0.03)


@pytest.mark.parametrize(
    ("panel", "edit"),
    [
        ("mixer", {"HueAdjustmentGreen": 30.0, "SaturationAdjustmentBlue": -40.0}),
        ("calibration", {"RedHue": 25.0, "BlueSaturation": 30.0}),
        (
            "grading",
            {
                "SplitToningShadowHue": 230.0,
                "SplitToningShadowSaturation": 30.0,
                "ColorGradeBlending": 50.0,
            },
        ),
    ],
)
def test_a_panel_comes_nearer_than_the_basic_sliders(panel: str, edit: Params) -> None:
    from params.panels import COLOR_GRADING

    if panel == "grading":
        edit = COLOR_GRADING.neutral | edit
    basic = fitted(6, edit)
    found = fitted(6, edit, sliders=("basic", panel))
    assert found.after.delta_e < 0.8 * basic.after.delta_e
    assert set(edit) <= set(found.params)
    assert not set(edit) & set(basic.params)
    if panel == "grading":
        assert found.params["ColorGradeBlending"] == 50.0
        assert found.params["SplitToningShadowHue"] == pytest.approx(230.0, abs=30.0)


def test_the_parametric_curve_does_what_the_point_curve_could() -> None:
    found = fitted(
        6,
        {"ParametricShadows": 40.0, "ParametricLights": -35.0},
        sliders=("basic", "parametric"),
    )
    assert found.after.delta_e < 0.2
    assert "ParametricShadows" in found.params
    assert found.params["ParametricShadowSplit"] == 25.0


def test_a_recipe_draws_edits_together() -> None:
    recipe = neutral_params() | LIKELY | {CURVE_NAME: STRAIGHT.tolist()}
    for seed in (0, 1):
        edit = LIKELY | {"Shadows2012": 22.0 + 20.0 * seed, "Blacks2012": 15.0 * seed}
        alone, together = fitted(seed, edit), fitted(seed, edit, recipe=recipe)
        away = [
            sum(abs(f.params[s.name] - recipe[s.name]) / SPREADS[s.name] for s in SLIDERS[2:])
            for f in (alone, together)
        ]
        assert away[1] < away[0]
        assert together.after.delta_e < 1.5
        assert together.params["Temperature"] == 6500.0


def test_adam_fits_panels_too() -> None:
    raw = picture(1)[::4, ::4]
    edit = neutral_params() | LIKELY | {"SaturationAdjustmentBlue": -40.0}
    target = render(raw, edit, process=2, shot=SHOT)
    options = FitOptions(solver="adam", steps=15, sliders=("basic", "mixer", "grading"))
    found = fit(raw, target, options, shot=SHOT)
    assert found.after.delta_e < found.before.delta_e
    assert "SaturationAdjustmentBlue" in found.params
    assert "ColorGradeGlobalHue" in found.params


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"sliders": "basic"}, "not a list of panels"),
        ({"sliders": ("basic", "vignette")}, "a fit finds those of: basic, mixer"),
        ({"sliders": ("basic", "crop")}, "panel 'crop' is none of"),
        ({"sliders": ("basic", "mixer"), "process": 1}, "which edit process 1 does not have"),
        ({"plausible": -1.0}, "plausible is -1.0"),
        ({"plausible": float("nan")}, "plausible is nan"),
        ({"plausible": 5.0, "process": 1}, "plausible is for edit process 2"),
        ({"recipe": {}, "process": 1}, "recipes are for solver lm and edit process 2"),
        ({"recipe": {}, "solver": "adam"}, "recipes are for solver lm"),
    ],
)
def test_what_cannot_be_fitted_is_refused(given: Params, message: str) -> None:
    with pytest.raises(InputError, match=message):
        FitOptions(**given)


def test_panels_go_by_their_full_names_as_well() -> None:
    from model.fit_options import fitted_panels

    short = fitted_panels(("basic", "grading", "mixer"), 2)
    assert short == fitted_panels(("basic", "color_mixer", "color_grading"), 2)
    assert short == fitted_panels(("mixer", "grading"), 2)
    for names in (("basic", "grading", "mixer"), ("color_mixer", "basic", "color_grading")):
        assert FitOptions(sliders=names).as_json()["sliders"] == ["basic", "mixer", "grading"]
