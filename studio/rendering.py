"""What the page looks at: a picture with an edit at screen size, of many asked for the last one."""

import contextlib
import threading
from collections.abc import Hashable, Iterator
from dataclasses import dataclass

import numpy as np

from imaging.jpeg import jpeg_bytes
from imaging.resize import fit_size
from model.open_picture import OpenPicture
from params.record import Record

QUALITY = 90
_SUBSAMPLING = "4:2:0"  # what a screen shows of a moving slider; half the time of 4:4:4


class SupersededError(Exception):
    """A later call for the same view came while this one waited."""


class Turns:
    """One render at a time, which uses all cores; of those of one view that wait, the last."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._lock = threading.Lock()
        self._latest: dict[Hashable, int] = {}
        self._count = 0

    @contextlib.contextmanager
    def call(self, view: Hashable) -> Iterator[int]:
        """A call's number, in the block; older calls of its view that wait are superseded."""
        with self._lock:
            self._count += 1
            number = self._latest[view] = self._count
        try:
            yield number
        finally:
            with self._lock:
                if self._latest.get(view) == number:
                    del self._latest[view]

    def check(self, view: Hashable, number: int) -> None:
        """Raise SupersededError where a later call of the view came."""
        with self._lock:
            if self._latest.get(view) != number:
                raise SupersededError

    def render(
        self,
        view: Hashable,
        number: int,
        picture: OpenPicture,
        record: Record,
        rows: tuple[int, int] | None = None,
    ) -> np.ndarray:
        """OpenPicture.srgb8 when it is this call's turn. Raises SupersededError."""
        with self._turn:
            self.check(view, number)
            return picture.srgb8(record, rows)


@dataclass(frozen=True)
class Tile:
    """Part of a picture at full size: left and top corner, and size, in pixels."""

    x: int
    y: int
    width: int
    height: int

    def inside(self, size: tuple[int, int]) -> "Tile":
        """What of it lies in a picture of this height and width; nothing is an empty tile."""
        height, width = size
        x, y = min(max(self.x, 0), width), min(max(self.y, 0), height)
        right, bottom = min(self.x + self.width, width), min(self.y + self.height, height)
        return Tile(x, y, max(right - x, 0), max(bottom - y, 0))


def screen_jpeg(srgb: np.ndarray, size: int) -> bytes:
    """A rendered picture as a JPEG with a long side of at most `size`."""
    height, width = fit_size(srgb.shape[0], srgb.shape[1], size)
    if (height, width) != srgb.shape[:2]:
        import cv2

        srgb = cv2.resize(srgb, (width, height), interpolation=cv2.INTER_AREA)
    return jpeg_bytes(srgb, QUALITY, _SUBSAMPLING)
