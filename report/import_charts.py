"""Charts of an import's page: what is used and held, and how the sliders vary. SVG for HTML."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from params.ranges import Slider
from report.charts import BLUE, ORANGE, TEXT, add_axes, new_figure, styled, to_svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WORDS = re.compile(r"(?<=[a-z])(?=[A-Z])")
_ROW = 20  # pixels a bar
_BINS = 31
_KELVIN = (2000, 3000, 4000, 6500, 50000)


def slider_title(name: str) -> str:
    """A slider's XMP name in words, with its unit where it has one."""
    words = _WORDS.sub(" ", name.removesuffix("2012").replace("PV2012", " "))
    unit = {"Temperature": " (K)", "Exposure2012": " (EV)"}.get(name, "")
    return words.strip() + unit


@styled()
def use_chart(held: Sequence[tuple[str, float]], lost: Sequence[tuple[str, float]]) -> str:
    """Bars: in how much of the pictures (0..1) each thing is used, held above what is left out."""
    rows = [*((*row, BLUE) for row in held), *((*row, ORANGE) for row in lost)]
    height = _ROW * len(rows)
    figure = new_figure(640, height + 80)
    axes = add_axes(figure, 210, 36, 410, height)
    places = range(len(rows))
    axes.barh(places, [100 * share for _, share, _ in rows], color=[c for *_, c in rows])
    axes.set_yticks(places, [what[:40] for what, _, _ in rows])
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    for place, (_, share, _) in enumerate(rows):
        axes.text(100 * share + 1, place, f"{100 * share:.0f}", va="center", size="small")
    axes.set(xlim=(0, 108), title="In how many of your pictures", xlabel="% of the pictures")
    _key(axes)
    return to_svg(figure)


def _key(axes: "Axes") -> None:
    from matplotlib.patches import Patch

    parts = [Patch(color=BLUE, label="held"), Patch(color=ORANGE, label="left out")]
    axes.legend(handles=parts, ncols=2, loc="lower right", bbox_to_anchor=(1.0, 1.0))


@styled()
def slider_histogram(slider: Slider, values: Sequence[float]) -> str:
    """How often a slider has which value; pictures that leave it neutral are in the heading only.

    values: in Camera Raw's units, at least one.
    """
    numbers = np.asarray(values, dtype=np.float64)
    moved = np.abs(numbers - slider.neutral) > 1e-6
    low, high, neutral, shown = slider.low, slider.high, slider.neutral, numbers
    figure = new_figure(280, 150)
    axes = add_axes(figure, 40, 26, 225, 94)
    if slider.name == "Temperature":  # in mired, in which its steps are even to the eye
        low, high, neutral = (-1e6 / kelvin for kelvin in (low, high, neutral))
        shown = -1e6 / numbers
        axes.set_xticks([-1e6 / kelvin for kelvin in _KELVIN], [str(k) for k in _KELVIN])
    counts, edges = np.histogram(shown[moved], _BINS, (low, high))
    axes.stairs(counts, edges, fill=True, color=BLUE)
    axes.axvline(neutral, color=TEXT, lw=1.0, ls=":")
    axes.set(xlim=(low, high), ylim=(0, 1.08 * max(int(counts.max()), 1)))
    axes.locator_params("y", integer=True, nbins=4)
    axes.tick_params(labelsize="small")
    title = f"{slider_title(slider.name)}: {100 * moved.mean():.0f} % moved"
    axes.set_title(title, weight="normal", size="small")
    return to_svg(figure)
