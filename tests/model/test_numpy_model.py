"""A model on statistics by NumPy gives what it gives by torch, from the same file."""

from pathlib import Path

import numpy as np
import pytest
import torch

from imaging.picture_statistics import STATISTICS
from model.autopilot import AutoPilotRegressor
from model.checkpoint import load_model, save_model
from model.config import AutoPilotConfig, BackboneConfig
from model.metadata_encoder import metadata_batch
from model.numpy_model import NumpyModel
from params.files import InputError
from params.outputs import BASIC_OUTPUTS, Outputs
from params.panels import CHANNEL_CURVES

STATISTICS_MODEL = BackboneConfig("statistics")
PANELS = Outputs(
    sliders=("HueAdjustmentRed", "SplitToningShadowHue", "SplitToningShadowSaturation", "Dehaze"),
    gated=("Dehaze",),
    free_curve=True,
    curves=CHANNEL_CURVES,
    constants={"Texture": 20.0},
)
KINDS = {
    "basic": BASIC_OUTPUTS,
    "panels": PANELS,
    "one curve": Outputs(curves=CHANNEL_CURVES, one_curve=True),
}


def saved(path: Path, config: AutoPilotConfig, seed: int = 0) -> AutoPilotRegressor:
    """A model with random weights, large enough that all outputs move."""
    torch.manual_seed(seed)
    model = AutoPilotRegressor(config)
    model.backbone.standardise(torch.randn(20, len(STATISTICS)) * 2.0 + 1.0)
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(0.1 * torch.randn_like(weight))
    save_model(path, model.eval())
    return model


@pytest.mark.parametrize(("heads", "residual"), [("mlp", "none"), ("linear", "auto")])
@pytest.mark.parametrize("outputs", KINDS.values(), ids=KINDS)
def test_the_same_as_torch(tmp_path: Path, outputs: Outputs, heads: str, residual: str) -> None:
    path = tmp_path / "model.pt"
    config = AutoPilotConfig(
        STATISTICS_MODEL, process=2, outputs=outputs, heads=heads, residual=residual
    )
    model = saved(path, config)
    ours = NumpyModel.load(path)
    assert ours is not None
    assert ours.config == config
    some = torch.randn(8, len(STATISTICS)) * 4.0
    starts = (2.0 * torch.rand(8, 10) - 1.0) * 1.01  # also beyond what a slider reaches
    with torch.inference_mode():
        wanted = model(some, None, starts)["params_norm"]
    moved = set()
    for i, statistics in enumerate(some.numpy()):
        found = ours(statistics, starts[i].numpy())
        assert found.keys() == wanted.keys()
        for name, value in found.items():
            assert value == pytest.approx(wanted[name][i].numpy(), abs=1e-5), name
        moved.add(found.get("Dehaze") == pytest.approx(0.0))
    if outputs is PANELS:
        assert moved == {True, False}
    bare = ours.without_constants()(some[0].numpy(), starts[0].numpy())
    assert set(bare) == set(wanted) - set(outputs.constants)


@pytest.mark.parametrize("fusion", ["film", "concat"])
def test_how_a_picture_was_taken_is_fused_as_torch_does(tmp_path: Path, fusion: str) -> None:
    path = tmp_path / "model.pt"
    model = saved(path, AutoPilotConfig(STATISTICS_MODEL, fusion=fusion))
    ours = NumpyModel.load(path)
    assert ours is not None
    some = torch.randn(3, len(STATISTICS))
    taken = [{"iso": 400, "shutter": 0.01, "aperture": 2.8, "camera": "X100"}, {"iso": -1}, {}]
    with torch.inference_mode():
        wanted = model(some, metadata_batch(taken))["params_norm"]
    answers = [ours(one, None, how) for one, how in zip(some.numpy(), taken, strict=True)]
    for i, found in enumerate(answers):
        for name, value in found.items():
            assert value == pytest.approx(wanted[name][i].numpy(), abs=1e-5), name
    assert answers[0]["Tint"] != pytest.approx(ours(some[0].numpy())["Tint"], abs=1e-3)


def test_what_numpy_does_not_run_is_left_to_torch(tmp_path: Path, checkpoint: Path) -> None:
    assert NumpyModel.load(checkpoint) is None
    path = tmp_path / "model.pt"
    path.write_bytes(b"no model")
    assert NumpyModel.load(path) is None
    assert NumpyModel.load(tmp_path / "missing.pt") is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda c: c["model"].pop("backbone.mix.bias"), "missing or unknown"),
        (lambda c: c["model"].update(more=torch.zeros(1)), "such as more"),
        (lambda c: c["model"].update({"backbone.scale": torch.zeros(7)}), r"scale is \[7\]"),
        (lambda c: c["model"]["backbone.scale"].fill_(float("nan")), "not finite"),
        (lambda c: c["model"].update({"backbone.scale": 3}), "not a plain tensor"),
        (
            lambda c: c["model"].update({"backbone.scale": torch.zeros(1).expand(len(STATISTICS))}),
            "not a plain tensor",
        ),
        (
            lambda c: c["model"].update({"backbone.scale": torch.ones(len(STATISTICS)).long()}),
            "no floats",
        ),
    ],
)
def test_a_model_that_does_not_fit_is_refused(tmp_path: Path, change, said: str) -> None:
    path = tmp_path / "model.pt"
    saved(path, AutoPilotConfig(STATISTICS_MODEL))
    content = torch.load(path, weights_only=True)
    change(content)
    torch.save(content, path)
    with pytest.raises(InputError, match=said):
        NumpyModel.load(path)
    with pytest.raises(InputError):
        load_model(path)


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, torch.float64])
def test_other_floats_are_read(tmp_path: Path, kind: torch.dtype) -> None:
    path = tmp_path / "model.pt"
    saved(path, AutoPilotConfig(STATISTICS_MODEL))
    content = torch.load(path, weights_only=True)
    content["model"] = {name: value.to(kind) for name, value in content["model"].items()}
    # A transposed view of a stored tensor, as PyTorch may save it.
    content["model"]["backbone.mix.weight"] = content["model"]["backbone.mix.weight"].T
    torch.save(content, path)
    ours, model = NumpyModel.load(path), load_model(path)[0]
    assert ours is not None
    for name, value in model.state_dict().items():
        np.testing.assert_array_equal(ours.state[name], value.numpy())


def test_statistics_of_another_version_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    saved(path, AutoPilotConfig(STATISTICS_MODEL))
    content = torch.load(path, weights_only=True)
    content["config"]["statistics"] = "0" * 16
    torch.save(content, path)
    with pytest.raises(InputError, match="train it again"):
        load_model(path)
    assert NumpyModel.load(path) is None
