"""A Bayer mosaic's missing colours, by gradients in four directions, straight to linear ProPhoto.

Gradient Based Threshold Free interpolation (Pekkucuksen and Altunbasak, Gradient based threshold
free color filter array interpolation, ICIP 2010): at each pixel green minus red, or blue, is the
mean of what four directions say, each by how little that difference changes along it; red and
blue follow from green by differences of neighbours. The code and three choices are our own: it
works on square roots, in which noise is as strong in shadows as in lights and an edge as steep on
its dark side; the pixel's own two differences, along and across, count as much as a side's mean,
which keeps colour that is as fine as light; and red and blue are always bilinear.
docs/decoding.md tells what that gains.
"""

import functools
from collections.abc import Callable

import numpy as np

_RED, _BLUE = 0, 2  # of LibRaw's four channels; 1 and 3 are green
# Under the square root: keeps values at black, which noise scatters, from being pulled down.
_TOE = 1.0 / 1024.0
_TINY = 1e-6  # added to squared gradients: even places have none
_HALO = 8  # how far a pixel's colour looks around; even, so that colours stay in step
MOSAIC_SIDE = _HALO + 2  # mirrored at its edges, a mosaic must be larger than what is mirrored
# Tiles of so many rows and columns (or the other way round) stay in a core's cache.
MOSAIC_ROWS, _COLUMNS = 128, 768


class Mosaic:
    """A Bayer mosaic, of which any part can be interpolated; several threads may.

    Args:
        quarters: the mosaic as LibRaw's half-size picture in four colours, H/2 x W/2 x 4 uint16,
            both halves rounded up: white-balanced, 65535 is white.
        pattern: 2x2, which of the four channels the pixels of each block are.
        size: height and width, at least MOSAIC_SIDE.
    """

    def __init__(self, quarters: np.ndarray, pattern: np.ndarray, size: tuple[int, int]) -> None:
        import cv2

        whole = np.empty((2 * quarters.shape[0], 2 * quarters.shape[1]), quarters.dtype)
        for (row, column), channel in np.ndenumerate(pattern):
            whole[row::2, column::2] = quarters[..., channel]
        # Mirrored about those at the edge, so that colours stay in step.
        around = (_HALO, _HALO, _HALO, _HALO)
        self._pixels = cv2.copyMakeBorder(
            whole[: size[0], : size[1]], *around, cv2.BORDER_REFLECT_101
        )
        red = np.argwhere(pattern == _RED)[0]
        self._red = int(red[0]), int(red[1])

    def interpolated(self, down: range, across: range, matrix: np.ndarray) -> np.ndarray:
        """Rows `down` and columns `across` as HxWx3 float32 linear ProPhoto in 0..1.

        matrix: 3x3, from white-balanced camera RGB in 0..1 to linear ProPhoto.
        """
        out = np.empty((len(down), len(across), 3), np.float32)
        matrix = matrix.astype(np.float32)
        for top in range(0, len(down), _COLUMNS):
            for left in range(0, len(across), _COLUMNS):
                part = out[top : top + _COLUMNS, left : left + _COLUMNS]
                first, start = down.start + top, across.start + left
                last, end = first + part.shape[0], start + part.shape[1]
                tile = self._pixels[first : last + 2 * _HALO, start : end + 2 * _HALO]
                red = (self._red[0] + first) % 2, (self._red[1] + start) % 2
                part[:] = _tile(tile, red, matrix)
        return out


def half_size(quarters: np.ndarray) -> np.ndarray:
    """LibRaw's half-size picture of a mosaic, HxWx3 uint16: the greens' mean, rounded down."""
    pixels = quarters[..., :3].copy()
    one, other = quarters[..., 1], quarters[..., 3]
    pixels[..., 1] = (one & other) + ((one ^ other) >> 1)  # their sum needs more than 16 bits
    return pixels


def aligned_half_size(quarters: np.ndarray, pattern: np.ndarray) -> np.ndarray:
    """The half-size picture with its colours in one place, HxWx3 uint16.

    In half_size() a block's red and blue are half a pixel from its middle, where the two greens'
    mean is; here they are what lies there, linearly between neighbouring blocks. pattern: 2x2.
    """
    import cv2

    pixels = half_size(quarters)
    for channel in (_RED, _BLUE):
        place = np.argwhere(pattern == channel)[0]
        # A pixel above or left of the middle takes a quarter from the next block, others from the
        # one before.
        down, across = (
            np.array([0.0, 0.75, 0.25] if at == 0 else [0.25, 0.75, 0.0], np.float32)
            for at in place
        )
        around = cv2.BORDER_REFLECT_101
        plane = np.ascontiguousarray(pixels[..., channel])
        pixels[..., channel] = cv2.sepFilter2D(plane, -1, across, down, borderType=around)
    return pixels


@functools.lru_cache(maxsize=16)
def _sites(shape: tuple[int, int], red: tuple[int, int]) -> tuple[np.ndarray, ...]:
    """HxW float32 each: 1 at green and -1 elsewhere; -1 at red and 0 elsewhere; so of blue."""
    sign = np.ones(shape, np.float32)
    color = []
    for row, column in (red, (1 - red[0], 1 - red[1])):
        sign[row::2, column::2] = -1.0
        own = np.zeros(shape, np.float32)
        own[row::2, column::2] = -1.0
        color.append(own)
    return sign, *color


def _tile(tile: np.ndarray, red: tuple[int, int], matrix: np.ndarray) -> np.ndarray:
    """HxW uint16 with a halo -> HxWx3 linear ProPhoto without. red: place of the first red."""
    import cv2

    known = tile.astype(np.float32)
    known *= np.float32(1.0 / 65535.0)
    known += np.float32(_TOE)
    np.sqrt(known, out=known)
    sign, *colors = _sites(tile.shape, red)
    more_green = _more_green(known * sign)
    bilinear = np.array([0.5, 1.0, 0.5], np.float32)
    inside = slice(_HALO, -_HALO)
    # At green places nothing is missing; elsewhere what is known is green less the difference.
    green = known - more_green * (colors[0] + colors[1])
    planes = []
    for color in colors:
        less = cv2.sepFilter2D(more_green * color, -1, bilinear, bilinear)
        planes.append(green + less)
    rgb = [plane[inside, inside] for plane in (planes[0], green, planes[1])]
    linear = cv2.merge([cv2.multiply(plane, plane) for plane in rgb])
    linear -= np.float32(_TOE)
    shown = cv2.transform(linear, matrix)
    return np.clip(shown, 0.0, 1.0, out=shown)


def _more_green(signed: np.ndarray) -> np.ndarray:
    """How much more green there is than red or blue, where these are; HxW.

    signed: the mosaic, negative where it is not green: filtered without signs it gives the
    difference of a colour and of the other's estimate (Hamilton and Adams') along a line.
    """
    import cv2

    line = np.array([0.25, 0.5, 0.5, 0.5, 0.25], np.float32)
    once = np.ones(1, np.float32)
    weighted, weights = np.zeros_like(signed), np.zeros_like(signed)
    for axis in (1, 0):
        along, across = (line, once) if axis == 1 else (once, line)
        differs = cv2.sepFilter2D(signed, -1, along, across)
        changes = _shifted(cv2.absdiff, differs, 1, axis)
        around = cv2.boxFilter(changes, -1, (5, 5))
        weight = 1.0 / (around * around + np.float32(_TINY))
        mean = cv2.boxFilter(differs, -1, (5, 1) if axis == 1 else (1, 5))
        # A side's weight and mean are those of the pixel two away on that side.
        both = _shifted(cv2.add, weight * mean, 2, axis), _shifted(cv2.add, weight, 2, axis)
        weighted += both[0] + weight * differs
        weights += both[1] + weight
    weighted /= weights
    return weighted


def _shifted(
    function: Callable[..., np.ndarray], plane: np.ndarray, by: int, axis: int
) -> np.ndarray:
    """function of the two pixels `by` before and after each along an axis; 0 at the ends."""
    at = [(slice(None, -2 * by), slice(2 * by, None), slice(by, -by)), (slice(None),) * 3]
    before, after, middle = zip(*(at if axis == 0 else at[::-1]), strict=True)
    result = np.zeros_like(plane)
    result[middle] = function(plane[before], plane[after])
    return result
