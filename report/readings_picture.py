"""Patches of the chart before an edit, after it, and as Camera Raw rendered them: a PNG."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from imaging.color import PROPHOTO_TO_SRGB, srgb_encode
from report.camera_raw_readings import distances, reading, readings
from report.charts import TEXT, add_axes, new_figure, save_png, styled
from report.readings_table import by_process_2

_COLUMNS, _SHOWN = 2, 32
_WIDTH, _ROW, _BAR, _NAME = 640, 62, 15, 290


@styled()
def draw_readings(path: Path, cases: Sequence[str] | None = None) -> None:
    """Write a PNG: for each case three bars of patches.

    The upper one is process 2's default rendering, the middle one its edit, the lower one Camera
    Raw's; evenly chosen patches in the chart's order. Both are clipped to sRGB.

    Args:
        cases: by default all that there are.

    Raises:
        InputError: the folder cannot be written.
    """
    cases = list(readings()["cases"]) if cases is None else list(cases)
    rows = -(-len(cases) // _COLUMNS)
    width, height = _COLUMNS * _WIDTH, rows * _ROW + 20
    figure = new_figure(width, height)
    for i, case in enumerate(cases):
        left, top = (i % _COLUMNS) * _WIDTH, (i // _COLUMNS) * _ROW + 10
        miss = distances(case, lambda _, c=case: by_process_2(c))  # type: ignore[misc]
        peer = readings()["cases"][case]["peer"]
        figure.text((left + 8) / width, 1 - (top + 18) / height, case, color=TEXT, va="center")
        figure.text(
            (left + 8) / width,
            1 - (top + 34) / height,
            f"ΔE00 {miss.mean():.2f} (peer {peer:.2f})",
            color=TEXT,
            va="center",
            fontsize="small",
        )
        bars = np.stack(_bars(case))
        axes = add_axes(figure, left + _NAME, top, _WIDTH - _NAME - 16, 3 * _BAR)
        axes.imshow(bars, aspect="auto", interpolation="nearest")
        axes.set_axis_off()
    save_png(path, figure)


def _bars(case: str) -> list[np.ndarray]:
    """(N, 3) sRGB in 0..1 each: default, edited, Camera Raw."""
    names, wanted = reading(case)
    chosen = np.linspace(0, len(names) - 1, _SHOWN).astype(int)
    known = reading("default")[0]
    same = np.array([known.index(name) for name in names])
    before = _shown(by_process_2("default"))[same]
    return [before[chosen], _shown(by_process_2(case))[chosen], wanted[chosen]]


def _shown(picture: object) -> np.ndarray:
    linear = np.asarray(picture)[0, :, :, 0].T @ PROPHOTO_TO_SRGB.T
    return srgb_encode(linear.clip(0.0, 1.0)).clip(0.0, 1.0)
