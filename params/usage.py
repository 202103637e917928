"""How a set of edits uses the sliders: which are a preset, which depend on the picture."""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from params.choose_outputs import NEARLY_ALL
from params.outputs import PARENTS
from params.panels import CHANNEL_CURVES, PANELS, is_straight, panel_sliders
from params.ranges import CURVE_NAME

CONSTANT, VARYING, NEUTRAL = "constant", "varying", "neutral"
CURVE_NAMES = (CURVE_NAME, *CHANNEL_CURVES)
_DECIMALS = {"Exposure2012": 2}  # as Camera Raw shows values; others are whole numbers
_LEVELS = 255.0  # of curves


@dataclass(frozen=True)
class Usage:
    """How one slider, curve or setting is used.

    kind: CONSTANT: nearly all pictures have one value, not the neutral one. VARYING: no value has
        nearly all pictures. NEUTRAL: nearly nobody moves it.
    value: the one that most pictures have; None for a curve is a straight line.
    share: of pictures that have it. moved: of pictures off neutral. Both 0..1. Of a slider that
        does nothing without another one, of the pictures that move that one.
    """

    kind: str
    value: Any
    share: float
    moved: float


def usage_of(edits: Sequence[Mapping[str, Any]]) -> dict[str, Usage]:
    """How edits use the sliders and curves that any of them holds, by name, panel by panel.

    Args:
        edits: params of parameter files; a slider that one lacks is neutral there.

    Raises:
        ValueError: no edits.
    """
    names = {name for edit in edits for name in edit}
    found: dict[str, Usage] = {}
    for slider in panel_sliders(PANELS, names):
        digits = _DECIMALS.get(slider.name, 0)
        parent = PARENTS.get(slider.name)
        values = [
            round(float(edit.get(slider.name, slider.neutral)), digits)
            for edit in edits
            if parent is None or edit.get(parent, 0.0)
        ]
        found[slider.name] = usage_of_values(values or [slider.neutral], slider.neutral)
    for name in CURVE_NAMES:
        if name in names:
            found[name] = _curve_usage([edit.get(name) for edit in edits])
    return found


def usage_of_values(values: Iterable[Hashable], neutral: Hashable) -> Usage:
    """How one slider or setting is used, of its value in each picture. ValueError: no values."""
    counts = Counter(values)
    total = sum(counts.values())
    if not total:
        raise ValueError("no edits, whose use of the sliders could be told")
    value, count = counts.most_common(1)[0]
    share, moved = count / total, 1.0 - counts[neutral] / total
    alike = NEUTRAL if value == neutral else CONSTANT
    return Usage(alike if _nearly_all(count, total) else VARYING, value, share, moved)


def _nearly_all(count: int, total: int) -> bool:
    """One picture that is otherwise is none to learn from, however few there are."""
    return total - count <= max((1.0 - NEARLY_ALL) * total, 1.0 if total > 2 else 0.0)


def _curve_usage(curves: Sequence[Sequence[float] | None]) -> Usage:
    first: dict[Hashable, list[float]] = {}

    def told_apart(curve: Sequence[float] | None) -> Hashable:
        if curve is None or is_straight(curve):
            return None
        values = [float(y) for y in curve]
        key = tuple(round(_LEVELS * y) for y in values)
        first.setdefault(key, values)
        return key

    found = usage_of_values(map(told_apart, curves), None)
    return Usage(found.kind, first.get(found.value), found.share, found.moved)
