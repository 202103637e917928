"""Heads that are solved at once: they predict what a rule says, in the model's own terms."""

import pytest
import torch

from imaging.picture_statistics import STATISTICS
from model.autopilot import AutoPilotRegressor
from model.checkpoint import load_model, save_model
from model.config import AutoPilotConfig, BackboneConfig
from model.ridge_heads import solve_heads
from params.outputs import Outputs
from params.ranges import CURVE_NAME, SLIDER_NAMES

N, K = 80, 16
EXTRA = ("SaturationAdjustmentRed", "ColorGradeGlobalHue", "ColorGradeGlobalSat", "GrainAmount")
OUTPUTS = Outputs(sliders=EXTRA, gated=("GrainAmount",), curves=("ToneCurvePV2012Red",))


def numbers(seed: int, *shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def model_of(outputs: Outputs | None = None, **more: str) -> AutoPilotRegressor:
    torch.manual_seed(0)
    config = AutoPilotConfig(BackboneConfig("statistics"), process=2, heads="linear", **more)
    model = AutoPilotRegressor(config)
    if outputs:
        model.set_outputs(outputs)
    return model.eval()


def edits_of(x: torch.Tensor) -> dict[str, torch.Tensor]:
    """A rule: each slider, a curve's bend, a hue, and whether grain is there, by one feature."""
    edit = {name: (0.3 * x[:, i] - 0.1).tanh() for i, name in enumerate(SLIDER_NAMES)}
    places = torch.linspace(0.0, 1.0, K)
    bend = 0.2 * x[:, 10:11].tanh()
    edit[CURVE_NAME] = places + bend * places * (1.0 - places)
    edit["SaturationAdjustmentRed"] = (0.3 * x[:, 11]).tanh()
    edit["ColorGradeGlobalHue"] = 0.5 + 0.1 * x[:, 12].tanh()
    edit["ColorGradeGlobalSat"] = 0.1 * x[:, 13].tanh()
    edit["GrainAmount"] = torch.where(x[:, 14] > 0.0, -0.4, -1.0)
    edit["ToneCurvePV2012Red"] = places - bend * places * (1.0 - places)
    return edit


@pytest.mark.parametrize("residual", ["none", "auto"])
def test_a_rule_is_predicted_of_new_pictures(residual, tmp_path) -> None:
    model = model_of(OUTPUTS, residual=residual)
    x, new = numbers(0, N, len(STATISTICS)), numbers(1, N, len(STATISTICS))
    x[:, 20:], new[:, 20:] = 0.0, 0.0
    start = new_start = None
    if residual == "auto":
        start, new_start = (0.3 * numbers(2, N, 10)).tanh(), (0.3 * numbers(3, N, 10)).tanh()
    learnt = solve_heads(model, x, edits_of(x), torch.arange(N), start)
    save_model(tmp_path / "m.pt", model)
    model, _ = load_model(tmp_path / "m.pt")
    with torch.no_grad():
        found = model.heads(new, None, new_start)["params_norm"]
    wanted = edits_of(new)
    for name in (*SLIDER_NAMES, *EXTRA[:3], CURVE_NAME, "ToneCurvePV2012Red"):
        off = (found[name] - wanted[name]).abs().mean()
        spread = (wanted[name] - wanted[name].mean(0)).abs().mean()
        assert off < 0.35 * spread, name
        assert learnt.errors[name] < 0.5, name
    right = (found["GrainAmount"] > -0.9) == (wanted["GrainAmount"] > -0.9)
    assert right.float().mean() > 0.75


def test_what_auto_says_is_taken_where_it_helps() -> None:
    model = model_of(residual="auto")
    x, start = numbers(0, N, len(STATISTICS)), (0.5 * numbers(4, N, 10)).tanh()
    edit = edits_of(x)
    # Exposure is Auto's and a constant; the other sliders have nothing to do with it.
    edit["Exposure2012"] = (torch.atanh(start[:, 2]) + 0.3).tanh()
    learnt = solve_heads(model, x, edit, torch.arange(N), start)
    assert learnt.from_auto["Exposure2012"] > 0.99
    new, new_start = numbers(1, N, len(STATISTICS)), (0.5 * numbers(5, N, 10)).tanh()
    with torch.no_grad():
        found = model.heads(new, None, new_start)["params_norm"]["Exposure2012"]
    assert (found - (torch.atanh(new_start[:, 2]) + 0.3).tanh()).abs().max() < 0.02


def test_sliders_that_are_chance_stay_at_their_mean() -> None:
    model = model_of()
    x, chance = numbers(0, N, len(STATISTICS)), (0.3 * numbers(6, N)).tanh()
    learnt = solve_heads(model, x, edits_of(x) | {"Tint": chance}, torch.arange(N))
    with torch.no_grad():
        found = model.heads(numbers(1, N, len(STATISTICS)))["params_norm"]["Tint"]
    assert found.std() < 0.4 * chance.std()
    assert abs(float(found.mean() - chance.mean())) < 0.05
    assert learnt.errors["Tint"] > 0.9


def test_other_heads_are_refused() -> None:
    model = AutoPilotRegressor(AutoPilotConfig(BackboneConfig("statistics"), process=2))
    with pytest.raises(ValueError, match="not linear"):
        solve_heads(model, torch.zeros(2, len(STATISTICS)), {}, torch.arange(2))
