"""The learning curve: its rows, its draws, and the folder that another machine takes over."""

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest

import scripts.learning_curve
from dataset.manifest import Entry
from scripts.curve.judge import as_markdown, table
from scripts.curve.plan import Plan, StyleSet

CPU_ROWS = ("auto", "preset", "nearest", "statistics", "statistics+auto")
SMALL = ("--pictures", "24", "--pairs", "4", "16", "--draws", "1", "--styles", "golden")
SMALL = (*SMALL, "--base-epochs", "1", "--epochs", "1", "--image-size", "32", "--device", "cpu")


def call(folder: Path, *words: str) -> int:
    return scripts.learning_curve.main(["--output", str(folder), *SMALL, *words])


def rows(folder: Path) -> dict[tuple[str, int], float]:
    with (folder / "learning_curve.csv").open(encoding="utf-8", newline="") as file:
        read = list(csv.DictReader(file))
    return {(row["row"], int(row["size"])): float(row["delta_e"]) for row in read}


@pytest.mark.slow
def test_a_small_curve_here_and_on_another_machine(tmp_path, capsys) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    assert call(here, "--rows", *CPU_ROWS) == 0
    found = rows(here)
    assert found["statistics+auto", 16] < 0.8 * found["preset", 16]
    assert found["statistics", 16] < found["nearest", 16]
    # Nothing is done twice.
    kept = {p: p.stat().st_mtime_ns for p in (here / "predictions").rglob("*")}
    assert len(kept) > 2 * len(CPU_ROWS)
    assert call(here, "--rows", *CPU_ROWS) == 0
    assert {p: p.stat().st_mtime_ns for p in (here / "predictions").rglob("*")} == kept
    # A packed folder, moved, has what the other rows need.
    assert call(here, "--pack", str(tmp_path / "packed")) == 0
    shutil.move(tmp_path / "packed", there)
    assert not list(there.rglob("*.dng"))
    assert call(there, "--rows", "vit", "lora", "--predict-only", "--jobs", "2") == 0
    for file in (there / "predictions" / "golden").iterdir():
        shutil.copy(file, here / "predictions" / "golden")
    capsys.readouterr()
    assert call(here, "--rows", "auto") == 0
    assert {"vit", "lora"} < {row for row, _ in rows(here)}
    out = capsys.readouterr().out
    assert "| statistics+auto | " in out
    assert "| lora | " in out
    # Another choice of settings is not mixed into it.
    assert call(here, "--seed", "1") == 1


@pytest.mark.slow
def test_trainings_side_by_side_are_as_one_after_the_other(tmp_path, capsys) -> None:
    found = []
    for jobs in ("1", "2"):
        folder = tmp_path / jobs
        if found:
            shutil.copytree(tmp_path / "1" / "set", folder / "set")
        words = ("--rows", "vit", "--draws", "2", "--predict-only", "--jobs", jobs)
        assert call(folder, *words) == 0
        assert "golden: vit, 16 edits, draw 1" in capsys.readouterr().err
        found.append({p.name: np.load(p) for p in (folder / "predictions" / "golden").iterdir()})
    assert len(found[0]) == 4
    assert found[0].keys() == found[1].keys()
    for name, alone in found[0].items():
        for slider, values in alone.items():
            np.testing.assert_allclose(found[1][name][slider], values, atol=1e-4)


@pytest.mark.slow
def test_a_training_that_fails_beside_another_ends_the_run(tmp_path, capsys) -> None:
    assert call(tmp_path, "--rows", "preset", "--predict-only") == 0
    for file in (tmp_path / "set" / "preview").iterdir():
        file.write_bytes(b"")
    assert call(tmp_path, "--rows", "vit", "--predict-only", "--jobs", "2") == 1
    last = capsys.readouterr().err.splitlines()[-1]
    assert "golden: vit, " in last
    assert "train_autopilot.py ended with exit status 1" in last


def test_more_pairs_than_the_set_has(tmp_path, capsys, monkeypatch) -> None:
    from dataset.manifest import write_manifest

    fields = {"split": "training", "expert": "golden", "raw": "r", "preview": "p", "data": "d"}
    entries = [Entry({"id": str(i), **fields}, tmp_path) for i in range(24)]
    write_manifest(tmp_path / "set" / "dataset_manifest.jsonl", entries)
    assert call(tmp_path, "--pairs", "200") == 1
    assert "--pairs 200: the set has 24; try more --pictures" in capsys.readouterr().err


def test_a_larger_draw_holds_a_smaller_one(tmp_path) -> None:
    plan = Plan(("golden",), (5, 10), 2, 60, "test_vit", 32, 1, 1, 0)
    pool = [Entry({"id": str(i)}, tmp_path) for i in range(40)]
    own = StyleSet("golden", pool, [], [])
    first = [e.id for e in own.drawn(plan, 10, 0)]
    assert [e.id for e in own.drawn(plan, 5, 0)] == first[:5]
    assert [e.id for e in own.drawn(plan, 10, 1)] != first


def test_the_table_averages_draws_and_styles() -> None:
    judged = [
        {"row": "auto", "size": 0, "delta_es": [8.0, 10.0], "sources": ["a", "b"]},
        {"row": "lora", "size": 5, "delta_es": [3.0, 3.0], "sources": ["a", "b"]},
        {"row": "lora", "size": 5, "delta_es": [5.0, 5.0], "sources": ["a", "b"]},
    ]
    found = table(judged, (5, 10))
    assert found["auto"][5].mean == found["auto"][10].mean == 9.0
    assert found["lora"][5].interval == (4.0, 4.0)  # both sources have the same mean
    assert as_markdown(found, (5, 10)).splitlines() == [
        "| mean ΔE00 | 5 | 10 |",
        "|---|---|---|",
        "| auto | 9.00 (8.0–10.0) | 9.00 (8.0–10.0) |",
        "| lora | 4.00 (4.0–4.0) |  |",
    ]
