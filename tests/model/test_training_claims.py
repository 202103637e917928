"""What training is for: held-out pictures that look right. Known edits, simulated scenes."""

from typing import Any

import numpy as np
import pytest
import torch
from simulated import scene

from imaging.metrics import delta_e00
from imaging.preview import make_preview
from model.autopilot import AutoPilotRegressor
from model.config import AutoPilotConfig, BackboneConfig
from model.edit.strips import to_pixels
from model.edit_layer import DifferentiableEditLayer, render
from model.engine import Trainer
from model.loop_settings import LoopSettings
from model.losses import HybridLoss, spread_of
from model.preprocess import preview_to_tensor
from params.ranges import CURVE_NAME, denormalize_scalars, neutral_params, normalize_scalars

TRAINING, HELD_OUT = 96, 32
HEIGHT, WIDTH = 24, 36
CPU = torch.device("cpu")


def picture(seed: int, two_ways: bool) -> dict[str, Any]:
    """A scene in some light, and the edit that brings its median to one brightness.

    It brightens half by Exposure and half by the curve; with two_ways by one of them, which
    is chance. So are fits where sliders trade off: the picture is known, the sliders are not.
    """
    random = np.random.default_rng(1000 + seed)
    light, cast = 2.0 ** random.uniform(-3.0, 0.3), random.uniform(-0.2, 0.2)
    tint = np.array([1.0 + cast, 1.0, 1.0 - cast])
    pixels = (scene(seed, HEIGHT, WIDTH) * light * tint).clip(0.0, 1.0).astype(np.float32)
    missing = float(np.log2(0.3 / np.median(pixels[..., 1])))
    by_exposure = missing * (random.integers(2) if two_ways else 0.5)
    reached = 0.3 / 2.0 ** (missing - by_exposure)
    edit = neutral_params() | {
        "Temperature": 1e6 / (1e6 / 6500.0 + 300.0 * cast),
        "Exposure2012": by_exposure,
        CURVE_NAME: np.linspace(0.0, 1.0, 16) ** (np.log(0.3) / np.log(reached)),
    }
    norm = normalize_scalars(edit) | {CURVE_NAME: edit[CURVE_NAME]}
    target = render(pixels, edit)
    return {
        "id": str(seed),
        "image": preview_to_tensor(make_preview(pixels), 32),
        "params": {name: torch.as_tensor(v, dtype=torch.float32) for name, v in norm.items()},
        "raw": torch.from_numpy(pixels).permute(2, 0, 1),
        "target": torch.from_numpy(target).permute(2, 0, 1),
        "valid": torch.ones(1, HEIGHT, WIDTH),
    }


def held_out_error(edits: dict[str, torch.Tensor], pictures: list[dict[str, Any]]) -> float:
    """Mean ΔE00 of edits (params_norm, [N]) on pictures."""
    params = denormalize_scalars(edits) | {CURVE_NAME: edits[CURVE_NAME]}
    layer, errors = DifferentiableEditLayer(), []
    for i, item in enumerate(pictures):
        own = {name: value[i : i + 1] for name, value in params.items()}
        edited = to_pixels(layer(item["raw"][None], own))
        errors.append(delta_e00(edited, to_pixels(item["target"][None])).mean())
    return float(np.mean(errors))


def stacked(pictures: list[dict[str, Any]]) -> dict[str, torch.Tensor]:
    return {n: torch.stack([p["params"][n] for p in pictures]) for n in pictures[0]["params"]}


def trained(image_weight: float, pictures: list[dict[str, Any]]) -> float:
    """Mean ΔE00 on the held-out pictures of a small model trained on the others."""
    train, held_out = pictures[:TRAINING], pictures[TRAINING:]
    edits = stacked(train)
    torch.manual_seed(0)
    model = AutoPilotRegressor(AutoPilotConfig(BackboneConfig("test_vit", image_size=32)))
    model.start_at({name: value.mean(0) for name, value in edits.items()})
    loss = HybridLoss(image_weight, spread=spread_of(edits))
    trainer = Trainer(model, loss, LoopSettings(epochs=40, lr=1e-3, ema=0.95), CPU)
    loader = torch.utils.data.DataLoader(train, batch_size=16, shuffle=True)
    trainer.run(loader, None, lambda result: None)
    model.eval()
    with torch.no_grad(), trainer.averaged():
        images = torch.stack([p["image"] for p in held_out])
        return held_out_error(model(images)["params_norm"], held_out)


def baseline(pictures: list[dict[str, Any]]) -> float:
    """The better of no edit and the training set's mean edit."""
    held_out = pictures[TRAINING:]
    neutral = normalize_scalars(neutral_params()) | {CURVE_NAME: np.linspace(0, 1, 16)}
    mean = {name: value.mean(0) for name, value in stacked(pictures[:TRAINING]).items()}
    return min(
        held_out_error(
            {n: torch.stack([torch.as_tensor(v).float()] * HELD_OUT) for n, v in edit.items()},
            held_out,
        )
        for edit in (neutral, mean)
    )


@pytest.mark.slow
def test_the_picture_loss_helps_where_sliders_trade_off() -> None:
    pictures = [picture(i, True) for i in range(TRAINING + HELD_OUT)]
    both = trained(0.7, pictures)
    assert both < 0.6 * trained(0.0, pictures)
    assert both < 0.6 * baseline(pictures)


@pytest.mark.slow
def test_parameters_alone_beat_the_baselines_where_sliders_are_known() -> None:
    pictures = [picture(i, False) for i in range(TRAINING + HELD_OUT)]
    assert trained(0.0, pictures) < 0.6 * baseline(pictures)
