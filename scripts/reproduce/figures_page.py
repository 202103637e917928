"""The page of a run on FiveK: what each step took, and how that grows with the pictures."""

import json
import os
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jobs.cores import cores
from params.files import InputError, read_json, write_text
from report.markdown_table import markdown_table
from scripts.reproduce.measured_step import Figures

NAME = "figures.md"


def write_figures(
    folder: Path,
    pictures: int,
    steps: Mapping[str, Figures],
    smaller: tuple[int, Mapping[str, Figures]] | None = None,
) -> Path:
    """Write the page; its path.

    smaller: the number of pictures and the steps of a run on fewer, to compare with.
    """
    heading = ["step", "wall s", "CPU s", "ms a picture", "largest process MB", "disk MB"]
    if smaller:
        heading += [f"time, for {pictures / smaller[0]:.1f} × the pictures", "memory"]
    lines = [heading, *(_line(name, one, pictures, smaller) for name, one in steps.items())]
    total = Figures(
        sum(one.seconds for one in steps.values()),
        sum(one.cpu for one in steps.values()),
        max((one.peak_mb for one in steps.values()), default=0.0),
        sum(one.disk_mb for one in steps.values()),
    )
    lines.append(_line("all", total, pictures, None) + ([""] * 2 if smaller else []))
    parts = [
        f"# FiveK, {pictures} pictures",
        f"{platform.machine()}, {cores()} cores, {_memory()}, Python {platform.python_version()}.",
        markdown_table(lines),
        *_evaluation(folder),
        "Commands:",
        "```\n" + "\n".join(" ".join(["python", *one.words]) for one in steps.values()) + "\n```",
    ]
    write_text(folder / NAME, "\n\n".join(parts) + "\n")
    return folder / NAME


def _line(
    name: str, one: Figures, pictures: int, smaller: tuple[int, Mapping[str, Figures]] | None
) -> list[str]:
    cells = [
        name if one.done or name == "all" else f"{name} (not done)",
        f"{one.seconds:.1f}",
        f"{one.cpu:.1f}",
        f"{1000.0 * one.seconds / max(pictures, 1):.0f}",
        f"{one.peak_mb:.0f}",
        f"{one.disk_mb:.1f}",
    ]
    if smaller:
        own = smaller[1].get(name)
        known = own is not None and own.seconds > 0.0 and own.peak_mb > 0.0
        cells += [
            f"{one.seconds / own.seconds:.1f} ×" if own and known else "",
            f"{one.peak_mb / own.peak_mb:.2f} ×" if own and known else "",
        ]
    return cells


def _memory() -> str:
    try:
        size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return "memory unknown"
    return f"{size / 2**30:.0f} GiB"


def _evaluation(folder: Path) -> Sequence[str]:
    """Mean ΔE00 by row, of the evaluation's metrics.json; nothing where there is none."""
    try:
        document: Any = read_json(folder / "evaluation" / "metrics.json")
        rows = document["rows"]
        lines = [["", "mean ΔE00"]]
        lines += [[name, f"{values['delta_e']['mean']:.2f}"] for name, values in rows.items()]
    except (InputError, KeyError, TypeError, AttributeError, json.JSONDecodeError):
        return []
    return [markdown_table(lines)]
