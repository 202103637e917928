import itertools
import math

import pytest
import torch
from torch import nn

from model.batch_norm import set_train_mode
from model.engine import EpochResult, Trainer, TrainingError
from model.loop_settings import LoopSettings
from model.losses import HybridLoss, counted_means, counted_sums
from model.schedule import lr_factor
from params.ranges import SLIDER_NAMES

CPU = torch.device("cpu")


class Tiny(nn.Module):
    """Ten sliders from a picture's mean colour; the curve stays straight."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(3)
        self.proj = nn.Linear(3, 10)
        self.proj.bias.data[0] = -1.1

    def forward(self, image, metadata=None):
        sliders = self.proj(self.norm(image).mean((2, 3)) + torch.randn(len(image), 3) * 0.01)
        curve = torch.linspace(0, 1, 16).repeat(len(image), 1)
        params = dict(zip(SLIDER_NAMES, sliders.tanh().unbind(1), strict=True))
        return {"params_norm": params | {"ToneCurve": curve}}


class Shuffled(torch.utils.data.DataLoader):
    def __init__(self, value: float = 0.0) -> None:
        generator = torch.Generator().manual_seed(1)
        images = torch.rand(12, 3, 4, 4, generator=generator)
        wanted = {name: torch.tensor(value) for name in SLIDER_NAMES}
        wanted["Temperature"] = torch.tensor(-0.8125)
        wanted["ToneCurve"] = torch.linspace(0, 1, 16) + value
        items = [{"image": image, "params": wanted, "id": str(i)} for i, image in enumerate(images)]
        super().__init__(items, batch_size=4, shuffle=True)


def trainer(epochs: int = 4, **settings) -> Trainer:
    torch.manual_seed(0)
    options = {"lr": 0.05, "epochs": epochs} | settings
    return Trainer(Tiny(), HybridLoss(), LoopSettings(**options), CPU)


def train(engine: Trainer, val=None) -> list[EpochResult]:
    results: list[EpochResult] = []
    engine.run(Shuffled(), val, results.append)
    return results


def test_training_lowers_the_loss_and_marks_the_best() -> None:
    engine = trainer(epochs=10)
    results = train(engine, Shuffled())
    assert [r.epoch for r in results] == list(range(1, 11))
    assert results[-1].train["loss"] < 0.4 * results[0].train["loss"]
    best = min(results, key=lambda r: r.val["loss"])
    assert engine.best == best.score == best.val["loss"]
    assert [r.best for r in results] == [
        all(r.score < earlier.score for earlier in results[:i]) for i, r in enumerate(results)
    ]


def test_means_are_over_pictures() -> None:
    engine = trainer()
    means = engine.evaluate(Shuffled())
    engine.model.eval()
    whole = next(iter(torch.utils.data.DataLoader(Shuffled().dataset, batch_size=12)))
    parts = engine.loss(engine.model(whole["image"])["params_norm"], whole)
    expected = counted_means(counted_sums(parts))
    assert means == pytest.approx(expected, rel=0.02)  # Tiny's noise
    assert set(means) == {"loss", "params"}


def test_pictures_that_do_not_count_change_nothing(monkeypatch) -> None:
    monkeypatch.setattr(torch, "randn", lambda *size: torch.zeros(size))

    def trained(repeats: int) -> tuple[EpochResult, torch.Tensor]:
        engine = trainer(epochs=1, lr=0.1)
        engine.model.norm = nn.Identity()  # its statistics would see every picture
        data = Shuffled().dataset
        items = [item | {"counts": 1.0} for item in data[:3]]
        items += [data[5] | {"counts": 0.0}] * repeats
        loader = torch.utils.data.DataLoader(items, batch_size=3 + repeats)
        results: list[EpochResult] = []
        engine.run(loader, loader, results.append)
        return results[0], engine.model.proj.weight

    (one, weight), (other, same) = trained(0), trained(2)
    assert torch.allclose(weight, same, atol=1e-6)
    assert one.train == pytest.approx(other.train)
    assert one.val == pytest.approx(other.val)


def test_learning_rate_rises_and_falls() -> None:
    rates = [lr_factor(step, 100, 0.1) for step in range(100)]
    assert rates[:10] == pytest.approx([(i + 1) / 10 for i in range(10)])
    assert rates[10] == 1.0
    assert rates[55] == pytest.approx(0.5)
    assert all(a >= b for a, b in itertools.pairwise(rates[10:]))
    assert 0 < rates[-1] < 0.001
    assert math.isfinite(lr_factor(0, 1, 0.0))


def test_seed_gives_the_same_numbers() -> None:
    def losses(seed: int) -> list[float]:
        return [r.train["loss"] for r in train(trainer(seed=seed))]

    assert losses(3) == losses(3)
    assert losses(3) != losses(4)


def test_resuming_continues_to_the_same_numbers() -> None:
    whole = trainer(epochs=4)
    unbroken = train(whole)
    first = trainer(epochs=4)
    saved = {}

    def stop_after_two(result: EpochResult) -> None:
        if result.epoch == 2:
            weights = {k: v.clone() for k, v in first.model.state_dict().items()}
            saved.update(weights=weights, state=first.state_dict())
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        first.run(Shuffled(), None, stop_after_two)
    second = trainer(epochs=4)
    second.model.load_state_dict(saved["weights"])
    second.load_state_dict(saved["state"])
    resumed = train(second)
    assert [r.train for r in resumed] == [r.train for r in unbroken[2:]]
    assert torch.equal(second.model.proj.weight, whole.model.proj.weight)
    assert train(second) == []  # nothing is left to do


def test_resuming_with_a_moving_average_and_patience() -> None:
    options = {"epochs": 6, "ema": 0.9, "patience": 2}
    whole, first = trainer(**options), trainer(**options)
    unbroken = train(whole, Shuffled())
    saved = {}

    def stop_after_two(result: EpochResult) -> None:
        if result.epoch == 2:
            weights = {k: v.clone() for k, v in first.model.state_dict().items()}
            saved.update(weights=weights, state=first.state_dict())
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        first.run(Shuffled(), Shuffled(), stop_after_two)
    second = trainer(**options)
    second.model.load_state_dict(saved["weights"])
    second.load_state_dict(saved["state"])
    resumed = train(second, Shuffled())
    assert [(r.train, r.val) for r in resumed] == [(r.train, r.val) for r in unbroken[2:]]
    assert torch.equal(second.ema.average[0], whole.ema.average[0])
    assert torch.equal(second.model.proj.weight, whole.model.proj.weight)
    other = trainer(epochs=6)
    with pytest.raises(ValueError, match="--ema was on"):
        other.load_state_dict(saved["state"])


def test_epochs_are_judged_and_saved_by_the_average() -> None:
    engine = trainer(epochs=2, ema=0.99)
    held = []
    engine.run(Shuffled(), Shuffled(), lambda result: held.append(engine.model.proj.weight.clone()))
    place = [p is engine.model.proj.weight for p in engine.parameters].index(True)
    assert torch.equal(held[-1], engine.ema.average[place])
    assert not torch.equal(held[-1], engine.model.proj.weight)


def test_patience_ends_a_run_that_no_longer_gets_better() -> None:
    engine = trainer(epochs=50, patience=3, lr=1e-12)
    engine.best = 0.0  # no epoch will be better
    results = train(engine, Shuffled())
    assert [r.last for r in results] == [False, False, True]
    assert engine.finished
    assert train(engine) == []
    assert [r.last for r in train(trainer(epochs=3))] == [False, False, True]


def test_a_diverging_loss_stops() -> None:
    engine = trainer(epochs=20, lr=50.0)
    with pytest.raises(TrainingError, match=r"the loss diverges: .* in epoch \d.*--lr than 50"):
        train(engine)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_loss_that_is_no_number_stops(value: float) -> None:
    engine = trainer()
    before = engine.model.proj.weight.clone()
    with pytest.raises(TrainingError, match=r"loss is .* in epoch 1, step 1 .*--lr"):
        engine.run(Shuffled(value), None, lambda result: None)
    assert torch.equal(engine.model.proj.weight, before)
    with pytest.raises(TrainingError, match="validation loss of epoch 1"):
        trainer().run(Shuffled(), Shuffled(value), lambda result: None)


def test_gradients_are_clipped() -> None:
    engine = trainer(clip=1e-3)
    seen = []
    engine.optimizer.register_step_pre_hook(
        lambda *_: seen.append(nn.utils.get_total_norm([p.grad for p in engine.parameters]))
    )
    train(engine)
    assert max(seen) <= 1.001e-3


def test_frozen_parameters_and_statistics_stay() -> None:
    model = Tiny()
    model.norm.requires_grad_(False)
    set_train_mode(model)
    assert (model.training, model.norm.training) == (True, False)
    engine = Trainer(model, HybridLoss(), LoopSettings(epochs=1), CPU)
    train(engine)
    assert not model.norm.running_mean.any()
    assert (model.norm.weight == 1).all()


def test_only_matrices_decay() -> None:
    groups = trainer(weight_decay=0.3).optimizer.param_groups
    assert [(g["weight_decay"], [p.ndim for p in g["params"]]) for g in groups] == [
        (0.3, [2]),
        (0.0, [1, 1, 1]),
    ]
