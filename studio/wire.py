"""An edit as the page shows it, and what the page changes in it.

The page has Camera Raw's numbers: kelvin and tint as they stand in XMP, sliders as Camera Raw
rounds them, curves as points. A record keeps its own: what the page doesn't set stays as it is,
to the last digit.
"""

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from params.curve_points import choose_points
from params.edit_process import DEFAULT_PROCESS, edit_process
from params.files import InputError
from params.panels import is_straight
from params.ranges import CURVE_KNOTS, CURVE_NAME, clamp, decimals, neutral_params
from params.record import Record, limit_params
from params.white_balance import WHITE
from params.xmp import CURVE_TOLERANCE
from params.xmp_curve import IDENTITY, Point, parse_points, tone_curve, wanted_curve
from studio.panels import HELD_CURVES, held_names, label, panel_of, slider_named
from studio.stored_edit import POINTS
from studio.white import White

_MOST_POINTS = 256
PREDICTED, NEUTRAL = "predicted", "neutral"  # of Changes.reset


@dataclass(frozen=True)
class Changes:
    """What the page changes in an edit; resets come first.

    sliders: XMP name -> Camera Raw's number. curves: XMP name -> points 0..255.
    reset: sliders and curves (as an edit names them) that go back to what was predicted; PREDICTED
        or NEUTRAL: all do, to that.
    """

    sliders: Mapping[str, float]
    curves: Mapping[str, tuple[Point, ...]]
    reset: frozenset[str] | str = frozenset()


def read_changes(value: Any) -> Changes:
    """Changes as the page sends them.

    Raises:
        InputError: an unknown name, a number that is not finite, or no curve.
    """
    asked = _mapping("changes", {} if value is None else value)
    if unknown := asked.keys() - {"set", "curves", "reset"}:
        raise InputError(f"changes: {_names(unknown)} is not known")
    sliders = {
        _slider(name): _finite(name, number)
        for name, number in _mapping("set", asked.get("set", {})).items()
    }
    curves = {
        _curve(name): _points(name, points)
        for name, points in _mapping("curves", asked.get("curves", {})).items()
    }
    reset = asked.get("reset", [])
    if reset in (PREDICTED, NEUTRAL):
        return Changes(sliders, curves, str(reset))
    if not isinstance(reset, list) or not all(isinstance(name, str) for name in reset):
        raise InputError(f"reset is neither names nor {PREDICTED} or {NEUTRAL}")
    names = frozenset(HELD_CURVES.get(name) or _slider(name) for name in reset)
    return Changes(sliders, curves, names)


def edit_json(record: Record, white: White) -> dict[str, Any]:
    """An edit for the page: {"sliders": {XMP name: number}, "curves": {XMP name: points}}."""
    params, process = record.params, record.process
    held = held_names(process)
    curves = {name: own for name, own in HELD_CURVES.items() if own in held}
    sliders = {
        name: params.get(name, slider_named(name).neutral)
        for name in held
        if name not in (*WHITE, *curves.values())
    }
    sliders |= white.absolute(params, process)
    return {
        "sliders": {name: _shown(name, float(value)) for name, value in sorted(sliders.items())},
        "curves": {
            name: [list(point) for point in curve_points(record, own)]
            for name, own in curves.items()
        },
    }


def curve_points(record: Record, name: str) -> tuple[Point, ...]:
    """The points of a curve, as an edit names it: those it was drawn by, else few that draw it."""
    curve = record.params.get(name)
    if curve is None or is_straight(curve):
        return IDENTITY
    drawn = record.extra.get(POINTS, {}).get(name)
    if drawn is not None:
        points = tuple((int(x), int(y)) for x, y in drawn)
        if np.array_equal(_drawn(points, record.process), np.asarray(curve, float)):
            return points
    wanted = wanted_curve(curve, record.process)
    return _chosen(wanted.tobytes(), edit_process(record.process).free_curve)


def changed(record: Record, changes: Changes, predicted: Record, white: White) -> Record:
    """A record with the page's changes.

    Raises:
        InputError: its process has no such slider.
    """
    if changes.reset == PREDICTED:
        record = replace(predicted, extra=dict(predicted.extra))
    elif changes.reset == NEUTRAL:
        record = replace(
            neutral_edit(record.process, record.as_shot), masks=record.masks, held=record.held
        )
    elif isinstance(changes.reset, frozenset):
        record = copied(predicted, record, changes.reset)
        if changes.reset and _plain(record.params) == _plain(predicted.params):
            record = replace(predicted, extra=dict(predicted.extra))
    params, process = dict(record.params), record.process
    held, curves = held_names(process), {HELD_CURVES[n]: p for n, p in changes.curves.items()}
    if unknown := (changes.sliders.keys() | curves.keys()) - held:
        raise InputError(f"edit process {process} has no {_names(unknown)}")
    for name, value in changes.sliders.items():
        if name not in WHITE:
            slider = slider_named(name)
            params[name] = float(clamp(value, slider.low, slider.high))
    if white_set := {name: changes.sliders[name] for name in WHITE if name in changes.sliders}:
        params |= _white(params, white_set, process, white)
    extra = dict(record.extra)
    if curves:
        extra[POINTS] = {**extra.get(POINTS, {}), **{n: list(p) for n, p in curves.items()}}
        params |= {name: _drawn(points, process).tolist() for name, points in curves.items()}
    touched = {panel_of(name) for name in (*changes.sliders, *curves)}
    limited = limit_params(params, edit_process(process))
    return replace(record, params=limited, extra=extra, held=_with(record.held, touched))


def copied(source: Record, target: Record, names: frozenset[str] | set[str]) -> Record:
    """A record with sliders and curves (as an edit names them) of another one of its process."""
    params, extra = dict(target.params), dict(target.extra)
    points = dict(extra.get(POINTS, {}))
    neutral = neutral_params()
    for name in names & held_names(target.process):
        params.pop(name, None)
        points.pop(name, None)
        if name in source.params:
            params[name] = source.params[name]
        elif name in neutral:
            params[name] = neutral[name]
        if name in source.extra.get(POINTS, {}):
            points[name] = source.extra[POINTS][name]
    if points or POINTS in extra:
        extra[POINTS] = points
    touched = {panel_of(name) for name in names & source.params.keys()}
    limited = limit_params(params, edit_process(target.process))
    held = _with(target.held, touched & set(source.held if source.held is not None else touched))
    return replace(target, params=limited, extra=extra, held=held)


def with_white(record: Record, white_set: Mapping[str, float], white: White) -> Record:
    """A record at Camera Raw's kelvin and tint, or one of them."""
    params = {**record.params, **_white(record.params, white_set, record.process, white)}
    limited = limit_params(params, edit_process(record.process))
    return replace(record, params=limited, held=_with(record.held, {panel_of(WHITE[0])}))


def what_changes(changes: Changes) -> str:
    """A line on changes, for undo: "Exposure +0.50"."""
    if isinstance(changes.reset, str):
        return "all as predicted" if changes.reset == PREDICTED else "all neutral"
    words = [
        f"{label(name)} {value:+.{decimals(name)}f}" for name, value in changes.sliders.items()
    ]
    words += [label(name) for name in changes.curves]
    words += [f"{label(name)} as predicted" for name in sorted(changes.reset)]
    more = f" and {len(words) - 2} more" if len(words) > 2 else ""
    return ", ".join(words[:2]) + more if words else "edit"


def same_edit(one: Record, other: Record) -> bool:
    """Whether two records do the same to a picture, in the same panels of XMP."""
    facts = [
        (record.process, record.masks, record.look, _plain(record.params), set(record.held or ()))
        for record in (one, other)
    ]
    return facts[0] == facts[1]


def neutral_edit(process: int, as_shot: Mapping[str, float] | None = None) -> Record:
    """No edit."""
    params = neutral_params()
    params[CURVE_NAME] = params[CURVE_NAME].tolist()
    return Record(params, process, as_shot=None if as_shot is None else dict(as_shot))


def _plain(params: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: tuple(map(float, value)) if hasattr(value, "__len__") else float(value)
        for name, value in params.items()
    }


def _with(held: tuple[str, ...] | None, more: set[str]) -> tuple[str, ...] | None:
    if held is None:
        return None
    return (*held, *sorted(more - set(held)))


def _white(
    params: Mapping[str, Any], given: Mapping[str, float], process: int, white: White
) -> dict[str, float]:
    """Relative kelvin and tint for absolute ones; one that isn't given stays as it is."""
    old = white.absolute(params, process)
    new = {name: clamp(float(given.get(name, old[name])), *_range(name)) for name in WHITE}
    relative = white.relative(new, process)
    if edit_process(process).white_by_effect:
        return relative
    return {name: relative[name] for name in given}


def _range(name: str) -> tuple[float, float]:
    slider = slider_named(name)
    return slider.low, slider.high


def _shown(name: str, value: float) -> float:
    return round(value, decimals(name)) + 0.0  # no minus before a zero


@functools.lru_cache(maxsize=256)
def _chosen(wanted: bytes, free: bool) -> tuple[Point, ...]:
    points, _ = choose_points(np.frombuffer(wanted), CURVE_TOLERANCE, free)
    return tuple(points)


@functools.lru_cache(maxsize=256)
def _drawn(points: tuple[Point, ...], process: int) -> np.ndarray:
    knots = edit_process(process).curve_knots_read or CURVE_KNOTS
    return tone_curve(points, process, knots)


def _mapping(what: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise InputError(f"{what} is not an object of names")
    return value


def _slider(name: str) -> str:
    if name not in held_names(DEFAULT_PROCESS) or name in HELD_CURVES.values():
        raise InputError(f"{_names([name])} is no slider")
    return name


def _curve(name: str) -> str:
    if name not in HELD_CURVES:
        raise InputError(f"{_names([name])} is no curve")
    return name


def _finite(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(f"{name} is not a number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise InputError(f"{name} is not a finite number")
    return number


def _points(name: str, value: Any) -> tuple[Point, ...]:
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) > _MOST_POINTS:
        raise InputError(f"{name} is not a curve of 2 to {_MOST_POINTS} points")
    try:
        return parse_points([f"{_finite(name, x)},{_finite(name, y)}" for x, y in value])
    except (TypeError, ValueError) as error:
        raise InputError(f"{name}: not a curve of points 0..255 with rising x") from error


def _names(names: Any) -> str:
    return ", ".join(sorted(str(name)[:40] for name in names))
