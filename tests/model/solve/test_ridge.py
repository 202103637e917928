import pytest
import torch

from model.solve.ridge import FOLDS, folds_of, group_weights, ridge

N, F = 60, 12


def rows(seed: int = 0) -> torch.Tensor:
    return torch.randn(N, F, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def predicted(found, features: torch.Tensor) -> torch.Tensor:
    return features @ found.weight.T + found.bias


def test_a_rule_is_found_and_chance_is_not() -> None:
    x, chance = rows(), rows(1)[:, :2]
    rule = 3.0 * x[:, :1] - x[:, 1:2] + 7.0
    found = ridge(x, torch.cat([rule, chance], dim=1), torch.arange(N))
    new = rows(2)
    assert (predicted(found, new)[:, :1] - (3.0 * new[:, :1] - new[:, 1:2] + 7.0)).abs().max() < 0.2
    # Random targets: shrunk to (nearly) their mean, and no worse than it to speak of.
    spread = predicted(found, new)[:, 1:].std(dim=0)
    assert (spread < 0.35).all()
    assert found.errors[0] < 0.05
    assert (found.errors[1:] > 0.9).all()


def test_frames_of_a_burst_count_as_one() -> None:
    """The first row, odd as it is, twenty times over: it weighs no more than once."""
    x, y = torch.zeros(N, 1, dtype=torch.float64), rows()[:, :1]
    y[0] = 30.0
    times = torch.cat([torch.zeros(19, dtype=torch.long), torch.arange(N)])
    burst = ridge(x[times], y[times], groups=times)
    alone = ridge(x[times], y[times], torch.arange(N + 19))
    assert float(burst.bias) == pytest.approx(float(y.mean()))
    assert float(alone.bias) > 7.0


def test_groups_are_left_out_whole() -> None:
    groups = torch.arange(30).repeat_interleave(3)
    fold = folds_of(groups)
    assert all(len(fold[groups == one].unique()) == 1 for one in range(30))
    assert fold.unique().tolist() == list(range(FOLDS))
    assert torch.equal(group_weights(groups), torch.full((90,), 1 / 3, dtype=torch.float64))


def test_twins_in_two_groups_would_deceive() -> None:
    """Of rows that are alike by chance nothing is learnt where they are left out together."""
    x = torch.randn(20, 40, generator=torch.Generator().manual_seed(4)).repeat(2, 1)
    y = torch.randn(20, 1, generator=torch.Generator().manual_seed(5)).repeat(2, 1)
    together = ridge(x, y, torch.arange(20).repeat(2))
    apart = ridge(x, y, torch.arange(40))
    assert float(apart.errors) < 0.4
    assert float(together.errors) > 0.8


def test_what_an_output_is_a_difference_to() -> None:
    x, start = rows(), rows(6)[:, :2]
    # Of the first output the start is a part, the second has nothing of it.
    y = torch.stack([start[:, 0] + 0.5 + 0.1 * x[:, 0], x[:, 1]], dim=1)
    found = ridge(x, y, torch.arange(N), [torch.zeros_like(y), start])
    assert found.shares[0, 1] > 0.99
    assert found.shares[1, 0] > 0.99
    guess = predicted(found, x) + (found.shares[:, 1] * start)
    assert (guess - y).abs().max() < 0.2


def test_one_strength_for_a_block() -> None:
    x = rows()
    y = torch.cat([x[:, :1], rows(7)[:, :3]], dim=1)
    block = ridge(x, y, torch.arange(N), blocks=[range(4)])
    alone = ridge(x, y, torch.arange(N))
    # The rule is not followed as far as it alone would be.
    assert block.errors.unique().numel() == 1
    assert alone.errors[0] < block.errors[0] < 1.0


def test_few_rows_are_enough_for_a_rule_of_few_features() -> None:
    """Of two hundred features one counts: it is found from forty rows."""
    x = torch.randn(400, 200, generator=torch.Generator().manual_seed(9), dtype=torch.float64)
    y = x[:, 7:8] + 0.05 * x[:, 8:9]
    found = ridge(x[:40], y[:40], torch.arange(40))
    assert (predicted(found, x[40:]) - y[40:]).abs().mean() < 0.25 * y[40:].abs().mean()


@pytest.mark.parametrize("count", [1, 2])
def test_hardly_any_rows(count: int) -> None:
    x, y = rows()[:count], rows(1)[:count, :2]
    found = ridge(x, y, torch.arange(count))
    assert torch.isfinite(found.weight).all()
    assert torch.allclose(predicted(found, x).mean(0), y.mean(0), atol=1e-6)


def test_a_single_group_gives_its_mean() -> None:
    x, y = rows()[:5], rows(1)[:5, :2]
    found = ridge(x, y, torch.zeros(5, dtype=torch.long))
    assert torch.allclose(predicted(found, rows(8)), y.mean(0).expand(N, 2), atol=1e-9)


def test_features_that_never_vary_count_for_nothing() -> None:
    x = rows()
    x[:, 3] = 5.0
    found = ridge(x, x[:, :1], torch.arange(N))
    assert (found.weight[:, 3] == 0.0).all()


def test_rounding_is_no_feature() -> None:
    """A feature that is one number but for float32's last digit, which goes with the outputs."""
    x = rows()
    y = x[:, :1]
    x[:, 1] = 1.134 + 1e-7 * y[:, 0].sign()
    found = ridge(x[:, 1:], y, torch.arange(N))
    assert found.weight[0, 0] == 0.0
    assert found.weight.abs().max() < 1.0
