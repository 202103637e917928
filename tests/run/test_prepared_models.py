"""A checkpoint of pixels predicts without torch from its second run on."""

import json
from pathlib import Path

import pytest
import torch
from heavy_modules import loaded

from model.fused.library import library
from params.record import read_record
from stages.predict.predictor import Predictor

RAW = Path(__file__).resolve().parents[2] / "samples" / "raw" / "chelsea.dng"


def test_the_second_run_needs_no_torch(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTO_ACR_CACHE", str(tmp_path / "cache"))
    words = ["--checkpoint", checkpoint, "--input", RAW, "--export-json", "--device", "cpu"]
    edits = []
    for name, heavy in (("first", "0 onnx timm torch torchvision"), ("second", "0")):
        assert loaded("inference", *words, "--output", tmp_path / name) == heavy
        edits.append(read_record(tmp_path / name / "data" / "chelsea.json"))
    assert edits[0] == edits[1]
    rendered = "0 torch" if library() is None else "0"
    words.remove("--export-json")
    assert loaded("predict_and_render", *words, "--output", tmp_path / "pictures") == rendered
    assert (tmp_path / "pictures" / "chelsea.tif").is_file()
    wanted = Predictor.load(checkpoint, [], torch.device("cpu")).predict(RAW).record
    for name, value in wanted.params.items():
        assert edits[0].params[name] == pytest.approx(value, abs=1e-2, rel=1e-5), name
    report = json.loads((tmp_path / "second" / "report.json").read_text())
    assert report["last_run"]["done"] == 1
