"""The base renderings: Camera Raw's readings, and what the SDK's ramp does."""

import numpy as np
import pytest
import torch
from edit_steps import assert_differentiable

from model.edit.base_rendering import Base, apply_base, base_table, base_tables
from params.base_rendering import camera_raw, dng_sdk
from params.rendering import ramp
from report.camera_raw_readings import mean_delta_e, settings
from report.chart_rendering import displayed

GREYS = np.linspace(0.0, 1.0, 2001) ** 2
# Mean ΔE00 to Camera Raw: what was measured and a little more.
WITHIN = {
    "default": 0.3,
    "exposure+1.00": 0.35,
    "exposure-1.00": 0.2,
    "temperature-5000": 0.3,
    "temperature-8000": 0.25,
    "tint+30": 0.35,
}


@pytest.mark.parametrize("case", WITHIN)
def test_meets_camera_raw(case: str) -> None:
    distance = mean_delta_e(case, lambda image: displayed(image, settings(case)))
    assert distance <= WITHIN[case]


@pytest.mark.parametrize("exposure", [-6.0, -1.7, 0.0, 0.3, 1.3, 2.5, 4.5])
def test_rises_from_black_to_white(exposure: float) -> None:
    for base in (camera_raw, dng_sdk):
        values = base(GREYS, exposure)
        assert values[0] == 0.0
        assert values[-1] == pytest.approx(1.0, abs=1e-3)
        assert np.diff(values).min() > -1e-5
    assert (camera_raw(GREYS, exposure + 0.3) - camera_raw(GREYS, exposure)).min() > -1e-4


def test_the_table_is_the_function() -> None:
    exposures = torch.tensor([-2.2, 0.1, 1.9], dtype=torch.float64)
    image = torch.from_numpy(GREYS).reshape(1, 1, -1, 1).expand(3, 3, -1, 1)
    result = apply_base(image, base_table(exposures))
    for row, exposure in zip(result, exposures, strict=True):
        wanted = camera_raw(GREYS, float(exposure))
        assert np.abs(row[0, :, 0].numpy() - wanted).max() < 1e-3


def test_the_sdk_base_is_its_ramp() -> None:
    image = torch.from_numpy(GREYS).reshape(1, 1, -1, 1).expand(1, 3, -1, 1)
    result = apply_base(image, base_table(torch.zeros(1, dtype=torch.float64), Base("dng-sdk")))
    assert np.abs(result[0, 0, :, 0].numpy() - ramp(GREYS)).max() < 2e-5


def test_a_profile_without_a_black_point_has_no_toe() -> None:
    """Its shadows are scaled, as the middle is."""
    dark = np.array([0.001, 0.01])
    assert camera_raw(dark, 0.0, 0.0) / dark == pytest.approx(0.978, abs=0.005)
    assert (camera_raw(dark, 0.0) < 0.96 * dark).all()
    assert camera_raw(GREYS[GREYS > 0.1], 0.0, 0.0) == pytest.approx(
        camera_raw(GREYS[GREYS > 0.1], 0.0), abs=1e-3
    )


def test_pictures_of_a_batch_may_have_their_own() -> None:
    exposure = torch.tensor([0.2, 0.2, 0.2])
    bases = [Base(), Base("dng-sdk"), Base(shadows=0.0)]
    found = base_tables(exposure, bases)
    for row, base in zip(found, bases, strict=True):
        assert torch.equal(row, base_table(exposure[:1], base)[0])


def test_derivatives() -> None:
    assert_differentiable(
        lambda image, p: apply_base(image, base_table(p["Exposure2012"])), {"Exposure2012": 0.37}
    )


def test_an_unknown_base_is_named() -> None:
    with pytest.raises(KeyError, match="lightzone"):
        base_table(torch.zeros(1), Base("lightzone"))
