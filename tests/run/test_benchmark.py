"""The sizes that the data stage must bear, as scripts/benchmark.py data measures them."""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from scripts import bench_data, benchmark

pytestmark = pytest.mark.slow


def seconds(figures: Iterable[tuple[str, str]]) -> dict[str, float]:
    return {what: float(figure.split()[0]) for what, figure in figures}


def test_manifest_of_100_000_lines(tmp_path: Path) -> None:
    load, merge = seconds(bench_data.manifest_figures(tmp_path / "m.jsonl")).values()
    assert load < 2.0
    assert merge < 5.0


def test_tree_of_25_000_files(tmp_path: Path) -> None:
    [(what, taken)] = seconds(bench_data.scan_figures(tmp_path)).items()
    assert "5000 pictures found" in what
    assert taken < 3.0


def test_memory_stays_flat(tmp_path: Path) -> None:
    figures = dict(bench_data.fit_figures(tmp_path, 40, "cpu", height=160))
    [memory] = [figure for what, figure in figures.items() if what.startswith("memory")]
    before, after = map(float, re.findall(r"(\d+) MB", memory))
    assert after - before < 20


def test_the_command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_data, "LINES", 100)
    monkeypatch.setattr(bench_data, "FILES", 500)
    assert benchmark.main(["data", "--count", "2", "--device", "cpu"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 6
    assert lines[0].startswith("manifest of 100 lines: load")
    for wrong in ([], ["speed"], ["data", "--count", "0"]):
        with pytest.raises(SystemExit) as left:
            benchmark.main(wrong)
        assert left.value.code == 2
