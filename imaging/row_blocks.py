"""Work on a picture in blocks of rows, on all cores, with few blocks in memory at a time."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple, TypeVar

import numpy as np

Result = TypeVar("Result")

BLOCK_PIXELS = 1 << 18


class Rows(NamedTuple):
    """A picture that comes about in blocks of rows, from the top on.

    shape: HxWx3 of the whole. blocks: float32, read once.
    """

    shape: tuple[int, ...]
    blocks: Iterator[np.ndarray]

    @classmethod
    def of(cls, pixels: np.ndarray) -> "Rows":
        """A picture that is there already."""
        return cls(pixels.shape, iter((pixels,)))

    def whole(self) -> np.ndarray:
        """The picture in one array."""
        return _put(np.empty(self.shape, np.float32), self.blocks)


def block_rows(width: int) -> int:
    """Rows in a block of about BLOCK_PIXELS pixels, at least one."""
    return max(1, BLOCK_PIXELS // width)


def map_rows(
    function: Callable[[np.ndarray], Result], pixels: np.ndarray, rows: int | None = None
) -> Iterator[Result]:
    """function(block) of each block of `rows` rows of HxWx… pixels, in order.

    Runs in threads: `function` must be one that lets go of Python's lock (NumPy, littleCMS).
    """
    rows = rows or block_rows(pixels.shape[1])
    workers = _cores()
    pending: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        for top in range(0, pixels.shape[0], rows):
            pending.append(pool.submit(function, pixels[top : top + rows]))
            if len(pending) > 2 * workers:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()


def fill_rows(
    out: np.ndarray, function: Callable[[np.ndarray], np.ndarray], pixels: np.ndarray
) -> np.ndarray:
    """Put function(block) of all row blocks of `pixels` into `out` (as tall), and return it."""
    return _put(out, map_rows(function, pixels))


def _put(out: np.ndarray, blocks: Iterable[np.ndarray]) -> np.ndarray:
    top = 0
    for block in blocks:
        out[top : top + len(block)] = block
        top += len(block)
    return out


def each_rows(
    function: Callable[[int, int], Any],
    height: int,
    rows: int,
    workers: int | None = None,
    start: Callable[[], Any] = lambda: None,
) -> None:
    """function(top, bottom) of each block of rows, in threads; the first error ends it.

    workers: threads, by default one a core.
    start: called once in each thread.
    """
    tops = range(0, height, rows)
    with ThreadPoolExecutor(workers or _cores(), initializer=start) as pool:
        for _ in pool.map(lambda top: function(top, min(top + rows, height)), tops):
            pass


def stretches(chosen: np.ndarray, longest: int | None = None) -> Iterator[tuple[int, int]]:
    """First and last + 1 of each run of chosen rows ([H] bool), in pieces up to `longest`."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], chosen, [False]]).astype(np.int8)))
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        for top in range(start, end, longest or end - start):
            yield top, min(top + (longest or end), end)


def _cores() -> int:
    return os.cpu_count() or 1
