import copy
import json
import logging
from pathlib import Path

import pytest
import torch
from torch import nn

from model.autopilot import AutoPilotRegressor
from model.checkpoint import weights_digest
from model.config import AutoPilotConfig, BackboneConfig
from model.lora import (
    AdapterFacts,
    inject_lora,
    load_lora,
    lora_state,
    merge_lora,
    save_lora,
    train_only_lora,
)
from model.lora_layers import LoRALinear
from params.files import InputError

KEYS = json.loads((Path(__file__).parents[1] / "data" / "published_keys.json").read_text())


@pytest.fixture(scope="module")
def base() -> AutoPilotRegressor:
    torch.manual_seed(0)
    return AutoPilotRegressor(AutoPilotConfig(BackboneConfig("test_vit", image_size=32))).eval()


@pytest.fixture
def model(base: AutoPilotRegressor) -> AutoPilotRegressor:
    return copy.deepcopy(base)


def sliders(model: AutoPilotRegressor) -> torch.Tensor:
    image = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(3))
    with torch.no_grad():
        params = model(image)["params_norm"]
    return torch.cat([torch.stack(list(params.values())[:-1], 1), params["ToneCurve"]], 1)


def disturb(model: AutoPilotRegressor) -> None:
    generator = torch.Generator().manual_seed(7)
    for name, parameter in model.named_parameters():
        if name.endswith("lora_up"):
            parameter.data = torch.randn(parameter.shape, generator=generator) * 0.05


def write(path: Path, model: AutoPilotRegressor, base: AutoPilotRegressor, **options) -> Path:
    settings = {
        "targets": None,
        "base_checkpoint": "base.pt",
        "base_digest": weights_digest(base.state_dict()),
    }
    save_lora(path, model, AdapterFacts(**(settings | options)), epoch=3)
    return path


def test_layer_is_its_formula() -> None:
    base = nn.Linear(5, 7)
    layer = LoRALinear(base, rank=2, alpha=6.0)
    x = torch.randn(3, 5)
    assert torch.equal(layer(x), base(x))
    assert (layer.lora_down.shape, layer.lora_up.shape) == ((5, 2), (2, 7))
    # Kaiming uniform, a = √5: within ±1/√fan_in, and fills that range.
    bound = 5**-0.5
    wide = LoRALinear(nn.Linear(5, 7), rank=400).lora_down
    assert wide.abs().max() <= bound
    assert wide.std().item() == pytest.approx(bound / 3**0.5, rel=0.1)
    layer.lora_up.data.normal_()
    expected = base(x) + 3.0 * (x @ layer.lora_down @ layer.lora_up)
    assert torch.allclose(layer(x), expected, atol=1e-6)
    assert torch.allclose(nn.functional.linear(x, layer.weight, layer.bias), expected, atol=1e-5)


def test_keys_and_shapes_are_those_of_published_adapters() -> None:
    with torch.device("meta"):
        model = AutoPilotRegressor()
        names = inject_lora(model)
    assert len(names) == 48
    assert names[0] == "backbone.encoder.blocks.0.attn.qkv"
    shapes = {}
    for name in names:
        layer = model.get_submodule(name)
        shapes[f"{name}.lora_down"] = list(layer.lora_down.shape)
        shapes[f"{name}.lora_up"] = list(layer.lora_up.shape)
        shapes[f"{name}.alpha"] = shapes[f"{name}.rank"] = []
    assert shapes == KEYS["lora"]


def test_state_has_the_published_names(model) -> None:
    names = inject_lora(model, rank=3, alpha=5.0)
    state = lora_state(model)
    kinds = ("lora_down", "lora_up", "alpha", "rank")
    assert set(state) == {f"{name}.{kind}" for name in names for kind in kinds}
    assert (state[f"{names[0]}.alpha"].item(), state[f"{names[0]}.rank"].item()) == (5.0, 3)
    assert state[f"{names[0]}.rank"].shape == ()


def test_no_change_at_the_start_and_only_the_adapter_trains(model, base) -> None:
    before = sliders(model)
    inject_lora(model)
    trained = train_only_lora(model)
    assert torch.equal(sliders(model), before)
    image = torch.rand(2, 3, 32, 32)
    sum(v.sum() for v in model(image)["params_norm"].values()).backward()
    torch.optim.SGD(trained, lr=0.1).step()
    assert not torch.equal(sliders(model), before)
    merged_names = set(base.state_dict())
    for name, tensor in model.state_dict().items():
        plain = name.replace(".base.", ".")
        if plain in merged_names:
            assert torch.equal(tensor, base.state_dict()[plain])


@pytest.mark.parametrize(
    ("targets", "count"),
    [
        (["encoder.blocks.*.attn.qkv"], 6),
        (["encoder.blocks.0.*"], 4),
        (["*.fc1", "*.fc2"], 12),
        (["encoder.*", "sliders_head.*"], 24),  # heads are no part of the backbone
    ],
)
def test_targets_are_patterns_relative_to_the_backbone(model, targets, count) -> None:
    names = inject_lora(model, targets=targets)
    assert len(names) == count
    assert all(isinstance(model.get_submodule(name), LoRALinear) for name in names)


def test_hierarchical_encoders_have_default_targets() -> None:
    with torch.device("meta"):
        config = BackboneConfig("swin_tiny_patch4_window7_224", image_size=224)
        model = AutoPilotRegressor(AutoPilotConfig(config))
        assert len(inject_lora(model)) == 48


def test_no_match_is_an_error(model) -> None:
    with pytest.raises(InputError, match="nothing\\.like\\.this"):
        inject_lora(model, targets=["nothing.like.this"])


def test_merging_gives_the_same_model_with_the_plain_keys(model, base) -> None:
    inject_lora(model, rank=4)
    disturb(model)
    adapted = sliders(model)
    assert (adapted - sliders(base)).abs().max() > 1e-3
    merge_lora(model)
    assert set(model.state_dict()) == set(base.state_dict())
    assert (sliders(model) - adapted).abs().max() < 1e-5


@pytest.mark.parametrize("heads", [False, True])
def test_save_and_load(tmp_path, model, base, heads) -> None:
    inject_lora(model, rank=4, alpha=3.0)
    disturb(model)
    if heads:
        model.sliders_head.proj.bias.data += 0.3
    path = write(tmp_path / "lora_epoch003.pt", model, base, heads=heads)
    other = copy.deepcopy(base)
    names = load_lora(other, path)
    assert len(names) == 24
    assert torch.equal(sliders(other), sliders(model))
    content = torch.load(path, weights_only=True)
    assert content["lora_config"]["rank"] == 4
    assert content["lora_config"]["target_patterns"]
    assert content["base_checkpoint"] == "base.pt"
    assert content["epoch"] == 3


def test_another_base_is_refused_unless_forced(tmp_path, model, base, caplog) -> None:
    inject_lora(model)
    path = write(tmp_path / "a.pt", model, base)
    other = copy.deepcopy(base)
    other.tone_head.proj.bias.data[0] += 1e-3
    with pytest.raises(InputError, match=r"a\.pt: trained on another base"):
        load_lora(other, path)
    assert not any(isinstance(m, LoRALinear) for m in other.modules())
    load_lora(other, path, force=True)
    assert "forced" in caplog.text


def test_published_adapter_has_no_digest_and_is_taken_with_a_warning(
    tmp_path, model, base, caplog
) -> None:
    inject_lora(model)
    disturb(model)
    path = tmp_path / "old.pt"
    torch.save(
        {
            "lora_state": lora_state(model),
            "lora_config": {"rank": 8, "alpha": 16.0, "target_patterns": KEYS["patterns"]},
            "base_checkpoint": "/somewhere/base.pt",
            "epoch": 1,
        },
        path,
    )
    other = copy.deepcopy(base)
    with caplog.at_level(logging.WARNING):
        load_lora(other, path)
    assert "which base" in caplog.text
    assert torch.equal(sliders(other), sliders(model))


NAN, INF = float("nan"), float("inf")
ENCODER = "backbone.encoder"
LAYER = f"{ENCODER}.blocks.0.attn.qkv"
DOWN, UP = torch.zeros(64, 8), torch.zeros(8, 192)
# What each does to a good lora_state; None takes the tensor out.
BROKEN = {
    "no up": {f"{LAYER}.lora_up": None},
    "other rank": {f"{LAYER}.rank": torch.tensor(5)},
    "other size": {f"{LAYER}.lora_up": torch.zeros(8, 191)},
    "nan": {f"{LAYER}.lora_down": DOWN * NAN},
    "expanded": {f"{LAYER}.lora_down": torch.zeros(1).expand(10**6, 8)},
    "alpha": {f"{LAYER}.alpha": torch.tensor(INF)},
    "text": {f"{LAYER}.alpha": "16"},
    "elsewhere": {f"{ENCODER}.nowhere.lora_down": DOWN, f"{ENCODER}.nowhere.lora_up": UP},
    "a norm": {f"{ENCODER}.norm.lora_down": DOWN, f"{ENCODER}.norm.lora_up": UP},
    "other tensor": {f"{ENCODER}.cls_token": torch.zeros(1)},
    "head": {"sliders_head.proj.bias": torch.zeros(9)},
    "unknown head": {"sliders_head.more": torch.zeros(9)},
}


@pytest.mark.parametrize("kind", BROKEN)
def test_broken_adapters_are_refused_and_change_nothing(tmp_path, model, base, kind) -> None:
    inject_lora(model)
    path = tmp_path / "bad.pt"
    state = lora_state(model) | BROKEN[kind]
    state = {name: tensor for name, tensor in state.items() if tensor is not None}
    torch.save({"lora_state": state}, path)
    other = copy.deepcopy(base)
    with pytest.raises(InputError, match=r"bad\.pt") as caught:
        load_lora(other, path)
    assert "\n" not in str(caught.value)
    assert weights_digest(other.state_dict()) == weights_digest(base.state_dict())


def test_a_model_file_is_no_adapter(tmp_path, model) -> None:
    path = tmp_path / "model.pt"
    torch.save({"model": model.state_dict()}, path)
    with pytest.raises(InputError, match="not a LoRA adapter"):
        load_lora(model, path)


def test_two_adapters_need_a_merge_between(tmp_path, model, base) -> None:
    inject_lora(model)
    path = write(tmp_path / "a.pt", model, base)
    with pytest.raises(ValueError, match="merge"):
        load_lora(model, path)


def test_default_adapter_of_vit_small_is_1_to_5_megabytes(tmp_path) -> None:
    with torch.device("meta"):
        model = AutoPilotRegressor()
    inject_lora(model)
    for name, layer in list(model.named_modules()):
        if isinstance(layer, LoRALinear):
            for kind in ("lora_down", "lora_up"):
                tensor = torch.zeros(getattr(layer, kind).shape)
                setattr(model.get_submodule(name), kind, nn.Parameter(tensor))
    save_lora(tmp_path / "a.pt", model, AdapterFacts(None, "b", "0"), epoch=1)
    assert 1e6 < (tmp_path / "a.pt").stat().st_size < 5e6
