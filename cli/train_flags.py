"""Flags that training and LoRA fine-tuning share."""

import argparse
from pathlib import Path

from cli.types import real, whole_number
from dataset.manifest import DEFAULT_MANIFEST
from dataset.sample_cache import DEFAULT_CACHE
from model.engine import TrainSettings


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
