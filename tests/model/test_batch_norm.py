"""Training on a batch that has one value a channel."""

import pytest
import torch
from torch import nn

from model.batch_norm import allow_lone_pictures, set_train_mode


def test_a_lone_value_is_normed_as_when_the_model_is_asked() -> None:
    norm = nn.BatchNorm2d(3)
    lone, several = torch.randn(1, 3, 1, 1), torch.randn(4, 3, 2, 2)
    with pytest.raises(ValueError, match="more than 1 value"):
        norm(lone)
    for _ in range(2):
        allow_lone_pictures(norm)
    norm(several)
    mean = norm.running_mean.clone()
    assert mean.any()
    found = norm(lone)
    assert norm.training
    torch.testing.assert_close(norm.running_mean, mean)
    torch.testing.assert_close(found, norm.eval()(lone))
    found.sum().backward()
    assert norm.weight.grad is not None


def test_other_batches_are_as_ever() -> None:
    """Also a single picture, where its map has several pixels."""
    norm, guarded = nn.BatchNorm2d(3), nn.BatchNorm2d(3)
    allow_lone_pictures(guarded)
    for shape in ((1, 3, 1, 2), (2, 3, 1, 1), (5, 3, 4, 4)):
        batch = torch.randn(shape)
        torch.testing.assert_close(guarded(batch), norm(batch))
        torch.testing.assert_close(guarded.running_var, norm.running_var)


def test_an_error_leaves_it_training() -> None:
    norm = nn.BatchNorm2d(3)
    allow_lone_pictures(norm)
    with pytest.raises(RuntimeError):
        norm(torch.randn(1, 4, 1, 1))
    assert norm.training


def test_frozen_ones_stay_in_eval_mode() -> None:
    model = nn.Sequential(nn.BatchNorm1d(2), nn.BatchNorm1d(2).requires_grad_(False))
    allow_lone_pictures(model)
    set_train_mode(model)
    model(torch.randn(1, 2))
    assert [norm.training for norm in model] == [True, False]
