"""The post-crop vignette: shape, styles, strips."""

from collections.abc import Mapping
from typing import Any

import pytest
import torch
from edit_steps import assert_differentiable

from model.edit.vignette import frame_of, vignette, vignette_mask
from params.panels import VIGNETTE
from report.camera_raw_readings import slider

DARKER = {"PostCropVignetteAmount": slider(-70.0)}


def test_neutral_is_exact() -> None:
    image = torch.rand(1, 3, 6, 9)
    p = {name: torch.tensor([value]) for name, value in VIGNETTE.neutral.items()}
    mask = vignette_mask(frame_of(6, 9), p)
    for style in (1, 2, 3):
        assert torch.equal(vignette(image, mask, p, style), image)


def test_the_corners_and_not_the_middle() -> None:
    mask = vignette_mask(frame_of(41, 61), DARKER)[0, 0]
    assert float(mask[20, 30]) == 0.0
    assert float(mask[0, 0]) > 0.9
    assert float(mask[0, 0]) == pytest.approx(float(mask[40, 60]), abs=1e-9)
    grey = torch.full((1, 3, 41, 61), 0.4, dtype=torch.float64)
    for style in (1, 2, 3):
        dark = vignette(grey, mask[None, None], DARKER, style)
        light = vignette(grey, mask[None, None], {"PostCropVignetteAmount": slider(70.0)}, style)
        assert float(dark[0, 0, 0, 0]) < 0.25
        assert float(light[0, 0, 0, 0]) > 0.5
        assert float(dark[0, 0, 20, 30]) == pytest.approx(0.4, abs=1e-12)


def test_strips_have_the_whole_pictures_vignette() -> None:
    whole = vignette_mask(frame_of(40, 30), DARKER)
    part = vignette_mask(frame_of(7, 30, top=12, whole=40), DARKER)
    assert torch.equal(whole[:, :, 12:19], part)


def test_roundness_and_midpoint() -> None:
    """On a wide picture a circle leaves the top more light than an ellipse; the frame less."""

    def top(**more: float) -> float:
        p = DARKER | {f"PostCropVignette{name}": slider(value) for name, value in more.items()}
        return float(vignette_mask(frame_of(40, 80), p)[0, 0, 0, 40])

    assert top(Roundness=100.0) < top() < top(Roundness=-100.0)
    assert top(Midpoint=80.0) < top() < top(Midpoint=20.0)


def test_highlights_stay_light() -> None:
    mask = torch.ones(1, 1, 1, 1).double()
    bright = torch.full((1, 3, 1, 1), 0.9).double()
    kept = DARKER | {"PostCropVignetteHighlightContrast": slider(80.0)}
    assert float(vignette(bright, mask, kept, 1).max()) > float(
        vignette(bright, mask, DARKER, 1).max()
    )


def test_derivatives() -> None:
    def step(image: Any, p: Mapping[str, Any]) -> Any:
        frame = frame_of(image.shape[2], image.shape[3], top=1, whole=9)
        return vignette(image, vignette_mask(frame, p), p, 2)

    assert_differentiable(
        step,
        {
            "PostCropVignetteAmount": -40.0,
            "PostCropVignetteMidpoint": 43.0,
            "PostCropVignetteFeather": 61.0,
            "PostCropVignetteRoundness": -27.0,
        },
    )


def test_an_unknown_style_is_named() -> None:
    with pytest.raises(ValueError, match="styles 1, 2 and 3, not 4"):
        vignette(torch.zeros(1, 3, 1, 1), torch.zeros(1, 1, 1, 1), {}, 4)
