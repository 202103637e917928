"""The bases of scripts/base_study.py: small models on statistics, and how each learns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from params.edit_process import PROCESS_2

# What model.engine.Trainer takes, one or a batch of them; with `photo`, the photograph's number.
Sample = Mapping[str, Any]
NETS = 3  # a base by steps is the mean of so many


@dataclass(frozen=True)
class Base:
    """How a base learns: linear heads solved at once, or by steps; the sliders as a difference to
    Auto's, or by themselves; and whether half of what it learns from is finished photographs.
    """

    linear: bool = False
    from_auto: bool = False
    finished: bool = False


BASES = {
    "base, nets": Base(),
    "base, nets from auto": Base(from_auto=True),
    "base, nets, half finished": Base(finished=True),
    "base, linear": Base(linear=True),
    "base, linear from auto": Base(linear=True, from_auto=True),
    "base, linear, half finished": Base(linear=True, finished=True),
}


def learnt_answers(
    base: Base, samples: Sequence[Sample], asked: Sample, epochs: int, seed: int
) -> dict[str, Any]:
    """What a base that has learnt from the samples answers to a batch: params_norm.

    epochs, seed: of what learns by steps.
    """
    if base.linear:
        return _solved(base, samples, asked)
    return _trained(base, samples, asked, epochs, seed)


def _trained(
    base: Base, samples: Sequence[Sample], asked: Sample, epochs: int, seed: int
) -> dict[str, Any]:
    """The mean of what NETS models answer, which have learnt from the samples; params_norm."""
    import torch
    from torch.utils.data import DataLoader, Dataset, default_collate

    from model.distributed import Group
    from model.engine import Trainer, predict
    from model.loop_settings import LoopSettings
    from model.losses import HybridLoss, spread_of
    from model.mean_edit import mean_edit
    from stages.train.settings import STATISTICS_DEFAULTS, TrainSettings

    # A list is all that a loader asks of a data set.
    data = cast("Dataset[Sample]", list(samples))
    everything, found = default_collate(list(samples)), []
    for net in range(NETS):
        settings = LoopSettings(epochs, STATISTICS_DEFAULTS["lr"], seed=seed + net)
        torch.manual_seed(settings.seed)
        model = _fresh(base, everything)
        start = everything["start"] if base.from_auto else None
        model.start_at(mean_edit(everything["params"]), start)
        loss = HybridLoss(process=PROCESS_2.number, spread=spread_of(everything["params"]))
        batches = DataLoader(data, TrainSettings.batch_size, shuffle=True)
        # A process that doesn't lead shows no progress bars: there would be hundreds.
        trainer = Trainer(model, loss, settings, torch.device("cpu"), Group(rank=1))
        trainer.run(batches, None, lambda _: None)
        with torch.inference_mode():
            found.append(predict(model.eval(), asked))
    return {name: torch.stack([one[name] for one in found]).mean(0) for name in found[0]}


def _solved(base: Base, samples: Sequence[Sample], asked: Sample) -> dict[str, Any]:
    """What a model with linear heads answers, solved from the samples; params_norm."""
    import torch
    from torch.utils.data import default_collate

    from model.engine import predict
    from model.ridge_heads import solve_heads

    everything = default_collate(list(samples))
    model = _fresh(base, everything).eval()
    with torch.inference_mode():
        seen, start = model.backbone(everything["image"]), everything["start"]
        solve_heads(model, seen, everything["params"], everything["photo"], start)
        return predict(model, asked)


def _fresh(base: Base, everything: Sample) -> Any:
    """A model on statistics that knows how these vary."""
    from model.autopilot import AutoPilotRegressor
    from model.config import STATISTICS_BACKBONE, AutoPilotConfig, BackboneConfig
    from model.statistics_backbone import StatisticsBackbone

    config = AutoPilotConfig(
        BackboneConfig(STATISTICS_BACKBONE),
        process=PROCESS_2.number,
        residual="auto" if base.from_auto else "none",
        heads="linear" if base.linear else "mlp",
    )
    model = AutoPilotRegressor(config)
    cast(StatisticsBackbone, model.backbone).standardise(everything["image"])
    return model
