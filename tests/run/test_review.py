"""--min-confidence: the doubtful are listed, and rendered all the same."""

import csv
import json
import shutil
from pathlib import Path

import pytest
import torch

import run.inference
import run.predict_and_render
from imaging.preview import make_preview, read_proxy
from model.adapter import Adapter
from model.confidence import (
    calibrate,
    load_confidence,
    model_digest,
    predict_views,
    save_confidence,
)
from model.preprocess import preview_to_tensor
from params.ranges import CURVE_NAME, SLIDER_NAMES
from stages.predict.predictor import Predictor

SPREAD = dict.fromkeys((*SLIDER_NAMES, CURVE_NAME), 1.0)


@pytest.fixture(scope="module")
def learnt(checkpoint, tmp_path_factory) -> Path:
    """Made-up errors for real predictions: who is unsteady is far off."""
    predictor = Predictor.load(checkpoint, [], torch.device("cpu"))
    generator = torch.Generator().manual_seed(0)
    images = torch.rand(40, 3, 32, 32, generator=generator)
    looks = [
        predict_views(predictor.model, image * i / 40) for i, image in enumerate(images, start=1)
    ]
    known = torch.stack([features for features, _ in looks])
    errors = [1.0 + 0.25 * i for i in range(40)]
    digest = model_digest(checkpoint)
    path = tmp_path_factory.mktemp("learnt") / "confidence.pt"
    save_confidence(path, calibrate(known, SPREAD, looks, errors, digest=digest))
    return path


def words(checkpoint: Path, folder: Path, out: Path, *more: object) -> list[str]:
    fixed = ["--checkpoint", checkpoint, "--input", folder, "--batch", "--output", out]
    return [str(word) for word in (*fixed, "--device", "cpu", "--export-json", *more)]


def review(out: Path) -> dict[str, float]:
    with (out / "review.csv").open(encoding="utf-8", newline="") as file:
        return {Path(line["raw"]).stem: float(line["confidence"]) for line in csv.DictReader(file)}


def told(out: Path) -> dict[str, float]:
    files = (out / "data").glob("*.json")
    return {file.stem: json.loads(file.read_text())["confidence"] for file in files}


def test_the_doubtful_are_listed_and_rendered(checkpoint, learnt, pairs, tmp_path, capsys) -> None:
    flags = words(checkpoint, pairs / "raw", tmp_path, "--confidence", learnt)
    assert run.predict_and_render.main([*flags, "--min-confidence", "1"]) == 0
    confidences = told(tmp_path)
    assert set(confidences) == {"one", "two & 2"}
    assert review(tmp_path) == confidences  # all are below 1
    assert list(review(tmp_path).values()) == sorted(confidences.values())
    assert {file.stem for file in tmp_path.glob("*.tif")} == set(confidences)
    assert "2 to look at" in capsys.readouterr().err
    predictor = Predictor.load(checkpoint, [], torch.device("cpu"))
    image = preview_to_tensor(make_preview(read_proxy(pairs / "raw" / "one.dng")), 32)
    wanted = load_confidence(learnt).of(*predict_views(predictor.model, image))
    assert confidences["one"] == pytest.approx(wanted, abs=6e-4)


def test_a_list_of_several_runs(checkpoint, learnt, pairs, tmp_path) -> None:
    """Pictures of other runs stay on it; one that is trusted now is taken off."""
    raws, out = tmp_path / "raws", tmp_path / "out"
    shutil.copytree(pairs / "raw", raws)
    flags = words(checkpoint, raws, out, "--confidence", learnt)
    assert run.inference.main([*flags, "--min-confidence", "1"]) == 0
    both = review(out)
    (raws / "one.dng").unlink()
    assert run.inference.main([*flags, "--min-confidence", "0", "--overwrite"]) == 0
    assert review(out) == {"one": both["one"]}
    assert run.inference.main([*flags, "--min-confidence", "1", "--overwrite", "--dry-run"]) == 0
    assert review(out) == {"one": both["one"]}
    # Confidence alone is told, and nothing listed.
    alone = words(checkpoint, raws, tmp_path / "alone", "--confidence", learnt)
    assert run.inference.main(alone) == 0
    assert told(tmp_path / "alone") == {"two & 2": both["two & 2"]}
    assert not (tmp_path / "alone" / "review.csv").exists()


def test_a_file_for_another_model(checkpoint, adapter, learnt, pairs, tmp_path, failing) -> None:
    flags = words(checkpoint, pairs / "raw", tmp_path, "--min-confidence", "0.5", "--confidence")
    lora = ["--lora-checkpoint", adapter]
    [line] = failing(run.predict_and_render, *flags, learnt, *lora)
    assert line == f"ERROR: {learnt}: learnt for another model, or with other adapters, than these"
    [line] = failing(run.predict_and_render, *flags, tmp_path / "none.pt")
    assert "none.pt" in line
    assert "run/evaluate.py writes confidence.pt" in line
    assert not list(tmp_path.glob("*.tif"))


@pytest.mark.parametrize("share", ["1.5", "-0.1", "nan", "half"])
def test_wrong_shares(checkpoint, pairs, tmp_path, share, capsys) -> None:
    with pytest.raises(SystemExit) as left:
        run.inference.main(words(checkpoint, pairs, tmp_path, f"--min-confidence={share}"))
    assert left.value.code == 2


def test_a_digest_is_of_files_and_weights(checkpoint, adapter) -> None:
    whole = model_digest(checkpoint, [Adapter(adapter)])
    assert whole == model_digest(checkpoint, [Adapter(adapter, 1.0)])
    assert (
        len({whole, model_digest(checkpoint), model_digest(checkpoint, [Adapter(adapter, 0.5)])})
        == 3
    )
