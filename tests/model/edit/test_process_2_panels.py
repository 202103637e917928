"""Panels in process 2: what is not moved costs and changes nothing, the rest is worked out once."""

from typing import Any

import numpy as np
import pytest
import torch
from simulated import scene
from tolerances import FLOAT64, ONE_CODE_16

from model.edit.dual import Dual
from model.edit.scene import scene_of
from model.edit.strips import to_tensor
from model.edit_layer import DifferentiableEditLayer, params_to_tensors, render
from params.edit_process import PROCESS_2
from params.panels import CHANNEL_CURVES, PANELS, panels_of
from params.ranges import neutral_params

# Some of each panel's sliders, away from where laws bend.
MOVED: dict[str, dict[str, Any]] = {
    "color_mixer": {
        "HueAdjustmentOrange": 30.0,
        "SaturationAdjustmentBlue": -45.0,
        "LuminanceAdjustmentGreen": 35.0,
    },
    "color_grading": {
        "SplitToningShadowHue": 220.0,
        "SplitToningShadowSaturation": 25.0,
        "ColorGradeHighlightLum": -20.0,
        "ColorGradeBlending": 60.0,
    },
    "parametric_curve": {"ParametricDarks": -25.0, "ParametricLights": 30.0},
    "calibration": {"RedHue": 20.0, "BlueSaturation": -35.0, "ShadowTint": 12.0},
    "black_and_white": {"ConvertToGrayscale": 1.0, "GrayMixerRed": 40.0},
    "vignette": {"PostCropVignetteAmount": -40.0, "PostCropVignetteMidpoint": 30.0},
    "grain": {"GrainAmount": 60.0, "GrainSize": 40.0},
    "curves": {"CurveRefineSaturation": 40.0, CHANNEL_CURVES[0]: [0.0, 0.2, 0.6, 1.0]},
}
BASIC = {"Exposure2012": 0.3, "Contrast2012": 20.0, "ToneCurve": [0.0, 0.2, 0.5, 0.8, 1.0]}


@pytest.mark.parametrize("panel", MOVED)
def test_a_panel_changes_the_picture(panel: str) -> None:
    picture = scene(3, 40, 50)
    edit = neutral_params() | BASIC
    before, after = (
        render(picture, edit, process=2),
        render(picture, edit | MOVED[panel], process=2),
    )
    assert np.abs(after - before).max() > 0.01
    assert after.min() >= 0.0
    assert after.max() <= 1.0
    # Process 1 has no panels.
    assert (render(picture, edit | MOVED[panel]) == render(picture, edit)).all()


def test_panels_at_neutral_are_left_out() -> None:
    picture = scene(3, 40, 50)
    neutral = {s.name: s.neutral for panel in PANELS.values() for s in panel.sliders}
    neutral |= dict.fromkeys(CHANNEL_CURVES, np.linspace(0.0, 1.0, 7).tolist())
    edit = neutral_params() | BASIC
    held = params_to_tensors(neutral | edit, panels=PROCESS_2.panels)
    assert held.keys() == edit.keys()
    same = render(picture, neutral | edit, process=2)
    assert (same == render(picture, edit, process=2)).all()


@pytest.mark.parametrize("panel", MOVED)
def test_a_panel_at_neutral_is_exact(panel: str) -> None:
    """Where a fit holds it, it is worked out and changes nothing."""
    image = to_tensor(scene(5, 20, 30)).double()
    layer, whole = DifferentiableEditLayer(2), scene_of(image)
    values = {n: v.double() for n, v in params_to_tensors(neutral_params() | BASIC).items()}
    neutral = {s.name: torch.tensor([s.neutral]).double() for s in PANELS[panel].sliders}
    moved = layer(image, values | neutral, whole) - layer(image, values, whole)
    assert moved.abs().max() < FLOAT64


def test_strips_render_as_the_layer_in_float64() -> None:
    picture = scene(4, 60, 80)
    for sign in (1.0, -1.0):  # Whites and Blacks are drawn into the curve, or not
        edit = neutral_params() | BASIC | {"Whites2012": sign * 30.0, "Blacks2012": sign * -20.0}
        for moved in MOVED.values():
            x = to_tensor(picture).double()
            values = params_to_tensors(edit | moved, panels=PROCESS_2.panels)
            values = {name: value.double() for name, value in values.items()}
            layer = DifferentiableEditLayer(2)
            wanted = layer(x, values, layer.find_whole(x, values))[0].permute(1, 2, 0).numpy()
            found = render(picture, edit | moved, process=2)
            assert np.abs(found - wanted).max() < ONE_CODE_16


@pytest.mark.parametrize("panel", MOVED)
def test_duals_give_autograds_derivative(panel: str) -> None:
    torch.manual_seed(1)
    image = torch.rand(1, 3, 20, 1, dtype=torch.float64)
    layer = DifferentiableEditLayer(2)
    whole = scene_of(image)
    whole = whole.at(whole.base.distances(image))
    edit = neutral_params() | BASIC | MOVED[panel]
    values = {n: torch.tensor(np.asarray(v))[None].double() for n, v in edit.items()}
    for name in MOVED[panel]:
        if name == "ConvertToGrayscale":  # a switch; and at greys, which channel is largest is open
            continue
        duals = {n: Dual(v, torch.full_like(v, float(n == name))[None]) for n, v in values.items()}
        out: Any = Dual(image)
        for step in layer.steps:
            out = step.apply(out, duals, whole)

        def one(move: torch.Tensor, name: str = name) -> torch.Tensor:
            return layer(image, values | {name: values[name] + move}, whole)

        wanted = torch.autograd.functional.jacobian(one, torch.zeros(1, dtype=torch.float64))
        assert isinstance(wanted, torch.Tensor)
        assert (out.value - one(torch.zeros(1).double())).abs().max() < FLOAT64
        assert (out.tangent[0] - wanted[..., 0]).abs().max() < 1e-7


def test_the_steps_take_every_panel() -> None:
    layer = DifferentiableEditLayer(2)
    taken = {name for step in layer.steps for name in step.names}
    for panel in panels_of(PROCESS_2.panels):
        assert {s.name for s in panel.sliders} | set(panel.curves[1:]) <= taken
