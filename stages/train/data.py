"""What training and LoRA fine-tuning share: their flags, data loaders and loss."""

import argparse
import logging
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, cast

from torch.utils.data import DataLoader

from cli.command import whole_number
from dataset.batch_plan import BatchPlan
from dataset.manifest import DEFAULT_MANIFEST, Entry, read_manifest
from dataset.sample_cache import DEFAULT_CACHE
from dataset.samples import Samples, collate
from model.autopilot import AutoPilotConfig
from model.distributed import Group
from model.engine import TrainSettings
from model.losses import HybridLoss
from params.files import InputError
from stages.fit.refit import for_process
from stages.fit.settings import FitSettings
from stages.train.decode_ahead import decode_ahead

log = logging.getLogger(__name__)


def training_flags(*, epochs: int, batch_size: int, lr: float) -> argparse.ArgumentParser:
    """Parent parser of both commands, with their own defaults."""
    parent = argparse.ArgumentParser(add_help=False)
    data = parent.add_argument_group("data")
    data.add_argument(
        "--manifest", type=Path, default=DEFAULT_MANIFEST, help="JSONL manifest of the fit"
    )
    data.add_argument("--train-split", default="training", help="split to train on")
    data.add_argument("--val-split", default="validation", help="split to validate on")
    data.add_argument("--train-limit", type=whole_number(1), help="at most this many to train on")
    data.add_argument("--val-limit", type=whole_number(1), help="at most this many to validate on")
    data.add_argument("--workers", type=whole_number(0), default=2, help="processes that load data")
    data.add_argument("--cache", type=Path, default=DEFAULT_CACHE, help="folder of decoded data")
    loss = parent.add_argument_group("loss")
    loss.add_argument(
        "--use-edit-layer",
        action="store_true",
        help="compare rendered pictures as well; needs the RAW and TIFF files",
    )
    loss.add_argument(
        "--image-loss-weight",
        type=real(0.0, 1.0),
        default=0.7,
        help="weight of the picture loss against the parameter loss, with --use-edit-layer",
    )
    loss.add_argument(
        "--edit-resolution",
        type=whole_number(1),
        default=512,
        help="long side at which edits are rendered in training; lower needs less memory",
    )
    loop = parent.add_argument_group("training")
    loop.add_argument("--epochs", type=whole_number(1), default=epochs, help="passes over the data")
    loop.add_argument(
        "--batch-size", type=whole_number(1), default=batch_size, help="pictures a step"
    )
    loop.add_argument("--lr", type=real(1e-12), default=lr, help="highest learning rate")
    loop.add_argument("--weight-decay", type=real(0.0), default=0.05, help="AdamW's decay")
    loop.add_argument(
        "--ema",
        type=real(0.0, 0.99999),
        default=0.0,
        metavar="DECAY",
        help="average the weights over the steps, such as 0.999, and use the average; 0: don't",
    )
    loop.add_argument(
        "--patience",
        type=whole_number(0),
        default=0,
        metavar="N",
        help="stop after N epochs without a better one; 0: never",
    )
    loop.add_argument(
        "--flip",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="mirror every other picture in training",
    )
    loop.add_argument("--seed", type=whole_number(0), default=0, help="of weights and order")
    loop.add_argument("--amp", action="store_true", help="mixed precision (CUDA)")
    loop.add_argument(
        "--save-frequency",
        type=whole_number(1),
        default=1,
        help="write a checkpoint every N epochs",
    )
    loop.add_argument(
        "--tensorboard",
        action="store_true",
        help="write events for TensorBoard as well, to tensorboard/ in the output folder",
    )
    return parent


def train_settings(args: argparse.Namespace) -> TrainSettings:
    """The loop's settings from training_flags."""
    return TrainSettings(
        epochs=args.epochs,
        lr=args.lr,
        weight_decay=args.weight_decay,
        amp=args.amp,
        seed=args.seed,
        ema=args.ema,
        patience=args.patience,
    )


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
                    fitted, args.edit_resolution, config.process, args.cache, args.workers,
                    f"decode {split}",
                )  # fmt: skip
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
            args.manifest, args.val_split,
        )  # fmt: skip
        return train_loader, None
    return train_loader, loader(val, args.val_split, False)


def _split(args: argparse.Namespace, entries: list[Entry], name: str) -> list[Entry]:
    chosen = [entry for entry in entries if entry.split == name]
    if not chosen:
        there = ", ".join(sorted({entry.split for entry in entries}))
        raise InputError(f"{args.manifest}: nothing in split {name}; it has: {there}")
    return chosen


def real(low: float, high: float = math.inf) -> Callable[[str], float]:
    """An argparse type: a finite number in low..high."""

    def parse(text: str) -> float:
        number = float(text)
        if not (math.isfinite(number) and low <= number <= high):
            allowed = f"in {low:g}..{high:g}" if high < math.inf else f"of {low:g} or more"
            raise argparse.ArgumentTypeError(f"{text!r} is not a number {allowed}")
        return number

    parse.__name__ = "number"
    return parse
