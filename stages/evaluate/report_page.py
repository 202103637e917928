"""The report of an evaluation as one HTML file."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from jobs.progress import each
from params.ranges import CURVE_NAME, SLIDER_NAMES
from report.html_page import embedded, text, write_page
from stages.evaluate.evaluate import Evaluation
from stages.evaluate.examples import MOST, choose, draw
from stages.evaluate.measure import Task
from stages.evaluate.report_charts import confidence_chart, histogram, reliability_chart, scatter
from stages.evaluate.report_viewer import SCRIPT, STYLE
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


def write_report(
    path: Path, found: Evaluation, table: Table, notes: Sequence[str], *, seed: int, workers: int
) -> None:
    """Write the page: tables, charts, and pictures to look at closely.

    Raises:
        InputError: the folder refuses.
    """
    about, results = found.about, found.results
    judged = about["judged"]
    body = ["".join(f"<p>{text(note)}</p>" for note in notes)]
    body.append(_table(cells(table, table.measures(list(PICTURE)), intervals=True)))
    sliders = without_fit(table)
    names = sliders.measures(list(SLIDERS))
    body.append("<h2>Sliders: mean error against the stored parameters</h2>")
    body.append(_table(cells(sliders, names, intervals=False)))
    for name in GROUPINGS:
        lines = by_group(results, name)
        if lines:
            body += [f"<h2>Mean ΔE00 by {text(name)}</h2>", _table(lines)]
    body.append(_confidence(results, about))
    body.append(_slider_charts(results, judged))
    body.append(f"<h2>Pictures</h2>{_CONTROLS}<div id='cards'></div>")
    body.append("<h2>All pictures</h2><div id='all'></div>")
    body.append(embedded("cards-data", _cards(found, seed, workers)))
    body.append(embedded("all-data", _all(results)))
    about_most = f"Difference maps: black 0, pale ΔE00 {MOST:g} and more."
    body.append(f"<p>{about_most}</p>")
    write_page(
        path,
        f"Evaluation: {judged} on {about['split']}",
        "\n".join(body),
        style=STYLE,
        script=SCRIPT,
    )


_CONTROLS = """<p>show <select id="kind"><option value="">all shown here</option>
<option>worst</option><option>best</option><option>random</option></select>
sorted by <select id="order"></select></p>"""


def _table(lines: Sequence[Sequence[str]]) -> str:
    def row(cells: Sequence[str], tag: str) -> str:
        return "".join(
            f"<{tag}{' class=number' if i else ''}>{text(cell)}</{tag}>"
            for i, cell in enumerate(cells)
        )

    rows = "".join(f"<tr>{row(line, 'td')}</tr>" for line in lines[1:])
    return f"<table><thead><tr>{row(lines[0], 'th')}</tr></thead><tbody>{rows}</tbody></table>"


def _confidence(results: Sequence[Result], about: dict[str, Any]) -> str:
    points = [
        (one.confidence, one.rows[about["judged"]]["delta_e"])
        for one in results
        if one.confidence is not None
    ]
    parts = about["by_confidence"]
    if not points:
        return ""
    lines = [["least to most confident", "pictures", "confidence", "came near", "mean ΔE00"]]
    for i, part in enumerate(parts, start=1):
        shares = [f"{100 * part[name]:.0f} %" for name in ("confidence", "within")]
        lines.append([str(i), str(part["pictures"]), *shares, f"{part['delta_e']:.2f}"])
    near = f"a mean ΔE00 of at most {about['tolerance']:g}"
    said = "the chance, learnt on validation, that the prediction comes near the photographer's"
    return (
        f"<h2>Confidence</h2><p>Confidence is {said} picture: {near}.</p>{_table(lines)}"
        f"<p>{confidence_chart(points, parts)}{reliability_chart(parts)}</p>"
    )


def _slider_charts(results: Sequence[Result], judged: str) -> str:
    body = ["<h2>Sliders: predicted by stored, and the error</h2><div class='charts'>"]
    for name in SLIDER_NAMES:
        pairs = [(one.stored[name], one.edits[judged][name]) for one in results]
        unit = name.removesuffix("2012")
        if name == "Temperature":  # steps in mired look even
            unit, pairs = "Temperature (mired)", [(1e6 / a, 1e6 / b) for a, b in pairs]
        body.append(scatter(unit, pairs, across="stored", up="pred.", diagonal=True))
        errors = [b - a for a, b in pairs]
        body.append(histogram(f"{unit}: error", errors, across="predicted − stored"))
    pairs = [
        (stored, edit)
        for one in results[:200]
        for stored, edit in zip(one.stored[CURVE_NAME], one.edits[judged][CURVE_NAME], strict=False)
        if len(one.stored[CURVE_NAME]) == len(one.edits[judged][CURVE_NAME])
    ]
    body.append(scatter("curve, all knots", pairs, across="stored", up="pred.", diagonal=True))
    return "\n".join([*body, "</div>"])


def _cards(found: Evaluation, seed: int, workers: int) -> list[dict[str, Any]]:
    """What the page's script draws: captions, numbers and pictures, in no order."""
    judged = found.about["judged"]
    shown = (NO_EDIT, judged, FIT)
    chosen = choose(found.results, judged, seed)
    by_id = {one.entry.id: one for one in found.results}
    tasks = [
        replace(
            found.tasks[id],
            others={},
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
        workers=workers,
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
