"""The folder that a training run leaves behind."""

import csv
import itertools
import json
import logging
import time
from collections.abc import Callable
from typing import Any, cast

from torch.utils.data import DataLoader

from dataset.samples import Samples
from model.distributed import Group
from model.engine import Batches, EpochResult, Trainer, TrainingError
from params.csv_text import csv_text
from params.files import InputError, sweep, write_text
from report.charts import draw_curves
from stages.train.settings import FOLDS_TABLE, RunSettings
from stages.train.tensorboard import add_scalars, open_events
from stages.train.validation_sheet import draw_sheet

log = logging.getLogger(__name__)

EVENTS = "tensorboard"
# Drawing takes a third of a second: curves are drawn at most so often, and at the end.
CURVES_EVERY = 5.0  # seconds
RUN_FILES = (
    "args.json",
    "log.csv",
    "best.pt",
    "last.pt",
    "checkpoint_epoch*.pt",
    "lora_best.pt",
    "lora_epoch*.pt",
    "cross_validation.pt",
    FOLDS_TABLE,
    "curves.png",
    "validation.png",
    EVENTS,
)
LOG_COLUMNS = (
    "epoch",
    "train_loss",
    "train_params",
    "train_image",
    "val_loss",
    "val_params",
    "val_image",
    "lr",
    "seconds",
)


class RunFolder:
    """The folder of a run: args.json, log.csv with a row an epoch, pictures of how it goes.

    What another run left there is moved to earlier_001/ (002, ...), unless this one resumes it.
    Of a group of processes only the first one writes.
    """

    def __init__(self, settings: RunSettings, group: Group | None = None) -> None:
        self.settings = settings
        self.folder = folder = settings.output
        self.leads = group is None or group.leads
        self.rows: list[dict[str, Any]] = []
        self.events = None
        self._drawn = float("-inf")  # when curves.png was, by time.monotonic()
        if not self.leads:
            return
        sweep(folder)
        if not settings.resume:
            self._set_aside()
        if settings.tensorboard:
            self.events = open_events(folder / EVENTS)
        write_text(folder / "args.json", json.dumps(settings.as_json(), indent=2) + "\n")

    def _set_aside(self) -> None:
        earlier = [file for name in RUN_FILES for file in sorted(self.folder.glob(name))]
        if not any((self.folder / name).is_file() for name in ("log.csv", FOLDS_TABLE)):
            return  # no run: a folder of somebody's checkpoints
        names = (self.folder / f"earlier_{number:03d}" for number in itertools.count(1))
        aside = next(name for name in names if not name.exists())
        try:
            aside.mkdir()
            for file in earlier:
                file.rename(aside / file.name)
        except OSError as error:
            raise InputError(f"{aside}: an earlier run cannot be moved there: {error}") from error
        log.info("%s: the earlier run of this folder was moved there", aside)

    def train(
        self,
        trainer: Trainer,
        train: Batches,
        val: DataLoader[Any] | None,
        save: Callable[[EpochResult], None],
    ) -> None:
        """Train to the end; after each epoch its row and pictures, then `save` the weights.

        Raises:
            InputError: training went wrong; it names the checkpoint to go back to.
        """

        on_epoch = self.follow(trainer, val, save)
        if self.leads and val is None and trainer.stop_after is None:
            log.warning(
                "%s: nothing in split %s: the best epoch is chosen by its training loss",
                self.settings.manifest,
                self.settings.val_split,
            )
        if self.settings.resume:
            self._keep_rows(trainer.epoch)
        try:
            trainer.run(train, val, on_epoch)
        except TrainingError as error:
            raise InputError(f"{error}; {self._last_good()}") from error
        if trainer.stop_after is None and trainer.epoch < trainer.settings.epochs:
            log.info(
                "stopped after epoch %d: %d without a better one", trainer.epoch, trainer.stale
            )

    def follow(
        self, trainer: Trainer, val: DataLoader[Any] | None, save: Callable[[EpochResult], None]
    ) -> Callable[[EpochResult], None]:
        """What is to be done after an epoch: its row and pictures, then `save`."""

        def on_epoch(result: EpochResult) -> None:
            if self.leads:
                self.add(result)
                if result.best and val is not None:
                    draw_sheet(
                        self.folder / "validation.png",
                        trainer,
                        cast(Samples, val.dataset),
                        title=f"epoch {result.epoch}",
                    )
                save(result)  # last: a run that is killed goes on from what was saved

        return on_epoch

    def _last_good(self) -> str:
        best = (self.folder / name for name in ("best.pt", "lora_best.pt"))
        kept = [file for file in best if file.is_file()]
        if not self.rows or not kept:
            return "no epoch was finished"
        return f"the last good checkpoint is {kept[0]}"

    def _keep_rows(self, epochs: int) -> None:
        """Take over the rows of the first epochs from a former run's log.csv."""
        path = self.folder / "log.csv"
        if path.is_file():
            with path.open(encoding="utf-8", newline="") as file:
                rows = [row for row in csv.DictReader(file) if (row.get("epoch") or "").isdigit()]
            self.rows = [row for row in rows if int(row["epoch"]) <= epochs]

    def add(self, result: EpochResult) -> None:
        """Write the epoch's row and the curves so far, and report it."""
        row: dict[str, Any] = {
            "epoch": result.epoch,
            "lr": f"{result.lr:.4g}",
            "seconds": f"{result.seconds:.2f}",
        }
        for side, means in (("train", result.train), ("val", result.val)):
            row.update({f"{side}_{name}": f"{value:.6f}" for name, value in (means or {}).items()})
        self.rows.append(row)
        write_text(self.folder / "log.csv", csv_text(LOG_COLUMNS, self.rows))
        if result.last or time.monotonic() - self._drawn >= CURVES_EVERY:
            draw_curves(self.folder / "curves.png", self.rows)
            self._drawn = time.monotonic()
        if self.events:
            add_scalars(self.events, result)
        log.info(
            "epoch %d: training loss %.4f%s, %.1f s%s",
            result.epoch,
            result.train["loss"],
            f", validation loss {result.val['loss']:.4f}" if result.val else "",
            result.seconds,
            " (best)" if result.best else "",
        )
