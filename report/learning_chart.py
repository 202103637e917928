"""The learning curve as a picture: error against the number of pairs."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from report.charts import GRID, SCALE, TEXT, new_chart, save_chart

WIDTH, HEIGHT, MARGIN = 520, 300, 56
COLOURS = ((150, 150, 150), (60, 120, 200), (190, 60, 40))


def draw_learning_curve(
    path: Path, sizes: list[int], lines: Mapping[str, list[float]], title: str
) -> None:
    """Write a PNG: numbers of pairs to the right (even steps a doubling), error upwards.

    Args:
        lines: at most three, by name; a value for each size.

    Raises:
        InputError: the folder cannot be written.
    """
    from PIL import ImageFont

    size = (WIDTH + 2 * MARGIN) * SCALE, (HEIGHT + 2 * MARGIN) * SCALE
    chart, draw = new_chart(size)
    font = ImageFont.load_default(13 * SCALE)
    places = np.log2(sizes)
    across = np.ptp(places) or 1.0
    top = 1.1 * max(value for line in lines.values() for value in line)

    def place(x: float, y: float) -> tuple[float, float]:
        part = (x - places[0]) / across
        return (MARGIN + part * WIDTH) * SCALE, (MARGIN + (1.0 - y / top) * HEIGHT) * SCALE

    draw.text((MARGIN * SCALE, 12 * SCALE), title, fill=TEXT, font=font)
    for level in np.linspace(0.0, top, 6):
        draw.line([place(places[0], level), place(places[-1], level)], fill=GRID, width=SCALE)
        left, up = place(places[0], level)
        draw.text((left - 6 * SCALE, up), f"{level:.1f}", fill=TEXT, font=font, anchor="rm")
    for number, x in zip(sizes, places, strict=True):
        left, down = place(x, 0.0)
        draw.text((left, down + 6 * SCALE), str(number), fill=TEXT, font=font, anchor="ma")
    for (name, line), colour in zip(lines.items(), COLOURS, strict=False):
        dots = [place(x, y) for x, y in zip(places, line, strict=True)]
        draw.line(dots, fill=colour, width=2 * SCALE)
        for x, y in dots:
            r = 3 * SCALE
            draw.ellipse((x - r, y - r, x + r, y + r), fill=colour)
        x, y = dots[-1]
        draw.text((x, y - 8 * SCALE), name, fill=colour, font=font, anchor="rs")
    save_chart(path, chart)
