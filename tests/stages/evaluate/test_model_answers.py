"""Evaluation asks a model that knows how a picture was taken as prediction does."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch

from dataset.manifest import make_entry, merge_manifest, read_manifest
from dataset.sample_settings import SampleSettings
from dataset.samples import Samples
from dataset.synthetic.write_dng import write_dng
from imaging.jpeg import write_preview
from imaging.preview import make_preview, read_proxy
from model.autopilot import AutoPilotRegressor
from model.checkpoint import save_model
from model.config import AutoPilotConfig, BackboneConfig
from params.ranges import neutral_params
from params.record import Record, write_record
from stages.evaluate.model_answers import ask
from stages.predict.predictor import Predictor

CPU = torch.device("cpu")


def test_evaluation_and_prediction_give_a_model_the_same_metadata(tmp_path: Path) -> None:
    torch.manual_seed(0)
    config = AutoPilotConfig(BackboneConfig("test_vit", image_size=32), fusion="film")
    model = AutoPilotRegressor(config).eval()
    torch.nn.init.normal_(model.fusion.proj.weight)
    save_model(tmp_path / "film.pt", model)
    entries = []
    for name, iso in (("low", 100), ("high", 6400)):
        raw, preview, data = (tmp_path / f"{name}.{kind}" for kind in ("dng", "png", "json"))
        write_dng(raw, np.full((32, 48, 3), 0.2, np.float32), tags=[(34855, "H", 1, iso, True)])
        write_preview(preview, make_preview(read_proxy(raw, process=1)))
        write_record(data, Record(neutral_params()))
        files = {"raw": raw, "tif": None, "preview": preview, "data": data}
        entries.append(make_entry(id=name, split="testing", expert="c", **files))
    merge_manifest(tmp_path / "manifest.jsonl", entries)
    entries = read_manifest(tmp_path / "manifest.jsonl")
    samples = Samples(entries, SampleSettings.of_model(config), cache=tmp_path / "cache")
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        answers = ask(model, samples, CPU, "0" * 64, with_views=True)
        with ThreadPoolExecutor(1) as pool:  # a picture a core while it lasts, and no longer
            found = torch.get_num_threads(), pool.submit(torch.get_num_threads).result()
    finally:
        torch.set_num_threads(threads)
    assert found == (2, 2)
    assert list(answers) == [entry.id for entry in entries]
    predictor = Predictor.load(tmp_path / "film.pt", [], CPU)
    exposures = []
    for entry in entries:
        exposures.append(predictor.predict(entry.path("raw")).record.params["Exposure2012"])
        found = answers[entry.id].params_norm["Exposure2012"]
        assert found.shape == (4,)
        assert float(found[0]) * 5.0 == pytest.approx(exposures[-1], abs=1e-3)
    assert abs(exposures[0] - exposures[1]) > 0.05
