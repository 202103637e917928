"""Training for few edits, from the manifest to a prediction: differences to the automatic edit."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from simulated import scene

from dataset.manifest import Entry, make_entry, read_manifest, write_manifest
from dataset.sample_settings import SampleSettings
from dataset.samples import Samples, collate
from dataset.synthetic.write_dng import write_dng
from imaging.auto_start import auto_start
from imaging.jpeg import write_preview
from imaging.preview import make_preview
from imaging.raw_picture import RawPicture
from model.checkpoint import load_model
from model.engine import ask
from params.files import InputError
from params.ranges import SLIDER_NAMES, denormalize_scalars, neutral_params
from params.record import Record, write_record
from stages.evaluate.model_answers import ask as ask_all
from stages.predict.predictor import Predictor
from stages.train.few_edits import solves_at_once
from stages.train.finetune import finetune
from stages.train.settings import LoraSettings, TrainSettings
from stages.train.train import train

CPU = torch.device("cpu")
STEP = 0.4  # EV that the photographer adds to the automatic edit


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Twelve pictures, two to validate on: the automatic edit, brightened."""
    folder = tmp_path_factory.mktemp("few")
    entries = []
    for i in range(12):
        raw, preview, data = (folder / f"{i}.{kind}" for kind in ("dng", "png", "json"))
        write_dng(raw, scene(i, 48, 72) * np.float32(2.0 ** (-0.3 * (i % 5))))
        with RawPicture(raw) as picture:
            proxy, shot = picture.proxy(2), picture.shot
        write_preview(preview, make_preview(proxy))
        sliders = dict(zip(SLIDER_NAMES, auto_start(proxy, shot).tolist(), strict=True))
        edit = neutral_params() | denormalize_scalars(sliders)
        edit["Exposure2012"] += STEP
        write_record(data, Record(edit, process=2, as_shot=shot.as_shot()))
        files = {"raw": raw, "tif": None, "preview": preview, "data": data}
        split = "validation" if i >= 10 else "training"
        entries.append(make_entry(id=str(i), split=split, expert="c", **files))
    write_manifest(folder / "manifest.jsonl", entries)
    return folder


def settings(folder: Path, name: str, **more) -> TrainSettings:
    common = {"manifest": folder / "manifest.jsonl", "cache": folder / "cache", "process": 2}
    common |= {"backbone": "statistics", "residual": "auto", "workers": 0, "device": "cpu"}
    return TrainSettings(**common | {"output": folder / name} | more)


def held_out(folder: Path) -> list[Entry]:
    return [e for e in read_manifest(folder / "manifest.jsonl") if e.split == "validation"]


@pytest.fixture(scope="module")
def solved(folder) -> Path:
    return train(settings(folder, "solved"))


def test_a_run_folder_as_any_other(folder, solved, caplog) -> None:
    assert {f.name for f in solved.parent.iterdir()} >= {
        *("args.json", "log.csv", "best.pt", "last.pt", "curves.png", "checkpoint_epoch001.pt")
    }
    _, config = load_model(solved)
    assert (config.residual, config.heads, config.process) == ("auto", "linear", 2)


def test_the_difference_is_learnt_and_the_rest_is_autos(folder, solved) -> None:
    predictor = Predictor.load(solved, [], CPU)
    for entry in held_out(folder):
        with RawPicture(entry.path("raw")) as picture:
            start = auto_start(picture.proxy(2), picture.shot)
        params = predictor.predict(entry.path("raw")).record.params
        sliders = dict(zip(SLIDER_NAMES, start.tolist(), strict=True))
        wanted = denormalize_scalars(sliders)
        assert params["Exposure2012"] == pytest.approx(wanted["Exposure2012"] + STEP, abs=0.1)
        assert params["Shadows2012"] == pytest.approx(wanted["Shadows2012"], abs=4.0)
        assert params["Temperature"] == pytest.approx(6500.0, abs=30.0)


def test_evaluation_and_prediction_agree(folder, solved) -> None:
    model, config = load_model(solved)
    samples = Samples(held_out(folder), SampleSettings.of_model(config), cache=folder / "cache")
    answers = ask_all(model, samples, CPU, "0" * 64)
    predictor = Predictor.load(solved, [], CPU)
    for entry in held_out(folder):
        params = predictor.predict(entry.path("raw")).record.params
        norm = answers[entry.id].params_norm
        found = denormalize_scalars({n: float(norm[n][0]) for n in SLIDER_NAMES})
        assert params["Exposure2012"] == pytest.approx(found["Exposure2012"], abs=1e-3)


@pytest.mark.parametrize("backbone", ["statistics", "test_vit"])
def test_gradients_and_adapters_go_on_from_auto(folder, backbone) -> None:
    more = {"epochs": 1, "image_size": 32, "learner": "gradient", "save_frequency": 9}
    base = train(settings(folder, f"{backbone}_base", backbone=backbone, **more))
    model, config = load_model(base)
    assert (config.residual, config.heads) == ("auto", "mlp")
    samples = Samples(held_out(folder), SampleSettings.of_model(config), cache=folder / "cache")
    batch = collate([samples[i] for i in range(len(samples))])
    assert batch["start"].shape == (2, 10)
    with torch.no_grad():
        first = ask(model, batch)["params_norm"]["Exposure2012"]
        off = batch["params"]["Exposure2012"] - first
    assert off.abs().max() < 0.05  # it began at the mean difference: 0.25 EV
    with pytest.raises(ValueError, match="none is given"):
        model(batch["image"])
    tuned = LoraSettings(
        checkpoint=base,
        manifest=folder / "manifest.jsonl",
        cache=folder / "cache",
        output=folder / f"{backbone}_lora",
        epochs=1,
        workers=0,
        device="cpu",
    )
    assert finetune(tuned).is_file()


def test_the_automatic_edit_is_of_process_2(folder) -> None:
    with pytest.raises(InputError, match="automatic edit is one of edit process 2"):
        train(settings(folder, "one", process=1))


def test_a_picture_without_its_raw_is_left_out(folder, caplog) -> None:
    entries = read_manifest(folder / "manifest.jsonl")[:3]
    lost = Entry(entries[0].fields | {"raw": "nowhere.dng"}, folder)
    wanted = SampleSettings(image_size=32, process=2, start=True)
    samples = Samples([lost, *entries[1:]], wanted, cache=folder / "cache")
    assert len(samples) == 2
    assert "no raw file" in caplog.text


def test_when_heads_are_solved_at_once(tmp_path) -> None:
    few = TrainSettings(manifest=tmp_path, backbone="statistics")
    assert solves_at_once(few, 1000)
    assert not solves_at_once(few, 1001)
    assert not solves_at_once(replace(few, learner="gradient"), 10)
    assert solves_at_once(replace(few, learner="ridge", backbone="test_vit"), 5000)
    assert not solves_at_once(replace(few, backbone="test_vit"), 10)
    assert not solves_at_once(replace(few, metadata="film"), 10)
    with pytest.raises(InputError, match="no rendered pictures"):
        replace(few, learner="ridge", use_edit_layer=True)


def test_no_steps_are_lost_to_a_resumed_solution(folder: Path, tmp_path: Path) -> None:
    """Solved again is the same; what was trained step by step is not replaced by it."""
    for learner in ("ridge", "auto"):
        train(settings(folder, "again", learner=learner, resume=True))
    stepped = settings(folder, "stepped", learner="gradient", epochs=1)
    last = train(stepped).with_name("last.pt")
    before = last.read_bytes()
    with pytest.raises(InputError, match="step by step"):
        train(replace(stepped, learner="auto", resume=True))
    assert last.read_bytes() == before
