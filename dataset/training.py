"""What training and LoRA fine-tuning share: their flags, data loaders and run folder."""

import argparse
import csv
import io
import json
import logging
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from torch.utils.data import DataLoader

from dataset.command_line import whole_number
from dataset.manifest import DEFAULT_MANIFEST, Entry, read_manifest
from dataset.samples import DEFAULT_CACHE, Samples, collate
from model.autopilot import AutoPilotConfig
from model.engine import EpochResult, TrainSettings
from params.files import InputError, write_text

log = logging.getLogger(__name__)

RUN_FILES = ("args.json", "log.csv", "best.pt", "last.pt", "checkpoint_epoch*.pt",
             "lora_epoch*.pt")  # fmt: skip
LOG_COLUMNS = (
    "epoch", "train_loss", "train_params", "train_image",
    "val_loss", "val_params", "val_image", "lr", "seconds",
)  # fmt: skip


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
    loop.add_argument("--seed", type=whole_number(0), default=0, help="of weights and order")
    loop.add_argument("--amp", action="store_true", help="mixed precision (CUDA)")
    loop.add_argument(
        "--save-frequency",
        type=whole_number(1),
        default=1,
        help="write a checkpoint every N epochs",
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
    )


def image_weight(args: argparse.Namespace) -> float:
    """The picture loss's weight: 0 without --use-edit-layer."""
    return args.image_loss_weight if args.use_edit_layer else 0.0


def make_loaders(
    args: argparse.Namespace, config: AutoPilotConfig, *, pin_memory: bool = False
) -> tuple[DataLoader[Any], DataLoader[Any] | None]:
    """Loaders of the training and validation split; None where there's nothing to validate on.

    Raises:
        InputError: the manifest can't be read, or has nothing usable in the training split.
    """
    entries = read_manifest(args.manifest)
    train = _split(args, entries, args.train_split)[: args.train_limit]
    val = [entry for entry in entries if entry.split == args.val_split][: args.val_limit]

    def loader(chosen: list[Entry], split: str, shuffle: bool) -> DataLoader[Any]:
        samples = Samples(
            chosen,
            image_size=config.backbone.image_size,
            knots=config.knots,
            process=config.process,
            masks=config.masks,
            edit_resolution=args.edit_resolution if image_weight(args) > 0 else None,
            cache=args.cache,
            desc=f"prepare {split}",
        )
        return DataLoader(
            samples,
            batch_size=args.batch_size,
            shuffle=shuffle,
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


class RunFolder:
    """The folder of a run: args.json, and log.csv with a row an epoch.

    What another run left there is moved to earlier_001/ (002, ...), unless this one resumes it.
    """

    def __init__(self, folder: Path, args: argparse.Namespace, *, resumes: bool = False) -> None:
        self.folder = folder
        if not resumes:
            self._set_aside()
        self.rows: list[dict[str, Any]] = []
        values = {name: str(v) if isinstance(v, Path) else v for name, v in vars(args).items()}
        write_text(folder / "args.json", json.dumps(values, indent=2) + "\n")

    def _set_aside(self) -> None:
        theirs = [file for name in RUN_FILES for file in sorted(self.folder.glob(name))]
        if not (self.folder / "log.csv").is_file():
            return  # no run: a folder of somebody's checkpoints
        number = 1 + len(list(self.folder.glob("earlier_*")))
        aside = self.folder / f"earlier_{number:03d}"
        try:
            aside.mkdir()
            for file in theirs:
                file.rename(aside / file.name)
        except OSError as error:
            raise InputError(f"{aside}: an earlier run cannot be moved there: {error}") from error
        log.info("%s: the earlier run of this folder was moved there", aside)

    def keep_rows(self, epochs: int) -> None:
        """Take over the rows of the first epochs from a former run's log.csv."""
        path = self.folder / "log.csv"
        if path.is_file():
            with path.open(encoding="utf-8", newline="") as file:
                rows = [row for row in csv.DictReader(file) if (row.get("epoch") or "").isdigit()]
            self.rows = [row for row in rows if int(row["epoch"]) <= epochs]

    def add(self, result: EpochResult) -> None:
        """Write the epoch's row, and report it."""
        row: dict[str, Any] = {
            "epoch": result.epoch, "lr": f"{result.lr:.4g}", "seconds": f"{result.seconds:.2f}"
        }  # fmt: skip
        for side, means in (("train", result.train), ("val", result.val)):
            row.update({f"{side}_{name}": f"{value:.6f}" for name, value in (means or {}).items()})
        self.rows.append(row)
        text = io.StringIO()
        writer = csv.DictWriter(text, LOG_COLUMNS, lineterminator="\n", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(self.rows)
        write_text(self.folder / "log.csv", text.getvalue())
        log.info(
            "epoch %d: training loss %.4f%s, %.1f s%s", result.epoch, result.train["loss"],
            f", validation loss {result.val['loss']:.4f}" if result.val else "",
            result.seconds, " (best)" if result.best else "",
        )  # fmt: skip


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
