"""A checkpoint with its adapters as what runs without torch: prepared once, then read."""

import logging
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from model.adapter import Adapter
from model.numpy_model import NumpyModel
from model.prepared.cache import prepared_path, remove_old
from model.prepared.encoder import OnnxEncoder
from model.prepared.form import Prepared, read_prepared, write_prepared
from params.files import InputError
from params.user_cache import can_keep, user_cache

log = logging.getLogger(__name__)


def load_prepared(
    checkpoint: Path, adapters: Sequence[Adapter] = (), force: bool = False
) -> NumpyModel | None:
    """The model, ready to predict on the CPU; None where it needs torch.

    The first time torch makes what is read from then on.

    Args:
        checkpoint: a file, or a name on the Hub (see model.hub); adapters likewise.
        force: take adapters that were trained on another base.

    Raises:
        InputError: a file is not what it should be, or belongs to another base.
    """
    try:
        path = prepared_path(checkpoint, adapters, force)
    except InputError:  # who loads it with torch names what is wrong
        return None
    stored = None if path is None else read_prepared(path)
    model = None if stored is None else _model_of(stored)
    if stored is not None and (model is not None or _needs_torch(stored)):
        if model is not None:
            for level, text in stored.said:
                log.log(level, "%s", text)
        return model
    if path is None or not can_keep(path.parent):
        # Preparing takes longer than torch does with a few pictures.
        log.info("%s: no folder to keep the prepared model in: torch runs it", path or user_cache())
        return None
    started = time.perf_counter()
    stored = _make(checkpoint, adapters, force)
    try:
        write_prepared(path, stored)
        remove_old()
        seconds = time.perf_counter() - started
        log.info("the model was prepared for the next runs, in %.1f s: %s", seconds, path)
    except InputError as error:
        log.info("the model is not kept for the next runs: %s", error)
    return _model_of(stored)


def _needs_torch(stored: Prepared) -> bool:
    return not stored.encoder.size and not stored.config.backbone.sees_statistics


def _model_of(stored: Prepared) -> NumpyModel | None:
    if stored.config.backbone.sees_statistics:
        return NumpyModel(stored.config, stored.state)
    if _needs_torch(stored):
        return None
    try:
        return NumpyModel(stored.config, stored.state, OnnxEncoder(stored.encoder))
    except ValueError as error:
        log.debug("%s", error)
        return None


def _make(checkpoint: Path, adapters: Sequence[Adapter], force: bool) -> Prepared:
    from model.checkpoint import load_model
    from model.lora_blend import blend_lora
    from model.prepared.make import prepare

    notes = _Notes()
    logging.getLogger().addHandler(notes)
    try:
        model, _ = load_model(checkpoint)
        if adapters:
            blend_lora(model, [(one.path, one.weight) for one in adapters], force=force)
    finally:
        logging.getLogger().removeHandler(notes)
    return prepare(model)._replace(said=notes.said)


class _Notes(logging.Handler):
    """Notes what this thread is told meanwhile."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.said: list[tuple[int, str]] = []
        self._thread = threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread:
            self.said.append((record.levelno, record.getMessage()))
