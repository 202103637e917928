"""The report of an import as one page for a photographer."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dataset.lightroom.report_facts import ImportFacts
from params.panels import PANELS, panel_sliders
from params.usage import CURVE_NAMES
from report.html_page import write_page
from report.import_charts import slider_histogram, use_chart

_CHARTS = 24  # of varying sliders: one page
_ROWS = 12  # of a table
_SLIDERS = {slider.name: slider for slider in panel_sliders(PANELS)}


def write_import_page(
    path: Path,
    facts: ImportFacts,
    params: Sequence[Mapping[str, Any]],
    lines: Sequence[str],
) -> None:
    """Write the page.

    Args:
        facts: of at least one edit. params: the parameters of those edits.
        lines: the report in words.

    Raises:
        InputError: the folder refuses.
    """
    varying = [name for name in facts.varying if name in _SLIDERS]
    others = [*varying[_CHARTS:], *(name for name in facts.varying if name in CURVE_NAMES)]
    advice = [line for line in lines if line.startswith(("advice: ", "warning: "))]
    write_page(
        path,
        "imported_edits",
        "Your edits, imported",
        {},
        whole=_percent(facts.whole, facts.taken),
        whole_pictures=facts.whole,
        taken=facts.taken,
        notes=[line.partition(": ")[2] for line in advice],
        use_chart=use_chart(
            [(row.what, row.pictures / facts.taken) for row in facts.panels],
            [(row.what, row.pictures / facts.taken) for row in facts.lost[:_ROWS]],
        ),
        panels=[
            ["held", "pictures", "share", "of these whole"],
            *(
                [
                    row.what,
                    str(row.pictures),
                    _percent(row.pictures, facts.taken),
                    _percent(row.of_them, row.pictures),
                ]
                for row in facts.panels
            ),
        ],
        lost=[
            ["left out", "pictures", "share", "visibly"],
            *(
                [
                    row.what,
                    str(row.pictures),
                    _percent(row.pictures, facts.taken),
                    _percent(row.of_them, facts.taken),
                ]
                for row in facts.lost
            ),
        ],
        kept=_counted("kept for Lightroom", facts.kept, facts.taken),
        looks=_counted("look", facts.looks, facts.taken),
        constants=_constants(facts),
        varying=[
            slider_histogram(
                _SLIDERS[name],
                [float(edit.get(name, _SLIDERS[name].neutral)) for edit in params],
            )
            for name in varying[:_CHARTS]
        ],
        others=", ".join(others),
        lines=[line for line in lines if line not in advice],
    )


def _constants(facts: ImportFacts) -> list[list[str]]:
    rows = [["slider", "value", "pictures"]]
    for name in facts.constants:
        use = (facts.usage or {})[name]
        value = f"{use.value:+g}" if name in _SLIDERS else "a curve"
        rows.append([name, value, f"{100 * use.share:.0f} %"])
    return rows + [[name, text, ""] for name, text in (facts.settings or {}).items()]


def _counted(title: str, rows: Sequence[tuple[str, int]], total: int) -> list[list[str]]:
    lines = [[what, str(count), _percent(count, total)] for what, count in rows[:_ROWS]]
    return [[title, "pictures", "share"], *lines]


def _percent(count: int, total: int) -> str:
    return f"{100 * count / total:.0f} %" if total else ""
