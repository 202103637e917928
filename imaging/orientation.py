"""EXIF orientation: how a stored picture is turned to stand upright."""

import numpy as np

# EXIF orientations that are stored with rows as columns, and then upside down, mirrored.
_TRANSPOSED, _UPSIDE_DOWN, _MIRRORED = (5, 6, 7, 8), (3, 4, 7, 8), (2, 3, 6, 7)
# The orientation that undoes each, where it is not itself.
INVERSE = {6: 8, 8: 6}


def oriented_shape(height: int, width: int, orientation: int) -> tuple[int, int]:
    """Height and width of a stored picture when it stands upright."""
    return (width, height) if orientation in _TRANSPOSED else (height, width)


def orient(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """Turn and mirror HxW(xC) pixels by EXIF orientation 1..8; a view where possible.

    Other values leave the picture as it is.
    """
    if orientation in _TRANSPOSED:
        pixels = pixels.swapaxes(0, 1)
    if orientation in _UPSIDE_DOWN:
        pixels = pixels[::-1]
    if orientation in _MIRRORED:
        pixels = pixels[:, ::-1]
    return pixels


def stored_box(
    first: int, last: int, size: tuple[int, int], orientation: int
) -> tuple[int, int, int, int]:
    """Top, bottom, left, right in the stored picture of rows first..last of the upright one.

    size: height and width of the upright picture.
    """
    height, width = size
    if orientation in _UPSIDE_DOWN:
        first, last = height - last, height - first
    return (0, width, first, last) if orientation in _TRANSPOSED else (first, last, 0, width)


def orientation_matrix(orientation: int, height: int, width: int) -> np.ndarray:
    """What orient() does to places: [3, 3] from (x, y, 1) as stored to (x, y, 1) upright.

    height, width: of the picture when it stands upright, in the places' unit.
    """
    matrix = np.eye(3)
    if orientation in _TRANSPOSED:
        matrix = matrix[[1, 0, 2]]
    if orientation in _UPSIDE_DOWN:
        matrix[1] = height * matrix[2] - matrix[1]
    if orientation in _MIRRORED:
        matrix[0] = width * matrix[2] - matrix[0]
    return matrix
