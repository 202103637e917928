"""The report of an import as one page for a photographer."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dataset.lightroom.report_facts import ImportFacts
from params.panels import BASIC, PANELS, panel_sliders
from params.style_settings import STYLE_KINDS
from report.html_page import write_page
from report.import_charts import slider_histogram, slider_title, use_chart

_CHARTS, _OF_A_PANEL = 16, 4  # of varying sliders: one page, with something of each panel
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
    drawn = _drawn([name for name in facts.varying if name in _SLIDERS])
    others = [name for name in facts.varying if name not in drawn]
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
            [(row.what, row.pictures / facts.taken) for row in facts.not_learnt[:_ROWS]],
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
                for row in facts.not_learnt
            ),
        ],
        kept=_counted("stays as it is in Lightroom", facts.stays, facts.taken),
        looks=_counted("look", facts.looks, facts.taken),
        constants=_constants(facts),
        varying=[
            slider_histogram(
                _SLIDERS[name],
                [float(edit.get(name, _SLIDERS[name].neutral)) for edit in params],
            )
            for name in drawn
        ],
        others=", ".join(map(slider_title, others)),
        lines=[line for line in lines if line not in advice],
    )


def _drawn(names: Sequence[str]) -> list[str]:
    """The sliders that are shown: the first, and not all of one panel but the basic."""
    panels: Counter[str] = Counter()
    chosen = []
    for name in names:
        panel = next(p.name for p in PANELS.values() if name in p.neutral)
        panels[panel] += 1
        if panel == BASIC.name or panels[panel] <= _OF_A_PANEL:
            chosen.append(name)
    return chosen[:_CHARTS]


def _constants(facts: ImportFacts) -> list[list[str]]:
    rows = [["slider", "value", "pictures"]]
    for name in facts.constants:
        use = (facts.usage or {})[name]
        value = f"{use.value:+g}" if name in _SLIDERS else "a curve"
        rows.append([slider_title(name), value, f"{100 * use.share_of_all:.0f} %"])
    settings = (facts.settings or {}).items()
    versions = STYLE_KINDS["process version"]
    return rows + [
        [slider_title(k), text, "nearly all"] for k, text in settings if k not in versions
    ]


def _counted(title: str, rows: Sequence[tuple[str, int]], total: int) -> list[list[str]]:
    lines = [[what, str(count), _percent(count, total)] for what, count in rows[:_ROWS]]
    return [[title, "pictures", "share"], *lines]


def _percent(count: int, total: int) -> str:
    return f"{100 * count / total:.0f} %" if total else ""
