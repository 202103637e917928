import itertools
import math

import pytest
import torch
from torch import nn

from model.engine import EpochResult, Trainer, TrainSettings, lr_factor, set_train_mode
from model.losses import HybridLoss
from params.files import InputError
from params.ranges import SLIDER_NAMES

CPU = torch.device("cpu")


class Tiny(nn.Module):
    """Ten sliders from a picture's mean colour; the curve stays straight."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(3)
        self.proj = nn.Linear(3, 10)

    def forward(self, image, metadata=None):
        sliders = self.proj(self.norm(image).mean((2, 3)) + torch.randn(len(image), 3) * 0.01)
        curve = torch.linspace(0, 1, 16).repeat(len(image), 1)
        params = dict(zip(SLIDER_NAMES, sliders.tanh().unbind(1), strict=True))
        return {"params_norm": params | {"ToneCurve": curve}}


class Shuffled(torch.utils.data.DataLoader):
    def __init__(self, value: float = 0.5) -> None:
        generator = torch.Generator().manual_seed(1)
        images = torch.rand(12, 3, 4, 4, generator=generator)
        wanted = {name: torch.tensor(value) for name in SLIDER_NAMES}
        wanted["ToneCurve"] = torch.linspace(0, 1, 16)
        items = [{"image": image, "params": wanted, "id": str(i)} for i, image in enumerate(images)]
        super().__init__(items, batch_size=4, shuffle=True)


def trainer(epochs: int = 4, **settings) -> Trainer:
    torch.manual_seed(0)
    options = {"lr": 0.05, "epochs": epochs} | settings
    return Trainer(Tiny(), HybridLoss(), TrainSettings(**options), CPU)


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
    _, parts = engine.loss(engine.model(whole["image"])["params_norm"], whole)
    assert means["loss"] == pytest.approx(parts["loss"], rel=0.02)  # Tiny's noise


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


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_loss_that_is_no_number_stops(value: float) -> None:
    engine = trainer()
    before = engine.model.proj.weight.clone()
    with pytest.raises(InputError, match=r"loss is .* in epoch 1, step 1 .*--lr"):
        engine.run(Shuffled(value), None, lambda result: None)
    assert torch.equal(engine.model.proj.weight, before)
    with pytest.raises(InputError, match="validation loss of epoch 1"):
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
    engine = Trainer(model, HybridLoss(), TrainSettings(epochs=1), CPU)
    train(engine)
    assert not model.norm.running_mean.any()
    assert (model.norm.weight == 1).all()


def test_only_matrices_decay() -> None:
    groups = trainer(weight_decay=0.3).optimizer.param_groups
    assert [(g["weight_decay"], [p.ndim for p in g["params"]]) for g in groups] == [
        (0.3, [2]),
        (0.0, [1, 1, 1]),
    ]
