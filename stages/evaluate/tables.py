"""What an evaluation found, as numbers: metrics.json, per_image.csv and a Markdown table."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dataset.manifest import Entry
from params.csv_text import csv_text
from params.files import write_text
from params.outputs import BASIC_OUTPUTS, Outputs
from params.ranges import CURVE_NAME, SLIDER_NAMES
from report.bootstrap import Estimate, estimate
from report.markdown_table import markdown_table
from stages.evaluate.panels import column_names, own_names, picture_columns
from stages.evaluate.rows import BASIC_ONLY, FIT, LORA, MODEL, NO_EDIT

PICTURE = {
    "delta_e": "ΔE00",
    "delta_e_95": "ΔE00, 95 %",
    "psnr": "PSNR (dB)",
    "ssim": "SSIM",
    "lpips": "LPIPS",
    "psnr_full": "PSNR, full size",
    "ssim_full": "SSIM, full size",
    "delta_e_full": "ΔE00, full size",
    "delta_e_95_full": "95 %, full size",
    "better": "better than no edit",
    "seconds": "seconds",
}
SLIDERS = {
    "error_Temperature": "Temp. (K)",
    "error_mired": "Temp. (mired)",
    **{f"error_{n}": n.removesuffix("2012") for n in SLIDER_NAMES[1:]},
    f"error_{CURVE_NAME}": "curve",
}
GROUPINGS = ("camera", "category")
_DIGITS = {
    "ssim": 3,
    "lpips": 3,
    "ssim_full": 3,
    "seconds": 3,
    "error_Exposure2012": 2,
    f"error_{CURVE_NAME}": 3,
    "delta_e": 2,
    "delta_e_full": 2,
}


@dataclass(frozen=True)
class Result:
    """One picture: by row its measures (the names of PICTURE and SLIDERS) and its edit.

    stored: of the photographer's edit what the model is to predict.
    confidence: in the prediction, 0..1.
    whole: the photographer's edit as its parameter file has it.
    """

    entry: Entry
    rows: dict[str, dict[str, float]]
    edits: dict[str, dict[str, Any]]
    stored: dict[str, Any]
    confidence: float | None = None
    whole: Mapping[str, Any] = field(default_factory=dict)

    @property
    def source(self) -> str:
        """The photograph that it is of: intervals draw its pictures together."""
        return str(self.entry.fields.get("source") or self.entry.id)


@dataclass(frozen=True)
class Table:
    """Estimates by row and measure; a row that lacks a measure has none of that name."""

    rows: dict[str, dict[str, Estimate]]

    def measures(self, names: Sequence[str]) -> list[str]:
        """Those of `names` that some row has."""
        return [name for name in names if any(name in row for row in self.rows.values())]


def the_model(results: Sequence[Result]) -> str:
    """The row of the prediction that is judged: the model with LoRA where there is one."""
    return LORA if any(LORA in one.rows for one in results) else MODEL


def table(results: Sequence[Result], *, seed: int = 0) -> Table:
    """Means over the pictures with 95 % intervals; pictures of one `source` are drawn together."""
    names = list(dict.fromkeys(row for one in results for row in one.rows))
    groups = [one.source for one in results]
    rows: dict[str, dict[str, Estimate]] = {}
    for row in names:
        rows[row] = {}
        for measure in (*PICTURE, *SLIDERS):
            values = [one.rows.get(row, {}).get(measure) for one in results]
            found = estimate(values, groups, seed=seed)
            if found:
                rows[row][measure] = found
    return Table(rows)


def groups_of(results: Sequence[Result], name: str) -> dict[str, list[Result]]:
    """Results by a field of their manifest lines; empty where there's nothing to tell apart."""
    groups: dict[str, list[Result]] = {}
    for one in results:
        value = one.entry.fields.get(name)
        if isinstance(value, str) and value:
            groups.setdefault(value, []).append(one)
    return dict(sorted(groups.items())) if len(groups) > 1 else {}


def notes_of(about: Mapping[str, Any], results: Sequence[Result]) -> list[str]:
    """What a reader of the figures must know: the pictures, the input, the target."""
    edited = sum(one.entry.has_tif for one in results)
    target = f"the TIFF of photographer {about['expert']}"
    if edited < len(results):
        rendered = "what the edit layer makes of the stored parameters"
        target += f" ({edited} pictures), else {rendered}"
        target = target if edited else f"of photographer {about['expert']}: {rendered} (no TIFF)"
    notes = [
        f"{len(results)} pictures of split {about['split']}. Input: the RAW as shot (as-shot white "
        f"balance, no automatic exposure), rendered by edit process {about['process']}. Target: "
        f"{target}. PSNR and SSIM are of sRGB pictures, all measures at {about['short_side']} "
        "pixels of short side (never enlarged) unless said otherwise.",
        "In brackets: 95 % bootstrap intervals"
        + (
            ", pictures of one source drawn together."
            if any(one.entry.fields.get("source") for one in results)
            else "."
        ),
    ]
    if about.get("neighbours"):
        notes.append(
            f"Nearest neighbour: the mean edit of {about['neighbours']} training pictures, by the "
            "backbone's features; the number was chosen on validation."
        )
    if about.get("by_panel"):
        basic = (
            f"Row “{BASIC_ONLY}” is the prediction without its panels (a model trained on the ten "
            "sliders and the tone curve alone may come nearer). "
        )
        there = any(BASIC_ONLY in one.rows for one in results)
        notes.append(
            "Edits are whole: row “fit” has all that is stored, a model what it predicts and its "
            f"style's constants. {basic if there else ''}Row “mean edit” is what a preset could "
            "reach."
        )
    return notes


def write_metrics(path: Path, results: Sequence[Result], about: dict[str, Any]) -> Table:
    """Write metrics.json: `about`, the table, and the tables by camera and category."""

    def as_json(found: Table) -> dict[str, Any]:
        return {
            row: {name: one.as_json() for name, one in values.items()}
            for row, values in found.rows.items()
        }

    whole = table(results)
    content = {**about, "pictures": len(results), "rows": as_json(whole), "by": {}}
    for name in GROUPINGS:
        groups = groups_of(results, name)
        content["by"][name] = {group: as_json(table(own)) for group, own in groups.items()}
    write_text(path, json.dumps(content, indent=2, ensure_ascii=False) + "\n")
    return whole


def write_csv(
    path: Path,
    results: Sequence[Result],
    outputs: Outputs = BASIC_OUTPUTS,
    compared: Sequence[str] = (),
) -> None:
    """Write per_image.csv: a line for each picture and row, with its measures and sliders: the
    basic ones, and those of panels that the model has.

    compared: names of sliders and curves; of their panels there are errors.
    """
    fields = ("id", "expert", "source", *GROUPINGS)
    more = column_names(compared, outputs) if compared else []
    own = (*SLIDER_NAMES, CURVE_NAME, *own_names(outputs))
    columns = [*fields, "row", "confidence", *PICTURE, *SLIDERS, *more, *own]
    lines = []
    judged = the_model(results)
    for one in results:
        for row, values in one.rows.items():
            line: dict[str, Any] = {name: one.entry.fields.get(name, "") for name in fields}
            line |= {name: f"{value:.6g}" for name, value in values.items()}
            edit = one.edits.get(row, {})
            line |= {name: _as_text(edit[name]) for name in own if name in edit}
            if compared and edit and row != FIT:
                found = picture_columns(edit, one.whole, compared, outputs)
                line |= {name: f"{value:.6g}" for name, value in found.items()}
            if row == judged and one.confidence is not None:
                line["confidence"] = f"{one.confidence:.3f}"
            lines.append(line | {"row": row})
    write_text(path, csv_text(columns, lines))


def _as_text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    return " ".join(f"{knot:.4f}" for knot in value)


def shown(measure: str, value: float) -> str:
    """A number as tables show it."""
    if measure == "better":
        return f"{100 * value:.0f} %"
    return f"{value:.{_DIGITS.get(measure, 1)}f}"


def _with_interval(measure: str, one: Estimate) -> str:
    mean = shown(measure, one.mean)
    ends = [shown(measure, value) for value in one.interval or ()]
    return f"{mean} ({ends[0]} to {ends[1]})" if ends else mean


def cells(found: Table, measures: Sequence[str], *, intervals: bool) -> list[list[str]]:
    """A table's text: a heading, then the rows; means, with or without their intervals."""
    titles = PICTURE | SLIDERS
    lines = [["", "pictures", *(titles[name] for name in measures)]]
    for row, values in found.rows.items():
        count = max((one.count for one in values.values()), default=0)
        line = [row, str(count)]
        for name in measures:
            one = values.get(name)
            if one is None:
                line.append("")
            elif intervals and name != "seconds":
                line.append(_with_interval(name, one))
            else:
                line.append(shown(name, one.mean))
        lines.append(line)
    return lines


def markdown(
    results: Sequence[Result],
    found: Table,
    notes: Sequence[str],
    panels: Sequence[tuple[str, list[list[str]]]] = (),
) -> str:
    """Notes, the table of pictures, that of sliders, those of panels with their headings, and
    mean ΔE00 by camera and category.
    """
    parts = ["\n\n".join(notes)]
    parts.append(markdown_table(cells(found, found.measures(list(PICTURE)), intervals=True)))
    sliders = without_fit(found)
    parts.append("Mean error of each slider, against the stored parameters:")
    parts.append(markdown_table(cells(sliders, sliders.measures(list(SLIDERS)), intervals=False)))
    for heading, lines in panels:
        parts += [f"{heading}:", markdown_table(lines)]
    for name in GROUPINGS:
        lines = by_group(results, name)
        if lines:
            parts += [f"Mean ΔE00 by {name}:", markdown_table(lines)]
    return "\n\n".join(parts) + "\n"


def without_fit(found: Table) -> Table:
    """The rows that have slider errors: the fit is what they are measured against."""
    return Table(
        {row: values for row, values in found.rows.items() if any(n in values for n in SLIDERS)}
    )


def by_group(results: Sequence[Result], name: str) -> list[list[str]]:
    """Mean ΔE00 of the rows by group, with intervals; empty where there are no groups."""
    groups = groups_of(results, name)
    if not groups:
        return []
    rows = [row for row in (NO_EDIT, the_model(results), FIT) if row in results[0].rows]
    lines = [[name, "pictures", *rows]]
    for group, own in groups.items():
        line = [group, str(len(own))]
        estimates = table(own).rows
        for row in rows:
            one = estimates.get(row, {}).get("delta_e")
            line.append(_with_interval("delta_e", one) if one else "")
        lines.append(line)
    return lines
