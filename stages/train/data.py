"""What training and LoRA fine-tuning share: their data loaders and loss."""

import logging
from typing import Any, NamedTuple, cast

import torch
from torch.utils.data import DataLoader

from dataset.batch_plan import BatchPlan
from dataset.cache_bound import limit_cache
from dataset.decode_ahead import decode_ahead
from dataset.manifest import Entry, read_manifest
from dataset.sample_settings import SampleSettings
from dataset.samples import Samples, collate
from jobs.where import beside
from model.config import AutoPilotConfig
from model.distributed import Group
from model.losses import HybridLoss
from model.panel_loss import PanelLoss
from params.files import InputError
from params.outputs import Outputs
from stages.fit.refit import for_process
from stages.fit.settings import FitSettings
from stages.train.settings import RunSettings

log = logging.getLogger(__name__)


def make_loss(settings: RunSettings, config: AutoPilotConfig, train: DataLoader[Any]) -> HybridLoss:
    """The loss of a run: sliders are measured in the training set's spread."""
    samples = samples_of(train)
    panels = PanelLoss(config.outputs, samples.edits()) if _has_panels(config.outputs) else None
    return HybridLoss(
        settings.picture_weight, config.process, config.masks, samples.spread(), panels
    )


def _has_panels(outputs: Outputs) -> bool:
    return bool(outputs.sliders or outputs.curves)


def samples_of(batches: DataLoader[Any]) -> Samples:
    """The samples that a loader of make_loaders() draws from."""
    return cast(Samples, batches.dataset)


class Splits(NamedTuple):
    """The manifest entries to train and to validate on."""

    train: list[Entry]
    val: list[Entry]


def read_splits(settings: RunSettings) -> Splits:
    """Read the manifest.

    Raises:
        InputError: it can't be read, or has nothing in the training split.
    """
    entries = read_manifest(settings.manifest)
    train = _split(settings, entries, settings.train_split)
    val = [entry for entry in entries if entry.split == settings.val_split]
    return Splits(train[: settings.train_limit], val[: settings.val_limit])


def fitted_splits(
    settings: RunSettings, config: AutoPilotConfig, splits: Splits, group: Group
) -> Splits:
    """The splits with fits of the model's edit process to train on, made anew where need be."""
    with group.leader_first():
        return splits._replace(train=for_process(splits.train, fit_settings(settings, config)))


def make_loaders(
    settings: RunSettings,
    config: AutoPilotConfig,
    splits: Splits | None = None,
    *,
    pin_memory: bool = False,
    group: Group | None = None,
) -> tuple[DataLoader[Any], DataLoader[Any] | None]:
    """Loaders of the training and validation split; None where there's nothing to validate on.

    Fits of another edit process than the model's are made anew (stages.fit.refit). In a group of
    processes the first one does that, and decodes what isn't in the cache yet.

    Args:
        splits: of read_splits(), when they are at hand.

    Raises:
        InputError: the manifest can't be read, or has nothing usable in the training split.
    """
    group = group or Group()
    train, val = splits or read_splits(settings)
    fits = fit_settings(settings, config)
    if group.leads:
        limit_cache(settings.cache, settings.cache_size)
    where = beside(settings.workers, settings.cluster, settings.cache)
    resolution = settings.edit_resolution if settings.picture_weight > 0 else None

    def loader(chosen: list[Entry], split: str, trains: bool) -> DataLoader[Any]:
        with group.leader_first():
            fitted = for_process(chosen, fits)
            wanted = SampleSettings.of_model(config, resolution)
            if group.leads:
                decode_ahead(fitted, wanted, settings.cache, where, f"decode {split}")
            samples = Samples(
                fitted,
                wanted,
                cache=settings.cache,
                desc=f"prepare {split}",
                quiet=not group.leads,
            )
        return loader_of(samples, settings, trains=trains, pin_memory=pin_memory, group=group)

    train_loader = loader(train, settings.train_split, True)
    if not val:
        return train_loader, None
    return train_loader, loader(val, settings.val_split, False)


def loader_of(
    samples: Samples, settings: RunSettings, *, trains: bool, pin_memory: bool, group: Group
) -> DataLoader[Any]:
    """Batches of samples, for this process of a group: shuffled and mirrored to train on."""
    plan = BatchPlan(
        samples.shapes(),
        settings.batch_size,
        shuffle=trains,
        flip=trains and settings.flip,
        rank=group.rank,
        size=group.size,
    )
    return DataLoader(
        samples,
        batch_sampler=plan,
        num_workers=settings.workers,
        persistent_workers=settings.workers > 0,
        # Their seeds, drawn in a process's first epoch only, would shift what the plan draws
        # there: a resumed run would not go on as an unbroken one.
        generator=torch.Generator() if settings.workers else None,
        pin_memory=pin_memory,
        collate_fn=collate,
    )


def fit_settings(settings: RunSettings, config: AutoPilotConfig) -> FitSettings:
    """How fits of another edit process than the model's are made anew."""
    return FitSettings(
        process=config.process,
        masks=config.masks,
        solver="lm" if config.masks == "plain" else "adam",  # lm can't fit centred masks
        knots=config.knots,
        workers=min(max(settings.workers, 1), 256),  # this process does a single one's work
        cluster=settings.cluster,
    )


def _split(settings: RunSettings, entries: list[Entry], name: str) -> list[Entry]:
    chosen = [entry for entry in entries if entry.split == name]
    if not chosen:
        there = ", ".join(sorted({entry.split for entry in entries}))
        raise InputError(f"{settings.manifest}: nothing in split {name}; it has: {there}")
    return chosen
