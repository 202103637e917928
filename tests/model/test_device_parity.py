"""What a GPU computes is what the CPU computes: on whichever devices are found."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import torch
from simulated import EDIT, scene

from model.autopilot import AutoPilotRegressor
from model.config import AutoPilotConfig, BackboneConfig
from model.edit_layer import render
from model.fit import fit, fit_batch
from model.fit_options import FitOptions
from params.edit_process import edit_process
from params.outputs import Outputs
from params.panels import panel_sliders
from params.ranges import neutral_params

_THERE = [
    name
    for name, has in (("cuda", torch.cuda.is_available), ("mps", torch.backends.mps.is_available))
    if has()
]
pytestmark = pytest.mark.skipif(not _THERE, reason="neither CUDA nor MPS on this machine")
# Linear values 0..1: sums in another order, and GPUs' own powers and logarithms.
RENDERED, PREDICTED = 2e-4, 2e-4


@pytest.fixture(params=_THERE or ["none"])
def device(request: pytest.FixtureRequest) -> str:
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    return str(request.param)


def edits(process: int, count: int) -> list[dict[str, Any]]:
    """Random whole edits: panels with them where the process has any."""
    random = np.random.default_rng(process)
    sliders = panel_sliders(edit_process(process).panels)
    found = []
    for _ in range(count):
        values: dict[str, Any] = neutral_params() | EDIT
        for slider in sliders:
            if slider.name in ("Temperature", "Tint", "ConvertToGrayscale"):
                continue
            middle, reach = slider.neutral, 0.5 * random.random()
            end = slider.high if random.random() < 0.5 else slider.low
            values[slider.name] = middle + reach * (end - middle)
        found.append(values)
    return found


@pytest.mark.parametrize("process", [1, 2])
def test_rendering(device: str, process: int) -> None:
    picture = scene(3, 200, 300)
    for edit in edits(process, 8):
        own = render(picture, edit, process=process)
        theirs = render(picture, edit, process=process, device=device)
        away = np.abs(own - theirs)
        assert away.mean() < RENDERED / 20
        assert np.quantile(away, 0.999) < RENDERED


@pytest.mark.parametrize("process", [1, 2])
def test_fits(device: str, process: int) -> None:
    pairs = []
    for seed in range(3):
        picture = scene(seed, 160, 240)
        pairs.append((picture, render(picture, EDIT, process=process)))
    options = FitOptions(process=process)
    here = [fit(*pair, options) for pair in pairs]
    there = fit_batch(pairs, FitOptions(process=process, device=device))
    for one, other in zip(here, there, strict=True):
        assert other.after.delta_e <= one.after.delta_e + 0.05
        for name in ("Exposure2012", "Contrast2012", "Shadows2012", "Saturation"):
            span = 0.05 if name == "Exposure2012" else 2.0
            assert abs(one.params[name] - other.params[name]) < span


def moved(answer: Mapping[str, Any], device: str = "cpu") -> dict[str, torch.Tensor]:
    return {name: value.detach().to(device) for name, value in answer["params_norm"].items()}


def test_predictions_and_steps(device: str) -> None:
    torch.manual_seed(0)
    outputs = Outputs(sliders=("Clarity2012", "Dehaze"), gated=("Dehaze",), free_curve=True)
    config = AutoPilotConfig(BackboneConfig("test_vit", image_size=64), process=2, outputs=outputs)
    images = torch.rand(4, 3, 64, 64)
    models = [AutoPilotRegressor(config) for _ in range(2)]
    models[1].load_state_dict(models[0].state_dict())
    models[1].to(device)
    for step in range(3):
        answers = [
            model.train(step < 2)(images.to(next(model.parameters()).device)) for model in models
        ]
        found = [moved(answer) for answer in answers]
        for name, value in found[0].items():
            torch.testing.assert_close(found[1][name], value, atol=PREDICTED, rtol=0.0)
        if step < 2:
            for model, answer in zip(models, answers, strict=True):
                optimizer = torch.optim.SGD(model.parameters(), 1e-3)
                sum(value.square().mean() for value in answer["params_norm"].values()).backward()
                optimizer.step()
                model.zero_grad()
