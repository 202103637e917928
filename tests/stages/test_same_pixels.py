"""Training and inference must show the model the same picture."""

from pathlib import Path

import numpy as np
import pytest
import torch

from dataset.sample_settings import SampleSettings
from dataset.samples import Samples
from dataset.set_folder import Outputs
from imaging.preview import make_preview, read_preview, read_proxy
from stages.fit.fit_pair import Job, entry_of, fit_to_files
from stages.fit.settings import Exports, FitSettings
from stages.predict.predictor import Predictor


@pytest.mark.parametrize("process", [1, 2])
def test_the_model_sees_in_training_what_it_sees_in_inference(
    pairs: Path, tmp_path: Path, checkpoint: Path, process: int
) -> None:
    from dataclasses import replace

    raw = pairs / "raw" / "one.dng"
    job, outputs = Job("one", "training", "c", raw, pairs / "edited" / "one.tif"), Outputs(tmp_path)
    fit_to_files(job, outputs, FitSettings(process=process, exports=Exports(xmp=False)))
    entry = entry_of(job, outputs)
    in_memory = make_preview(read_proxy(raw, process=process))
    assert np.array_equal(read_preview(entry.path("preview")), in_memory)

    predictor = Predictor.load(checkpoint, [], torch.device("cpu"))
    seen: list[torch.Tensor] = []
    predictor.model.backbone.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    replace(predictor, config=replace(predictor.config, process=process)).predict(raw)
    samples = Samples([entry], SampleSettings(32, process=process), cache=tmp_path / "cache")
    half_a_step = 0.5 / 65535  # the cache has 16 bits
    assert (samples[0]["image"] - seen[0][0]).abs().max() <= 1.01 * half_a_step
