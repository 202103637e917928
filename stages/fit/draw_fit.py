"""A fit to look at: unedited, fitted and the edited TIFF side by side, with the sliders found."""

import math
import textwrap
from pathlib import Path

import numpy as np

from imaging.camera import Shot
from model.render import render_record
from params.edit_process import edit_process
from params.panels import panel_sliders
from params.ranges import CURVE_NAME, SLIDERS, decimals, neutral_params
from params.record import Record
from params.xmp_white import shown_settings

LONG_SIDE = 512  # of each picture
_LETTERS = 190  # a line


def draw_fit(path: Path, raw: np.ndarray, target: np.ndarray, record: Record, shot: Shot) -> None:
    """Write a PNG of a fitted pair. raw, target: HxWx3 linear ProPhoto on one grid.

    Raises:
        InputError: the folder refuses.
    """
    from report.picture_grid import write_grid

    plain = Record(neutral_params(), process=record.process, masks=record.masks)
    before, after = (_caption(record, when) for when in ("before", "after"))
    row = [
        (f"unedited\n{before}", render_record(raw, plain, shot=shot)),
        (f"fitted\n{after}", render_record(raw, record, shot=shot)),
        ("edited TIFF", target),
    ]
    sliders = textwrap.wrap("  ".join(moved(record, shot)), _LETTERS)
    write_grid(path, [row], title="\n".join([path.stem, *sliders]), long_side=LONG_SIDE)


def moved(record: Record, shot: Shot) -> list[str]:
    """The sliders of an edit that are off neutral, as Lightroom shows them: "Exposure +0.50"."""
    shown = shown_settings(record, shot.color, shot.neutral)
    words = [f"Temperature {shown['Temperature']:.0f}", f"Tint {shown['Tint']:+.0f}"]
    for slider in (*SLIDERS[2:], *panel_sliders(edit_process(record.process).panels)):
        digits = decimals(slider.name)
        value = f"{shown.get(slider.name, slider.neutral):+.{digits}f}"
        if value != f"{slider.neutral:+.{digits}f}":
            words.append(f"{slider.name.removesuffix('2012')} {value}")
    curve = np.asarray(shown[CURVE_NAME])
    away = float(np.abs(curve - np.linspace(0.0, 1.0, len(curve))).max())
    return [*words, *([f"tone curve up to {255 * away:.0f} of 255 off straight"] if away else [])]


def delta_e_of(record: Record, when: str) -> float:
    """Mean ΔE00 "before" or "after" the fit; NaN where a parameter file does not tell."""
    try:
        return float((record.fit or {})[when]["delta_e"])
    except (KeyError, TypeError, ValueError):
        return float("nan")


def _caption(record: Record, when: str) -> str:
    error = delta_e_of(record, when)
    return f"dE00 {error:.2f}" if math.isfinite(error) else ""
