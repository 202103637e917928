"""What a model is to predict, chosen from the edits that it learns from."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from params.edit_process import EditProcess
from params.outputs import (
    NEEDED,
    PARENTS,
    Outputs,
    held_sliders,
    panel_of,
    panel_words,
)
from params.panels import PANELS, is_straight, panel_curves, panel_sliders, panels_of
from params.ranges import CURVE_NAME
from params.usage import LEVELS, nearly_all, values_where_acting

SPARSE = 0.5  # a slider that fewer pictures leave neutral is not worth a gate
_PLACES = np.linspace(0.0, 1.0, 18)  # where curves are compared
_END = 1.5 / LEVELS  # so far the ends of a free curve are off, or it falls
Edit = Mapping[str, Any]


def choose_outputs(
    edits: Sequence[Edit], process: EditProcess, panels: Sequence[str] | None = None
) -> Outputs:
    """Outputs and constants for the edits of a training set.

    A slider that does nothing without others (a hue without saturation, the blending of colour
    grading) is judged by the pictures that have moved one of these, and left neutral where these
    are: a panel of which nothing that acts is chosen must not be held.

    Args:
        edits: params in Camera Raw's units, with panels where they are moved.
        process: of the edits; what it does not hold is not chosen.
        panels: to choose from; None: all that the process holds.
    """
    chosen = process.panels if panels is None else [p for p in panels if p in process.panels]
    sliders: list[str] = []
    gated: list[str] = []
    constants: dict[str, Any] = {}
    for slider in sorted(panel_sliders(chosen), key=lambda s: s.name in NEEDED):
        needed = NEEDED.get(slider.name, ())
        if needed and not any(name in (*sliders, *constants) for name in needed):
            continue
        values = values_where_acting(edits, slider)
        value, count = Counter(values).most_common(1)[0] if values else (slider.neutral, 0)
        if nearly_all(count, len(values)):
            if value != slider.neutral:
                constants[slider.name] = float(value)
            continue
        sliders.append(slider.name)
        own = values.count(slider.neutral) >= SPARSE * len(values)
        if own and slider.name not in PARENTS:
            gated.append(slider.name)
    curves = panel_curves(chosen)
    drawn = {name: [_drawn(edit.get(name)) for edit in edits] for name in curves}
    for name in curves:
        count = Counter(drawn[name]).most_common(1)[0][1]
        if not nearly_all(count, len(edits)):
            break
    else:
        constants |= {name: c for name in curves if (c := _constant(name, edits, drawn[name]))}
        curves = []
    whole = panels is None or any(panel.curves for panel in panels_of(chosen))
    free = process.free_curve and whole and not nearly_all(*_legal(edits))
    return Outputs(
        sliders=tuple(slider.name for slider in held_sliders(sliders)),
        gated=tuple(gated),
        curves=tuple(curves),
        one_curve=bool(curves) and all(drawn[name] == drawn[curves[0]] for name in curves),
        free_curve=free,
        constants=constants,
    )


def said(outputs: Outputs, process: EditProcess, count: int) -> list[str]:
    """The choice from `count` edits for people: a line for each kind that there is."""
    names = [*outputs.sliders, *outputs.curves]
    lines = []
    if names or outputs.free_curve:
        extra = ["free ends of the tone curve"] if outputs.free_curve else []
        lines.append(
            f"predicted beside the ten sliders and the tone curve, from {count} edits: "
            f"{', '.join([*_by_panel(names), *extra])}"
        )
    if outputs.constants:
        constants = ", ".join(
            f"{name} {value:g}" if isinstance(value, float) else name
            for name, value in outputs.constants.items()
        )
        lines.append(f"the style's constants: {constants}")
    rest = [panel for panel in process.panels if panel not in outputs.panels]
    if rest:
        lines.append(f"left neutral: {panel_words(rest)}")
    return lines


def _by_panel(names: Sequence[str]) -> list[str]:
    counts = Counter(panel_of(name) for name in names)
    return [f"{PANELS[panel].word} ({count})" for panel, count in counts.items()]


def _drawn(curve: Any) -> tuple[int, ...]:
    """A curve in a form in which equal ones are equal; a straight one where there is none."""
    if curve is None or is_straight(curve):
        return ()
    values = np.asarray(curve, dtype=np.float64)
    at = np.interp(_PLACES, np.linspace(0.0, 1.0, values.size), values)
    return tuple(np.rint(at * LEVELS).astype(int).tolist())


def _constant(name: str, edits: Sequence[Edit], drawn: Sequence[tuple[int, ...]]) -> list[float]:
    """The channel curve that nearly all edits have; empty where it is straight."""
    common = Counter(drawn).most_common(1)[0][0]
    if not common:
        return []
    return [float(v) for v in edits[list(drawn).index(common)][name]]


def _legal(edits: Sequence[Edit]) -> tuple[int, int]:
    """How many tone curves rise from 0 to 1, and how many there are."""
    curves = [np.asarray(edit[CURVE_NAME], dtype=np.float64) for edit in edits]
    legal = [
        abs(c[0]) <= _END and abs(c[-1] - 1.0) <= _END and np.diff(c).min() >= -_END for c in curves
    ]
    return sum(legal), len(legal)
