"""How each slider answers: greys in, greys out, beside what others measured in Lightroom."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from model.edit import measured_tone as measured
from model.edit.tone_tables import lightness_to_luminance, luminance_to_lightness, unrendered
from model.render import render
from params.ranges import neutral_params
from report.charts import (
    BLUE,
    GREY,
    ORANGE,
    RED,
    SKY,
    TEXT,
    add_axes,
    named_with_unit,
    new_figure,
    save_png,
    styled,
)

# Half of the wedge's greys lie below the median for which Highlights were measured, 1 % above the
# 99th percentile for which Whites + is the table's.
WEDGE = np.interp(
    np.linspace(0.0, 1.0, 401), [0.0, 0.5, 0.99, 1.0], [0.0, measured.MEDIAN_L, 98.0, 100.0]
)
_ROWS = 40
COMPARED = (WEDGE >= 5.0) & (WEDGE <= 95.0)
SURROUNDS = (0.005, 0.02, 0.08, 0.18, 0.5, 0.9)
# Stops that an 18 % patch moves on these surrounds: silverbox, lr-tone-measurements.md.
PATCH = {
    ("Shadows2012", 100.0): (0.022, 0.024, 0.008, 0.0, 0.131, 0.495),
    ("Highlights2012", -100.0): (-4.01, -1.73, -0.31, 0.0, 0.0, 0.0),
}


@dataclass(frozen=True)
class Response:
    """L* out over WEDGE for one setting of one slider, and the measured L* at measured.L_IN."""

    slider: str
    setting: float
    process_1: np.ndarray
    process_2: np.ndarray
    measured: tuple[float, ...]

    def misses(self, values: np.ndarray) -> tuple[float, float]:
        """Mean and largest distance of a process's L* from those measured, over L* 5 to 95."""
        wanted = np.interp(WEDGE, measured.L_IN, self.measured)
        miss = np.abs(values - wanted)[COMPARED]
        return float(miss.mean()), float(miss.max())


def responses() -> list[Response]:
    """Of every measured slider and setting."""
    rendered = lightness_to_luminance(WEDGE)
    scene = unrendered(rendered)
    return [
        Response(
            slider,
            setting,
            _greys(rendered, slider, setting, 1),
            _greys(scene, slider, setting, 2),
            curve,
        )
        for slider, curves in measured.LIGHTNESS.items()
        for setting, curve in curves.items()
    ]


def _greys(wedge: np.ndarray, slider: str, setting: float, process: int) -> np.ndarray:
    picture = np.broadcast_to(wedge[None, :, None], (_ROWS, wedge.size, 3)).astype(np.float32)
    out = render(picture, neutral_params() | {slider: setting}, process=process)
    return luminance_to_lightness(out[_ROWS // 2, :, 1].astype(np.float64))


def patch_stops(slider: str, setting: float) -> list[float]:
    """Stops that process 2 moves an 18 % patch on each of the SURROUNDS."""
    stops = []
    for surround in SURROUNDS:
        picture = np.full((160, 160, 3), surround, np.float32)
        picture[60:100, 60:100] = 0.18
        before = render(picture, neutral_params(), process=2)
        after = render(picture, neutral_params() | {slider: setting}, process=2)
        stops.append(float(np.log2(after[80, 80, 1] / before[80, 80, 1])))
    return stops


@styled()
def draw_responses(path: Path, found: Sequence[Response]) -> None:
    """Write a PNG: a panel for each slider, L* in to the right, L* out upwards.

    Lines are process 2, grey lines process 1, rings what others measured.

    Raises:
        InputError: the folder cannot be written.
    """
    from matplotlib.lines import Line2D

    sliders = list(dict.fromkeys(response.slider for response in found))
    columns, side, step_x, step_y = 3, 290, 340, 355
    rows = -(-len(sliders) // columns)
    figure = new_figure(columns * step_x + 20, rows * step_y + 60)
    for i, slider in enumerate(sliders):
        left, top = (i % columns) * step_x + 55, (i // columns) * step_y + 80
        axes = add_axes(figure, left, top, side, side)
        own = [response for response in found if response.slider == slider]
        for response in own:
            axes.plot(WEDGE, response.process_1, color=GREY, lw=0.9)
        # Of the four settings, lowest first.
        for response, colour in zip(own, (BLUE, SKY, ORANGE, RED), strict=False):
            setting = f"{response.setting:+g}".replace("-", "−")
            axes.plot(WEDGE, response.process_2, color=colour, label=setting)
            [rings] = axes.plot(measured.L_IN, response.measured, "o", color=colour, mfc="white")
            rings.set(clip_on=False, markersize=4.5)
        axes.set(title=named_with_unit(slider, "K"), xlim=(0, 100), ylim=(0, 100))
        axes.set_xticks(range(0, 101, 25))
        axes.set_yticks(range(0, 101, 25))
        axes.legend(
            ncols=4,
            loc="lower right",
            bbox_to_anchor=(1.02, 1.0),
            fontsize="small",
            handlelength=0.9,
            handletextpad=0.3,
            columnspacing=0.7,
        )
        if i % columns == 0:
            axes.set_ylabel("L* out")
        if i >= len(sliders) - columns:
            axes.set_xlabel("L* in")
    figure.legend(
        handles=[
            Line2D([], [], color=TEXT, label="edit process 2"),
            Line2D([], [], color=GREY, lw=0.9, label="edit process 1"),
            Line2D([], [], color=TEXT, ls="", marker="o", mfc="white", label="measured"),
        ],
        ncols=3,
        loc="upper left",
        bbox_to_anchor=(45 / (columns * step_x + 20), 1.0 - 8 / (rows * step_y + 60)),
    )
    save_png(path, figure)
