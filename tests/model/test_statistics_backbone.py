"""The backbone that sees numbers: standardised by its training set, small, and steady."""

from pathlib import Path

import pytest
import torch

from imaging.picture_statistics import STATISTICS
from model.autopilot import AutoPilotRegressor
from model.checkpoint import load_backbone_weights, load_model, save_model
from model.confidence import predict_views
from model.config import STATISTICS_LIMIT, AutoPilotConfig, BackboneConfig
from model.lora import inject_lora
from model.statistics_backbone import START_GAIN, StatisticsBackbone
from params.files import InputError

N = len(STATISTICS)
CONFIG = AutoPilotConfig(BackboneConfig("statistics"))


def some(pictures: int, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return 3.0 + 0.5 * torch.randn(pictures, N, generator=generator)


def test_numbers_are_standardised_by_the_training_set() -> None:
    backbone = StatisticsBackbone(CONFIG.backbone)
    training = some(200)
    training[:, 7] = 1.0  # the same in all of them
    backbone.standardise(training)
    found = backbone(training).detach() / START_GAIN
    assert found.shape == (200, backbone.features)
    others = torch.arange(N) != 7
    assert found[:, others].mean(dim=0).abs().max() < 0.01
    assert (found[:, others].std(dim=0) - 1.0).abs().max() < 0.05
    # What never varied says nothing of a picture that has something else there.
    strange = some(1, 1)
    strange[0, 7] = 100.0
    assert backbone(strange)[0, 7].abs() < 1e-4
    far = backbone(torch.full((1, N), 1e6)).detach() / START_GAIN
    assert far.max() == pytest.approx(STATISTICS_LIMIT)


def test_saved_loaded_and_adapted(tmp_path: Path) -> None:
    model = AutoPilotRegressor(CONFIG).eval()
    assert isinstance(model.backbone, StatisticsBackbone)
    model.backbone.standardise(some(50))
    path = tmp_path / "model.pt"
    save_model(path, model)
    loaded, config = load_model(path)
    assert config == CONFIG
    image = some(3, 1)
    with torch.no_grad():
        wanted, found = model(image)["params_norm"], loaded(image)["params_norm"]
    assert all(torch.equal(wanted[name], found[name]) for name in wanted)
    assert inject_lora(loaded, 2) == ["backbone.mix"]
    with pytest.raises(InputError, match="takes no weights"):
        load_backbone_weights(path, model)


def test_views_are_near_the_picture_and_the_same_every_time() -> None:
    model = AutoPilotRegressor(CONFIG).eval()
    assert isinstance(model.backbone, StatisticsBackbone)
    training = some(50)
    training[:, 7] = 1.0
    model.backbone.standardise(training)
    image = training[0]
    views = model.backbone.views(image)
    assert torch.equal(views, model.backbone.views(image))
    off = (views - image) / model.backbone.scale
    assert off.abs().max() < 1.0
    assert off[:, torch.arange(N) != 7].abs().mean() > 0.05
    assert off[:, 7].abs().max() == 0.0
    features, norm = predict_views(model, image)
    assert features.shape == (N,)
    assert norm["Temperature"].shape == (4,)
    with torch.no_grad():
        itself = model(image[None])["params_norm"]["Temperature"]
    assert norm["Temperature"][0] == pytest.approx(float(itself), abs=1e-6)


def test_an_edit_that_follows_one_number_is_learnt() -> None:
    # As in pictures, the numbers hang together.
    mixing = torch.randn(6, N, generator=torch.Generator().manual_seed(2)) / 6.0**0.5
    training, held_out = (3.0 + some(p, p)[:, :6].sub(3.0) @ mixing for p in (150, 50))
    model = AutoPilotRegressor(CONFIG)
    assert isinstance(model.backbone, StatisticsBackbone)
    model.backbone.standardise(training)
    optimizer = torch.optim.AdamW(model.parameters(), 1e-3)
    for _ in range(150):
        exposure = model(training)["params_norm"]["Exposure2012"]
        loss = (exposure - 0.5 * (training[:, 10] - 3.0)).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        found = model(held_out)["params_norm"]["Exposure2012"]
    wanted = 0.5 * (held_out[:, 10] - 3.0)
    assert (found - wanted).square().mean() < 0.5 * wanted.var()
