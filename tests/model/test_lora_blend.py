import copy
from pathlib import Path

import pytest
import torch

from model.autopilot import AutoPilotRegressor
from model.checkpoint import weights_digest
from model.config import AutoPilotConfig, BackboneConfig
from model.lora import AdapterFacts, inject_lora, load_lora, save_lora
from model.lora_blend import blend_lora
from model.lora_layers import LoRALinear
from params.files import InputError

LAYER = "backbone.encoder.blocks.0.attn.qkv"


@pytest.fixture(scope="module")
def base() -> AutoPilotRegressor:
    torch.manual_seed(0)
    return AutoPilotRegressor(AutoPilotConfig(BackboneConfig("test_vit", image_size=32))).eval()


@pytest.fixture(scope="module")
def styles(base, tmp_path_factory) -> tuple[Path, Path]:
    """Two adapters with trained heads, of other ranks."""
    folder = tmp_path_factory.mktemp("styles")
    for seed, (name, rank) in enumerate((("a", 2), ("b", 3))):
        model = copy.deepcopy(base)
        torch.manual_seed(10 + seed)
        inject_lora(model, rank, 4.0)
        for key, weight in model.named_parameters():
            if key.endswith("lora_up") or "_head.proj" in key:
                weight.data += torch.randn(weight.shape) * 0.05
        save_lora(
            folder / f"{name}.pt",
            model,
            AdapterFacts(None, "base.pt", weights_digest(base.state_dict()), heads=True),
            epoch=1,
        )
    return folder / "a.pt", folder / "b.pt"


def predict(model: AutoPilotRegressor) -> torch.Tensor:
    image = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(3))
    with torch.no_grad():
        params = model(image)["params_norm"]
    return torch.cat([torch.stack(list(params.values())[:-1], 1), params["ToneCurve"]], 1)


def test_weights_are_base_plus_weighted_sums(base, styles) -> None:
    a, b = styles
    blended = copy.deepcopy(base)
    blend_lora(blended, [(a, 0.7), (b, 0.3)])
    own, mixed = base.state_dict(), blended.state_dict()
    assert set(mixed) == set(own)
    contents = [torch.load(path, weights_only=True)["lora_state"] for path in styles]
    expected = own[f"{LAYER}.weight"].clone()
    for weight, state, rank in zip((0.7, 0.3), contents, (2, 3), strict=True):
        change = state[f"{LAYER}.lora_down"] @ state[f"{LAYER}.lora_up"]
        expected += weight * (4.0 / rank) * change.T
    assert torch.allclose(mixed[f"{LAYER}.weight"], expected, atol=1e-6)
    head = "sliders_head.proj.bias"
    wanted = 0.7 * contents[0][head] + 0.3 * contents[1][head]
    assert torch.allclose(mixed[head], wanted, atol=1e-6)
    assert not torch.allclose(mixed[head], own[head], atol=1e-3)


def test_one_whole_adapter_is_the_adapter(base, styles) -> None:
    loaded, blended = copy.deepcopy(base), copy.deepcopy(base)
    load_lora(loaded, styles[0])
    blend_lora(blended, [(styles[0], 1.0)])
    assert not any(isinstance(module, LoRALinear) for module in blended.modules())
    assert (predict(loaded) - predict(base)).abs().max() > 1e-3
    assert (predict(blended) - predict(loaded)).abs().max() < 1e-5


def test_weight_0_is_the_base_and_order_does_not_matter(base, styles) -> None:
    a, b = styles
    models = [copy.deepcopy(base) for _ in range(3)]
    blend_lora(models[0], [(a, 0.0), (b, 0.0)])
    blend_lora(models[1], [(a, 0.6), (b, 0.5)])
    blend_lora(models[2], [(b, 0.5), (a, 0.6)])
    assert torch.equal(predict(models[0]), predict(base))
    assert (predict(models[1]) - predict(models[2])).abs().max() < 1e-5
    # Two halves of one style are that style.
    halves, whole = copy.deepcopy(base), copy.deepcopy(base)
    blend_lora(halves, [(a, 0.5), (a, 0.5)])
    blend_lora(whole, [(a, 1.0)])
    assert (predict(halves) - predict(whole)).abs().max() < 1e-5


def test_an_adapter_of_another_base_is_refused(base, styles) -> None:
    other = copy.deepcopy(base)
    other.tone_head.proj.bias.data[0] += 1e-3
    with pytest.raises(InputError, match=r"b\.pt: trained on another base"):
        blend_lora(other, [(styles[1], 0.5)])
    blend_lora(other, [(styles[1], 0.5)], force=True)
