"""Contrast, Whites and Blacks on colours, against Camera Raw's readings."""

from collections.abc import Mapping
from typing import Any

import pytest
import torch
from edit_steps import assert_differentiable, assert_identity, assert_pixelwise

from model.edit.base_rendering import apply_base, base_table
from model.edit.hue_preserving import encoded_tone_map, luminance
from model.edit.tone_maps import (
    blacks,
    blacks_table,
    contrast_pivot,
    contrast_table,
    whites,
    whites_table,
)
from params.colorimetry import srgb_encode
from report.camera_raw_chart import as_shot, patches
from report.camera_raw_readings import as_picture, mean_delta_e, settings
from report.chart_rendering import displayed

# Mean ΔE00 to Camera Raw: what was measured and a little more.
WITHIN = {
    "contrast+50": 0.4,
    "contrast-50": 0.2,
    "whites+50": 0.4,
    "whites-50": 0.35,
    "blacks+50": 0.25,
    "blacks-50": 0.35,
    "pair-exposure-1-contrast+50": 0.3,
}


def pivot(p: Mapping[str, Any]) -> torch.Tensor:
    return torch.full((1,), 0.28, dtype=p["Contrast2012"].dtype)


STEPS: dict[str, Any] = {
    "Contrast2012": lambda image, p: encoded_tone_map(
        image, contrast_table(p["Contrast2012"], pivot(p))
    ),
    "Whites2012": lambda image, p: whites(
        image,
        whites_table(p["Whites2012"], torch.full((1,), 1.2, dtype=image.dtype)),
        p["Whites2012"],
    ),
    "Blacks2012": lambda image, p: blacks(image, blacks_table(p["Blacks2012"]), p["Blacks2012"]),
}


@pytest.mark.parametrize("case", WITHIN)
def test_meets_camera_raw(case: str) -> None:
    distance = mean_delta_e(case, lambda image: displayed(image, settings(case)))
    assert distance <= WITHIN[case]


@pytest.mark.parametrize("name", STEPS)
def test_neutral_is_exact(name: str) -> None:
    assert_identity(STEPS[name], {name: 0.0})


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("amount", [-63.0, 37.0])
def test_derivatives(name: str, amount: float) -> None:
    assert_differentiable(STEPS[name], {name: amount})
    assert_pixelwise(STEPS[name], {name: amount})


@pytest.mark.parametrize("amount", [-100.0, -40.0, 25.0, 100.0])
def test_contrast_rises_and_leaves_its_pivot_and_the_ends(amount: float) -> None:
    at = torch.tensor([0.2], dtype=torch.float64)
    greys = torch.linspace(0.0, 1.0, 1025, dtype=torch.float64)
    curve = greys + contrast_table(torch.full_like(at, amount), at)[0]
    assert curve.diff().min() > 0.0
    assert float(curve[0]) == pytest.approx(0.0, abs=1e-6)
    assert float(curve[-1]) == pytest.approx(1.0, abs=1e-5)
    pivot_place = float(srgb_encode(at))
    nearest = int((greys - pivot_place).abs().argmin())
    assert float(curve[nearest]) == pytest.approx(pivot_place, abs=2e-3)
    darker = bool(curve[100] < greys[100])
    assert darker == (amount > 0.0)


def test_contrast_has_one_slope_at_neutral() -> None:
    """Settings above and below 0 meet smoothly, which a fit that starts at 0 needs."""
    at = torch.tensor([0.2], dtype=torch.float64)
    zero = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(contrast_table(zero, at)[0, 300], zero)
    step = 1e-4
    above, below = (contrast_table(torch.full_like(at, s * step), at)[0, 300] for s in (1.0, -1.0))
    assert float(slope) == pytest.approx(float(above) / step, rel=0.01)
    assert float(slope) == pytest.approx(-float(below) / step, rel=0.15)


def test_the_pivot_follows_the_picture() -> None:
    chart = as_picture(as_shot(list(patches())))
    base = apply_base(chart, base_table(torch.zeros(1, dtype=torch.float64)))
    dark, bright = (contrast_pivot(luminance(base * s)) for s in (0.25, 1.0))
    assert 0.05 < float(dark) < float(bright) < 0.5
    assert float(torch.log2(bright / dark)) == pytest.approx(2.0 * 0.345, abs=0.05)
