import math

import pytest
import torch

from model.losses import BASIC_SHARE, HybridLoss
from model.panel_heads import Gate
from model.panel_loss import PanelLoss
from params.outputs import Outputs
from params.panels import CHANNEL_CURVES
from params.ranges import SLIDER_NAMES

T = torch.tensor
HUE, SAT = "SplitToningShadowHue", "SplitToningShadowSaturation"


def test_hues_go_round_and_count_by_saturation() -> None:
    outputs = Outputs(sliders=(HUE, SAT))
    edits = {HUE: T([-0.9, 0.9, 0.5]), SAT: T([0.0, 0.0, -1.0])}
    loss = PanelLoss(outputs, edits)
    # From 1 (360 degrees) both toned ones are 0.1 away; the third has no say.
    assert loss.spread[0].item() == pytest.approx(max(2 / 3 * 0.1, 0.125 * 2 / 3))
    wanted = {HUE: T([0.95, 0.95, 0.95]), SAT: T([0.0, 1.0, -1.0])}
    found = loss({HUE: T([-0.95] * 3), SAT: wanted[SAT]}, wanted, {})
    errors = T([0.1, 0.2, 0.0]) / loss.spread[0] / 2.0
    assert found[:, 0].tolist() == pytest.approx(errors.tolist(), abs=1e-6)


def test_the_same_edit_for_all_costs_one() -> None:
    values = torch.linspace(-0.8, 0.8, 41)
    loss = PanelLoss(Outputs(sliders=("HueAdjustmentRed",)), {"HueAdjustmentRed": values})
    found = loss({"HueAdjustmentRed": torch.zeros(41)}, {"HueAdjustmentRed": values}, {})
    assert found.mean().item() == pytest.approx(1.0)


def test_a_gate_that_knows_only_the_share_costs_one() -> None:
    name = "GrainAmount"
    values = torch.where(torch.arange(40) % 4 == 0, torch.linspace(-0.9, 0.9, 40), T(-1.0))
    loss = PanelLoss(Outputs(sliders=(name,), gated=(name,)), {name: values})
    middle = values[::4].median()
    gate = Gate(torch.full((40,), math.log(0.25 / 0.75)), middle.expand(40))
    wanted = {name: values}
    assert loss({name: values}, wanted, {name: gate}).mean().item() == pytest.approx(1.0, abs=1e-4)
    right = Gate(torch.where(values > -1.0, 20.0, -20.0), values)
    assert loss({name: values}, wanted, {name: right}).mean().item() < 1e-4


def test_panels_are_meaned_by_themselves() -> None:
    """Two sliders of one panel weigh as much as one of another; curves by their knots' mean."""
    outputs = Outputs(sliders=("HueAdjustmentRed", "HueAdjustmentBlue"), curves=CHANNEL_CURVES)
    flat = torch.zeros(2, 4)
    edits = dict.fromkeys(outputs.sliders, torch.zeros(2)) | dict.fromkeys(CHANNEL_CURVES, flat)
    loss = PanelLoss(outputs, edits)
    found = loss(
        edits | {"HueAdjustmentBlue": T([0.125, 0.0]), CHANNEL_CURVES[0]: flat + 0.025}, edits, {}
    )
    assert found.tolist() == [
        [pytest.approx(0.5), pytest.approx(1 / 3)],
        [0.0, pytest.approx(1 / 3)],
    ]


def test_basic_sliders_count_as_three_panels() -> None:
    curve = torch.linspace(0.0, 1.0, 4)[None]
    wanted = {name: torch.zeros(1) for name in SLIDER_NAMES} | {"ToneCurve": curve}
    name = "HueAdjustmentRed"
    panels = PanelLoss(Outputs(sliders=(name,)), {name: torch.zeros(2)})
    loss = HybridLoss(process=2, panels=panels)
    batch = {"params": wanted | {name: torch.zeros(1)}}
    off = loss(wanted | {name: T([0.125])}, batch, {})["loss"][0]
    assert off.item() == pytest.approx(1.0 / (BASIC_SHARE + 1.0))
    assert loss.spread_by_name()[name] == pytest.approx(0.125)


def test_the_picture_loss_reaches_panels_and_their_gates() -> None:
    name = "SaturationAdjustmentRed"
    logit = T([0.3], requires_grad=True)
    value = T([-0.5], requires_grad=True)
    params = {slider: torch.zeros(1) for slider in SLIDER_NAMES}
    params |= {"Temperature": T([-0.8125]), "ToneCurve": torch.linspace(0.0, 1.0, 4)[None]}
    raw = torch.rand(1, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    batch = {
        "params": params | {name: torch.zeros(1)},
        "raw": raw,
        "target": raw,
        "valid": torch.ones(1, 1, 8, 8),
    }
    predicted = params | {name: logit.sigmoid() * value}
    loss = HybridLoss(1.0, process=2)
    loss(predicted, batch)["loss"][0].sum().backward()
    assert logit.grad.abs().item() > 1e-5
    assert value.grad.abs().item() > 1e-5
