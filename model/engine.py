"""The training loop, shared by training and LoRA fine-tuning."""

import logging
import math
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sized
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from model.losses import HybridLoss
from params.files import InputError

log = logging.getLogger(__name__)


class Batches(Sized, Protocol):
    """What a DataLoader is to the loop: a length, and batches anew on each pass."""

    def __iter__(self) -> Iterator[Mapping[str, Any]]: ...


@dataclass(frozen=True)
class TrainSettings:
    """How to train.

    warm_up: share of all steps over which the learning rate rises; it then falls as a cosine.
    clip: largest norm of the gradient.
    amp: mixed precision on CUDA (bfloat16, or float16 with loss scaling on older GPUs).
    """

    epochs: int = 20
    lr: float = 3e-4
    weight_decay: float = 0.05
    warm_up: float = 0.05
    clip: float = 1.0
    amp: bool = False
    seed: int = 0


@dataclass(frozen=True)
class EpochResult:
    """One epoch: means of the loss and its parts (`loss`, `params`, `image`)."""

    epoch: int
    train: dict[str, float]
    val: dict[str, float] | None
    lr: float
    seconds: float
    best: bool

    @property
    def score(self) -> float:
        """What "best" means: the validation loss, or the training loss where there is none."""
        return (self.val or self.train)["loss"]


class Trainer:
    """Trains what has gradients in `model`, epoch by epoch.

    Every epoch is seeded from (seed, epoch), so that a resumed run draws what an unbroken one
    would have drawn.
    """

    def __init__(
        self, model: nn.Module, loss: HybridLoss, settings: TrainSettings, device: torch.device
    ) -> None:
        self.model = model.to(device)
        self.loss = loss.to(device)
        self.settings = settings
        self.device = device
        self.parameters = [p for p in model.parameters() if p.requires_grad]
        self.optimizer = torch.optim.AdamW(
            _decay_groups(self.parameters, settings.weight_decay), lr=settings.lr
        )
        self.epoch = 0
        self.best = math.inf
        self.amp_type = _amp_type(device) if settings.amp else None
        if settings.amp and self.amp_type is None:
            log.info("--amp: mixed precision needs CUDA; training in full precision")
        self.scaler = torch.amp.GradScaler(device.type, enabled=self.amp_type is torch.float16)

    def run(
        self, train: Batches, val: Batches | None, on_epoch: Callable[[EpochResult], None]
    ) -> None:
        """Train the epochs that are left, calling `on_epoch` after each.

        Raises:
            InputError: the loss is no longer a number.
        """
        while self.epoch < self.settings.epochs:
            epoch = self.epoch + 1
            torch.manual_seed(self.settings.seed * 1_000_003 + epoch)
            start = time.perf_counter()
            means = self._train_epoch(train, epoch)
            checks = self.evaluate(val, f"epoch {epoch} validation") if val is not None else None
            lr = self.optimizer.param_groups[0]["lr"]
            seconds = time.perf_counter() - start
            score = (checks or means)["loss"]
            if not math.isfinite(score):
                raise InputError(
                    f"training stopped: the validation loss of epoch {epoch} is {score}"
                )
            is_best = score < self.best
            self.best = min(self.best, score)
            self.epoch = epoch
            on_epoch(EpochResult(epoch, means, checks, lr, seconds, is_best))

    @torch.no_grad()
    def evaluate(self, batches: Batches, desc: str = "evaluate") -> dict[str, float]:
        """Mean loss and parts over a data set."""
        self.model.eval()
        means = _Means()
        for batch in _progress(batches, desc):
            batch = to_device(batch, self.device)  # noqa: PLW2901
            _, parts = self._loss(batch)
            means.add(parts, len(batch["image"]))
        return means.result()

    def state_dict(self) -> dict[str, Any]:
        """What resuming needs besides the model's weights."""
        return {
            "epoch": self.epoch,
            "best": self.best,
            "optimizer": self.optimizer.state_dict(),
            "scaler": self.scaler.state_dict(),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from state_dict(). Raises ValueError or KeyError when it doesn't fit."""
        self.optimizer.load_state_dict(state["optimizer"])
        self.scaler.load_state_dict(state["scaler"])
        self.epoch, self.best = int(state["epoch"]), float(state["best"])

    def _train_epoch(self, batches: Batches, epoch: int) -> dict[str, float]:
        set_train_mode(self.model)
        total = self.settings.epochs * len(batches)
        means = _Means()
        with _progress(batches, f"epoch {epoch}/{self.settings.epochs}") as bar:
            for i, batch in enumerate(bar):
                step = (epoch - 1) * len(batches) + i
                for group in self.optimizer.param_groups:
                    group["lr"] = self.settings.lr * lr_factor(step, total, self.settings.warm_up)
                batch = to_device(batch, self.device)  # noqa: PLW2901
                loss, parts = self._loss(batch)
                if not math.isfinite(parts["loss"]):
                    raise InputError(
                        f"training stopped: the loss is {parts['loss']} in epoch {epoch}, step "
                        f"{i + 1} (pictures {', '.join(map(str, batch.get('id', [])))}); try a "
                        f"lower --lr than {self.settings.lr:g}"
                    )
                self._step(loss)
                means.add(parts, len(batch["image"]))
                bar.set_postfix(loss=f"{means.result()['loss']:.4f}", refresh=False)
        return means.result()

    def _loss(self, batch: Mapping[str, Any]) -> tuple[Tensor, dict[str, float]]:
        with torch.autocast(
            self.device.type, dtype=self.amp_type, enabled=self.amp_type is not None
        ):
            predicted = self.model(batch["image"])["params_norm"]
        return self.loss(predicted, batch)

    def _step(self, loss: Tensor) -> None:
        self.optimizer.zero_grad(set_to_none=True)
        self.scaler.scale(loss).backward()
        self.scaler.unscale_(self.optimizer)
        nn.utils.clip_grad_norm_(self.parameters, self.settings.clip)
        self.scaler.step(self.optimizer)
        self.scaler.update()


def lr_factor(step: int, total: int, warm_up: float) -> float:
    """Learning rate at a step (from 0), as a share of the highest: linear rise, cosine fall."""
    rising = max(1, round(warm_up * total))
    if step < rising:
        return (step + 1) / rising
    return 0.5 * (1.0 + math.cos(math.pi * (step - rising) / max(1, total - rising)))


def to_device(batch: Mapping[str, Any], device: torch.device) -> dict[str, Any]:
    """A batch with its tensors (also those in dictionaries) on the device."""

    def move(value: Any) -> Any:
        if isinstance(value, Tensor):
            return value.to(device, non_blocking=True)
        if isinstance(value, Mapping):
            return {name: move(item) for name, item in value.items()}
        return value

    return {name: move(value) for name, value in batch.items()}


def set_train_mode(model: nn.Module) -> None:
    """model.train(), but frozen batch norms keep their statistics: they belong to the base."""
    model.train()
    for module in model.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm) and not any(
            parameter.requires_grad for parameter in module.parameters()
        ):
            module.eval()


def _decay_groups(parameters: Iterable[nn.Parameter], weight_decay: float) -> list[dict[str, Any]]:
    """Matrices are decayed; biases and norms, which are vectors, are not."""
    parameters = list(parameters)
    return [
        {"params": [p for p in parameters if p.ndim >= 2], "weight_decay": weight_decay},
        {"params": [p for p in parameters if p.ndim < 2], "weight_decay": 0.0},
    ]


def _amp_type(device: torch.device) -> torch.dtype | None:
    if device.type != "cuda":
        return None
    return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16


def _progress(batches: Batches, desc: str) -> Any:
    from tqdm import tqdm

    return tqdm(batches, desc=desc, unit="batch", file=sys.stderr, dynamic_ncols=True, leave=False)


class _Means:
    """Running means; each part over the pictures of the batches that have it."""

    def __init__(self) -> None:
        self.sums: dict[str, float] = {}
        self.counts: dict[str, int] = {}

    def add(self, parts: Mapping[str, float], pictures: int) -> None:
        for name, value in parts.items():
            self.sums[name] = self.sums.get(name, 0.0) + value * pictures
            self.counts[name] = self.counts.get(name, 0) + pictures

    def result(self) -> dict[str, float]:
        return {name: self.sums[name] / self.counts[name] for name in self.sums}
