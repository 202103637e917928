"""Auto from the command line: no checkpoint, no torch."""

import json
from pathlib import Path

import pytest
from heavy_modules import loaded

import run.inference
import run.predict_and_render
from model.fused.library import library
from params.record import read_record

REPO = Path(__file__).resolve().parents[2]
SAMPLE = REPO / "samples" / "raw" / "chelsea.dng"


def test_inference_needs_no_torch(tmp_path: Path) -> None:
    words = ["--checkpoint", "auto", "--input", SAMPLE, "--output", tmp_path, "--export-json"]
    assert loaded("inference", *words) == "0"
    record = read_record(tmp_path / "data" / "chelsea.json")
    assert record.process == 2
    assert 0.2 < record.params["Exposure2012"] < 0.6
    assert record.params["Temperature"] == 6500.0
    assert (tmp_path / "xmps" / "chelsea.xmp").is_file()
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["last_run"]["checkpoint"] == "auto"
    assert report["pictures"]["chelsea"]["by"] == "auto"


def test_rendering_needs_no_torch_where_there_is_a_kernel(tmp_path: Path) -> None:
    words = ["--input", SAMPLE, "--output", tmp_path, "--dry-run", "--device", "cpu"]
    assert loaded("predict_and_render", *words).splitlines()[-1] == "0"
    words.remove("--dry-run")
    assert loaded("predict_and_render", *words) == ("0 torch" if library() is None else "0")
    assert (tmp_path / "chelsea.tif").is_file()


def test_half_of_it_with_a_white_balance(tmp_path: Path) -> None:
    words = ["--input", str(SAMPLE), "--no-export-xmp", "--export-json"]
    edits = []
    for name, more in (("all", []), ("half", ["--strength", "0.5", "--auto-white-balance"])):
        assert run.inference.main([*words, *more, "--output", str(tmp_path / name)]) == 0
        edits.append(read_record(tmp_path / name / "data" / "chelsea.json").params)
    assert edits[1]["Shadows2012"] == pytest.approx(0.5 * edits[0]["Shadows2012"])
    assert edits[1]["Temperature"] < 6000.0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--lora-checkpoint", "warm.pt"], "LoRA adapters need the model"),
        (["--checkpoint", "m.pt", "--auto-white-balance"], "leave it out"),
        (["--min-confidence", "0.5"], "trained models only"),
    ],
)
def test_one_line_says_what_does_not_go(
    words: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call = [*words, "--input", str(SAMPLE), "--output", str(tmp_path)]
    with pytest.raises(SystemExit) as stopped:
        run.inference.main(call)
    assert stopped.value.code == 2
    assert said in capsys.readouterr().err.splitlines()[-1]


def test_a_file_of_that_name_is_asked_for_by_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("auto").write_bytes(b"no model")
    words = ["--input", str(SAMPLE), "--output", str(tmp_path / "out"), "--device", "cpu"]
    assert run.inference.main(["--checkpoint", "auto", *words]) == 0
    assert run.inference.main(["--checkpoint", "./auto", "--overwrite", *words]) == 1
    assert str(tmp_path / "auto") in capsys.readouterr().err
