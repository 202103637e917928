"""A run's loss and learning rate, epoch by epoch, as a picture."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from report.charts import GRID, SCALE, TEXT, new_chart, save_chart

WIDTH, HEIGHT, MARGIN = 600, 200, 60
TRAIN, VAL, RATE = (90, 150, 220), (180, 40, 30), (60, 140, 70)
# Each panel: its title, and the columns of log.csv drawn in it, with their colours.
PANELS = (
    ("loss: training blue, validation red", {"train_loss": TRAIN, "val_loss": VAL}),
    ("parameters: error in spreads", {"train_params": TRAIN, "val_params": VAL}),
    ("pictures: error in tens of dE00", {"train_image": TRAIN, "val_image": VAL}),
    ("learning rate", {"lr": RATE}),
)
Point = tuple[float, float]


def draw_curves(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write a PNG of the rows of log.csv: a panel for each quantity that they hold.

    Raises:
        InputError: the folder cannot be written.
    """
    from PIL import ImageFont

    panels = []
    for title, columns in PANELS:
        lines = [(points(rows, name), colour) for name, colour in columns.items()]
        if any(line for line, _ in lines):
            panels.append((title, lines))
    step = HEIGHT + MARGIN
    size = (WIDTH + 2 * MARGIN) * SCALE, (len(panels) * step + MARGIN) * SCALE
    chart, draw = new_chart(size)
    font = ImageFont.load_default(13 * SCALE)
    for i, (title, lines) in enumerate(panels):
        top, left = (i * step + MARGIN) * SCALE, MARGIN * SCALE
        values = [point for line, _ in lines for point in line]
        low, high = 0.0, 1.05 * max(value for _, value in values) or 1.0
        first, last = min(x for x, _ in values), max(x for x, _ in values)
        draw.text((left, top - 22 * SCALE), title, fill=TEXT, font=font)
        for part in (0.0, 0.5, 1.0):
            y = top + (1.0 - part) * HEIGHT * SCALE
            draw.line([(left, y), (left + WIDTH * SCALE, y)], fill=GRID, width=SCALE)
            label = f"{low + part * (high - low):.3g}"
            draw.text((left - 6 * SCALE, y), label, fill=TEXT, font=font, anchor="rm")
        base = top + (HEIGHT + 4) * SCALE
        draw.text((left, base), f"{first:g}", fill=TEXT, font=font)
        end = (left + WIDTH * SCALE, base)
        draw.text(end, f"epoch {last:g}", fill=TEXT, font=font, anchor="ra")
        for line, colour in lines:
            places = [
                (
                    left + (x - first) / max(last - first, 1.0) * WIDTH * SCALE,
                    top + (1.0 - (y - low) / (high - low)) * HEIGHT * SCALE,
                )
                for x, y in line
            ]
            draw.line(places, fill=colour, width=2 * SCALE)
            for x, y in places[-1:]:
                r = 3 * SCALE
                draw.ellipse((x - r, y - r, x + r, y + r), fill=colour)
    save_chart(path, chart)


def points(rows: Sequence[Mapping[str, Any]], name: str) -> list[Point]:
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
