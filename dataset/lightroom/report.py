"""What an import found: in words, as a table of pictures, and as histograms."""

import csv
import io
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dataset.lightroom.edit import KINDS, Edit
from dataset.lightroom.near_duplicates import burst_groups, copied_settings
from dataset.lightroom.to_record import Import
from params.files import write_text
from params.panels import PANELS

FEW = 20  # pictures below which a style is hardly learnt
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
    """Write report.md, pictures.csv and sliders.png; the lines of report.md.

    Args:
        edits: all that were found. done: those that were taken. params: the parameters of those.

    Raises:
        InputError: the folder cannot be written.
    """
    from report.charts import draw_histograms

    lines = summary(edits, [job.edit for job in done])
    write_text(folder / "pictures.csv", _table(edits, done))
    write_text(folder / "report.md", "# Imported edits\n\n" + "".join(f"- {x}\n" for x in lines))
    if params:
        draw_histograms(
            folder / "sliders.png", params, f"{len(params)} imported edits, relative to the shot"
        )
    return lines


def summary(edits: Sequence[Edit], taken: Sequence[Edit]) -> list[str]:
    """The report, a line a subject."""
    kinds = Counter(edit.kind for edit in edits)
    found = ", ".join(f"{kinds[kind]} by {kind}" for kind in KINDS if kinds[kind])
    lines = [f"found: {_pictures(len(edits))} ({found})", f"taken: {len(taken)}"]
    out = Counter(edit.why_not for edit in edits if edit.why_not)
    lines += [f"left out, {count}: {why}" for why, count in out.most_common()]
    cameras = Counter(edit.camera or "unknown camera" for edit in taken)
    if cameras:
        lines.append(f"by camera: {_counts(cameras)}")
    if taken:
        whole = sum(not any(one.matters for one in edit.lost) for edit in taken)
        lines.append(f"held whole, to the eye: {whole} of {len(taken)}")
    held = Counter(what for edit in taken for what in _panels(edit))
    if held:
        lines.append(f"held, but not learnt by models: {_counts(held)}")
    lost = Counter(what for edit in taken for what in {one.what for one in edit.lost})
    matter = Counter(
        what for edit in taken for what in {one.what for one in edit.lost if one.matters}
    )
    lines += [
        f"not learnt: {what}, in {_pictures(count)}, visibly in {matter[what]}"
        for what, count in lost.most_common()
    ]
    return [*lines, *_repeats(taken), *advice(len(taken))]


def _panels(edit: Edit) -> list[str]:
    """The panels that an edit's parameter file holds beside the basic sliders."""
    names = {*edit.settings.panels, *edit.settings.curves}
    return [
        panel.name.replace("_", " ").replace("color", "colour")
        for panel in PANELS.values()
        if any(name in names for name in (*panel.neutral, *panel.curves))
    ]


def advice(count: int) -> list[str]:
    """What can be expected of this many pictures. Rules of thumb, not measurements."""
    if count == 0:
        return []
    if count < FEW:
        return [f"warning: {_pictures(count)}: below {FEW} a model learns them by heart, no style"]
    if count < 200:
        return ["advice: enough for LoRA on a trained base if the style is one; keep the rank low"]
    if count < 2000:
        return ["advice: enough for LoRA with --train-heads on a trained base"]
    return ["advice: enough to train a base of your own, and LoRA for each style on it"]


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
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
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
        writer.writerow([_cell(value) for value in row])
    return text.getvalue()


def _cell(value: object) -> str:
    """Text that a spreadsheet does not take for a formula, on one line, in UTF-8."""
    text = " ".join(str(value).encode("utf-8", "replace").decode().split())
    return f"'{text}" if text[:1] in ("=", "+", "@") else text


def _pictures(count: int) -> str:
    return "1 picture" if count == 1 else f"{count} pictures"


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counter.most_common())
