"""The code of docs/python.md does what the page says, block after block, as a reader runs it."""

import re
import shutil
from pathlib import Path

import pytest
from evaluated import write_set
from lightroom import packet

from dataset.manifest import read_manifest

PAGE = Path(__file__).resolve().parents[1] / "docs" / "python.md"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
EDITED = {"ProcessVersion": "11.0", "WhiteBalance": "As Shot", "Exposure2012": "+1.00"}
# What the blocks leave, beside what they print.
FILES = (
    "fitted/data/one.json",
    "model/best.pt",
    "lora/lora_best.pt",
    "predicted/xmps/one.xmp",
    "predicted/xmps/two & 2.xmp",
    "rendered/one.tif",
    "rendered/one.jpg",
    "one.tif",
    "bright.jpg",
    "judged/report.html",
    "own/import_report/report.md",
)


@pytest.fixture
def folder(
    pairs: Path, checkpoint: Path, adapter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """The files that the page names: simulated pictures and a model of random weights."""
    shutil.copytree(pairs, tmp_path / "pairs")
    shutil.copy(checkpoint, tmp_path / "model.pt")
    shutil.copy(adapter, tmp_path / "style.pt")
    shutil.copytree(pairs / "raw", tmp_path / "shoot")
    for raw, stars in zip(sorted((tmp_path / "shoot").iterdir()), (5, 1), strict=True):
        raw.with_suffix(".xmp").write_bytes(packet(EDITED, more=f'xmp:Rating="{stars}"'))
    write_set(tmp_path / "held_out", {"testing": 2})
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_block_runs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = PAGE.read_text(encoding="utf-8")
    names: dict[str, object] = {}
    for block in BLOCK.finditer(page):
        lines_before = page.count("\n", 0, block.start(1))
        # Empty lines first, so that an error names the line of the page.
        code = compile("\n" * lines_before + block.group(1), str(PAGE), "exec")
        exec(code, names)
    assert page.count("```python") == len(BLOCK.findall(page)) > 0
    assert [name for name in FILES if not (folder / name).is_file()] == []
    out = capsys.readouterr().out
    assert "2 of 2 pairs are fitted" in out
    assert "1 done, 0 failed" in out
    assert "testing-0" in out
    imported = {
        name: {entry.id for entry in read_manifest(folder / name / "dataset_manifest.jsonl")}
        for name in ("own", "best")
    }
    assert imported == {"own": {"one", "two & 2"}, "best": {"one"}}
