"""How far edits are off, panel by panel, where the edits of a process hold panels."""

from collections.abc import Mapping, Sequence
from typing import Any

from params.edit_process import edit_process
from params.outputs import Outputs, held_curves, held_sliders, panel_of
from params.panel_errors import errors_by_panel
from params.panels import PANELS, moved_panels
from params.ranges import CURVE_NAME, SLIDER_NAMES

PANEL, RIGHT = "error_panel_", "right_"  # columns of per_image.csv, and a name
# Of a slider that a picture leaves neutral, in parts of its range: half a step of -100..100.
_NOT_MOVED = 0.5 / 200.0
Edit = Mapping[str, Any]
Lines = list[list[str]]


def names_compared(wanted: Sequence[Edit], outputs: Outputs, process: int) -> tuple[str, ...]:
    """The sliders and curves to compare: the basic ones, those of the model and those that the
    photographer moved; () where the process knows no panels.
    """
    holds = edit_process(process).panels
    if not holds:
        return ()
    moved = (n for edit in wanted for n in moved_panels(edit, holds) if is_moved(n, edit))
    return tuple(dict.fromkeys((*SLIDER_NAMES, CURVE_NAME, *own_names(outputs), *moved)))


def own_names(outputs: Outputs) -> tuple[str, ...]:
    """The panels' sliders and curves that a model predicts or holds constant."""
    names = (*outputs.sliders, *outputs.curves, *outputs.constants)
    return (*(slider.name for slider in held_sliders(names)), *held_curves(names))


def panel_figures(
    edits: Mapping[str, Sequence[tuple[Edit, Edit]]],
    judged: str,
    names: Sequence[str],
    outputs: Outputs,
) -> dict[str, Any]:
    """What metrics.json says of panels: `panels`, by row the errors of each, in points of
    params.panel_errors; `gates`, by row the share of pictures in which each gated slider is
    moved where the photographer moved it and only there; and of the model's own `sliders`
    whether they are constant, how many pictures move them, and the error of row `judged`.

    Args:
        edits: by row pairs of an edit and the photographer's, in Camera Raw's units.
    """
    found: dict[str, Any] = {"panels": {}, "gates": {}, "sliders": {}}
    for row, pairs in edits.items():
        ours, theirs = zip(*pairs, strict=True)
        found["panels"][row] = errors_by_panel(ours, theirs, names)
        if outputs.gated:
            found["gates"][row] = {
                name: sum(gate_right(name, *pair) for pair in pairs) / len(pairs)
                for name in outputs.gated
            }
    ours, theirs = zip(*edits[judged], strict=True)
    for name in own_names(outputs):
        found["sliders"][name] = {
            "constant": name in outputs.constants,
            "moved": sum(is_moved(name, edit) for edit in theirs) / len(theirs),
            "error": errors_by_panel(ours, theirs, [name]).get(panel_of(name)),
        }
    return found


def gate_right(name: str, edit: Edit, wanted: Edit) -> bool:
    """Whether a slider is moved in both of two edits, or in neither."""
    return is_moved(name, edit) == is_moved(name, wanted)


def is_moved(name: str, edit: Edit) -> bool:
    """Whether an edit has a panel's slider off neutral, or the curve at all."""
    if name not in edit:
        return False
    sliders = held_sliders([name])
    if not sliders:
        return True
    [slider] = sliders
    return abs(edit[name] - slider.neutral) > _NOT_MOVED * (slider.high - slider.low)


def picture_columns(
    edit: Edit, wanted: Edit, names: Sequence[str], outputs: Outputs
) -> dict[str, float]:
    """One picture's errors by panel, and of gates whether they are right (1) or not (0)."""
    errors = errors_by_panel([edit], [wanted], names)
    found = {PANEL + panel: value for panel, value in errors.items()}
    return found | {RIGHT + n: float(gate_right(n, edit, wanted)) for n in outputs.gated}


def column_names(names: Sequence[str], outputs: Outputs) -> list[str]:
    """The names of picture_columns()."""
    panels = dict.fromkeys(panel_of(name) for name in names)
    return [*(PANEL + panel for panel in panels), *(RIGHT + name for name in outputs.gated)]


def panel_tables(figures: Mapping[str, Any], judged: str) -> list[tuple[str, Lines]]:
    """The tables of panel_figures(), each with its heading."""
    errors = figures["panels"]
    panels = list(dict.fromkeys(panel for row in errors.values() for panel in row))
    lines = [["", *map(in_words, panels)]]
    for row, values in errors.items():
        lines.append([row, *(f"{values[p]:.1f}" if p in values else "" for p in panels)])
    tables = [("Mean error of each panel, in steps of its sliders", lines)]
    if figures["sliders"]:
        lines = [["", "panel", "how", "moved by the photographer", "moved or not: right", "error"]]
        gates = figures["gates"].get(judged, {})
        for name, facts in figures["sliders"].items():
            how = "constant" if facts["constant"] else "predicted"
            lines.append(
                [
                    name,
                    in_words(panel_of(name)),
                    "with a gate" if name in gates else how,
                    f"{100 * facts['moved']:.0f} %",
                    f"{100 * gates[name]:.0f} %" if name in gates else "",
                    "" if facts["error"] is None else f"{facts['error']:.1f}",
                ]
            )
        tables.append((f"The panels' sliders that the model has: {judged}", lines))
    return tables


def in_words(panel: str) -> str:
    """A panel's name for people."""
    return PANELS[panel].word.replace("_", " ")
