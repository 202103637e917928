"""The row of Auto: what a model has to beat first, since everybody has it."""

import functools
import sys
import time
from pathlib import Path

import numpy as np

from dataset.sample_cache import cache_name, made_once
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


def auto_row(test: Split, cache: Path, process: int) -> Row:
    """Auto's edits, from the RAW files; kept in the cache.

    process: the model's. Where Auto's is another, its edits are `apart`, and have no slider
        errors: the numbers do not mean the same.
    """
    from tqdm import tqdm

    row = Row({}, {})
    settings = test.samples.settings
    bar = {"desc": AUTO, "unit": "picture", "file": sys.stderr, "dynamic_ncols": True}
    for id, entry in tqdm(test.entries.items(), **bar):
        try:
            raw = entry.path("raw")
            file = cache / cache_name(f"{AUTO}{_VERSION}", [raw], None, PROCESS)
            found = made_once(file, functools.partial(_found, raw))
        except (InputError, OSError):  # named where the picture itself is measured
            continue
        params = neutral_params() | {name: float(found[name]) for name in LIMITS}
        row.seconds[id] = float(found["seconds"])
        if process == PROCESS:
            row.edits[id] = params_norm_of(params, settings.knots, settings.outputs)
        else:
            row.apart[id] = Record(params, process=PROCESS)
    return row


def _found(raw: Path) -> dict[str, np.ndarray]:
    """The sliders that Auto moves, and the seconds that it took for them."""
    read = decode_raw(raw, PROCESS)
    started = time.perf_counter()
    params = AutoPredictor().predict_from(raw, read.proxy, read.shot, read.metadata).record.params
    seconds = time.perf_counter() - started
    return {name: np.array(params[name]) for name in LIMITS} | {"seconds": np.array(seconds)}
