"""Camera Raw's panels in XMP: an edit's as fields, and a photo's as an edit's params.

Which panels an edit may hold is its process's: params.edit_process.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from params.edit_process import EditProcess
from params.files import InputError
from params.panels import (
    CHANNEL_CURVES,
    MASTER_CURVE,
    PANELS,
    Panel,
    is_straight,
    panel_curves,
    panel_sliders,
    panels_of,
)
from params.ranges import Slider
from params.xmp_curve import IDENTITY, Point, tone_curve
from params.xmp_packet import Field
from params.xmp_text import limit_read, point_texts, read_number, read_points, slider_text

Fields = Mapping[str, str | list[str]]
_SWITCH = "ConvertToGrayscale"
_BASIC = frozenset(slider.name for slider in PANELS["basic"].sliders)
_SWITCHES = {"true": 1.0, "1": 1.0, "false": 0.0, "0": 0.0}


def read_panels(texts: Mapping[str, str], name: str) -> dict[str, float]:
    """The sliders of panels that are present, but for the basic ones, as they stand.

    Raises:
        InputError: one is not a finite number; it names the packet `name`.
    """
    return {
        slider.name: _read(slider.name, texts[slider.name], f"{name}: {slider.name}")
        for slider in panel_sliders(PANELS, texts)
        if slider.name not in _BASIC
    }


def read_curves(fields: Fields, name: str) -> dict[str, tuple[Point, ...]]:
    """The curves of single channels that change something. Raises InputError: a broken one."""
    curves = {
        key: read_points(fields[key], f"{name}: {key}") for key in CHANNEL_CURVES if fields.get(key)
    }
    return {key: points for key, points in curves.items() if points != IDENTITY}


def held_panels(
    sliders: Mapping[str, float], process: EditProcess
) -> tuple[dict[str, float], list[str]]:
    """What an edit of the process holds of a photo's panels.

    Args:
        sliders: as read_panels gives them.

    Returns:
        all sliders of each panel that is moved, in their ranges, and a line for each that was
        outside.
    """
    held: dict[str, float] = {}
    warnings: list[str] = []
    for panel in panels_of(process.panels):
        found = {
            slider.name: limit_read(slider, sliders[slider.name], warnings)
            for slider in panel.sliders
            if slider.name in sliders
        }
        if any(value != panel.neutral[name] for name, value in found.items()):
            held |= panel.neutral | dict(panel.missing) | found
    return held, warnings


def held_curves(
    curves: Mapping[str, tuple[Point, ...]], process: EditProcess, knots: int
) -> dict[str, list[float]]:
    """The channel curves that an edit of the process holds, with this many values."""
    held = {
        name: tone_curve(curves[name], process.number, knots).tolist()
        for name in panel_curves(process.panels)
        if name in curves
    }
    return {name: curve for name, curve in held.items() if not is_straight(curve)}


def panel_fields(
    params: Mapping[str, Any],
    panels: Sequence[str],
    old: Fields,
    points_of: Callable[[Sequence[float], str], list[Point]],
) -> dict[str, Field]:
    """The fields of an edit's panels in XMP.

    Args:
        params: in their ranges, as params.record.limit_params gives them.
        panels: those that the edit speaks of.
        old: the fields of the packet that they go into.
        points_of: makes a curve's points; a warning calls it by the second argument.

    Returns:
        all sliders of each panel that is moved, and its curves. Where the packet holds a panel
        that the edit leaves neutral, neutral values in place of those there.
    """
    fields: dict[str, Field] = {}
    for panel in panels_of(panels):
        moved = any(slider.name in params for slider in panel.sliders)
        values = panel.neutral | {s.name: params[s.name] for s in panel.sliders if s.name in params}
        fields |= {
            slider.name: _write(slider, values[slider.name])
            for slider in panel.sliders
            if moved or slider.name in old
        }
        fields |= _curve_fields(panel, params, old, points_of)
    return fields


def _curve_fields(
    panel: Panel,
    params: Mapping[str, Any],
    old: Fields,
    points_of: Callable[[Sequence[float], str], list[Point]],
) -> dict[str, Field]:
    fields: dict[str, Field] = {}
    for name in panel_curves([panel.name]):
        if name in params and not is_straight(params[name]):
            fields[name] = point_texts(points_of(params[name], f"{_color(name)} curve"))
        elif name in old:
            fields[name] = point_texts(IDENTITY)
    return fields


def _color(name: str) -> str:
    return name.removeprefix(MASTER_CURVE).lower()


def _read(name: str, text: str, what: str) -> float:
    if name != _SWITCH:
        return read_number(text, what)
    value = _SWITCHES.get(text.strip().lower())
    if value is None:
        raise InputError(f"{what} is {text[:40]!r}, neither True nor False")
    return value


def _write(slider: Slider, value: float) -> str:
    return str(value >= 0.5) if slider.name == _SWITCH else slider_text(slider, value)
