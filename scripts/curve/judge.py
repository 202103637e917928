"""A learning curve's predictions judged: rendered, compared, and averaged with intervals."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from params.files import read_json, write_text
from report.markdown_table import markdown_table
from scripts.curve.plan import StyleSet
from scripts.curve.rows import AUTO, Bench

COLUMNS = (
    *("row", "size", "draw", "style", "delta_e"),
    *("exposure", "temperature", "tint", "points", "curve"),
)
Judged = dict[str, Any]


def judge_style(bench: Bench, own: StyleSet, rows: Sequence[str]) -> list[Judged]:
    """The scores of what is predicted of a style; kept beside the predictions.

    Of each prediction COLUMNS, `delta_es` of the pictures and their `sources`.
    """
    import torch

    from model.config import AutoPilotConfig
    from stages.evaluate.held_out import HeldOut

    judge: HeldOut | None = None
    found = []
    for row in rows:
        for size, draw in bench.places(row):
            file = bench.prediction(own.style, row, size, draw)
            if not file.is_file():
                continue
            kept = file.with_suffix(".json")
            if not kept.is_file() or kept.stat().st_mtime < file.stat().st_mtime:
                judge = judge or HeldOut(own.held_out, AutoPilotConfig(process=2))
                with np.load(file, allow_pickle=False) as arrays:
                    norm = {name: torch.from_numpy(arrays[name]) for name in arrays.files}
                each = judge.delta_es(norm)
                write_text(kept, json.dumps(asdict(judge.score(norm, each)) | {"delta_es": each}))
            score = read_json(kept)
            sources = [entry.fields["source"] for entry in own.held_out]
            place = {"row": row, "size": size, "draw": draw, "style": own.style}
            found.append(place | score | {"sources": sources})
    return found


def table(judged: Sequence[Judged], sizes: Sequence[int]) -> dict[str, dict[int, Any]]:
    """Of each row and size the mean ΔE00 over styles, draws and pictures, with its interval.

    The interval is over source photographs of the held-out pictures: pictures of one are alike.
    "auto", which learns nothing, has the same at all sizes.
    """
    from report.bootstrap import estimate

    values: dict[str, dict[int, tuple[list[float], list[str]]]] = {}
    for one in judged:
        for size in sizes if one["row"] == AUTO else [one["size"]]:
            errors, groups = values.setdefault(one["row"], {}).setdefault(size, ([], []))
            errors += one["delta_es"]
            groups += one["sources"]
    return {
        row: {size: estimate(*both) for size, both in by_size.items()}
        for row, by_size in values.items()
    }


def as_markdown(found: dict[str, dict[int, Any]], sizes: Sequence[int]) -> str:
    """The table as Markdown."""
    lines = [["mean ΔE00", *map(str, sizes)]]
    for row, by_size in found.items():
        cells = [row]
        for size in sizes:
            one = by_size.get(size)
            interval = ""
            if one is not None and one.interval is not None:
                interval = " ({:.1f}–{:.1f})".format(*one.interval)
            cells.append("" if one is None else f"{one.mean:.2f}{interval}")
        lines.append(cells)
    return markdown_table(lines)
