"""Point curves and Refine Saturation, against Camera Raw's readings and their definition."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import torch
from edit_steps import assert_differentiable, assert_identity, picture

from model.edit.point_curves import (
    SIZE,
    channel_curves,
    knots_table,
    master_curve,
    points_table,
)
from params.colorimetry import srgb_decode, srgb_encode
from params.xmp_curve import IDENTITY, draw
from report.camera_raw_readings import mean_delta_e, settings, slider
from report.chart_rendering import displayed

KIND = torch.float64, torch.device("cpu")
S_CURVE = ((0, 0), (64, 48), (128, 128), (192, 208), (255, 255))
FREE = ((20, 40), (90, 160), (160, 90), (240, 230))


def test_meets_camera_raw() -> None:
    assert mean_delta_e("curve-s", lambda image: displayed(image, settings("curve-s"))) <= 0.45


@pytest.mark.parametrize("points", [S_CURVE, FREE])
def test_greys_follow_the_curve_wherever_it_goes(points: Any) -> None:
    encoded = np.linspace(0.0, 1.0, 256)
    grey = torch.from_numpy(srgb_decode(encoded)).reshape(1, 1, -1, 1).expand(1, 3, -1, 1)
    result = srgb_encode(master_curve(grey, points_table(points, *KIND)))
    wanted = torch.from_numpy(draw(points) / 255.0)
    assert float((result[0, 1, :, 0] - wanted).abs().max()) < 1e-3


def test_neutral_is_exact() -> None:
    def step(image: Any, p: Mapping[str, Any]) -> Any:
        straight = points_table(IDENTITY, image.dtype, image.device)
        image = master_curve(image, straight, p["CurveRefineSaturation"])
        places = torch.linspace(0.0, 1.0, 16, dtype=torch.float64).to(image.dtype)[None]
        image = master_curve(image, knots_table(places))
        return channel_curves(image, straight, None, straight)

    assert_identity(step, {"CurveRefineSaturation": 100.0})
    assert_identity(step, {"CurveRefineSaturation": 30.0})


def test_derivatives() -> None:
    curve = torch.linspace(0.0, 1.0, 16, dtype=torch.float64) ** 1.3

    def step(image: Any, p: Mapping[str, Any]) -> Any:
        knots = (p["lift"] * 0.01 + 1.0).unsqueeze(1) * curve[None]
        table = knots_table(knots)
        return channel_curves(master_curve(image, table, p["refine"]), table, None, table)

    assert_differentiable(step, {"lift": -8.0, "refine": 43.0})


def test_refine_saturation_0_keeps_the_distances_of_the_channels() -> None:
    image, table = picture(), points_table(S_CURVE, *KIND)
    curved = srgb_encode(master_curve(image, table))
    refined = srgb_encode(master_curve(image, table, slider(0.0)))
    before = srgb_encode(image)
    inside = (refined > 1e-3).all(1) & (refined < 1.0 - 1e-3).all(1)
    assert int(inside.sum()) > 3
    distances = (refined - refined[:, :1]) - (before - before[:, :1])
    assert float(distances.abs().amax(1)[inside].max()) < 1e-9
    weights = torch.tensor([0.299, 0.587, 0.114], dtype=torch.float64).reshape(1, 3, 1, 1)
    luma = ((refined - curved) * weights).sum(1)
    assert float(luma.abs()[inside].max()) < 1e-9


def test_a_channel_has_its_own_curve() -> None:
    image = picture()
    result = channel_curves(image, points_table(S_CURVE, *KIND), None, None)
    assert torch.equal(result[:, 1:], image[:, 1:])
    assert not torch.allclose(result[:, :1], image[:, :1], atol=1e-3)


def test_knots_and_points_agree() -> None:
    places = np.linspace(0.0, 1.0, 16)
    heights = torch.from_numpy(places**1.5)[None]
    table = knots_table(heights)
    assert table.shape == (1, SIZE)
    points = [(int(17 * i), round(255 * h)) for i, h in enumerate(heights[0].tolist())]
    assert float((table - points_table(points, *KIND)).abs().max()) < 4e-3
