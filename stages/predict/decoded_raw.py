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
from stages.predict.settings import PictureOutput

log = logging.getLogger(__name__)


class DecodedRaw(NamedTuple):
    """A RAW file read. proxy, pixels: HxWx3 float32 linear ProPhoto, at proxy size and to be shown.

    pixels: None where they were not asked for.
    """

    proxy: np.ndarray
    shot: Shot
    metadata: Metadata
    pixels: np.ndarray | None = None


def decode_raw(
    raw: Path,
    process: int,
    *,
    pictures: PictureOutput | None = None,
    warn: Callable[[str], None] | None = None,
) -> DecodedRaw:
    """Read a RAW file for an edit process.

    pictures: also at the size, and by the demosaic, of these.
    warn: takes what is odd about the file; by default it is logged.

    Raises:
        InputError: the file cannot be read.
    """
    with RawPicture(raw, warn) as picture:
        # The larger last, after which LibRaw's memory is free.
        return DecodedRaw(
            picture.proxy(process),
            picture.shot,
            picture.metadata,
            None
            if pictures is None
            else picture.linear_prophoto(pictures.max_size, process, pictures.demosaic),
        )


class Begun:
    """A RAW file that is read, also for pictures, in a thread of its own."""

    def __init__(self, raw: Path, process: int, pictures: PictureOutput) -> None:
        self._warnings: list[str] = []
        pool = ThreadPoolExecutor(1)
        self._decoded: Future[DecodedRaw] = pool.submit(
            decode_raw, raw, process, pictures=pictures, warn=self._warnings.append
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
