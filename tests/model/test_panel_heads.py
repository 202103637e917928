import pytest
import torch

from model.autopilot import AutoPilotRegressor
from model.config import AutoPilotConfig, BackboneConfig
from model.panel_fields import fields_of
from model.panel_heads import PanelHead
from params.outputs import Outputs
from params.panels import CHANNEL_CURVES

TINY = BackboneConfig("test_vit", image_size=32)
GRADED = Outputs(
    sliders=(
        "HueAdjustmentRed",
        "SplitToningShadowHue",
        "SplitToningShadowSaturation",
        "ColorGradeBlending",
    ),
    gated=("SplitToningShadowSaturation",),
    curves=CHANNEL_CURVES,
    one_curve=True,
    free_curve=True,
    constants={"GrainAmount": 30.0, "PostCropVignetteAmount": -20.0},
)


def edits(count: int = 8) -> dict[str, torch.Tensor]:
    """A quarter of the pictures is toned at 210 degrees, with saturation 40."""
    toned = torch.arange(count) % 4 == 0
    return {
        "HueAdjustmentRed": torch.full((count,), 0.25),
        "SplitToningShadowHue": torch.where(toned, 210 / 180 - 1.0, -1.0),
        "SplitToningShadowSaturation": torch.where(toned, -0.2, -1.0),
        "ColorGradeBlending": torch.full((count,), 0.5),
        "ToneCurve": torch.linspace(0.2, 0.9, 8).expand(count, 8),
    } | dict.fromkeys(CHANNEL_CURVES, torch.linspace(0.1, 1.0, 8).expand(count, 8) ** 1.2)


def heads(outputs: Outputs = GRADED) -> dict[str, PanelHead]:
    torch.manual_seed(0)
    return {panel: PanelHead(24, fields, 8) for panel, fields in fields_of(outputs).items()}


def test_one_head_a_panel_with_the_rows_it_needs() -> None:
    found = {panel: head.proj.out_features for panel, head in heads().items()}
    assert found == {"color_mixer": 1, "color_grading": 2 + 2 + 1, "curves": 8 + 8}
    three = fields_of(Outputs(curves=CHANNEL_CURVES))["curves"]
    assert [field.names for field in three] == [(name,) for name in CHANNEL_CURVES]


def test_a_fresh_head_predicts_the_mean_edit() -> None:
    features = torch.randn(5, 24)
    rising = torch.linspace(0.0, 1.0, 8).expand(5, 8)
    values, gates = {}, {}
    for head in heads().values():
        head.start_neutral()
        head.start_at(edits())
        own, logits = head.eval()(features, rising)
        values |= own
        gates |= logits
    assert values["HueAdjustmentRed"].tolist() == pytest.approx([0.25] * 5, abs=0.05)
    hue = (values["SplitToningShadowHue"] + 1.0) * 180.0
    assert hue.tolist() == pytest.approx([210.0] * 5, abs=10.0)
    gate = gates["SplitToningShadowSaturation"]
    assert gate.logit.sigmoid().tolist() == pytest.approx([0.25] * 5, abs=0.05)
    assert gate.value.tolist() == pytest.approx([-0.2] * 5, abs=0.05)
    assert values["SplitToningShadowSaturation"].tolist() == [-1.0] * 5
    for name in ("ToneCurve", *CHANNEL_CURVES):
        assert values[name][0].tolist() == pytest.approx(edits()[name][0].tolist(), abs=0.05)
    assert values[CHANNEL_CURVES[0]] is values[CHANNEL_CURVES[2]]


def test_a_gate_is_soft_in_training_and_a_switch_after() -> None:
    head = heads(Outputs(sliders=("GrainAmount",), gated=("GrainAmount",)))["grain"]
    with torch.no_grad():
        head.proj.weight.zero_()
        head.proj.bias.copy_(torch.tensor([0.5, 1.0]))
    features, tone = torch.randn(1, 24), torch.zeros(1, 8)
    value = torch.tensor(0.5).tanh()
    soft = -1.0 + torch.tensor(1.0).sigmoid() * (value + 1.0)
    assert head.train()(features, tone)[0]["GrainAmount"].item() == pytest.approx(soft.item())
    assert head.eval()(features, tone)[0]["GrainAmount"].item() == pytest.approx(value.item())
    with torch.no_grad():
        head.proj.bias[1] = -0.1
    assert head.eval()(features, tone)[0]["GrainAmount"].item() == -1.0


def test_a_curve_beyond_its_limits_can_come_back() -> None:
    head = heads(Outputs(free_curve=True))["curves"]
    with torch.no_grad():
        head.proj.bias.fill_(2.0)
        head.proj.weight.zero_()
    values, _ = head(torch.randn(1, 24), torch.linspace(0, 1, 8)[None])
    assert values["ToneCurve"].tolist() == [[1.0] * 8]
    values["ToneCurve"].sum().backward()
    assert head.proj.bias.grad.tolist() == [1.0] * 8


def test_whoever_begins_a_head_begins_with_the_same_weights() -> None:
    one, other = heads()["color_grading"], heads()["color_grading"]
    other.proj.weight.data.normal_()
    for head in (one, other):
        head.start_neutral()
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))
    values, gates = one.eval()(torch.zeros(1, 24), torch.zeros(1, 8))
    assert values["ColorGradeBlending"].item() == pytest.approx(0.0, abs=1e-6)  # 50
    assert gates["SplitToningShadowSaturation"].logit.item() == 0.0


def test_the_model_gives_all_outputs_and_constants() -> None:
    torch.manual_seed(0)
    model = AutoPilotRegressor(AutoPilotConfig(TINY, knots=8, process=2, outputs=GRADED)).eval()
    answer = model(torch.rand(3, 3, 32, 32))
    norm = answer["params_norm"]
    assert set(norm) == {*GRADED.predicted, *GRADED.constants}
    assert set(answer["gates"]) == {"SplitToningShadowSaturation"}
    assert norm["GrainAmount"].tolist() == pytest.approx([-0.4] * 3)
    assert norm["PostCropVignetteAmount"].tolist() == pytest.approx([-0.2] * 3)
    assert norm["ToneCurvePV2012Red"].shape == (3, 8)
    assert not [name for name in model.state_dict() if "GrainAmount" in name]
