"""The parametric curve, against Camera Raw's readings."""

import pytest
import torch
from edit_steps import assert_differentiable, assert_identity, assert_pixelwise, picture

from model.edit.parametric_curve import parametric_curve, parametric_table
from params.panels import PARAMETRIC_CURVE
from report.camera_raw_readings import mean_delta_e, readings, settings, slider
from report.chart_rendering import displayed

# Mean ΔE00 to Camera Raw: what was measured and a little more.
WITHIN = {
    "parametric-shadows+50": 0.3,
    "parametric-shadows-50": 0.3,
    "parametric-darks+50": 0.25,
    "parametric-darks-50": 0.35,
    "parametric-lights+50": 0.5,
    "parametric-highlights+50": 0.3,
    "parametric-highlights-50": 0.3,
}
SLIDERS = [s.name for s in PARAMETRIC_CURVE.sliders if "Split" not in s.name]
MIXED = {
    "ParametricShadows": -37.0,
    "ParametricDarks": 22.0,
    "ParametricLights": -14.0,
    "ParametricHighlights": 41.0,
    "ParametricShadowSplit": 21.0,
    "ParametricMidtoneSplit": 53.0,
    "ParametricHighlightSplit": 79.0,
}


@pytest.mark.parametrize("case", WITHIN)
def test_meets_camera_raw(case: str) -> None:
    distance = mean_delta_e(case, lambda image: displayed(image, settings(case)))
    assert distance <= WITHIN[case]
    assert distance < readings()["cases"][case]["peer"]


def test_neutral_is_exact() -> None:
    assert_identity(parametric_curve, PARAMETRIC_CURVE.neutral)


def test_derivatives() -> None:
    assert_differentiable(parametric_curve, MIXED)
    assert_pixelwise(parametric_curve, MIXED)


@pytest.mark.parametrize("name", SLIDERS)
@pytest.mark.parametrize("amount", [-100.0, -50.0, 50.0, 100.0])
def test_the_curve_rises_between_black_and_white(name: str, amount: float) -> None:
    table = parametric_table({name: slider(amount)})
    curve = torch.linspace(0.0, 1.0, 1025, dtype=torch.float64) + table[0]
    assert float(curve[0]) == pytest.approx(0.0, abs=1e-9)
    assert float(curve[-1]) == pytest.approx(1.0, abs=1e-9)
    assert float(curve.diff().min()) > -1e-4
    assert (float(table.sum()) > 0.0) == (amount > 0.0)


def test_splits_stretch_the_regions() -> None:
    """Shadows reach as far as the middle split."""

    def reach(middle: float) -> int:
        p = {"ParametricShadows": slider(60.0), "ParametricMidtoneSplit": slider(middle)}
        return int((parametric_table(p)[0].abs() > 1e-3).nonzero().max())

    assert reach(40.0) < reach(50.0) < reach(60.0)
    plain = parametric_table({"ParametricShadows": slider(60.0)})
    same = parametric_table(
        {"ParametricShadows": slider(60.0), "ParametricMidtoneSplit": slider(50.0)}
    )
    assert torch.allclose(plain, same, atol=1e-12)


def test_splits_that_meet_stay_finite() -> None:
    p = {"ParametricLights": slider(50.0), "ParametricShadowSplit": slider(70.0)}
    p |= {"ParametricMidtoneSplit": slider(20.0), "ParametricHighlightSplit": slider(30.0)}
    assert bool(torch.isfinite(parametric_table(p)).all())


def test_without_sliders_nothing_is_done() -> None:
    image = picture()
    assert parametric_curve(image, {"ParametricShadowSplit": slider(30.0)}) is image
