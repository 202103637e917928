"""An evaluation's charts, as SVG elements for its page."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from report.charts import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    RED,
    SKY,
    TEXT,
    add_axes,
    new_figure,
    styled,
    to_svg,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIDE, LEFT, TOP = 185, 60, 30  # of the frame, in pixels
_RIGHT, _BOTTOM, _LEGEND = 20, 55, 20
_BAR, _GAP, _NAMES, _WIDTH = 11, 12, 130, 470  # of the chart by panel
_IN_A_LINE = 4  # of its legend
_COLOURS = (GREY, SKY, ORANGE, BLUE, RED, GREEN, TEXT)
_MANY = 2000  # points beyond which a picture of them is smaller than their places
Pair = tuple[float, float]


@styled()
def scatter(title: str, points: Sequence[Pair], *, across: str, up: str) -> str:
    """Points on axes of one range, and the line where both are equal."""
    figure, axes = _frame(title, across, up)
    ends = _range([value for point in points for value in point])
    _diagonal(axes, ends)
    _dots(axes, points)
    axes.set(xlim=ends, ylim=ends)
    return to_svg(figure)


@styled()
def histogram(title: str, values: Sequence[float], *, across: str, bins: int = 24) -> str:
    """How often which value occurs, about 0."""
    import numpy as np

    figure, axes = _frame(title, across, "pictures")
    reach = max((abs(value) for value in values), default=0.0) or 1.0
    counts, edges = np.histogram(values, bins, (-reach, reach))
    axes.stairs(counts, edges, fill=True, color=BLUE)
    axes.axvline(0.0, color=GREY, lw=1.0)
    axes.set(xlim=(-reach, reach), ylim=(0.0, 1.05 * max(counts.max(), 1)))
    axes.locator_params("y", integer=True)
    return to_svg(figure)


@styled()
def confidence_chart(points: Sequence[Pair], parts: Sequence[dict[str, Any]]) -> str:
    """Each picture's error by its confidence, and the means of the parts as large dots."""
    figure, axes = _frame("Error by confidence", "confidence", "mean ΔE00", _LEGEND)
    _dots(axes, points, "picture")
    means = [(part["confidence"], part["delta_e"]) for part in parts]
    axes.plot(*_columns(means), "o", color=RED, ms=7, mec="white", label="mean of a part")
    axes.set(xlim=(-0.02, 1.02), ylim=(0.0, 1.08 * max([y for _, y in points])))
    _legend(figure)
    return to_svg(figure)


@styled()
def reliability_chart(parts: Sequence[dict[str, Any]]) -> str:
    """The share of pictures that came near, by the confidence given; honest is on the line."""
    figure, axes = _frame("Share that came near", "confidence", "share of the pictures", _LEGEND)
    _diagonal(axes, (0.0, 1.0), "as promised")
    shares = [(part["confidence"], part["within"]) for part in parts]
    axes.plot(*_columns(shares), "o", color=RED, ms=7, mec="white", clip_on=False, label="a part")
    axes.set(xlim=(0.0, 1.0), ylim=(0.0, 1.0))
    _legend(figure)
    return to_svg(figure)


@styled()
def panel_chart(errors: Mapping[str, Mapping[str, float]]) -> str:
    """Bars: the mean error of each panel, for each row of the evaluation.

    errors: by row, by panel.
    """
    panels = list(dict.fromkeys(panel for row in errors.values() for panel in row))
    each = _BAR * len(errors) + _GAP
    height = each * len(panels)
    below = _BOTTOM + _LEGEND * math.ceil(len(errors) / _IN_A_LINE)
    figure = new_figure(_NAMES + _WIDTH + _RIGHT, TOP + height + below)
    axes = add_axes(figure, _NAMES, TOP, _WIDTH, height)
    for i, (row, values) in enumerate(errors.items()):
        places = [each * k + _BAR * i for k in range(len(panels))]
        widths = [values.get(panel, 0.0) for panel in panels]
        colour = _COLOURS[i % len(_COLOURS)]
        axes.barh(places, widths, _BAR * 0.85, align="edge", color=colour, label=row)
    middles = [each * k + _BAR * len(errors) / 2.0 for k in range(len(panels))]
    axes.set_yticks(middles, panels)
    axes.grid(visible=False, axis="y")
    ends = height - _GAP / 2.0, -_GAP / 2.0
    axes.set(title="Error by panel", xlabel="mean error, in steps of the sliders", ylim=ends)
    figure.legend(loc="lower center", ncols=_IN_A_LINE, columnspacing=1.0, handletextpad=0.4)
    return to_svg(figure)


def _frame(title: str, across: str, up: str, below: int = 0) -> "tuple[Figure, Axes]":
    """A figure with room `below` its axes, in pixels."""
    figure = new_figure(LEFT + SIDE + _RIGHT, TOP + SIDE + _BOTTOM + below)
    axes = add_axes(figure, LEFT, TOP, SIDE, SIDE)
    axes.set(title=title, xlabel=across, ylabel=up)
    axes.locator_params(nbins=4)
    return figure, axes


def _dots(axes: "Axes", points: Sequence[Pair], label: str = "") -> None:
    many = len(points) > _MANY
    [dots] = axes.plot(*_columns(points), "o", color=BLUE, mec="none", ms=4, label=label)
    dots.set(alpha=0.15 if many else 0.6, rasterized=many)


def _diagonal(axes: "Axes", ends: Pair, label: str = "") -> None:
    axes.plot(ends, ends, color=GREY, lw=1.0, label=label)


def _legend(figure: "Figure") -> None:
    """Below the frame: there it hides no point."""
    figure.legend(loc="lower center", ncols=2, columnspacing=1.0, handletextpad=0.4)


def _columns(points: Sequence[Pair]) -> tuple[list[float], list[float]]:
    return [x for x, _ in points], [y for _, y in points]


def _range(values: Sequence[float]) -> Pair:
    low, high = min(values, default=0.0), max(values, default=1.0)
    room = 0.04 * (high - low) or max(abs(high), 1.0) * 0.04
    return low - room, high + room
