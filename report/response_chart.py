"""The sliders' responses as a picture."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from model.edit import measured_tone as measured
from report.charts import BACKGROUND, GRID, SCALE, TEXT, new_chart, save_chart
from report.slider_responses import WEDGE, Response

PANEL, MARGIN, COLUMNS = 300, 34, 3
PROCESS_1 = (176, 176, 176)
# Of the four settings, lowest first.
COLOURS = ((30, 60, 160), (90, 150, 220), (230, 140, 60), (180, 40, 30))


def draw_chart(path: Path, responses: Sequence[Response]) -> None:
    """A PNG: a panel for each slider, L* in to the right, L* out upwards.

    Lines are process 2, grey lines process 1, dots what others measured.

    Raises:
        InputError: the folder cannot be written.
    """
    from PIL import ImageFont

    sliders = list(dict.fromkeys(r.slider for r in responses))
    rows = -(-len(sliders) // COLUMNS)
    step = (PANEL + MARGIN) * SCALE
    top = MARGIN * SCALE
    size = COLUMNS * step + MARGIN * SCALE, rows * step + 2 * top
    chart, draw = new_chart(size)
    font = ImageFont.load_default(13 * SCALE)
    legend = "L* in (across) and out (up): lines process 2, grey lines process 1, dots measured"
    draw.text((top, 8 * SCALE), legend, fill=TEXT, font=font)
    for i, slider in enumerate(sliders):
        left, above = top + (i % COLUMNS) * step, 2 * top + (i // COLUMNS) * step
        origin = left, above + PANEL * SCALE
        for level in range(0, 101, 25):
            across, up = _place(origin, np.array([level]), np.array([level]))[0]
            draw.line([(origin[0], up), (origin[0] + PANEL * SCALE, up)], fill=GRID)
            draw.line([(across, above), (across, origin[1])], fill=GRID)
        own = [r for r in responses if r.slider == slider]
        for response in own:
            draw.line(_place(origin, WEDGE, response.process_1), PROCESS_1, SCALE)
        for response, colour in zip(own, COLOURS, strict=False):
            draw.line(_place(origin, WEDGE, response.process_2), colour, 2 * SCALE)
            dots = np.array(response.measured)
            for x, y in _place(origin, np.array(measured.L_IN), dots):
                r = 3 * SCALE
                draw.ellipse((x - r, y - r, x + r, y + r), BACKGROUND, colour, SCALE)
        settings = ", ".join(f"{r.setting:+g}" for r in own)
        title = f"{slider.removesuffix('2012')} {settings}"
        draw.text((left, above - 18 * SCALE), title, fill=TEXT, font=font)
    save_chart(path, chart)


def _place(
    origin: tuple[int, int], across: np.ndarray, up: np.ndarray
) -> list[tuple[float, float]]:
    unit = PANEL * SCALE / 100.0
    points = zip(origin[0] + unit * across, origin[1] - unit * up, strict=True)
    return [(float(x), float(y)) for x, y in points]
