"""The row of Auto: what a model has to beat first, since everybody has it."""

import contextlib
import functools
import time
from pathlib import Path

import numpy as np

from dataset.manifest import Entry
from dataset.sample_cache import cache_name, made_once
from jobs.progress import each
from jobs.where import HERE, Where
from model.preprocess import params_norm_of
from params.auto_edit import LIMITS, PROCESS
from params.files import InputError
from params.ranges import neutral_params
from params.record import Record
from stages.evaluate.rows import AUTO, Row, Split
from stages.predict.auto_predictor import AutoPredictor
from stages.predict.decoded_raw import decode_raw

# Raised when Auto's edits change: kept ones are then made again.
_VERSION = 1
_FEW = 20  # pictures that are looked at before other processes have started


def auto_row(test: Split, cache: Path, process: int, where: Where = HERE) -> Row:
    """Auto's edits, from the RAW files; kept in the cache.

    process: the model's. Where Auto's is another, its edits are `apart`, and have no slider
        errors: the numbers do not mean the same.
    """
    row = Row({}, {})
    settings = test.samples.settings
    todo = [entry for entry in test.entries.values() if not _is_kept(entry, cache)]
    each(
        todo,
        functools.partial(_make, cache=cache),
        name=lambda entry: entry.id,
        desc=AUTO,
        where=where if len(todo) > _FEW else HERE,
    )
    for id, entry in test.entries.items():
        found = _kept(entry, cache)
        if found is None:
            continue
        params = neutral_params() | {name: float(found[name]) for name in LIMITS}
        row.seconds[id] = float(found["seconds"])
        if process == PROCESS:
            row.edits[id] = params_norm_of(params, settings.knots, settings.outputs)
        else:
            row.apart[id] = Record(params, process=PROCESS)
    return row


def _file(entry: Entry, cache: Path) -> Path:
    """What the cache keeps of a picture. Raises InputError, OSError: there is no RAW file."""
    return cache / cache_name(f"{AUTO}{_VERSION}", [entry.path("raw")], None, PROCESS)


def _is_kept(entry: Entry, cache: Path) -> bool:
    with contextlib.suppress(InputError, OSError):
        return _file(entry, cache).is_file()
    return False


def _make(entry: Entry, cache: Path) -> None:
    """Put what is known of a picture into the cache, if it can be read."""
    _kept(entry, cache)


def _kept(entry: Entry, cache: Path) -> dict[str, np.ndarray] | None:
    """What is known of a picture; None, without a word, where it cannot be read: it is named
    where the picture itself is measured."""
    try:
        return made_once(_file(entry, cache), functools.partial(_found, entry.path("raw")))
    except (InputError, OSError):
        return None


def _found(raw: Path) -> dict[str, np.ndarray]:
    """The sliders that Auto moves, and the seconds that it took for them."""
    read = decode_raw(raw, PROCESS)
    started = time.perf_counter()
    params = AutoPredictor().predict_from(raw, read.proxy, read.shot, read.metadata).record.params
    seconds = time.perf_counter() - started
    return {name: np.array(params[name]) for name in LIMITS} | {"seconds": np.array(seconds)}
