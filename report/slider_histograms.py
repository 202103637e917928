"""How a set of edits uses the sliders, as one picture: a histogram each, and the tone curves."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from params.ranges import CURVE_NAME, SLIDERS, Slider
from report.charts import GRID, SCALE, TEXT, new_chart, save_chart

PANEL, GAP, COLUMNS, BINS = (300, 150), 46, 4, 41
BAR, LINE = (90, 150, 220), (180, 40, 30)
# Of Temperature in mired, in which its steps are even to the eye; others in their own units.
_MIRED = (20.0, 500.0)
_MOST_CURVES = 400


def draw_histograms(path: Path, edits: Sequence[dict[str, Any]], title: str) -> None:
    """A PNG: a panel for each slider with its range below, and one with all tone curves.

    Args:
        edits: params of parameter files: sliders in Camera Raw's units, relative to the shot.

    Raises:
        InputError: the folder cannot be written.
    """
    from PIL import ImageFont

    rows = -(-(len(SLIDERS) + 1) // COLUMNS)
    step = (PANEL[0] + GAP) * SCALE, (PANEL[1] + GAP + 20) * SCALE
    top = 2 * GAP * SCALE
    size = COLUMNS * step[0] + GAP * SCALE, rows * step[1] + top
    chart, draw = new_chart(size)
    font, large = (ImageFont.load_default(points * SCALE) for points in (13, 17))
    draw.text((GAP * SCALE, 14 * SCALE), title, fill=TEXT, font=large)
    for i in range(len(SLIDERS) + 1):
        left = GAP * SCALE + (i % COLUMNS) * step[0]
        above = top + (i // COLUMNS) * step[1]
        right, below = left + PANEL[0] * SCALE, above + PANEL[1] * SCALE
        draw.rectangle((left, above, right, below), outline=GRID, width=SCALE)
        if i < len(SLIDERS):
            values, low, high = _spread(SLIDERS[i], edits)
            counts, _ = np.histogram(values, BINS, (low, high))
            tall = max(int(counts.max()), 1)
            for k, count in enumerate(counts):
                x = left + (right - left) * k / BINS, left + (right - left) * (k + 1) / BINS
                if count:
                    y = below - (below - above) * count / tall
                    draw.rectangle((x[0] + SCALE, y, x[1] - SCALE, below), fill=BAR)
            heading, ends = _caption(SLIDERS[i], edits)
        else:
            for edit in edits[:_MOST_CURVES]:
                curve = np.asarray(edit[CURVE_NAME], dtype=float)
                across = np.linspace(left, right, curve.size)
                up = below - (below - above) * curve
                draw.line(list(zip(across, up, strict=True)), LINE, SCALE)
            heading, ends = "Tone curves", ("0", "1")
        draw.text((left, above - 20 * SCALE), heading, fill=TEXT, font=font)
        draw.text((left, below + 3 * SCALE), ends[0], fill=TEXT, font=font)
        draw.text((right, below + 3 * SCALE), ends[1], fill=TEXT, font=font, anchor="ra")
    save_chart(path, chart)


def _spread(slider: Slider, edits: Sequence[dict[str, Any]]) -> tuple[np.ndarray, float, float]:
    """A slider's values, and the range to show."""
    values = np.array([edit[slider.name] for edit in edits], dtype=float)
    if slider.name == "Temperature":
        return -1e6 / values, -_MIRED[1], -_MIRED[0]
    return values, slider.low, slider.high


def _caption(slider: Slider, edits: Sequence[dict[str, Any]]) -> tuple[str, tuple[str, str]]:
    values = np.array([edit[slider.name] for edit in edits], dtype=float)
    moved = np.count_nonzero(np.abs(values - slider.neutral) > 1e-6)
    middle = float(np.median(values)) if values.size else slider.neutral
    number = f"{middle:.2f}" if slider.name == "Exposure2012" else f"{middle:.0f}"
    heading = f"{slider.name.removesuffix('2012')}: median {number}, moved in {moved}"
    if slider.name == "Temperature":
        return heading, ("2000 K (6500: as shot)", "50000 K")
    return heading, (f"{slider.low:+g}", f"{slider.high:+g}")
