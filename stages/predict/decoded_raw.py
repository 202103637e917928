"""What a prediction and a render need of a RAW file, read from one opening of it."""

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np

from imaging.camera import Shot
from imaging.metadata import Metadata
from imaging.raw_picture import RawPicture

log = logging.getLogger(__name__)


class DecodedRaw(NamedTuple):
    """A RAW file read. proxy, pixels: HxWx3 float32 linear ProPhoto, at proxy and at full size.

    pixels: None where they were not asked for.
    """

    proxy: np.ndarray
    shot: Shot
    metadata: Metadata
    pixels: np.ndarray | None = None


def decode_raw(
    raw: Path, process: int, *, full: bool = False, warn: Callable[[str], None] | None = None
) -> DecodedRaw:
    """Read a RAW file for an edit process; `full`: also at full size.

    warn: takes what is odd about the file; by default it is logged.

    Raises:
        InputError: the file cannot be read.
    """
    with RawPicture(raw, warn) as picture:
        # Full size last, after which LibRaw's memory is free.
        return DecodedRaw(
            picture.proxy(process),
            picture.shot,
            picture.metadata,
            picture.full(process) if full else None,
        )


class Begun:
    """A RAW file that is read, also at full size, in a thread of its own."""

    def __init__(self, raw: Path, process: int) -> None:
        self._warnings: list[str] = []
        pool = ThreadPoolExecutor(1)
        self._decoded: Future[DecodedRaw] = pool.submit(
            decode_raw, raw, process, full=True, warn=self._warnings.append
        )
        pool.shutdown(wait=False)

    def result(self) -> DecodedRaw:
        """What was read, when that is done; as decode_raw.

        Warnings are logged now, in the thread that waits: by it a batch knows whose they are.
        """
        try:
            return self._decoded.result()
        finally:
            for line in self._warnings:
                log.warning("%s", line)
