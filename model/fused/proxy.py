"""The small picture that an edit looks at where it depends on the whole of one."""

import functools

import numpy as np

from imaging.resize import fit_size, resize_area
from model.edit.whole import PROXY_LONG_SIDE
from model.fused.library import fits, library, reduced


class Proxy:
    """A picture (HxWx3) with PROXY_LONG_SIDE, made when it is first asked for.

    It lasts longer than a picture that is edited in place. Who holds it holds the picture: it is an
    object of its own so that who renders is not held by what it holds, and its pixels with it.
    """

    def __init__(self, pixels: np.ndarray) -> None:
        self._pixels = pixels

    def __call__(self) -> np.ndarray:
        return self._made

    @property
    def nbytes(self) -> int:
        """What it takes of memory beside the picture; 0 before it is made."""
        made: np.ndarray | None = self.__dict__.get("_made")
        return 0 if made is None else made.nbytes

    @functools.cached_property
    def _made(self) -> np.ndarray:
        pixels = self._pixels
        height, width = pixels.shape[:2]
        size = fit_size(height, width, PROXY_LONG_SIDE)
        if size == (height, width):
            return pixels.copy()
        if library() is not None and pixels.dtype == np.float32 and fits(pixels):
            return reduced(pixels, *size)
        return resize_area(pixels, *size)
