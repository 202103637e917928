"""Dual numbers give torch's own forward derivatives."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.func import jacfwd

from model.edit.dual import Dual

FUNCTIONS = {
    "arithmetic": lambda x: (2.0 - x) * x / (x + 3.0) - x**2.5 + 1.0 / x,
    "exp": lambda x: x.exp() + torch.exp(x) + torch.exp2(x),
    "log": lambda x: torch.log(x) * torch.log2(x),
    "waves": lambda x: torch.cos(x) + torch.sin(2.0 * x),
    "s-curves": lambda x: torch.tanh(x) + torch.sigmoid(x) + torch.sqrt(x),
    "clamp": lambda x: x.clamp(0.3, 0.7) + x.clip(0.5, None),
    "where": lambda x: torch.where(x < 0.5, x * 2.0, 1.0 - x) + torch.where(x <= 0.2, x, x * x),
    "shapes": lambda x: x.reshape(3, 2, 1).squeeze(2).unsqueeze(0).sum(dim=1, keepdim=True),
    "take apart": lambda x: (
        torch.stack(x.unbind(1), dim=0) * 2.0 + x.split(1, dim=0)[1][:, 0]
        if isinstance(x, Tensor)
        else torch.stack(x.unbind(1), dim=0) * 2.0 + x.split(1, dim=0)[1].unbind(1)[0]
    ),
    "join": lambda x: torch.cat([x, x * x], dim=1) + torch.tensor(1.0),
    "gather": lambda x: x.gather(1, torch.tensor([[0, 0, 2], [1, 2, 2]])),
    "interpolate": lambda x: F.interpolate(
        x.unsqueeze(1), size=7, mode="linear", align_corners=True
    ),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_derivative_equals_torchs(name: str) -> None:
    function = FUNCTIONS[name]
    x = torch.tensor([[0.1, 0.45, 0.8], [0.25, 0.55, 0.95]], dtype=torch.float64)
    directions = torch.eye(6, dtype=torch.float64).view(6, 2, 3)
    result = function(Dual(x, directions))
    wanted = jacfwd(function)(x)
    assert torch.allclose(result.value, function(x), rtol=0, atol=1e-12)
    tangent = result.tangent.movedim(0, -1).reshape(wanted.shape)
    assert torch.allclose(tangent, wanted, rtol=0, atol=1e-12)


def test_constants_have_no_tangent() -> None:
    x = Dual(torch.ones(2, 3))
    assert (x * 2.0 + x).tangent is None
    assert torch.cat([x, x], dim=1).tangent is None


def test_an_unknown_function_says_so() -> None:
    with pytest.raises(TypeError, match="no forward derivative"):
        torch.erf(Dual(torch.ones(2), torch.ones(1, 2)))
