"""The study of a trained base: what it measures, and when it says that one earns its place."""

import csv
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

import scripts.base_study
import scripts.study.bases
from params.ranges import SLIDER_NAMES, neutral_params
from scripts.base_study import BASES, EDITED, FINISHED, METHODS, RANGES, random_edit, report

TINY = ["--photos", "2", "--folds", "2", "--scenes", "2", "--epochs", "2"]


def made_up(errors: Mapping[str, tuple[float, float]]) -> list[dict]:
    """Rows of four photographs; errors: method -> (edited, finished), 5 where not given."""
    random = np.random.default_rng(0)
    return [
        {"photo": f"photo {i}", "kind": kind}
        | {m: errors.get(m, (5.0, 5.0))[k] + 0.1 * random.random() for m in METHODS}
        for i in range(4)
        for k, kind in enumerate((EDITED, FINISHED))
    ]


def verdicts(errors: Mapping[str, tuple[float, float]]) -> dict[str, bool]:
    lines = [line for line in report(made_up(errors)).splitlines() if line.startswith("- ")]
    return {base: "not" not in line for base, line in zip(BASES, lines, strict=True)}


def test_a_base_earns_its_place_only_on_both() -> None:
    first, second, third, *others = BASES
    found = verdicts({first: (4.0, 4.0), second: (4.0, 6.0), third: (6.0, 4.0)})
    assert found == {first: True, second: False, third: False} | dict.fromkeys(others, False)


def test_a_base_as_good_as_auto_does_not_earn_its_place() -> None:
    assert not any(verdicts({}).values())


def test_random_edits_lie_in_their_ranges_and_fill_them() -> None:
    random = np.random.default_rng(0)
    edits = [random_edit(random) for _ in range(200)]
    neutral = neutral_params()
    for name in SLIDER_NAMES:
        values = np.array([edit[name] for edit in edits])
        if name == "Temperature":
            values = 1e6 / neutral[name] - 1e6 / values
        low, high = RANGES[name]
        assert low <= values.min() < low + 0.1 * (high - low)
        assert high >= values.max() > high - 0.1 * (high - low)


@pytest.mark.slow
def test_a_tiny_study(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scripts.base_study, "LONG_SIDE", 24)
    monkeypatch.setattr(scripts.study.bases, "NETS", 1)
    assert scripts.base_study.main(["--output", str(tmp_path), *TINY]) == 0
    table = capsys.readouterr().out
    assert (tmp_path / "base_study.md").read_text(encoding="utf-8") == table
    with (tmp_path / "base_study.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 2 * (1 + 2)
    finished = [row for row in rows if row["kind"] == FINISHED]
    assert len({row["photo"] for row in finished}) == 2
    assert all(float(row["no edit"]) == 0.0 for row in finished)
    assert all(float(row["no edit"]) > 0.3 for row in rows if row["kind"] == EDITED)
    assert all(0.0 < float(row[m]) < 60.0 for row in rows for m in METHODS[1:])
    # The same seed gives the same figures.
    assert scripts.base_study.main(["--output", str(tmp_path), *TINY]) == 0
    assert capsys.readouterr().out == table
