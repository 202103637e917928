"""The tables of an edit's sliders on one picture, fast enough for a fit to ask for thousands.

Each of them depends on one slider, and is a smooth function of it between the settings at which it
was measured: there it is made at a few settings, once, and a cubic through them serves for all.
"""

import bisect
import functools
from collections.abc import Callable, Sequence

import numpy as np

from model.edit.arrays import Array
from model.edit.base_rendering import Base, base_table
from model.edit.highlights_shadows import gain_table
from model.edit.local_base import LocalBase
from model.edit.scene import Scene
from model.edit.tone_maps import blacks_table, contrast_table, whites_table

# Settings at which slopes may break: where the sliders' answers were measured, and between, so
# that a cubic is as good as exact.
_SETTINGS = tuple(np.arange(-100.0, 101.0, 25.0))
_WHITES = tuple(np.arange(-100.0, 101.0, 5.0))  # which go by way of more tables
_GAINS = (-100.0, -60.0, -50.0, 0.0, 50.0, 60.0, 100.0)
_EXPOSURES = tuple(np.arange(-10.0, 10.01, 0.25))
# White balance often stays where it is.
_MOST_MATRICES = 100
# Places in a stretch that the cubic goes through, and what takes values there to 1, t, t², t³.
_PLACES = np.array([0.0, 1.0, 2.0, 3.0]) / 3.0
_CUBIC = np.linalg.inv(np.vander(_PLACES, increasing=True))


class SliderTable:
    """Tables [1, S] by the setting of a slider; settings beyond the knots count as the ends.

    make: the tables [n, S] of settings [n], both Arrays.
    knots: rising; between two of them a cubic serves.
    """

    def __init__(self, make: Callable[[Array], Array], knots: Sequence[float]) -> None:
        self._make, self._knots = make, [float(knot) for knot in knots]
        self._cubics: dict[int, np.ndarray] = {}

    def at(self, setting: float) -> np.ndarray:
        knots = self._knots
        setting = min(max(setting, knots[0]), knots[-1])
        stretch = min(bisect.bisect_right(knots, setting), len(knots) - 1) - 1
        low, high = knots[stretch], knots[stretch + 1]
        cubic = self._cubics.get(stretch)
        if cubic is None:
            settings = low + _PLACES * (high - low)
            rows = np.asarray(self._make(settings.astype(np.float32).view(Array)), np.float64)
            cubic = self._cubics[stretch] = (_CUBIC @ rows).astype(np.float32)
        t = (setting - low) / (high - low)
        powers = np.array([[1.0, t, t * t, t * t * t]], np.float32)
        return powers @ cubic


class PictureTables:
    """Those of one picture.

    scene: of one picture, made of Arrays.
    """

    def __init__(self, scene: Scene) -> None:
        none, base = np.zeros(len(_PLACES), np.float32).view(Array), _repeated(scene.base)
        lift = np.repeat(np.asarray(scene.lift), len(_PLACES)).view(Array)
        pivot = np.repeat(np.asarray(scene.pivot), len(_PLACES)).view(Array)
        self._white = scene.whites[0]
        self._matrices: dict[tuple[float, float], Array] = {}
        self.base = _base(scene.bases[0])
        self.blacks = _blacks()
        self.whites = SliderTable(lambda x: whites_table(x, lift), _WHITES)
        self.contrast = SliderTable(lambda x: contrast_table(x, pivot), _SETTINGS)
        self.highlights = SliderTable(lambda x: gain_table(x, none, base), _GAINS)
        self.shadows = SliderTable(lambda x: gain_table(none, x, base), _GAINS)

    def matrix(self, temperature: float, tint: float) -> Array:
        """White balance's [1, 3, 3] at these kelvin and tint."""
        key = temperature, tint
        if key not in self._matrices:
            if len(self._matrices) > _MOST_MATRICES:
                self._matrices.clear()
            matrix = self._white.matrix(temperature, tint)
            self._matrices[key] = matrix[None].astype(np.float32).view(Array)
        return self._matrices[key]


@functools.cache
def _base(base: Base) -> SliderTable:
    return SliderTable(lambda exposures: base_table(exposures, base), _EXPOSURES)


@functools.cache
def _blacks() -> SliderTable:
    return SliderTable(blacks_table, _SETTINGS)


def _repeated(base: LocalBase) -> LocalBase:
    """As many of one picture's base layer as there are places."""
    median, wide = (
        np.repeat(np.asarray(part), len(_PLACES), axis=0).view(Array)
        for part in (base.median, base.wide)
    )
    return LocalBase(base.coefficients, median, wide)
