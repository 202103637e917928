"""LoRA on single layers: nothing at first, then the merged weight's own answer."""

import pytest
import torch
from torch import nn

from model.lora_layers import LoRAConv2d, LoRALinear, lora_on, matrix_shape, takes_lora

LAYERS = [
    nn.Linear(5, 7),
    nn.Linear(5, 7, bias=False),
    nn.Conv2d(4, 6, 1),
    nn.Conv2d(4, 6, 3, stride=2, padding=1, bias=False),
    nn.Conv2d(4, 6, (3, 5), padding="same", dilation=2),
]


def given(layer: nn.Module) -> torch.Tensor:
    shape = (3, 5) if isinstance(layer, nn.Linear) else (2, 4, 11, 9)
    return torch.rand(shape, generator=torch.Generator().manual_seed(2), requires_grad=True)


@pytest.mark.parametrize("layer", LAYERS, ids=str)
def test_it_is_the_layer_with_the_weight_in_effect(layer: nn.Module) -> None:
    adapted, x = lora_on(layer, rank=3, alpha=6.0), given(layer)
    assert isinstance(adapted, LoRALinear if isinstance(layer, nn.Linear) else LoRAConv2d)
    assert torch.equal(adapted(x), layer(x))
    with torch.no_grad():
        adapted.lora_up.normal_(0.0, 0.3, generator=torch.Generator().manual_seed(3))
    found = adapted(x)
    found.sum().backward()
    assert adapted.lora_down.grad is not None
    assert layer.weight.grad is None
    before = layer.weight.detach().clone()
    wanted_weight = adapted.weight.detach()
    added = (adapted.lora_down @ adapted.lora_up).T * 2.0
    assert torch.allclose(wanted_weight.flatten(1), before.flatten(1) + added, atol=1e-6)
    with torch.no_grad():
        layer.weight.copy_(wanted_weight)
        assert torch.allclose(layer(x), found, atol=1e-5)
        layer.weight.copy_(before)


def test_what_takes_it() -> None:
    assert all(map(takes_lora, LAYERS))
    assert not takes_lora(nn.Conv2d(4, 4, 3, groups=4))
    assert not takes_lora(nn.LayerNorm(4))
    assert matrix_shape(nn.Conv2d(4, 6, (3, 5))) == (6, 60)


def test_a_rank_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="rank is 0"):
        lora_on(nn.Linear(2, 2), rank=0, alpha=1.0)
