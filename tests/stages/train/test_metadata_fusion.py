"""A set whose pictures are all alike and whose edits follow the ISO: only metadata tells."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from dataset.manifest import Entry, make_entry, merge_manifest, read_manifest
from dataset.sample_settings import SampleSettings
from dataset.samples import Samples, collate
from dataset.synthetic.write_dng import write_dng
from imaging.jpeg import write_preview
from imaging.preview import make_preview, read_proxy
from model.checkpoint import load_model
from model.confidence import predict_views
from params.files import InputError
from params.ranges import neutral_params
from params.record import Record, write_record
from stages.predict.predictor import Predictor
from stages.train.finetune import finetune
from stages.train.settings import LoraSettings, TrainSettings
from stages.train.train import train

CPU = torch.device("cpu")
ISOS = (100, 800, 6400)


def edit_at(iso: int) -> dict[str, Any]:
    """Exposure from -1.5 EV at the lowest ISO to 1.5 at the highest; other sliders with it."""
    exposure = (math.log2(iso / 100) - 3) / 2
    others = ("Contrast2012", "Highlights2012", "Shadows2012", "Vibrance", "Saturation")
    return neutral_params() | {"Exposure2012": exposure} | dict.fromkeys(others, 30.0 * exposure)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A manifest: 14 pictures an ISO to train on, one to validate on."""
    folder = tmp_path_factory.mktemp("isos")
    scene = np.linspace(0.05, 0.6, 48 * 3, dtype=np.float32).reshape(1, 48, 3).repeat(32, axis=0)
    entries = []
    for i, iso in enumerate(ISOS * 15):
        raw, preview, data = (folder / f"{i}.{kind}" for kind in ("dng", "png", "json"))
        write_dng(raw, scene, tags=[(34855, "H", 1, iso, True)])
        write_preview(preview, make_preview(read_proxy(raw, process=1)))
        write_record(data, Record(edit_at(iso)))
        files = {"raw": raw, "tif": None, "preview": preview, "data": data}
        split = "validation" if i >= 14 * len(ISOS) else "training"
        entries.append(make_entry(id=str(i), split=split, expert="c", **files))
    merge_manifest(folder / "manifest.jsonl", entries)
    return folder


def trained(folder: Path, metadata: str) -> Path:
    output = folder / metadata
    settings = TrainSettings(
        manifest=folder / "manifest.jsonl",
        cache=folder / "cache",
        output=output,
        backbone="test_vit",
        image_size=32,
        metadata=metadata,
        epochs=10,
        save_frequency=10,
        batch_size=2,
        lr=3e-3,
        workers=0,
        device="cpu",
    )
    return train(settings)


def held_out(folder: Path) -> list[Entry]:
    entries = read_manifest(folder / "manifest.jsonl")
    return [entry for entry in entries if entry.split == "validation"]


def errors(checkpoint: Path, folder: Path) -> list[float]:
    """How far the predicted exposures of the held-out RAW files are off, EV."""
    predictor = Predictor.load(checkpoint, [], CPU)
    found = []
    for entry in held_out(folder):
        exposure = predictor.predict(entry.path("raw")).record.params["Exposure2012"]
        wanted = edit_at(ISOS[int(entry.id) % len(ISOS)])["Exposure2012"]
        found.append(abs(exposure - wanted))
    return found


def test_without_metadata_the_edits_cannot_be_told(folder: Path) -> None:
    best = trained(folder, "none")
    assert "metadata_encoder.mlp.0.weight" not in torch.load(best, weights_only=True)["model"]
    assert np.mean(errors(best, folder)) > 0.7


@pytest.mark.parametrize("metadata", ["film", "concat"])
def test_with_metadata_they_are_learnt(folder: Path, metadata: str) -> None:
    best = trained(folder, metadata)
    model, config = load_model(best)
    assert config.fusion == metadata
    assert max(errors(best, folder)) < 0.4
    # Prediction from the RAW file is what training has of it in its cache.
    entries = held_out(folder)
    samples = Samples(entries, SampleSettings.of_model(config), cache=folder / "cache")
    batch = collate([samples[i] for i in range(len(samples))])
    with torch.no_grad():
        norm = model(batch["image"], batch["metadata"])["params_norm"]["Exposure2012"]
    predictor = Predictor.load(best, [], CPU)
    for entry, value in zip(entries, norm, strict=True):
        exposure = predictor.predict(entry.path("raw")).record.params["Exposure2012"]
        assert exposure == pytest.approx(float(value) * 5.0, abs=1e-3)
    # All views of a picture, from which its confidence is taken, are of one ISO.
    one = {name: value[:1] for name, value in batch["metadata"].items()}
    views = predict_views(model, batch["image"][0], metadata=one)[1]["Exposure2012"]
    assert views.tolist() == pytest.approx([float(norm[0])] * 4, abs=0.1)


def test_resumed_and_fine_tuned_with_metadata(folder: Path, tmp_path: Path) -> None:
    common = {
        "manifest": folder / "manifest.jsonl",
        "cache": folder / "cache",
        "workers": 0,
        "batch_size": 7,
        "device": "cpu",
    }
    small = {"backbone": "test_vit", "image_size": 32}

    def run(output: str, epochs: int, **more: object) -> Path:
        return train(
            TrainSettings(**common, **small, output=tmp_path / output, epochs=epochs, **more)
        )

    run("film", 1, metadata="film")
    with pytest.raises(InputError, match="fusion film, not none"):
        run("film", 2, resume=True)
    best = run("film", 2, metadata="film", resume=True)
    rows = (tmp_path / "film" / "log.csv").read_text().splitlines()
    assert [row.split(",")[0] for row in rows] == ["epoch", "1", "2"]
    lora = LoraSettings(**common, checkpoint=best, output=tmp_path / "lora", epochs=1)
    assert finetune(lora).is_file()


def test_a_missing_raw_file_is_a_warning(
    folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    entry = Entry({**held_out(folder)[0].fields, "raw": "nowhere.dng"}, folder)
    settings = SampleSettings(32, metadata=True)
    samples = Samples([entry], settings, cache=tmp_path)
    assert samples[0]["capture"] == {}
    assert "how it was taken is not known" in caplog.text
    assert collate([samples[0]])["metadata"]["iso"].isnan().all()
    assert "capture" not in Samples([entry], SampleSettings(32), cache=tmp_path)[0]
