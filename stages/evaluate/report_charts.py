"""An evaluation's charts as inline SVG: nothing is loaded, and they stay sharp."""

import math
from collections.abc import Sequence
from typing import Any

from report.html_page import text

SIDE, LEFT, TOP, BOTTOM = 180, 44, 20, 18
Pair = tuple[float, float]


def scatter(title: str, points: Sequence[Pair], *, across: str, up: str, diagonal: bool) -> str:
    """Points; with `diagonal`, both axes have one range and the line of equals is drawn."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    x_range, y_range = _range(xs), _range(ys)
    if diagonal:
        x_range = y_range = _range([*xs, *ys])
    parts = [_frame(title, x_range, y_range, across, up)]
    if diagonal:
        parts.append(f'<path class="grid" d="M{LEFT} {TOP + SIDE}l{SIDE} -{SIDE}"/>')
    parts.append(_dots(points, x_range, y_range, "dots"))
    return _svg("".join(parts))


def histogram(title: str, values: Sequence[float], *, across: str, bins: int = 24) -> str:
    """How often which value occurs, about 0."""
    reach = max((abs(value) for value in values), default=0.0) or 1.0
    counts = [0] * bins
    for value in values:
        counts[min(bins - 1, int((value / reach + 1.0) / 2.0 * bins))] += 1
    top, width = max([*counts, 1]), SIDE / bins
    bars = "".join(
        f"M{LEFT + i * width:.1f} {TOP + SIDE}v-{count / top * SIDE:.1f}h{width - 0.5:.1f}"
        f"v{count / top * SIDE:.1f}z"
        for i, count in enumerate(counts)
        if count
    )
    frame = _frame(title, (-reach, reach), (0.0, float(top)), across, "pictures")
    middle = f'<path class="grid" d="M{LEFT + SIDE / 2:.0f} {TOP}v{SIDE}"/>'
    return _svg(f'{frame}{middle}<path class="bars" d="{bars}"/>')


def confidence_chart(points: Sequence[Pair], parts: Sequence[dict[str, Any]]) -> str:
    """Each picture's error by its confidence, and the parts' means as large dots."""
    y_range = 0.0, _range([y for _, y in points])[1]
    means = [(part["confidence"], part["delta_e"]) for part in parts]
    return _svg(
        _frame("error by confidence", (0.0, 1.0), y_range, "confidence", "ΔE00")
        + _dots(points, (0.0, 1.0), y_range, "dots")
        + _dots(means, (0.0, 1.0), y_range, "means")
    )


def reliability_chart(parts: Sequence[dict[str, Any]]) -> str:
    """The share of pictures that came near, by the confidence told; on the line is honest."""
    one = 0.0, 1.0
    shares = [(part["confidence"], part["within"]) for part in parts]
    return _svg(
        _frame("share that came near", one, one, "confidence", "share")
        + f'<path class="grid" d="M{LEFT} {TOP + SIDE}l{SIDE} -{SIDE}"/>'
        + _dots(shares, one, one, "means")
    )


def _svg(content: str) -> str:
    width, height = LEFT + SIDE + 10, TOP + SIDE + BOTTOM
    return f'<svg class="chart" viewBox="0 0 {width} {height}" width="{width}">{content}</svg>\n'


def _frame(title: str, x_range: Pair, y_range: Pair, across: str, up: str) -> str:
    low, base = TOP + SIDE, TOP + SIDE + 13
    return (
        f'<text x="{LEFT}" y="13" class="title">{text(title)}</text>'
        f'<rect class="grid" x="{LEFT}" y="{TOP}" width="{SIDE}" height="{SIDE}"/>'
        f'<text x="{LEFT}" y="{base}">{_short(x_range[0])}</text>'
        f'<text x="{LEFT + SIDE / 2}" y="{base}" class="middle">{text(across)}</text>'
        f'<text x="{LEFT + SIDE}" y="{base}" class="end">{_short(x_range[1])}</text>'
        f'<text x="{LEFT - 4}" y="{low}" class="end">{_short(y_range[0])}</text>'
        f'<text x="{LEFT - 4}" y="{low - SIDE / 2}" class="end">{text(up)}</text>'
        f'<text x="{LEFT - 4}" y="{TOP + 8}" class="end">{_short(y_range[1])}</text>'
    )


def _dots(points: Sequence[Pair], x_range: Pair, y_range: Pair, kind: str) -> str:
    def place(value: float, ends: Pair) -> float:
        return min(1.0, max(0.0, (value - ends[0]) / (ends[1] - ends[0]))) * SIDE

    marks = "".join(
        f"M{LEFT + place(x, x_range):.1f} {TOP + SIDE - place(y, y_range):.1f}h0" for x, y in points
    )
    return f'<path class="{kind}" d="{marks}"/>'


def _range(values: Sequence[float]) -> Pair:
    low, high = min(values, default=0.0), max(values, default=1.0)
    room = 0.04 * (high - low) or max(abs(high), 1.0) * 0.04
    return low - room, high + room


def _short(value: float) -> str:
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:.{digits}f}" if math.isfinite(value) else ""
