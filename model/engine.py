"""The training loop, shared by training and LoRA fine-tuning."""

import contextlib
import logging
import math
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from model.batch_norm import allow_lone_pictures, set_train_mode
from model.distributed import Group
from model.ema import Ema
from model.loop_settings import LoopSettings
from model.losses import Counted, HybridLoss, counted_means, counted_sums
from model.schedule import decay_groups, lr_factor
from params.files import InputError

log = logging.getLogger(__name__)

# A loss of 1 is what a poor but sane edit costs (model.losses). Diverged: the mean over so many
# steps is this many times that, and as many times what training began with.
DIVERGED = 3.0
WATCHED_STEPS = 20


class TrainingError(InputError):
    """The loss went wrong: the weights are of no use any more."""


class Batches(Sized, Protocol):
    """What a DataLoader is to the loop: a length, and batches anew on each pass."""

    def __iter__(self) -> Iterator[Mapping[str, Any]]: ...


@dataclass(frozen=True)
class EpochResult:
    """One epoch: means of the loss and its parts (`loss`, `params`, `image`) over pictures.

    last: no epoch follows.
    """

    epoch: int
    train: dict[str, float]
    val: dict[str, float] | None
    lr: float
    seconds: float
    best: bool
    last: bool

    @property
    def score(self) -> float:
        """What "best" means: the validation loss, or the training loss where there is none."""
        return (self.val or self.train)["loss"]


class Trainer:
    """Trains what has gradients in `model`, epoch by epoch.

    Every epoch is seeded from (seed, epoch), so that a resumed run draws what an unbroken one
    would have drawn. In a group of processes each sees its share of every batch; all of them
    come to the same numbers.
    """

    def __init__(
        self,
        model: nn.Module,
        loss: HybridLoss,
        settings: LoopSettings,
        device: torch.device,
        group: Group | None = None,
    ) -> None:
        self.model = model.to(device)
        allow_lone_pictures(self.model)
        self.loss = loss.to(device)
        self.settings = settings
        self.device = device
        self.group = group or Group()
        self.parallel = self.group.wrap(self.model, device)
        self.parameters = [p for p in model.parameters() if p.requires_grad]
        self.optimizer = torch.optim.AdamW(
            decay_groups(self.parameters, settings.weight_decay), lr=settings.lr
        )
        self.ema = Ema(self.parameters, settings.ema) if settings.ema > 0.0 else None
        self.epoch = 0
        self.best = math.inf
        self.stale = 0  # epochs since the best one
        self.stop_after: int | None = None  # the best epoch, if that is known: the last one then
        self.first: float | None = None  # the loss of the first step
        self.watched: deque[float] = deque(maxlen=WATCHED_STEPS)  # of the last ones
        self.amp_type = _amp_type(device) if settings.amp else None
        if settings.amp and self.amp_type is None:
            log.info("--amp: mixed precision needs CUDA; training in full precision")
        self.scaler = torch.amp.GradScaler(device.type, enabled=self.amp_type is torch.float16)

    @property
    def finished(self) -> bool:
        """Whether no epoch is left, or patience has run out."""
        if self.stop_after is not None:
            return self.epoch >= self.stop_after
        tired = 0 < self.settings.patience <= self.stale
        return tired or self.epoch >= self.settings.epochs

    def run(
        self, train: Batches, val: Batches | None, on_epoch: Callable[[EpochResult], None]
    ) -> None:
        """Train the epochs that are left, calling `on_epoch` after each.

        During the call the model holds what is to be saved: with ema, the average.

        Raises:
            TrainingError: the loss is no longer a number, or has gone far up.
        """
        while not self.finished:
            epoch = self.epoch + 1
            torch.manual_seed(self.settings.seed * 1_000_003 + epoch)
            start = time.perf_counter()
            means = self._train_epoch(train, epoch)
            lr = self.optimizer.param_groups[0]["lr"]
            with self.averaged():
                checks = None
                if val is not None:
                    checks = self.evaluate(val, f"epoch {epoch} validation")
                seconds = time.perf_counter() - start
                score = (checks or means)["loss"]
                if not math.isfinite(score):
                    raise TrainingError(
                        f"training stopped: the validation loss of epoch {epoch} is {score}"
                    )
                known = self.stop_after
                is_best = score < self.best if known is None else epoch == known
                self.best = score if is_best else self.best
                self.stale = 0 if is_best else self.stale + 1
                self.epoch = epoch
                on_epoch(EpochResult(epoch, means, checks, lr, seconds, is_best, self.finished))

    def take(
        self, train: Batches, val: Batches | None, on_epoch: Callable[[EpochResult], None]
    ) -> None:
        """Judge the model as it is, as run() does after an epoch that was the only one."""
        start = time.perf_counter()
        means = self.evaluate(train, "judge training")
        checks = None if val is None else self.evaluate(val, "judge validation")
        self.epoch, self.best = 1, (checks or means)["loss"]
        seconds = time.perf_counter() - start
        on_epoch(EpochResult(1, means, checks, 0.0, seconds, best=True, last=True))

    def averaged(self) -> contextlib.AbstractContextManager[None]:
        """The model with the weights that count: their average when there is one."""
        return self.ema.applied() if self.ema else contextlib.nullcontext()

    @torch.no_grad()
    def evaluate(self, batches: Batches, desc: str = "evaluate") -> dict[str, float]:
        """Mean loss and parts over the pictures of a data set."""
        self.model.eval()
        total: Tensor | float = 0.0
        for batch in self._progress(batches, desc):
            batch = to_device(batch, self.device)  # noqa: PLW2901
            total = total + counted_sums(self._loss(self.model, batch))
        return counted_means(self.group.sum(torch.as_tensor(total)))

    def state_dict(self) -> dict[str, Any]:
        """What resuming needs besides the model's weights."""
        state = {
            "epoch": self.epoch,
            "best": self.best,
            "stale": self.stale,
            "first": self.first,
            "watched": list(self.watched),
            "optimizer": self.optimizer.state_dict(),
            "scaler": self.scaler.state_dict(),
            "loss": self.loss.state_dict(),
        }
        return state | ({"ema": self.ema.state_dict()} if self.ema else {})

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from state_dict(), with a model that holds what was saved beside it.

        Raises ValueError, KeyError, TypeError or RuntimeError when it doesn't fit.
        """
        if ("ema" in state) != (self.ema is not None):
            raise ValueError("--ema was " + ("on" if "ema" in state else "off"))
        if self.ema is not None:
            self.ema.load_state_dict(state["ema"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.scaler.load_state_dict(state["scaler"])
        self.loss.load_state_dict(state["loss"])
        self.epoch, self.best = int(state["epoch"]), float(state["best"])
        self.stale, self.first = int(state["stale"]), float(state["first"])
        self.watched.extend(map(float, state["watched"]))

    def resume(self, path: Path, content: Any) -> None:
        """Continue from the `training` of a checkpoint's content, read from `path`.

        Raises:
            InputError: there is none, or it doesn't fit.
        """
        try:
            self.load_state_dict(content["training"])
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise InputError(f"{path}: cannot be resumed: {error}") from error
        log.info("%s: going on after epoch %d", path, self.epoch)

    def _train_epoch(self, batches: Batches, epoch: int) -> dict[str, float]:
        set_train_mode(self.model)
        steps = self.settings.epochs * len(batches)
        total: Tensor | float = 0.0
        means: dict[str, float] = {}
        with self._progress(batches, f"epoch {epoch}/{self.settings.epochs}") as bar:
            for i, batch in enumerate(bar):
                step = (epoch - 1) * len(batches) + i
                for group in self.optimizer.param_groups:
                    group["lr"] = self.settings.lr * lr_factor(step, steps, self.settings.warm_up)
                batch = to_device(batch, self.device)  # noqa: PLW2901
                parts = self._loss(self.parallel, batch)
                sums = self.group.sum(counted_sums(parts)).cpu().double()
                mean = counted_means(sums)["loss"]
                self._check(mean, f"in epoch {epoch}, step {i + 1}", batch.get("id", []))
                self._step(parts["loss"], float(sums[0, 1]))
                total = total + sums
                means = counted_means(total)
                bar.set_postfix(loss=f"{means['loss']:.4f}", refresh=False)
        return means

    def _loss(self, model: nn.Module, batch: Mapping[str, Any]) -> dict[str, Counted]:
        with torch.autocast(
            self.device.type, dtype=self.amp_type, enabled=self.amp_type is not None
        ):
            answer = ask(model, batch)
        return self.loss(answer["params_norm"], batch, answer.get("gates"))

    def _step(self, loss: Counted, pictures: float) -> None:
        """One step down the mean over the pictures that all processes have."""
        values, counts = loss
        # Gradients are averaged over the processes: each one's part is a sum over its pictures.
        share = (values * counts).sum() * (self.group.size / max(pictures, 1.0))
        self.optimizer.zero_grad(set_to_none=True)
        self.scaler.scale(share).backward()
        self.scaler.unscale_(self.optimizer)
        nn.utils.clip_grad_norm_(self.parameters, self.settings.clip)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        if self.ema:
            self.ema.update()

    def _check(self, loss: float, where: str, pictures: Sequence[str]) -> None:
        """Stop when the loss of a step is no number, or has gone far up."""
        self.first = loss if self.first is None else self.first
        self.watched.append(loss)
        mean, why = sum(self.watched) / len(self.watched), ""
        if not math.isfinite(loss):
            why = f"the loss is {loss} {where} (pictures {', '.join(map(str, pictures))})"
        elif len(self.watched) == WATCHED_STEPS and mean > DIVERGED * max(1.0, self.first):
            why = f"the loss diverges: {mean:.3g} {where}, at first {self.first:.3g}"
        if why:
            raise TrainingError(
                f"training stopped: {why}; try a lower --lr than {self.settings.lr:g}"
            )

    def _progress(self, batches: Batches, desc: str) -> Any:
        from tqdm import tqdm

        return tqdm(
            batches,
            desc=desc,
            unit="batch",
            file=sys.stderr,
            dynamic_ncols=True,
            leave=False,
            disable=not self.group.leads,
        )


def ask(model: nn.Module, batch: Mapping[str, Any]) -> dict[str, Any]:
    """What a model makes of a batch's `image`, and of `metadata` and `start` where there are."""
    more = {name: batch[name] for name in ("metadata", "start") if name in batch}
    return model(batch["image"], **more)


def predict(model: nn.Module, batch: Mapping[str, Any]) -> dict[str, Tensor]:
    """params_norm of a batch."""
    return ask(model, batch)["params_norm"]


def to_device(batch: Mapping[str, Any], device: torch.device) -> dict[str, Any]:
    """A batch with its tensors (also those in dictionaries) on the device."""

    def move(value: Any) -> Any:
        if isinstance(value, Tensor):
            return value.to(device, non_blocking=True)
        if isinstance(value, Mapping):
            return {name: move(item) for name, item in value.items()}
        return value

    return {name: move(value) for name, value in batch.items()}


def _amp_type(device: torch.device) -> torch.dtype | None:
    if device.type != "cuda":
        return None
    return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
