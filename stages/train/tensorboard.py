"""Events for TensorBoard, an optional package."""

from pathlib import Path
from typing import Any

from model.engine import EpochResult
from params.files import InputError


def open_events(folder: Path) -> Any:
    """A writer of events. Raises InputError where TensorBoard is not installed."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise InputError(
            "--tensorboard needs a package that is not installed: pip install tensorboard"
        ) from error
    try:
        return SummaryWriter(folder)
    except OSError as error:
        raise InputError(f"{folder}: cannot be written: {error.strerror or error}") from error


def add_scalars(events: Any, result: EpochResult) -> None:
    """The epoch's means, learning rate and seconds."""
    for side, means in (("train", result.train), ("val", result.val or {})):
        for name, value in means.items():
            events.add_scalar(f"{name}/{side}", value, result.epoch)
    events.add_scalar("lr", result.lr, result.epoch)
    events.add_scalar("seconds", result.seconds, result.epoch)
    events.flush()
