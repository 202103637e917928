"""LoRA on 20 pairs of a style against its base and nearest neighbours, as the README claims."""

import csv
from pathlib import Path

import pytest

import scripts.learning_curve

SMALL = ["--pairs", "20", "--draws", "1", "--pictures", "72", "--base-epochs", "40"]


def rows(folder: Path) -> dict[str, dict[str, float]]:
    """The numbers of learning_curve.csv, by method."""
    with (folder / "learning_curve.csv").open(encoding="utf-8", newline="") as file:
        listed = {row.pop("method"): row for row in csv.DictReader(file)}
    return {
        method: {name: float(value) for name, value in row.items() if value}
        for method, row in listed.items()
    }


@pytest.mark.slow
def test_twenty_pairs_beat_the_base_and_nearest_neighbours(tmp_path, capsys) -> None:
    words = ["--output", str(tmp_path), *SMALL]
    assert scripts.learning_curve.main(words) == 0
    table = capsys.readouterr().out
    found = rows(tmp_path)
    lora, base, nearest = (found[name] for name in ("LoRA", "base", "nearest"))
    assert lora["delta_e"] < 0.85 * nearest["delta_e"]
    assert lora["delta_e"] < 0.65 * base["delta_e"]
    assert lora["exposure"] < nearest["exposure"]
    assert lora["temperature"] < 0.6 * base["temperature"]
    assert lora["points"] < 0.6 * base["points"]
    assert f"LoRA        20  {lora['delta_e']:5.2f}" in table
    assert (tmp_path / "learning_curve.png").is_file()
    # A second run trains nothing: it finds the base and the adapter, and says the same.
    kept = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.pt")}
    assert len(kept) >= 3
    assert scripts.learning_curve.main(words) == 0
    assert capsys.readouterr().out == table
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.pt")} == kept
    # Another choice of settings is not mixed into it.
    assert scripts.learning_curve.main([*words, "--seed", "1"]) == 1
    assert "other settings" in capsys.readouterr().err


def test_more_pairs_than_the_set_has(tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.setattr(scripts.learning_curve, "_train_base", lambda args, entries: tmp_path)
    words = ["--output", str(tmp_path), "--pictures", "12", "--pairs", "200"]
    assert scripts.learning_curve.main(words) == 1
    assert "--pairs 200: the set has 8; try more --pictures" in capsys.readouterr().err
