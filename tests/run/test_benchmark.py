"""The sizes that the data stage must bear, and what rendering takes, as benchmark.py measures."""

import re
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from model.fused.library import library
from params.files import REPO_ROOT, InputError
from scripts import benchmark
from scripts.bench import commands as bench_commands
from scripts.bench import data as bench_data
from scripts.bench import render as bench_render
from scripts.bench.bounds import command_bounds

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


def test_rendering_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory grows by less than 40 bytes a pixel; the kernel is faster than the edit layer."""
    edits = bench_render.write_edits(tmp_path)
    *peaks, growth = bench_render.memory_lines(tmp_path, edits[2], (2, 12))
    small, large = (float(line.split()[-2]) for line in peaks)
    assert small < large < 1100.0
    assert float(growth.split()[3]) < bench_render.GROWTH_TARGET
    raw = REPO_ROOT / "samples" / "raw" / "chelsea.dng"
    monkeypatch.setattr(bench_render, "PIXELS", 1 << 22)
    lines = [line for line in bench_render.edit_lines(raw, edits, 2, "cpu") if line]
    edits_of = ("1, basic panel", "2, basic panel", "2, every panel")
    assert [line.split(":")[0] for line in lines] == [
        f"edit, process {e}, on cpu" for e in edits_of
    ]
    if library() is not None:
        assert all(float(line.split("cores), ")[1].split()[0]) > 1.0 for line in lines)
        alone, *bounds = list(bench_render.bound_lines(raw, edits, 1, "cpu"))[1:]
        assert re.fullmatch(r"read and written alone: \d+ MP/s, .* GB/s by \d+ threads", alone)
        assert [line.split(":")[0] for line in bounds] == ["basic panel", "every panel"]


def test_what_bounds_commands() -> None:
    raw = REPO_ROOT / "samples" / "raw" / "chelsea.dng"
    spent = [float(line.split(", ")[1].split()[0]) for line in command_bounds(raw)]
    assert len(spent) == 3
    assert 0.0 < spent[0] < spent[2]


def test_a_command_that_fails_is_named() -> None:
    with pytest.raises(InputError, match="failed: no such thing"):
        bench_commands.run_process([sys.executable, "-c", "raise SystemExit('no such thing')"])
    quick = bench_commands.run_process([sys.executable, "-c", "sum(range(10**6))"])
    assert 0.0 < quick.seconds < 60.0
    assert 0.0 < quick.cpu < 60.0
    assert quick.megabytes > 3.0


def test_training(capsys: pytest.CaptureFixture[str], pairs: Path) -> None:
    flags = ["--pairs", str(pairs), "--backbone", "test_vit", "--image-size", "32"]
    flags += ["--edit-resolution", "64", "--batch-size", "2", "--steps", "1", "--device", "cpu"]
    assert benchmark.main(["train", *flags]) == 0
    figures = [line.split()[-2:] for line in capsys.readouterr().out.splitlines()]
    decoding, cached, ratio, alone, together, layer, rest = figures
    assert float(cached[0]) > 4 * float(decoding[0])
    assert float(ratio[1]) == pytest.approx(float(cached[0]) / float(decoding[0]), rel=0.05)
    assert float(alone[0]) > 0
    assert float(together[0]) > 0
    assert 0 < float(layer[1].rstrip("%")) < 150
    assert float(rest[1].rstrip("%")) >= 0


def test_xmp_figures(capsys: pytest.CaptureFixture[str]) -> None:
    """The shipped pictures: half a step of 255, and what that costs."""
    assert benchmark.main(["xmp", "--count", "4", "--device", "cpu"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(",")[0] for line in lines[::3]] == ["edit process 1", "edit process 2"]
    assert "4 of 4 within 0.5" in lines[4]
    assert float(lines[5].rsplit(" ", 1)[1]) < 0.2
