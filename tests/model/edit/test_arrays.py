"""Arrays answer as tensors do, and torch is left alone where there are only Arrays."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from tolerances import FLOAT32

from model.edit import arrays
from model.edit.dual import Dual
from model.edit.numpy_array import Array
from params.colorimetry import where

VALUES = np.random.default_rng(5).uniform(0.05, 0.95, (2, 3, 4, 5)).astype(np.float32)

ANSWERS: dict[str, Callable[[Any], Any]] = {
    "powers": lambda x: x.exp() + x.exp2() + x.log() + x.log2() + x.sqrt() + x**1.7,
    "s-curves": lambda x: x.tanh() + x.sigmoid(),
    "parts": lambda x: (x * 7.0).floor() + (x * 7.0).frac() + (-x).abs() + x.reciprocal(),
    "limits": lambda x: (
        x.clamp(0.2, 0.7) + x.clamp(min=0.5) + x.clip(None, 0.4) + x.minimum(0.5 * x)
    ),
    "limits of each": lambda x: x.clamp(x * 0.9, x * 0.8),
    "mixed": lambda x: x.lerp(x * 2.0, x) + x.addcmul(x, x * 3.0),
    "in place": lambda x: (x + 0.0).add_(1.0).sqrt_().sub_(0.5).mul_(2.0),
    "truths": lambda x: 4.0 - 2.0 * (x > 0.5) + x * (x < 0.3),
    "whole numbers": lambda x: x - (x * 9.0).int() + (x * 3.0).long() * 0.5,
    "numbers of NumPy": lambda x: x * np.float64(2.0) + np.float64(1.0) - np.float32(0.5),
    "filled": lambda x: x.masked_fill(x > 0.5, 0.0) + where(x > 0.2, x, -x),
    "kinds": lambda x: x.detach().to(x) + x.to(x.dtype) + x.to(x.device) + x.contiguous(),
    "new": lambda x: x.new_tensor([1.0, 2.0])[:, None] + x.new_zeros(2, 3) + x.new_zeros((2, 1)),
    "shapes": lambda x: x.unsqueeze(1).flatten(2).view_as(x) + x.flatten().reshape(2, 3, 4, 5),
    "expanded": lambda x: x[:1].expand(4, 3, -1, -1) + x[0].expand(4, -1, -1, -1),
    "split": lambda x: x.split(2, dim=1)[1] - x.split(1, 1)[0] + x.unbind(1)[2].unsqueeze(1),
    "sums": lambda x: (
        x.sum(1, True) + x.sum() + x.mean(1, keepdim=True) + x.mean(dim=(2, 3))[..., None, None]
    ),
    "spread": lambda x: x.flatten(1).std(dim=1),
    "ends": lambda x: x.amax(1, True) - x.amin(1).unsqueeze(1) + x.max() - x.min(),
    "picked": lambda x: x.index_select(0, (x * 2.0).long().flatten()),
    "gathered": lambda x: x.flatten(1).gather(1, (x * 50.0).long().flatten(1)),
    "rows": lambda x: x[(x[:, 0, 0, 0] * 2.0).long()],
    "products": lambda x: x @ x.swapaxes(2, 3),
    "joined": lambda x: arrays.cat([arrays.stack(x.unbind(0), dim=1), x[:1].swapaxes(0, 1)], dim=1),
    "quantiles": lambda x: arrays.stack(arrays.quantiles(x.flatten(1), [0.0, 0.3, 0.99, 1.0])),
    "median": lambda x: arrays.median(x.flatten(1)) + arrays.median(x.flatten(1)[:, 1:]),
    "stretched": lambda x: arrays.stretched(x[:, 0, 0], 12),
    "below": lambda x: arrays.below(x[0, 0, 0].new_tensor([0.2, 0.4, 0.6]), x[0, 0, 0]) + 0.0,
    "even": lambda x: arrays.even(7, x.dtype, x.device),
    "like": lambda x: arrays.like(np.arange(5.0), x) * x,
    "kept": lambda x: arrays.constant(np.arange(5.0), x.dtype, x.device) * x,
    "whole and kept": lambda x: arrays.constant(np.arange(5), x.dtype, x.device) // 2,
}


@pytest.mark.parametrize("name", ANSWERS)
def test_as_torch(name: str) -> None:
    found = ANSWERS[name](VALUES.copy().view(Array))
    wanted = ANSWERS[name](torch.from_numpy(VALUES.copy()))
    assert type(found) is Array
    assert str(found.dtype) == str(wanted.dtype).removeprefix("torch.")
    assert found.shape == tuple(wanted.shape)
    assert np.abs(found - wanted.numpy()).max() < FLOAT32 * np.abs(found).max()


@pytest.mark.filterwarnings("error")
def test_what_has_no_answer_is_silent() -> None:
    zero = np.zeros(3, np.float32).view(Array)
    assert (1.0 / zero == np.inf).all()
    assert (zero.log() == -np.inf).all()
    assert np.isnan(zero / zero).all()
    (zero / zero).int()


def test_constants_stay() -> None:
    kept = arrays.constant(np.ones(2), np.dtype(np.float32), "cpu")
    with pytest.raises(ValueError, match="read-only"):
        kept.add_(1.0)


def test_constants_serve_gradients() -> None:
    with torch.inference_mode():
        kept = arrays.constant(np.full(2, 3.0), torch.float32, "cpu")
    x = torch.ones(2, requires_grad=True)
    (x * kept).sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [3.0, 3.0]


def test_what_may_be_worked_out_in_the_shortest_way() -> None:
    x = torch.ones(2)
    assert arrays.settled(VALUES.view(Array))
    assert not arrays.settled(x)
    with torch.no_grad():
        assert arrays.settled(x)
        assert not arrays.settled(Dual(x))


def test_no_gradients_through() -> None:
    twice = arrays.without_gradients(lambda x, by: x * by)
    assert not twice(torch.ones(2, requires_grad=True), 2.0).requires_grad
    assert twice(VALUES.view(Array), by=2.0).max() == 2.0 * VALUES.max()
