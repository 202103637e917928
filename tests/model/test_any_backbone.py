"""Encoders of each kind as whole models: saved, loaded, trained, adapted."""

from pathlib import Path

import pytest
import torch

from model.autopilot import AutoPilotRegressor
from model.checkpoint import load_backbone_weights, load_model, save_model, weights_digest
from model.config import AutoPilotConfig, BackboneConfig
from model.lora import AdapterFacts, inject_lora, load_lora, save_lora, train_only_lora
from params.files import InputError

# name, pooling that is chosen, layers that LoRA's default targets find.
KINDS = [
    ("test_vit", "token", 24),  # a transformer with a class token
    ("test_vit2", "mean", 32),  # one without, but with a register
    ("test_resnet", "mean", 15),  # convolutional: its convolutions
    ("test_convnext", "mean", 18),  # convolutional, two linear layers in each of nine blocks
    ("test_mambaout", "mean", 12),  # hierarchical, channels last
]


def made(name: str) -> AutoPilotRegressor:
    torch.manual_seed(0)
    return AutoPilotRegressor(AutoPilotConfig(BackboneConfig(name, image_size=64)))


@pytest.mark.parametrize(("name", "pooling", "layers"), KINDS, ids=[kind[0] for kind in KINDS])
def test_a_model_of_each_kind(tmp_path: Path, name: str, pooling: str, layers: int) -> None:
    model = made(name)
    assert model.backbone.pooling == pooling
    image = torch.rand(4, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    losses = []
    for _ in range(8):
        loss = (model(image)["params_norm"]["Exposure2012"] - 0.3).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]
    first = next(model.backbone.parameters())
    assert first.grad is not None
    assert first.grad.abs().max() > 0
    save_model(tmp_path / "model.pt", model)
    loaded, config = load_model(tmp_path / "model.pt")
    assert config == model.config
    with torch.no_grad():
        wanted = model.eval()(image)["params_norm"]
        found = loaded(image)["params_norm"]
    assert all(torch.equal(found[slider], wanted[slider]) for slider in wanted)
    digest = weights_digest(loaded.state_dict())
    assert len(inject_lora(loaded, rank=2)) == layers
    trained = train_only_lora(loaded)
    loaded(image)["params_norm"]["Tint"].sum().backward()
    ups = [p for n, p in loaded.named_parameters() if n.endswith("lora_up")]
    assert {id(p) for p in ups} <= {id(p) for p in trained}
    with torch.no_grad():
        for up in ups:
            assert up.grad is not None
            up.sub_(up.grad, alpha=0.1)
    save_lora(tmp_path / "a.pt", loaded, AdapterFacts(None, "m", digest), epoch=1)
    fresh, _ = load_model(tmp_path / "model.pt")
    load_lora(fresh, tmp_path / "a.pt")
    with torch.no_grad():
        tuned = fresh(image)["params_norm"]["Tint"]
        assert torch.equal(tuned, loaded(image)["params_norm"]["Tint"])
        assert not torch.equal(tuned, wanted["Tint"])


@pytest.mark.parametrize("name", ["test_resnet", "test_convnext"])
@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_backbone_weights_of_other_kinds(tmp_path: Path, name: str, suffix: str) -> None:
    """As timm publishes them: with a classifier, which is left out."""
    from safetensors.torch import save_file

    from model.backbones import import_timm

    torch.manual_seed(3)
    published = import_timm().create_model(name, num_classes=10).state_dict()
    path = tmp_path / f"weights{suffix}"
    save_file(published, path) if suffix == ".safetensors" else torch.save(published, path)
    model = made(name)
    before = weights_digest(model.backbone.encoder.state_dict())
    load_backbone_weights(path, model)
    own = model.backbone.encoder.state_dict()
    assert weights_digest(own) != before
    assert all(torch.equal(own[key], published[key]) for key in own)
    with pytest.raises(InputError, match=f"{path.name}: does not fit test_vit"):
        load_backbone_weights(path, made("test_vit"))
