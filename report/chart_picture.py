"""RAWmakase's synthetic-d65 chart as a whole picture, for what looks at a pixel's surroundings.

Its layout after the published description, by our own code: cells of 32 pixels 6 apart on an even
ground, two sweeps, and four colours each on black and on white.
"""

import functools
from typing import NamedTuple

import numpy as np

from params.colorimetry import srgb_decode
from report.camera_raw_chart import HUES, oklch, patches, seen, widest

_PATCH, _CELL, _MARGIN, _COLUMNS, _ROWS = 32, 38, 32, 24, 18
_GROUND = 0.09
_GREYS = (0.953, 0.784, 0.627, 0.478, 0.333, 0.204)  # encoded, the last of the colour checker
_STEPS = (0.9, 0.18, 0.003)
_SURROUNDS = (0.004, 0.85)


class Chart(NamedTuple):
    """scene: HxWx3 linear ProPhoto; places: name -> (left, top) of the middle of a patch."""

    scene: np.ndarray
    places: dict[str, tuple[int, int]]

    def at(self, plane: np.ndarray, names: list[str]) -> np.ndarray:
        """Means of HxW over the middles of patches, (N,)."""
        half = _PATCH // 2
        corners = (self.places[name] for name in names)
        return np.array([plane[y : y + half, x : x + half].mean() for x, y in corners])


@functools.cache
def chart() -> Chart:
    """The chart under its as-shot white, as report.camera_raw_chart.as_shot()."""
    gap = _CELL - _PATCH
    height, width = (2 * _MARGIN + n * _CELL - gap for n in (_ROWS, _COLUMNS))
    picture = np.full((height, width, 3), _GROUND)
    places = {}

    def put(column: int, row: int, color: np.ndarray, name: str = "") -> None:
        left, top = _MARGIN + column * _CELL, _MARGIN + row * _CELL
        picture[top : top + _PATCH, left : left + _PATCH] = color
        if name:
            places[name] = left + _PATCH // 4, top + _PATCH // 4

    for name, color in patches().items():
        put(*_cell(name), color, name)
    for i in range(HUES):
        hue = 360.0 / HUES * i
        put(i, 10, oklch(0.65, 1.4 * widest(0.65, hue), hue))
    for i, grey in enumerate(_GREYS):
        put(18 + i, 11, srgb_decode(np.full(3, grey)))
    for i, grey in enumerate(_STEPS):
        put(21 + i, 12, np.full(3, grey))
    across = width - 2 * _MARGIN
    for x, t in enumerate(np.linspace(0.0, 1.0, across)):
        sweeps = oklch(0.7, 0.8 * widest(0.7, 360.0 * t), 360.0 * t), 0.18 * 2.0 ** (11.5 * t - 8.0)
        for row, color in zip((13, 14), sweeps, strict=True):
            top = _MARGIN + row * _CELL
            picture[top : top + _PATCH, _MARGIN + x] = color
    colors = [np.full(3, 0.18), *(oklch(0.6, 0.12, hue) for hue in (30.0, 150.0, 260.0))]
    for side, grey in enumerate(_SURROUNDS):
        left, top = _MARGIN + 12 * side * _CELL, _MARGIN + 15 * _CELL
        picture[top : top + 3 * _CELL - gap, left : left + 12 * _CELL - gap] = grey
        for i, color in enumerate(colors):
            put(12 * side + 1 + 3 * i, 16, color)
    return Chart(seen(picture.reshape(-1, 3)).reshape(picture.shape), places)


def _cell(name: str) -> tuple[int, int]:
    """Column and row of a patch."""
    kind = name.rstrip("0123456789")
    number = int(name[len(kind) :])
    if kind.endswith("_"):  # L45C30_0
        lightness, share = (int(part) for part in kind[1:-1].split("C"))
        return number, 1 + 3 * ((45, 65, 85).index(lightness)) + (30, 60, 90).index(share)
    return {"ramp": (number, 0), "CC": (number, 11), "skin": (number, 12)}.get(
        kind, (12 + number, 12)
    )
