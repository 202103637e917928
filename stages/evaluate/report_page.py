"""The report of an evaluation as one HTML file."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from jobs.progress import each
from jobs.where import Where
from params.outputs import held_sliders
from params.ranges import CURVE_NAME, SLIDER_NAMES
from report.charts import named_with_unit
from report.html_page import write_page
from stages.evaluate.evaluate import Evaluation
from stages.evaluate.examples import MOST, choose, draw
from stages.evaluate.measure import Task
from stages.evaluate.panels import in_words, panel_tables
from stages.evaluate.report_charts import (
    confidence_chart,
    histogram,
    panel_chart,
    reliability_chart,
    scatter,
)
from stages.evaluate.rows import FIT, NO_EDIT
from stages.evaluate.tables import (
    GROUPINGS,
    PICTURE,
    SLIDERS,
    Result,
    Table,
    by_group,
    cells,
    without_fit,
)

_CURVES = 200  # pictures whose curves are drawn: the chart is full by then


def write_report(
    path: Path, found: Evaluation, table: Table, notes: Sequence[str], *, seed: int, where: Where
) -> None:
    """Write the page: tables, charts, and pictures to look at closely.

    Raises:
        InputError: the folder refuses.
    """
    about, results = found.about, found.results
    judged = about["judged"]
    sliders = without_fit(table)
    groups = {name: by_group(results, name) for name in GROUPINGS}
    write_page(
        path,
        "evaluation",
        f"Evaluation: {judged} on {about['split']}",
        {"cards-data": _cards(found, seed, where), "all-data": _all(results)},
        notes=notes,
        pictures=cells(table, table.measures(list(PICTURE)), intervals=True),
        sliders=cells(sliders, sliders.measures(list(SLIDERS)), intervals=False),
        panels=panel_tables(about["by_panel"], judged) if "by_panel" in about else [],
        panel_charts=_panel_charts(found) if "by_panel" in about else [],
        groups={name: lines for name, lines in groups.items() if lines},
        confidence=_confidence(results, about),
        slider_charts=_slider_charts(results, judged),
        most=f"{MOST:g}",
    )


def _confidence(results: Sequence[Result], about: dict[str, Any]) -> dict[str, Any] | None:
    """A table and charts of what became of the confidence; None where there is none."""
    points = [
        (one.confidence, one.rows[about["judged"]]["delta_e"])
        for one in results
        if one.confidence is not None
    ]
    if not points:
        return None
    parts = about["by_confidence"]
    lines = [["least to most confident", "pictures", "confidence", "came near", "mean ΔE00"]]
    for i, part in enumerate(parts, start=1):
        shares = [f"{100 * part[name]:.0f} %" for name in ("confidence", "within")]
        lines.append([str(i), str(part["pictures"]), *shares, f"{part['delta_e']:.2f}"])
    return {
        "tolerance": f"{about['tolerance']:g}",
        "lines": lines,
        "charts": [confidence_chart(points, parts), reliability_chart(parts)],
    }


def _slider_charts(results: Sequence[Result], judged: str) -> list[str]:
    """For each slider predicted by stored and the errors; then the curves' knots."""
    charts = []
    for name in SLIDER_NAMES:
        pairs = [(one.stored[name], one.edits[judged][name]) for one in results]
        if name == "Temperature":  # steps in mired look even
            pairs = [(1e6 / a, 1e6 / b) for a, b in pairs]
        title = named_with_unit(name, "mired")
        charts.append(scatter(title, pairs, across="stored", up="predicted"))
        errors = [b - a for a, b in pairs]
        charts.append(histogram(f"{title}: error", errors, across="predicted − stored"))
    pairs = [
        (stored, edit)
        for one in results[:_CURVES]
        for stored, edit in zip(one.stored[CURVE_NAME], one.edits[judged][CURVE_NAME], strict=False)
        if len(one.stored[CURVE_NAME]) == len(one.edits[judged][CURVE_NAME])
    ]
    charts.append(scatter("Tone curve, all knots", pairs, across="stored", up="predicted"))
    return charts


def _panel_charts(found: Evaluation) -> list[str]:
    """Errors by panel of the rows; then of each slider of a panel predicted by stored."""
    judged = found.about["judged"]
    errors = found.about["by_panel"]["panels"]
    charts = [
        panel_chart({r: {in_words(p): v for p, v in one.items()} for r, one in errors.items()})
    ]
    for slider in held_sliders(found.outputs.sliders):
        pairs = [
            (one.whole.get(slider.name, slider.neutral), one.edits[judged][slider.name])
            for one in found.results
        ]
        charts.append(scatter(slider.name, pairs, across="stored", up="predicted"))
    return charts


def _cards(found: Evaluation, seed: int, where: Where) -> list[dict[str, Any]]:
    """What the page's script draws: captions, numbers and pictures, in no order."""
    judged = found.about["judged"]
    shown = (NO_EDIT, judged, FIT)
    chosen = choose(found.results, judged, seed)
    by_id = {one.entry.id: one for one in found.results}
    tasks = [
        replace(
            found.tasks[id],
            others={},
            apart={},
            edits={
                name: found.tasks[id].edits[name] for name in shown if name in found.tasks[id].edits
            },
        )
        for id in chosen
    ]
    cards: list[dict[str, Any]] = []

    def take(task: Task, pictures: dict[str, str]) -> None:
        one = by_id[task.entry.id]
        errors = {row: one.rows[row]["delta_e"] for row in shown if row in one.rows}
        before, after = errors[NO_EDIT], errors[judged]
        about = (one.entry.fields.get(name) for name in GROUPINGS)
        cards.append(
            {
                "id": one.entry.id,
                "about": ", ".join(value for value in about if isinstance(value, str)),
                "kinds": chosen[one.entry.id],
                "errors": errors,
                "numbers": {
                    f"ΔE00 of the {judged}": after,
                    "gain over no edit": before - after,
                    "confidence": one.confidence,
                    "ΔE00 before": before,
                },
                "pictures": pictures,
            }
        )

    each(
        tasks,
        draw,
        name=lambda task: f"not shown: {task.entry.id}",
        desc="draw",
        where=where,
        take=take,
    )
    return sorted(cards, key=lambda card: card["id"])


def _all(results: Sequence[Result]) -> dict[str, Any]:
    """The table of all pictures: a heading, and a line of text and numbers for each."""
    rows = list(dict.fromkeys(row for one in results for row in one.rows))
    lines = [
        [
            one.entry.id,
            *(str(one.entry.fields.get(name) or "") for name in GROUPINGS),
            *(round(one.rows[row]["delta_e"], 3) if row in one.rows else None for row in rows),
            None if one.confidence is None else round(one.confidence, 3),
        ]
        for one in results
    ]
    return {"heading": ["picture", *GROUPINGS, *rows, "confidence"], "lines": lines}
