"""Models that are about to be given their weights."""

from pathlib import Path

import pytest
import torch
from torch import nn

from model.autopilot import AutoPilotRegressor
from model.checkpoint import load_model, save_model
from model.config import AutoPilotConfig, BackboneConfig
from model.skip_init import WithoutInitialValues


def test_nothing_is_drawn_and_buffers_are_filled() -> None:
    before = torch.get_rng_state()
    with WithoutInitialValues():
        made = nn.Sequential(nn.Linear(8, 8), nn.Conv2d(8, 8, 3), nn.BatchNorm2d(8))
        drawn = torch.empty(4).fill_(2.0)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(made[2].running_var, torch.ones(8))
    assert drawn.tolist() == [2.0] * 4
    nn.Linear(2, 2)
    assert not torch.equal(torch.get_rng_state(), before)  # outside it is as ever


@pytest.mark.parametrize("backbone", ["test_vit", "test_efficientnet", "test_convnext"])
def test_a_loaded_model_is_the_one_that_was_saved(backbone: str, tmp_path: Path) -> None:
    """Also the buffers that a file does not hold."""
    model = AutoPilotRegressor(AutoPilotConfig(BackboneConfig(backbone, image_size=64))).eval()
    save_model(tmp_path / "model.pt", model)
    loaded, _ = load_model(tmp_path / "model.pt")
    image = torch.rand(2, 3, 64, 64)
    with torch.inference_mode():
        wanted, found = model(image)["params_norm"], loaded(image)["params_norm"]
    assert all(torch.equal(wanted[name], found[name]) for name in wanted)
    assert all(p.requires_grad for p in loaded.parameters())
