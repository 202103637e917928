import pytest
import torch
from torch import nn

from model.ema import Ema


def test_the_average_follows_its_formula() -> None:
    weight = nn.Parameter(torch.zeros(3))
    ema = Ema([weight], 0.9)
    expected = 0.0
    for step in range(1, 200):
        weight.data.fill_(float(step))
        ema.update()
        decay = min(0.9, (1 + step) / (10 + step))
        expected = decay * expected + (1 - decay) * step
    assert ema.average[0].tolist() == pytest.approx([expected] * 3)
    assert expected == pytest.approx(199 - 9, abs=0.1)  # late by decay / (1 - decay) steps


def test_the_model_holds_the_average_only_while_it_is_applied() -> None:
    weight = nn.Parameter(torch.tensor([4.0]))
    ema = Ema([weight], 0.5)
    weight.data.fill_(8.0)
    ema.update()
    average = ema.average[0].item()
    assert 4.0 < average < 8.0
    with ema.applied():
        assert weight.item() == average
        assert ema.state_dict()["weights"][0].item() == 8.0
    assert weight.item() == 8.0
    assert ema.state_dict() == {"steps": 1, "weights": [torch.tensor([8.0])]}


def test_continues_from_a_model_that_holds_the_average() -> None:
    weight = nn.Parameter(torch.tensor([5.0]))
    ema = Ema([weight], 0.5)
    ema.load_state_dict({"steps": 7, "weights": [torch.tensor([6.0])]})
    assert (ema.steps, ema.average[0].item(), weight.item()) == (7, 5.0, 6.0)
    with pytest.raises(ValueError, match="another model"):
        ema.load_state_dict({"steps": 7, "weights": [torch.zeros(2)]})
