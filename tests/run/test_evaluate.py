"""run/evaluate.py as a user calls it, on pictures whose edits are known."""

import csv
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from evaluated import HOSTILE, write_set

import run.evaluate
import stages.evaluate.measure
from dataset.manifest import read_manifest
from dataset.pairs import load_pair
from imaging.metrics import Reference, delta_e00, psnr_srgb
from imaging.tiff import read_tif16
from model.confidence import load_confidence
from model.render import render
from params.ranges import neutral_params
from params.record import read_record
from stages.predict.predictor import Predictor

ROWS = ["no edit", "auto", "mean edit", "nearest neighbour", "model", "fit"]


@pytest.fixture(scope="module")
def manifest(tmp_path_factory) -> Path:
    return write_set(tmp_path_factory.mktemp("set"))


def words(manifest: Path, checkpoint: Path, out: Path, *more: object) -> list[str]:
    fixed = ["--checkpoint", checkpoint, "--manifest", manifest, "--output", out, "--device", "cpu"]
    fixed += ["--cache", manifest.parent / "cache", "--workers", "0"]
    return [str(word) for word in (*fixed, *more)]


@pytest.fixture(scope="module")
def found(manifest, checkpoint, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("found")
    assert (
        run.evaluate.main(words(manifest, checkpoint, out, "--expert", "c", "--experts", "d")) == 0
    )
    return out


def metrics(out: Path) -> dict[str, Any]:
    return json.loads((out / "metrics.json").read_text(encoding="utf-8"))


def lines(out: Path) -> list[dict[str, str]]:
    with (out / "per_image.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_rows_and_files(found) -> None:
    names = {path.name for path in found.iterdir()}
    assert names == {
        "metrics.json",
        "per_image.csv",
        "report.md",
        "report.html",
        "confidence.pt",
        "measured",
    }
    content = metrics(found)
    assert list(content["rows"]) == [*ROWS, "expert d"]
    assert all(row["delta_e"]["count"] == 4 for row in content["rows"].values())
    assert (content["expert"], content["split"], content["process"]) == ("c", "testing", 1)
    assert content["input"] == "RAW as shot"
    assert set(content["by"]["camera"]) == {"One", HOSTILE}
    assert content["by"]["category"] == {}


def test_numbers_are_those_of_the_pictures(found, manifest, checkpoint) -> None:
    """Worked out again from the files: as shot, predicted, fitted, and the other expert."""
    import torch

    predictor = Predictor.load(checkpoint, [], torch.device("cpu"))
    table = {(line["id"], line["row"]): line for line in lines(found)}
    for entry in read_manifest(manifest):
        if entry.split != "testing" or entry.fields["expert"] != "c":
            continue
        pair = load_pair(entry.path("raw"), entry.path("tif"), 96)
        fit = read_record(entry.path("data")).params
        edits = {
            "no edit": neutral_params(),
            "model": predictor.predict(entry.path("raw")).record.params,
            "fit": fit,
        }
        pictures = {row: render(pair.raw, edit) for row, edit in edits.items()}
        pictures["expert d"] = read_tif16(Path(str(entry.path("tif")).replace("__c", "__d")))
        for row, picture in pictures.items():
            line = table[entry.id, row]
            values = delta_e00(picture, pair.target)
            # Kept pictures are half precision.
            assert float(line["delta_e"]) == pytest.approx(values.mean(), abs=0.02)
            assert float(line["delta_e_95"]) == pytest.approx(np.percentile(values, 95), abs=0.06)
            assert float(line["psnr"]) == pytest.approx(psnr_srgb(picture, pair.target), abs=0.3)
            wanted = Reference(pair.target).compare(picture)["ssim"]
            assert float(line["ssim"]) == pytest.approx(wanted, abs=1e-3)
        model = table[entry.id, "model"]
        away = abs(edits["model"]["Temperature"] - fit["Temperature"])
        assert float(model["error_Temperature"]) == pytest.approx(away, rel=1e-3)
        mired = abs(1e6 / edits["model"]["Temperature"] - 1e6 / fit["Temperature"])
        assert float(model["error_mired"]) == pytest.approx(mired, rel=1e-3)
        curve = np.abs(np.array(edits["model"]["ToneCurve"]) - np.array(fit["ToneCurve"])).mean()
        assert float(model["error_ToneCurve"]) == pytest.approx(curve, rel=1e-3)
        assert float(table[entry.id, "expert d"]["error_Exposure2012"]) == pytest.approx(
            fit["Exposure2012"], rel=1e-3
        )
        better = float(model["delta_e"]) < float(table[entry.id, "no edit"]["delta_e"])
        assert float(model["better"]) == better
        assert float(table[entry.id, "fit"]["seconds"]) == 0.25
        assert table[entry.id, "fit"]["error_Tint"] == ""


def test_the_table_is_the_mean_of_the_lines(found) -> None:
    rows = metrics(found)["rows"]
    for row, values in rows.items():
        own = [line for line in lines(found) if line["row"] == row]
        for name, one in values.items():
            mean = np.mean([float(line[name]) for line in own])
            assert one["mean"] == pytest.approx(mean, rel=1e-4, abs=1e-6)
            assert one["low"] <= one["mean"] <= one["high"]
    assert rows["fit"]["delta_e"]["mean"] < 1.0 < rows["no edit"]["delta_e"]["mean"]
    assert rows["fit"]["better"]["mean"] == 1.0
    text = (found / "report.md").read_text(encoding="utf-8")
    assert f"| no edit | 4 | {rows['no edit']['delta_e']['mean']:.2f} (" in text
    assert "the RAW as shot" in text
    for rival in ("one preset for all pictures", "auto"):
        assert re.search(rf"^The model is [a-z ]+ than {rival}", text, re.M)
    assert "a\\|b" in text


def test_mean_and_neighbours_come_from_the_training_split(found, manifest) -> None:
    known = [
        read_record(e.path("data")).params for e in read_manifest(manifest) if e.split == "training"
    ]
    mean = np.mean([one["Exposure2012"] for one in known])
    by_row: dict[str, set[str]] = {}
    for line in lines(found):
        by_row.setdefault(line["row"], set()).add(line["Exposure2012"])
    assert [float(value) for value in by_row["mean edit"]] == [pytest.approx(mean, rel=1e-4)]
    assert 1 <= metrics(found)["neighbours"] <= 8


def test_confidence_is_learnt_and_told(found) -> None:
    confidence = load_confidence(found / "confidence.pt")
    assert len(confidence.features) == 8
    told = [line for line in lines(found) if line["confidence"]]
    assert [line["row"] for line in told] == ["model"] * 4
    assert all(0.0 < float(line["confidence"]) < 1.0 for line in told)
    parts = metrics(found)["by_confidence"]
    assert sum(part["pictures"] for part in parts) == 4
    assert [p["confidence"] for p in parts] == sorted(p["confidence"] for p in parts)


def test_killed_and_run_again(manifest, checkpoint, tmp_path, monkeypatch, found, capsys) -> None:
    """What was measured before the end is not measured again, and the numbers are the same."""
    measure, done = stages.evaluate.measure.measure_picture, []

    def stopping(task: Any) -> Any:
        if len(done) == 24:
            raise KeyboardInterrupt
        done.append(task.entry.id)
        return measure(task)

    monkeypatch.setattr(stages.evaluate.measure, "measure_picture", stopping)
    call = words(manifest, checkpoint, tmp_path, "--expert", "c", "--experts", "d")
    assert run.evaluate.main(call) == 130
    assert not (tmp_path / "metrics.json").exists()
    done.clear()
    assert run.evaluate.main(call) == 0
    assert len(done) == 22 + 4 - 24
    assert "2 of 4 pictures are measured already" in capsys.readouterr().err
    again, whole = metrics(tmp_path)["rows"], metrics(found)["rows"]
    for row, values in whole.items():
        for name, one in values.items():
            if name != "seconds":
                assert again[row][name] == one
    done.clear()
    assert run.evaluate.main([*call, "--short-side", "48"]) == 0
    assert len(done) == 4  # another size is another measure


def test_lora_and_full_size(manifest, checkpoint, adapter, tmp_path) -> None:
    call = words(manifest, checkpoint, tmp_path, "--expert", "c", "--limit", "2", "--full-size")
    assert run.evaluate.main([*call, "--short-side", "32", "--lora-checkpoint", str(adapter)]) == 0
    rows = metrics(tmp_path)["rows"]
    assert list(rows) == [*ROWS[:5], "model with LoRA", "fit"]
    assert rows["model"]["delta_e"] != rows["model with LoRA"]["delta_e"]
    assert rows["model"]["psnr_full"]["mean"] != rows["model"]["psnr"]["mean"]
    assert rows["model"]["psnr_full"]["mean"] == pytest.approx(rows["model"]["psnr"]["mean"], abs=2)
    assert {line["row"] for line in lines(tmp_path) if line["confidence"]} == {"model with LoRA"}


def test_without_tiffs_training_or_validation(checkpoint, tmp_path, capsys) -> None:
    """Imported edits have no TIFF: the target is what their parameters make of the RAW."""
    manifest = write_set(tmp_path / "set", {"validation": 3})
    call = words(manifest, checkpoint, tmp_path / "out", "--split", "validation")
    assert run.evaluate.main(call) == 0
    rows = metrics(tmp_path / "out")["rows"]
    assert list(rows) == ["no edit", "auto", "model"]
    assert rows["no edit"]["delta_e"]["mean"] > 1.0
    assert "no baselines, no confidence" in capsys.readouterr().err
    assert not (tmp_path / "out" / "confidence.pt").exists()
    assert "what the edit layer makes of the stored parameters" in (
        tmp_path / "out" / "report.md"
    ).read_text(encoding="utf-8")


def test_wrong_calls(manifest, checkpoint, tmp_path, failing) -> None:
    def lines_of(*more: object) -> list[str]:
        return failing(run.evaluate, *words(manifest, checkpoint, tmp_path / "out", *more))

    assert lines_of() == [
        f"ERROR: {manifest}: the manifest has edits by c, d: choose one with --expert"
    ]
    [line] = lines_of("--expert", "e")
    assert line.endswith("edits by c, d: none by e")
    [line] = lines_of("--expert", "c", "--split", "nowhere")
    assert line.endswith("nothing in split nowhere; it has: testing, training, validation")
    assert not (tmp_path / "out" / "metrics.json").exists()


def test_a_broken_picture_is_named_and_the_rest_judged(checkpoint, tmp_path, failing) -> None:
    manifest = write_set(tmp_path / "set", {"testing": 3})
    broken = tmp_path / "set" / "raw" / "testing-1.dng"
    broken.write_bytes(broken.read_bytes()[:3000])
    (tmp_path / "set" / "raw" / "testing-2.dng").unlink()
    call = words(manifest, checkpoint, tmp_path / "out", "--expert", "c")
    errors = failing(run.evaluate, *call)
    assert len(errors) == 2
    assert "testing-1" in " ".join(errors)
    assert "testing-2" in " ".join(errors)
    assert {line["id"] for line in lines(tmp_path / "out")} == {"testing-0"}
