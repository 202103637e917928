"""How a set of edits uses the sliders: which are a preset, which depend on the picture."""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from params.outputs import NEEDED
from params.panels import CURVE_NAMES, PANELS, is_straight, panel_sliders
from params.ranges import Slider, decimals

CONSTANT, VARYING, NEUTRAL = "constant", "varying", "neutral"
# What this share of pictures has alike is the style's own.
NEARLY_ALL = 0.95
ONE_ODD_FROM = 10  # pictures: from so many on, one that is otherwise is none to learn from
# Values are alike that Camera Raw shows alike.
LEVELS = 255.0  # of curves


@dataclass(frozen=True)
class Usage:
    """How one slider, curve or setting is used.

    kind: CONSTANT: nearly all pictures have one value, not the neutral one. VARYING: no value has
        nearly all pictures. NEUTRAL: nearly nobody moves it, or what it does nothing without.
    value: the one that most pictures have; None for a curve is a straight line.
    share: of pictures that have it. moved: of pictures off neutral. Both 0..1. Of a slider that
        does nothing without others, of the pictures that move one of these.
    acting: share of the pictures that move one of these, 0..1; 1 of a slider that acts alone.
    """

    kind: str
    value: Any
    share: float
    moved: float
    acting: float = 1.0

    @property
    def share_of_all(self) -> float:
        """Of all pictures, those that have the value where it does something."""
        return self.share * self.acting


def usage_of(edits: Sequence[Mapping[str, Any]]) -> dict[str, Usage]:
    """How edits use the sliders and curves that any of them holds, by name, panel by panel.

    Args:
        edits: params of parameter files; a slider that one lacks is neutral there.

    Raises:
        ValueError: no edits.
    """
    names = {name for edit in edits for name in edit}
    found: dict[str, Usage] = {}
    sliders = panel_sliders(PANELS, names)
    for slider in sorted(sliders, key=lambda s: s.name in NEEDED):
        needed = NEEDED.get(slider.name, ())
        if needed and not any(n in found and found[n].kind != NEUTRAL for n in needed):
            found[slider.name] = Usage(NEUTRAL, slider.neutral, 1.0, 0.0)
            continue
        values = values_where_acting(edits, slider)
        use = usage_of_values(values, slider.neutral)
        found[slider.name] = replace(use, acting=len(values) / len(edits))
    found = {slider.name: found[slider.name] for slider in sliders}
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
    return Usage(alike if nearly_all(count, total) else VARYING, value, share, moved)


def nearly_all(count: int, total: int) -> bool:
    """Whether what `count` of `total` pictures have alike is the style's own."""
    odd = 1.0 if total >= ONE_ODD_FROM else 0.0
    return total - count <= max((1.0 - NEARLY_ALL) * total, odd)


def values_where_acting(edits: Iterable[Mapping[str, Any]], slider: Slider) -> list[float]:
    """A slider's value, as Camera Raw shows it, in each edit in which it can do something."""
    digits = decimals(slider.name)
    return [
        round(float(edit.get(slider.name, slider.neutral)), digits)
        for edit in edits_where_acting(edits, slider)
    ]


def edits_where_acting(
    edits: Iterable[Mapping[str, Any]], slider: Slider
) -> list[Mapping[str, Any]]:
    """The edits in which a slider can do something."""
    return [edit for edit in edits if acts(edit, slider.name)]


def acts(edit: Mapping[str, Any], name: str) -> bool:
    """Whether a slider can do something in an edit: it needs no other, or one of these is moved."""
    needed = NEEDED.get(name, ())
    return not needed or any(edit.get(other, 0.0) for other in needed)


def _curve_usage(curves: Sequence[Sequence[float] | None]) -> Usage:
    first: dict[Hashable, list[float]] = {}

    def told_apart(curve: Sequence[float] | None) -> Hashable:
        if curve is None or is_straight(curve):
            return None
        values = [float(y) for y in curve]
        key = tuple(round(LEVELS * y) for y in values)
        first.setdefault(key, values)
        return key

    found = usage_of_values(map(told_apart, curves), None)
    return Usage(found.kind, first.get(found.value), found.share, found.moved)
