"""Ways to edit the same pictures, compared: colour differences, and errors panel by panel."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from imaging.camera import Shot
from imaging.metrics import difference
from model.render import render_record
from params.files import write_text
from params.panel_errors import errors_by_panel, moved_names
from params.panels import PANELS
from params.ranges import neutral_params
from params.record import Record
from report.markdown_table import markdown_table

OWN = "the photographer"
Edit = Mapping[str, Any]


@dataclass(frozen=True)
class Shown:
    """A picture to judge by.

    pixels: HxWx3 linear ProPhoto, as shot. wanted: its own edit, params of edit process 2.
    """

    pixels: np.ndarray
    shot: Shot
    wanted: Edit

    def rendered(self, edit: Edit) -> np.ndarray:
        """The picture with an edit, HxWx3 linear ProPhoto; what the edit lacks is neutral."""
        record = Record({**neutral_params(), **edit}, process=2)
        return render_record(self.pixels, record, shot=self.shot)


@dataclass(frozen=True)
class Compared:
    """One way to edit.

    delta_e: mean ΔE00 of each picture to the one with its own edit.
    panels: params.panel_errors.errors_by_panel, in points.
    rendered: the pictures, HxWx3 linear ProPhoto.
    """

    delta_e: list[float]
    panels: dict[str, float]
    rendered: list[np.ndarray]

    @property
    def mean(self) -> float:
        return float(np.mean(self.delta_e))


def compare(pictures: Sequence[Shown], ways: Mapping[str, Sequence[Edit]]) -> dict[str, Compared]:
    """Judge ways to edit, each an edit a picture.

    The last way of the answer, OWN, is the pictures' own edits, by which the others are judged.
    Errors by panel are of what any of the edits moves.
    """
    wanted = [picture.wanted for picture in pictures]
    names = moved_names([*wanted, *(edit for edits in ways.values() for edit in edits)])
    truth = [picture.rendered(picture.wanted) for picture in pictures]

    def judged(edits: Sequence[Edit], rendered: list[np.ndarray]) -> Compared:
        off = [difference(a, b).delta_e for a, b in zip(rendered, truth, strict=True)]
        return Compared(off, errors_by_panel(edits, wanted, names), rendered)

    found = {
        way: judged(edits, [p.rendered(edit) for p, edit in zip(pictures, edits, strict=True)])
        for way, edits in ways.items()
    }
    return found | {OWN: judged(wanted, truth)}


def tables(found: Mapping[str, Compared]) -> str:
    """Two tables in Markdown: colour differences by way, and errors by panel and way."""
    ways = {way: one for way, one in found.items() if way != OWN}
    lines = [[f"{len(found[OWN].delta_e)} pictures", "mean ΔE00", "median", "worst"]]
    for way, one in ways.items():
        numbers = (one.mean, float(np.median(one.delta_e)), max(one.delta_e))
        lines.append([way, *(f"{n:.2f}" for n in numbers)])
    by_panel = [["error in points", *ways]]
    for panel in found[OWN].panels:
        by_panel.append([PANELS[panel].word, *(f"{w.panels[panel]:.1f}" for w in ways.values())])
    return f"{markdown_table(lines)}\n\n{markdown_table(by_panel)}\n"


def write_comparison(folder: Path, found: Mapping[str, Compared]) -> None:
    """Write comparison.md and comparison.json. Raises InputError where the folder refuses."""
    write_text(folder / "comparison.md", tables(found))
    content = {
        way: {"mean_delta_e": one.mean, "delta_e": one.delta_e, "panels": one.panels}
        for way, one in found.items()
        if way != OWN
    }
    write_text(folder / "comparison.json", json.dumps(content, indent=2) + "\n")
