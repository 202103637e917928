"""Charts by matplotlib in one style, dark on light; it is imported when something is drawn.

Sizes and places are in pixels of the file. Colours are of Okabe and Ito's set, which people who
confuse red and green tell apart too.
"""

import contextlib
import io
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from params.files import replacing
from params.ranges import CURVE_NAME, SLIDERS, Slider

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLUE, SKY, ORANGE, RED, GREEN = "#0072b2", "#56b4e9", "#e69f00", "#d55e00", "#009e73"
GREY, TEXT = "#8c8c8c", "#262626"
_NAMED_AT_END = 3  # lines that have their names at their ends, not in a legend
STYLE: dict[str, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": "#b0b0b0",
    "axes.grid": True,
    "axes.labelcolor": TEXT,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": "medium",
    "axes.titleweight": "bold",
    "font.sans-serif": ["DejaVu Sans"],  # comes with matplotlib
    "font.size": 9.0,
    "grid.color": "#e4e4e4",
    "legend.borderaxespad": 0.2,
    "legend.frameon": False,
    "lines.linewidth": 1.6,
    "lines.solid_capstyle": "round",
    "svg.fonttype": "none",  # text stays text: found by a search, and small
    "svg.hashsalt": "charts",  # the same chart is the same file
    "text.color": TEXT,
    "text.parse_math": False,  # a $ in a name is a $
    "xtick.color": TEXT,
    "ytick.color": TEXT,
}
_DPI = 100
# What an SVG file needs and one inside a page does not: metadata, a style for the whole page,
# the names of the formats, and names of groups that the page's next chart has as well.
_FILE_ONLY = re.compile(
    r"<(metadata|style)\b.*?</\1>\s*| xmlns(?::\w+)?=\"[^\"]*\"| id=\"[\w.]+_\d+\"", re.DOTALL
)

TRAIN, VAL = BLUE, RED
# A run's panels: title, unit, and the columns of log.csv drawn in it with name and colour.
_BOTH = (("train", "training", TRAIN), ("val", "validation", VAL))
_PANELS = (
    ("Loss", "loss", [(f"{side}_loss", name, colour) for side, name, colour in _BOTH]),
    (
        "Error of the parameters",
        "spreads of the slider",
        [(f"{side}_params", name, colour) for side, name, colour in _BOTH],
    ),
    (
        "Error of the rendered pictures",
        "mean ΔE00 / 10",
        [(f"{side}_image", name, colour) for side, name, colour in _BOTH],
    ),
    ("Learning rate", "step size", [("lr", "learning rate", GREEN)]),
)
_BINS = 41
_MOST_CURVES = 400
# Temperature is shown in mired, in which its steps are even to the eye.
_KELVIN = (2000, 3000, 4000, 6500, 10000, 50000)


@contextlib.contextmanager
def styled() -> Iterator[None]:
    """The charts' style, whatever the user's matplotlib settings are. Not for several threads."""
    from matplotlib import style

    with style.context(STYLE, after_reset=True):
        yield


def new_figure(width: int, height: int) -> "Figure":
    """An empty figure of this size. It belongs to no window and to no list of figures."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width / _DPI, height / _DPI), dpi=_DPI)


def add_axes(figure: "Figure", left: float, top: float, width: float, height: float) -> "Axes":
    """Axes whose frame lies so many pixels from the figure's left and upper edge."""
    across, up = figure.get_size_inches() * _DPI
    place = left / across, 1.0 - (top + height) / up, width / across, height / up
    return figure.add_axes(place)


def save_png(path: Path, figure: "Figure") -> None:
    """Write a figure as PNG. Raises InputError when the folder refuses."""
    with replacing(path) as temporary:
        figure.savefig(temporary, format="png", metadata={"Software": None})


def to_svg(figure: "Figure") -> str:
    """A figure as an SVG element for an HTML page, which loads nothing and stays sharp."""
    file = io.StringIO()
    facts = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    figure.savefig(file, format="svg", dpi=2 * _DPI, metadata=facts)
    text = file.getvalue()
    return _FILE_ONLY.sub("", text[text.index("<svg") :])


@styled()
def draw_curves(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write a PNG of the rows of a training's log.csv: a panel for each quantity they hold.

    Raises:
        InputError: the folder cannot be written.
    """
    panels = []
    for title, unit, columns in _PANELS:
        lines = [(points(rows, column), name, colour) for column, name, colour in columns]
        if any(line for line, _, _ in lines):
            panels.append((title, unit, lines))
    figure = new_figure(720, 260 * len(panels) + 60)
    for i, (title, unit, lines) in enumerate(panels):
        axes = add_axes(figure, 95, 260 * i + 50, 600, 205)
        axes.grid(visible=False, axis="x")
        for line, name, colour in lines:
            epochs, values = [epoch for epoch, _ in line], [value for _, value in line]
            # The last epoch has a dot: it is all that is seen of the first.
            axes.plot(epochs, values, "-o", color=colour, label=name, ms=4, markevery=[-1])
        drawn = [point for line, _, _ in lines for point in line]
        first, last = min(epoch for epoch, _ in drawn), max(epoch for epoch, _ in drawn)
        room = 0.02 * (last - first) or 1.0
        highest = max(value for _, value in drawn)
        axes.set(title=title, ylabel=unit, xlim=(first - room, last + room))
        axes.set_ylim(0.0, 1.08 * highest or 1.0)
        axes.locator_params("x", integer=True, nbins=6)
        axes.locator_params("y", nbins=5)
        if i == 0:
            axes.legend(ncols=2, loc="lower right", bbox_to_anchor=(1.0, 1.0))
        last_panel = i == len(panels) - 1
        axes.tick_params(axis="x", labelbottom=last_panel)
        axes.set_xlabel("epoch" if last_panel else "")
    save_png(path, figure)


def points(rows: Sequence[Mapping[str, Any]], name: str) -> list[tuple[float, float]]:
    """(epoch, value) of the rows that have this column, as numbers."""
    found = []
    for row in rows:
        try:
            value = float(row.get(name) or "nan")
        except ValueError:  # a log that somebody has edited
            continue
        if math.isfinite(value):
            found.append((float(row["epoch"]), value))
    return found


@styled()
def draw_learning_curve(
    path: Path, sizes: list[int], lines: Mapping[str, list[float]], title: str
) -> None:
    """Write a PNG: mean ΔE00 upwards, numbers of pairs to the right (even steps a doubling).

    Args:
        lines: at most seven, by name; a value for each size.

    Raises:
        InputError: the folder cannot be written.
    """
    figure = new_figure(720, 420)
    axes = add_axes(figure, 70, 50, 560, 310)
    colours = (GREY, BLUE, RED, GREEN, ORANGE, SKY, TEXT)
    for (name, line), colour in zip(lines.items(), colours, strict=False):
        axes.plot(sizes, line, "o-", color=colour, ms=5, label=name)
        if len(lines) > _NAMED_AT_END:
            continue
        axes.annotate(
            name,
            (sizes[-1], line[-1]),
            (10, 0),
            textcoords="offset points",
            color=colour,
            verticalalignment="center",
            weight="bold",
        )
    if len(lines) > _NAMED_AT_END:
        axes.legend(loc="upper center", ncols=4)
    axes.set(title=title, xlabel="edits of the style", ylabel="mean ΔE00", xscale="log")
    axes.set_xticks(sizes, [str(size) for size in sizes])
    axes.minorticks_off()
    room = 1.35 if len(lines) > _NAMED_AT_END else 1.1  # above the lines, for their names
    axes.set_ylim(0.0, room * max(value for line in lines.values() for value in line))
    save_png(path, figure)


@styled()
def draw_histograms(path: Path, edits: Sequence[dict[str, Any]], title: str) -> None:
    """Write a PNG of how edits use the sliders: a histogram each, and all tone curves.

    Pictures that leave a slider where it is are counted in its heading and not drawn: they are
    so many as a rule that nothing else would be seen.

    Args:
        edits: params of parameter files: sliders in Camera Raw's units, relative to the shot.

    Raises:
        InputError: the folder cannot be written.
    """
    columns, width, height = 4, 360, 250
    rows = -(-(len(SLIDERS) + 1) // columns)
    figure = new_figure(columns * width + 20, rows * height + 50)
    figure.suptitle(title, x=0.5, y=1.0 - 18 / (rows * height + 50), size="x-large")
    for i in range(len(SLIDERS) + 1):
        left, top = (i % columns) * width + 60, (i // columns) * height + 75
        axes = add_axes(figure, left, top, width - 75, height - 85)
        if i < len(SLIDERS):
            _histogram(axes, SLIDERS[i], edits)
        else:
            _tone_curves(axes, edits)
        if i % columns == 0:
            axes.set_ylabel("pictures")
    save_png(path, figure)


def _histogram(axes: "Axes", slider: Slider, edits: Sequence[dict[str, Any]]) -> None:
    values = np.array([edit[slider.name] for edit in edits], dtype=float)
    moved = np.abs(values - slider.neutral) > 1e-6
    low, high, neutral, shown = slider.low, slider.high, slider.neutral, values
    if slider.name == "Temperature":
        low, high, neutral = (-1e6 / kelvin for kelvin in (low, high, neutral))
        shown = -1e6 / values
        axes.set_xticks([-1e6 / kelvin for kelvin in _KELVIN], [str(k) for k in _KELVIN])
        axes.tick_params(axis="x", labelsize="small")
    counts, edges = np.histogram(shown[moved], _BINS, (low, high))
    axes.stairs(counts, edges, fill=True, color=BLUE)
    axes.axvline(neutral, color=TEXT, lw=1.0, ls=":")
    axes.set(xlim=(low, high), ylim=(0, 1.08 * max(counts.max(), 1)))
    axes.locator_params("y", integer=True, nbins=5)
    middle = float(np.median(values)) if values.size else slider.neutral
    number = f"{middle:.2f}" if slider.name == "Exposure2012" else f"{middle:.0f}"
    axes.set_title(
        f"{named_with_unit(slider.name, 'K')}: {np.count_nonzero(moved)} moved, median {number}",
        weight="normal",
    )


def _tone_curves(axes: "Axes", edits: Sequence[dict[str, Any]]) -> None:
    from matplotlib.collections import LineCollection

    curves = [np.asarray(edit[CURVE_NAME], dtype=float) for edit in edits[:_MOST_CURVES]]
    lines = [np.column_stack([np.linspace(0.0, 1.0, curve.size), curve]) for curve in curves]
    opacity = max(0.05, 0.6 / math.sqrt(max(len(lines), 1)))
    axes.add_collection(LineCollection(lines, colors=BLUE, linewidths=1.0, alpha=opacity))
    axes.plot((0.0, 1.0), (0.0, 1.0), color=TEXT, lw=1.0, ls=":")
    axes.set(title="Tone curves", xlabel="in", ylabel="out", xlim=(0.0, 1.0), ylim=(0.0, 1.0))


def named_with_unit(slider: str, kelvin: str) -> str:
    """A slider's name for a heading, with its unit where it has one; `kelvin`: Temperature's."""
    units = {"Temperature": f" ({kelvin})", "Exposure2012": " (EV)"}
    return slider.removesuffix("2012") + units.get(slider, "")
