"""Adapters whose style predicts other panels than their base, alone and mixed."""

import logging
from pathlib import Path

import pytest
import torch

from model.autopilot import AutoPilotRegressor
from model.checkpoint import load_model, save_model, weights_digest
from model.config import AutoPilotConfig, BackboneConfig
from model.lora import AdapterFacts, inject_lora, load_lora, save_lora, train_only_lora
from model.lora_blend import blend_lora
from params.files import InputError
from params.outputs import BASIC_OUTPUTS, Outputs

IMAGE = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
RED, BLUE, SHADOWS = "HueAdjustmentRed", "HueAdjustmentBlue", "SplitToningShadowSaturation"
MIXER = Outputs(sliders=(RED,), constants={"GrainAmount": 30.0})
BOTH = Outputs(sliders=(RED, BLUE, SHADOWS), gated=(BLUE,), constants={"GrainAmount": 10.0})


def edits(outputs: Outputs, value: float) -> dict[str, torch.Tensor]:
    return {name: torch.full((4,), value) for name in outputs.sliders}


def base_of(path: Path, outputs: Outputs = BASIC_OUTPUTS) -> Path:
    torch.manual_seed(1)
    model = AutoPilotRegressor(
        AutoPilotConfig(BackboneConfig("test_vit", image_size=32), process=2)
    )
    model.start_panels_at(edits(outputs, 0.6), model.set_outputs(outputs))
    save_model(path, model)
    return path


def adapter(base: Path, path: Path, outputs: Outputs, value: float = 0.5) -> tuple[Path, dict]:
    """An adapter whose heads predict `value`, and what it gives for IMAGE."""
    model, _ = load_model(base)
    digest = weights_digest(model.state_dict())
    new = model.set_outputs(outputs)
    model.start_panels_at(edits(outputs, value), new)
    inject_lora(model, 2)
    trained = train_only_lora(model, False, new)
    assert all(p.requires_grad for panel in new for p in model.panel_head(panel).parameters())
    assert sum(p.numel() for p in trained) < sum(p.numel() for p in model.parameters())
    facts = AdapterFacts(None, base.name, digest, panels=tuple(new), outputs=outputs)
    save_lora(path, model, facts, epoch=1)
    with torch.no_grad():
        return path, model.eval()(IMAGE)["params_norm"]


@torch.no_grad()
def blended(base: Path, *adapters: tuple[Path, float]) -> tuple[AutoPilotRegressor, dict]:
    model, _ = load_model(base)
    blend_lora(model, adapters)
    return model, model.eval()(IMAGE)["params_norm"]


def test_an_adapter_brings_what_its_base_has_not(tmp_path) -> None:
    base = base_of(tmp_path / "base.pt")
    path, wanted = adapter(base, tmp_path / "a.pt", MIXER)
    model, found = blended(base, (path, 1.0))
    assert set(found) == set(wanted)
    assert all(torch.allclose(found[name], wanted[name], atol=1e-6) for name in wanted)
    assert found["GrainAmount"].tolist() == pytest.approx([-0.4, -0.4])
    save_model(tmp_path / "merged.pt", model)
    merged, config = load_model(tmp_path / "merged.pt")
    assert config.outputs == MIXER
    with torch.no_grad():
        assert torch.equal(merged(IMAGE)["params_norm"][RED], found[RED])


def test_half_a_style_is_half_way_from_neutral(tmp_path) -> None:
    base = base_of(tmp_path / "base.pt")
    path, _ = adapter(base, tmp_path / "a.pt", MIXER)
    _, found = blended(base, (path, 0.5))
    half = torch.tanh(0.5 * torch.atanh(torch.tensor(0.5))).item()
    assert found[RED].tolist() == pytest.approx([half, half], abs=0.02)


def test_styles_of_different_panels_mix(tmp_path, caplog) -> None:
    base = base_of(tmp_path / "base.pt")
    one, _ = adapter(base, tmp_path / "one.pt", MIXER, 0.2)
    two, wanted = adapter(base, tmp_path / "two.pt", BOTH, 0.6)
    with caplog.at_level(logging.INFO):
        model, found = blended(base, (one, 0.25), (two, 0.75))
    assert model.config.outputs == BOTH
    assert [r.message for r in caplog.records if "constants" in r.message] == [
        f"constants are those of {two}, the heaviest adapter"
    ]
    between = 0.25 * torch.atanh(torch.tensor(0.2)) + 0.75 * torch.atanh(torch.tensor(0.6))
    assert found[RED].tolist() == pytest.approx([between.tanh().item()] * 2, abs=0.02)
    assert found[SHADOWS][0] < wanted[SHADOWS][0]  # the other leaves it neutral, at -1
    assert found[BLUE][0] > 0.3
    model, _ = blended(base, (one, 0.75), (two, 0.25))
    assert model.config.outputs.constants == {"GrainAmount": 30.0}
    assert model.config.outputs.sliders == (RED, BLUE, SHADOWS)


def test_a_style_can_leave_what_its_base_predicts(tmp_path) -> None:
    base = base_of(tmp_path / "base.pt", BOTH)
    path, _ = adapter(base, tmp_path / "a.pt", Outputs(sliders=(SHADOWS,)))
    _, found = blended(base, (path, 1.0))
    assert not {RED, BLUE, "GrainAmount"} & set(found)
    content = torch.load(path, weights_only=True)
    # The base's head for it serves.
    assert not [name for name in content["lora_state"] if "panel_heads" in name]
    model, _ = load_model(base)
    wanted = model(IMAGE)["params_norm"][SHADOWS]
    assert torch.allclose(found[SHADOWS], wanted, atol=1e-6)


def test_a_new_head_begins_as_the_base_s(tmp_path) -> None:
    model, _ = load_model(base_of(tmp_path / "base.pt", MIXER))
    before = model(IMAGE)["params_norm"][RED]
    assert model.set_outputs(BOTH) == ["color_mixer", "color_grading"]
    model.start_panels_at(edits(BOTH, -0.5), ["color_mixer", "color_grading"])
    after = model(IMAGE)["params_norm"]
    assert torch.allclose(after[RED], before, atol=1e-6)
    assert after[SHADOWS].tolist() == pytest.approx([-0.5, -0.5], abs=0.02)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"style": {"outputs": ["x"]}}, "its outputs do not begin with"),
        ({"style": {"constants": {"Sharpness": 3}}}, "not sliders that it does not predict"),
        ({"lora_state": None}, "lacks the heads of what its style predicts"),
    ],
)
def test_a_broken_style_is_refused(tmp_path, change, message) -> None:
    base = base_of(tmp_path / "base.pt")
    path, _ = adapter(base, tmp_path / "a.pt", MIXER)
    content = torch.load(path, weights_only=True)
    state = {n: t for n, t in content["lora_state"].items() if not n.startswith("panel_heads")}
    content |= {"lora_state": state} if "lora_state" in change else change
    torch.save(content, path)
    model, _ = load_model(base)
    with pytest.raises(InputError, match=message):
        load_lora(model, path)
