"""Numbers and curves as Camera Raw writes them in XMP."""

import math
from collections.abc import Sequence

from params.files import InputError
from params.ranges import Slider
from params.xmp_curve import Point, parse_points


def signed(value: float, decimals: int = 0) -> str:
    """A number as Adobe writes it: +0.50, -25, 0."""
    text = f"{value:+.{decimals}f}"
    return text[1:] if float(text) == 0.0 else text


def slider_text(slider: Slider, value: float) -> str:
    """A slider's whole number: with its sign where the range has both, +12 or -12, else 12."""
    return signed(value) if slider.low < 0.0 else f"{value:.0f}"


def finite(text: str) -> float | None:
    """A finite number; None where the text is none."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def read_number(text: str, what: str) -> float:
    """A finite number. Raises InputError, which names `what`."""
    value = finite(text)
    if value is None:
        raise InputError(f"{what} is {text[:40]!r}, not a number")
    return value


def read_points(items: str | Sequence[str], what: str) -> tuple[Point, ...]:
    """A curve's points. Raises InputError, which names `what`: see params.xmp_curve."""
    try:
        return parse_points(items)
    except ValueError as error:
        raise InputError(f"{what}: {error}") from error


def point_texts(points: Sequence[Point]) -> list[str]:
    """A curve's points as the items of its sequence."""
    return [f"{x}, {y}" for x, y in points]


def limit_read(slider: Slider, value: float, warnings: list[str]) -> float:
    """A slider's value that was read, in its range; a line is added where it was not."""
    limited = min(max(value, slider.low), slider.high)
    if limited != value:
        warnings.append(f"{slider.name} {value:g} is read as {limited:g}, its limit")
    return limited
