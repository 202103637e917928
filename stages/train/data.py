"""What training and LoRA fine-tuning share: their flags, data loaders and loss."""

import argparse
import logging
from typing import Any, NamedTuple, cast

from torch.utils.data import DataLoader

from dataset.batch_plan import BatchPlan
from dataset.manifest import Entry, read_manifest
from dataset.samples import Samples, collate
from model.autopilot import AutoPilotConfig
from model.distributed import Group
from model.losses import HybridLoss
from params.files import InputError
from stages.fit.refit import for_process
from stages.fit.settings import FitSettings
from stages.train.decode_ahead import decode_ahead

log = logging.getLogger(__name__)


def image_weight(args: argparse.Namespace) -> float:
    """The picture loss's weight: 0 without --use-edit-layer."""
    return args.image_loss_weight if args.use_edit_layer else 0.0


def make_loss(
    args: argparse.Namespace, config: AutoPilotConfig, train: DataLoader[Any]
) -> HybridLoss:
    """The loss of a run: sliders are measured in the training set's spread."""
    spread = cast(Samples, train.dataset).spread()
    return HybridLoss(image_weight(args), config.process, config.masks, spread)


class Splits(NamedTuple):
    """The manifest entries to train and to validate on."""

    train: list[Entry]
    val: list[Entry]


def read_splits(args: argparse.Namespace) -> Splits:
    """Read the manifest.

    Raises:
        InputError: it can't be read, or has nothing in the training split.
    """
    entries = read_manifest(args.manifest)
    train = _split(args, entries, args.train_split)[: args.train_limit]
    return Splits(train, [e for e in entries if e.split == args.val_split][: args.val_limit])


def make_loaders(
    args: argparse.Namespace,
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
    train, val = splits or read_splits(args)
    fits = FitSettings(process=config.process, knots=config.knots)

    def loader(chosen: list[Entry], split: str, trains: bool) -> DataLoader[Any]:
        with group.leader_first():
            fitted = for_process(chosen, config.process, fits, args.workers)
            if image_weight(args) > 0 and group.leads:
                decode_ahead(
                    fitted,
                    args.edit_resolution,
                    config.process,
                    args.cache,
                    args.workers,
                    f"decode {split}",
                )
            samples = Samples(
                fitted,
                image_size=config.backbone.image_size,
                knots=config.knots,
                process=config.process,
                masks=config.masks,
                edit_resolution=args.edit_resolution if image_weight(args) > 0 else None,
                cache=args.cache,
                desc=f"prepare {split}",
                quiet=not group.leads,
            )
        plan = BatchPlan(
            samples.shapes(),
            args.batch_size,
            shuffle=trains,
            flip=trains and args.flip,
            rank=group.rank,
            size=group.size,
        )
        return DataLoader(
            samples,
            batch_sampler=plan,
            num_workers=args.workers,
            persistent_workers=args.workers > 0,
            pin_memory=pin_memory,
            collate_fn=collate,
        )

    train_loader = loader(train, args.train_split, True)
    if not val:
        log.warning(
            "%s: nothing in split %s: the best epoch is chosen by its training loss",
            args.manifest,
            args.val_split,
        )
        return train_loader, None
    return train_loader, loader(val, args.val_split, False)


def _split(args: argparse.Namespace, entries: list[Entry], name: str) -> list[Entry]:
    chosen = [entry for entry in entries if entry.split == name]
    if not chosen:
        there = ", ".join(sorted({entry.split for entry in entries}))
        raise InputError(f"{args.manifest}: nothing in split {name}; it has: {there}")
    return chosen
