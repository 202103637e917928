"""A model on statistics from the command line: trained, and used without torch."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from heavy_modules import loaded

import run.evaluate
import run.inference
import run.lora_finetune
import run.train_autopilot
import scripts.merge_lora
from dataset.manifest import read_manifest
from dataset.synthetic.make_set import Recipe, make_set
from model.adapter import Adapter
from model.checkpoint import load_model
from model.fused.library import library
from params.files import InputError
from params.record import read_record
from stages.predict.decoded_raw import decode_raw
from stages.predict.load_predictor import load_predictor
from stages.predict.numpy_predictor import NumpyPredictor
from stages.predict.predictor import Predictor
from stages.predict.settings import PredictSettings


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A synthetic set, and a model trained on it in model/."""
    folder = tmp_path_factory.mktemp("statistics")
    make_set(Recipe(pictures=12, styles=("golden",)), folder)
    words = ["--backbone", "statistics", "--image-size", "64", "--epochs", "8"]
    words += ["--learner", "gradient"]
    assert run.train_autopilot.main(common(folder, *words, "--output", folder / "model")) == 0
    return folder


def common(folder: Path, *words: object) -> list[str]:
    given = ["--manifest", folder / "dataset_manifest.jsonl", "--cache", folder / "cache"]
    return [str(word) for word in (*given, "--workers", 0, "--device", "cpu", *words)]


def test_trained_saved_and_resumed(folder: Path, tmp_path: Path) -> None:
    best = folder / "model" / "best.pt"
    model, config = load_model(best)
    assert config.backbone.name == "statistics"
    assert config.backbone.image_size == 224  # there are no pixels to have a size
    assert best.stat().st_size < 1_000_000
    content = torch.load(folder / "model" / "last.pt", weights_only=True)
    assert len(content["config"]["statistics"]) == 16
    assert (model.backbone.center != 0.0).any()
    shutil.copytree(folder / "model", tmp_path / "again")
    words = [
        "--backbone",
        "statistics",
        "--learner",
        "gradient",
        "--epochs",
        "9",
        "--resume",
        "--output",
        tmp_path / "again",
    ]
    assert run.train_autopilot.main(common(folder, *words)) == 0
    rows = (tmp_path / "again" / "log.csv").read_text().splitlines()
    assert len(rows) == 1 + 9


def test_inference_needs_no_torch(folder: Path, tmp_path: Path) -> None:
    best = folder / "model" / "best.pt"
    raw = read_manifest(folder / "dataset_manifest.jsonl")[0].path("raw")
    words = ["--checkpoint", best, "--input", raw, "--output", tmp_path, "--export-json"]
    assert loaded("inference", *words) == "0"
    assert (tmp_path / "xmps" / f"{raw.stem}.xmp").is_file()
    found = read_record(tmp_path / "data" / f"{raw.stem}.json")
    wanted = Predictor.load(best, [], torch.device("cpu")).predict(raw).record
    for name, value in wanted.params.items():
        assert found.params[name] == pytest.approx(value, abs=1e-3, rel=1e-5), name
    assert (found.process, found.as_shot) == (2, wanted.as_shot)
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["last_run"]["done"] == 1


def test_rendering_needs_no_torch_where_there_is_a_kernel(folder: Path, tmp_path: Path) -> None:
    raw = read_manifest(folder / "dataset_manifest.jsonl")[0].path("raw")
    words = ["--checkpoint", folder / "model" / "best.pt", "--input", raw, "--output", tmp_path]
    assert loaded("predict_and_render", *words, "--dry-run").splitlines()[-1] == "0"
    assert loaded("predict_and_render", *words) == ("0 torch" if library() is None else "0")
    assert (tmp_path / f"{raw.stem}.tif").is_file()


def test_adapters_merging_and_evaluation(folder: Path, tmp_path: Path) -> None:
    best, tuned = folder / "model" / "best.pt", tmp_path / "lora"
    words = ["--checkpoint", best, "--epochs", "2", "--lr", "1e-2", "--output", tuned]
    assert run.lora_finetune.main(common(folder, *words)) == 0
    adapter = tuned / "lora_best.pt"
    layers = torch.load(adapter, weights_only=True)["lora_state"]
    assert {name.rpartition(".")[0] for name in layers} == {"backbone.mix"}
    merged = tmp_path / "merged.pt"
    words = ["--checkpoint", best, "--lora-checkpoint", adapter, "--output", merged]
    assert scripts.merge_lora.main([str(word) for word in words]) == 0
    raw = str(read_manifest(folder / "dataset_manifest.jsonl")[0].path("raw"))
    edits = []
    for name, more in (
        ("base", ["--checkpoint", best]),
        ("lora", ["--checkpoint", best, "--lora-checkpoint", adapter]),
        ("merged", ["--checkpoint", merged]),
    ):
        words = [*more, "--input", raw, "--output", tmp_path / name, "--export-json"]
        assert run.inference.main([str(word) for word in words]) == 0
        [file] = (tmp_path / name / "data").glob("*.json")
        edits.append(read_record(file).params["Temperature"])
    assert edits[1] == pytest.approx(edits[2], abs=0.1)
    assert abs(edits[0] - edits[1]) > 0.5
    words = ["--checkpoint", best, "--output", tmp_path / "evaluation", "--expert", "golden"]
    assert run.evaluate.main(common(folder, *words)) == 0
    assert (tmp_path / "evaluation" / "report.html").is_file()


def test_a_missing_raw_file_is_left_out_with_an_error(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "set"
    make_set(Recipe(pictures=12, styles=("golden",)), copy)
    entry = read_manifest(copy / "dataset_manifest.jsonl")[0]
    assert entry.split == "training"
    entry.path("raw").unlink()
    words = ["--backbone", "statistics", "--epochs", "1", "--output", tmp_path / "model"]
    assert run.train_autopilot.main(common(copy, *words)) == 1
    assert (tmp_path / "model" / "best.pt").is_file()
    errors = [line for line in capsys.readouterr().err.splitlines() if "left out" in line]
    assert len(errors) == 1
    assert entry.id in errors[0]


def test_settings_choose_who_predicts(folder: Path, tmp_path: Path) -> None:
    best = folder / "model" / "best.pt"
    raw = read_manifest(folder / "dataset_manifest.jsonl")[0].path("raw")
    settings = PredictSettings(best, [raw], tmp_path, device="cpu")
    ours = load_predictor(settings)
    assert isinstance(ours, NumpyPredictor)
    assert isinstance(load_predictor(replace(settings, device="auto")), NumpyPredictor)
    theirs = Predictor.load(best, [], torch.device("cpu"))
    given = decode_raw(raw, ours.process)[:3]
    found, wanted = ours.predict_from(raw, *given), theirs.predict_from(raw, *given)
    for name, value in wanted.record.params.items():
        assert found.record.params[name] == pytest.approx(value, abs=1e-3, rel=1e-5), name
    assert replace(found.record, params={}) == replace(wanted.record, params={})
    adapter = Adapter(tmp_path / "missing.pt", 1.0)
    with pytest.raises(InputError, match=r"missing\.pt"):
        load_predictor(replace(settings, adapters=[adapter]))
