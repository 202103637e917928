"""What an import found: in words, as a table of pictures, as histograms and as a page."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dataset.lightroom.advice import expected, pictures_that_count
from dataset.lightroom.edit import KINDS, Edit
from dataset.lightroom.near_duplicates import burst_groups, copied_settings
from dataset.lightroom.report_facts import ImportFacts, facts_of
from dataset.lightroom.to_record import Import
from params.csv_text import csv_text
from params.files import write_text

BURST_SECONDS = 3.0
PASTED_LEAST = 3
_NAMED = 5  # groups, reasons and cameras that are named one by one in a line
_COLUMNS = (
    *("id", "split", "raw", "copy", "found in", "file", "left out because", "rating", "camera"),
    *("taken", "not held, matters", "not held"),
)


def write_report(
    folder: Path, edits: Sequence[Edit], done: Sequence[Import], params: Sequence[dict[str, Any]]
) -> list[str]:
    """Write report.html, report.md, pictures.csv and sliders.png; the lines of report.md.

    Args:
        edits: all that were found. done: those that were taken. params: the parameters of those.

    Raises:
        InputError: the folder cannot be written.
    """
    from dataset.lightroom.report_page import write_import_page
    from report.charts import draw_histograms

    taken = [job.edit for job in done]
    facts = facts_of(taken, params)
    lines = summary(edits, taken, facts)
    write_text(folder / "pictures.csv", _table(edits, done))
    write_text(folder / "report.md", "# Imported edits\n\n" + "".join(f"- {x}\n" for x in lines))
    if params:
        write_import_page(folder / "report.html", facts, params, lines)
        draw_histograms(
            folder / "sliders.png", params, f"{len(params)} imported edits, relative to the shot"
        )
    return lines


def summary(
    edits: Sequence[Edit], taken: Sequence[Edit], facts: ImportFacts | None = None
) -> list[str]:
    """The report, a line a subject.

    facts: of those taken, with what their parameter files hold; None: not known yet.
    """
    facts = facts or facts_of(taken)
    kinds = Counter(edit.kind for edit in edits)
    found = ", ".join(f"{kinds[kind]} by {kind}" for kind in KINDS if kinds[kind])
    lines = [f"found: {_pictures(len(edits))} ({found})", f"taken: {len(taken)}"]
    out = Counter(edit.why_not for edit in edits if edit.why_not)
    lines += [f"left out, {count}: {why}" for why, count in out.most_common()]
    cameras = Counter(edit.camera or "unknown camera" for edit in taken)
    if cameras:
        lines.append(f"by camera: {_counts(cameras)}")
    undated = sum(edit.taken is None and edit.file_date is not None for edit in taken)
    if undated:
        lines.append(f"no date, the files' own stand for it: {_pictures(undated)}")
    if taken:
        lines.append(f"held whole, to the eye: {facts.whole} of {len(taken)}")
    if facts.panels:
        held = (f"{row.what} {row.pictures}" for row in facts.panels)
        lines.append(f"held, by panel: {', '.join(held)}")
    lines += [
        f"not learnt: {row.what}, in {_pictures(row.pictures)}, visibly in {row.of_them}"
        for row in facts.not_learnt
    ]
    for title, rows in (("looks", facts.looks), ("stays as it is in Lightroom", facts.stays)):
        if rows:
            lines.append(f"{title}: {', '.join(f'{what} {n}' for what, n in rows[:_NAMED])}")
    for title, names in (
        ("alike in nearly all pictures (a preset)", facts.constants),
        ("depends on the picture (to be learnt)", facts.varying),
    ):
        if names:
            lines.append(f"{title}: {', '.join(names)}")
    return [*lines, *_repeats(taken), *expected(pictures_that_count(taken))]


def _repeats(taken: Sequence[Edit]) -> list[str]:
    lines = []
    groups = burst_groups(taken, BURST_SECONDS)
    if groups:
        largest = max(groups, key=len)
        lines.append(
            f"near-duplicates: {sum(map(len, groups))} pictures in {len(groups)} bursts (within "
            f"{BURST_SECONDS:g} s); the largest, {len(largest)}, begins with {largest[0].raw.name}"
        )
    same = copied_settings(taken, PASTED_LEAST)
    if same:
        count = sum(map(len, same))
        some = ", ".join(f"{len(group)} like {group[0].raw.name}" for group in same[:_NAMED])
        lines.append(
            f"copied settings: {count} of {len(taken)} pictures share theirs with two others or "
            f"more ({some}): such pictures teach one edit, however many they are"
        )
    return lines


def _table(edits: Sequence[Edit], done: Sequence[Import]) -> str:
    jobs = {(job.edit.raw, job.edit.copy): job for job in done}
    rows = []
    for edit in edits:
        job = jobs.get((edit.raw, edit.copy))
        matter, rest = (
            "; ".join(f"{x.what} ({x.detail})" for x in edit.lost if x.matters is matters)
            for matters in (True, False)
        )
        row = (
            *(job.id if job else "", job.split if job else "", edit.raw, edit.copy, edit.kind),
            *(edit.origin, edit.error or edit.why_not, edit.rating, edit.camera or ""),
            *(edit.taken or "", matter, rest),
        )
        rows.append([_cell(value) for value in row])
    return csv_text(_COLUMNS, rows)


def _cell(value: object) -> str:
    """Text that a spreadsheet does not take for a formula, on one line, in UTF-8."""
    text = " ".join(str(value).encode("utf-8", "replace").decode().split())
    return f"'{text}" if text[:1] in ("=", "+", "@") else text


def _pictures(count: int) -> str:
    return "1 picture" if count == 1 else f"{count} pictures"


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counter.most_common())
