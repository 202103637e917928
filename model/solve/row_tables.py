"""The tables of edits of one picture that differ little, and what each of them depends on."""

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from model.edit.arrays import Array
from model.edit.hue_preserving import composed
from model.edit.parametric_curve import parametric_table
from model.edit.point_curves import knots_table
from model.edit.scene import Scene, light_shares
from model.solve.slider_tables import PictureTables
from params.panels import CHANNEL_CURVES
from params.ranges import CURVE_NAME, SLIDER_NAMES

# The edits of one picture by slider: [rows, ...], float32.
Rows = Mapping[str, np.ndarray]


class RowTables:
    """In the place of model.edit.process_2.Tables: those of the first of a picture's edits.

    rows: the edits; others of the same sliders may take their place.
    sources: by the id of each table (and slider, and the edit itself): the sliders that it depends
        on, and what makes it of another of the edits.
    """

    neutral: frozenset[str] = frozenset()
    alike: frozenset[str] = frozenset()

    def __init__(self, rows: Rows, scene: Scene, tables: PictureTables) -> None:
        self.rows, self._scene, self._tables = rows, scene, tables
        self._drawn: dict[bytes, np.ndarray] = {}
        self._kept: list[Any] = []
        self.sources: dict[int, tuple[frozenset[str], Callable[[int], Any]]] = {}
        self.first = self._edit(0)
        for name, value in self.first.items():
            self._note(value, (name,), functools.partial(self._slider, name))
        others = set(rows) - {*SLIDER_NAMES, CURVE_NAME, *CHANNEL_CURVES}
        self._note(self.first, tuple(others), self._edit)

    def take(self, rows: Rows) -> None:
        """Other edits, of which `sources` makes its tables from now on."""
        self.rows = rows
        self._drawn.clear()

    def _slider(self, name: str, row: int) -> Array:
        return self.rows[name][row : row + 1].view(Array)

    def _setting(self, name: str, row: int) -> float:
        return float(self.rows[name][row])

    def _edit(self, row: int) -> dict[str, Array]:
        return {name: self._slider(name, row) for name in self.rows}

    def _note(self, value: Any, names: Sequence[str], make: Callable[[int], Any]) -> Any:
        self._kept.append(value)
        self.sources[id(value)] = frozenset(names), make
        return value

    def _made(self, names: Sequence[str], make: Callable[[int], Any]) -> Any:
        return self._note(make(0), names, make)

    @property
    def matrices(self) -> Any:
        def make(row: int) -> Any:
            kelvin, tint = self._setting("Temperature", row), self._setting("Tint", row)
            return self._tables.matrix(kelvin, tint)

        return self._made(("Temperature", "Tint"), make)

    @property
    def light_shares(self) -> Any:
        def make(row: int) -> Any:
            return light_shares(self._scene.whites, self._slider("Temperature", row))

        return self._made(("Temperature",), make)

    @property
    def base(self) -> Any:
        ev, name = float(self._scene.exposure[0]), "Exposure2012"
        return self._made((name,), lambda row: self._tables.base.at(self._setting(name, row) + ev))

    @property
    def whites(self) -> Any:
        name = "Whites2012"
        return self._made((name,), lambda row: self._tables.whites.at(self._setting(name, row)))

    @property
    def blacks(self) -> Any:
        name = "Blacks2012"
        return self._made((name,), lambda row: self._tables.blacks.at(self._setting(name, row)))

    @property
    def curve(self) -> Any:
        return self._scene.curves

    @property
    def gains(self) -> Any:
        names = "Highlights2012", "Shadows2012"

        def make(row: int) -> Any:
            highlights, shadows = (self._setting(name, row) for name in names)
            return self._tables.highlights.at(highlights) + self._tables.shadows.at(shadows)

        return self._made(names, make)

    @functools.cached_property
    def encoded(self) -> tuple[Any, Any]:
        name = "Contrast2012"
        before = self._made((name,), lambda row: self._tables.contrast.at(self._setting(name, row)))
        parametric = [n for n in self.rows if n.startswith("Parametric")]

        def make(row: int) -> Any:
            point = self._curves(CURVE_NAME, row)
            return composed(parametric_table(self._edit(row)), point) if parametric else point

        return before, self._made((CURVE_NAME, *parametric), make)

    @property
    def channels(self) -> list[Any]:
        return [
            self._made((name,), functools.partial(self._curves, name))
            if name in self.rows
            else None
            for name in CHANNEL_CURVES
        ]

    def _curves(self, name: str, row: int) -> Any:
        # Channels drawn alike share their tables.
        heights = self.rows[name]
        key = heights.tobytes()
        if key not in self._drawn:
            self._drawn[key] = knots_table(heights.view(Array))
        return self._drawn[key][row : row + 1]
