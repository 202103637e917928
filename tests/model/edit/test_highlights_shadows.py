"""Highlights and Shadows beside Camera Raw's readings of a chart, and what others measured."""

import functools
from collections.abc import Callable

import numpy as np
import pytest
import torch
from simulated import scene
from torch import Tensor

from model.edit import measured_tone as measured
from model.edit.dual import Dual
from model.edit.highlights_shadows import gain_table, local_gain, with_gain
from model.edit.local_base import LocalBase, local_base
from model.edit.strips import to_tensor
from model.edit.tone_tables import lightness_to_luminance
from params.base_curve import base_curve, inverse_base_curve
from params.base_rendering import camera_raw
from report.camera_raw_readings import mean_delta_e, reading, readings, settings
from report.chart_rendering import displayed, patches_scene

CASES = [
    "highlights-60",
    "highlights+60",
    "shadows-60",
    "shadows+60",
    "pair-shadows+60-blacks-50",
]


def amount(value: float) -> Tensor:
    return torch.tensor([value], dtype=torch.float64)


def stops(picture: np.ndarray, highlights: float, shadows: float) -> np.ndarray:
    """What both sliders add to the pixels of a whole scene, HxW."""
    image = to_tensor(picture).double()
    base = local_base(image)
    base = base.at(base.distances(image))
    return local_gain(gain_table(amount(highlights), amount(shadows), base), base)[0, 0].numpy()


def patch_on(ground: float, patch: float) -> np.ndarray:
    picture = np.full((512, 512, 3), ground, np.float32)
    picture[240:272, 240:272] = patch
    return picture


@pytest.mark.parametrize("case", CASES)
def test_camera_raws_readings(case: str) -> None:
    names, _ = reading(case)
    given = settings(case)
    pipeline = functools.partial(displayed, case=given, names=names)
    found = mean_delta_e(case, pipeline)
    assert found < 0.85
    assert found < readings()["cases"][case]["peer"]


@pytest.mark.parametrize(
    ("slider", "ground", "sign"), [("Shadows2012", 0.5, -1.0), ("Highlights2012", 0.02, 1.0)]
)
def test_a_patch_by_its_distance_from_the_ground(slider: str, ground: float, sign: float) -> None:
    """Silverbox, lr-tone-measurements-r2.md: Shadows +100, Highlights -100."""
    wanted = {"Shadows2012": measured.PATCH_SHADOWS, "Highlights2012": measured.PATCH_HIGHLIGHTS}
    edit = (0.0, 100.0) if slider == "Shadows2012" else (-100.0, 0.0)
    for distance, stop in zip(measured.PATCH_STOPS, wanted[slider], strict=True):
        picture = patch_on(ground, ground * 2.0 ** (sign * distance))
        assert stops(picture, *edit)[256, 256] == pytest.approx(stop, abs=0.16)


def test_an_even_ground() -> None:
    """Silverbox, lr-tone-measurements.md: the ground itself, as far as it is printed."""
    for ground, highlights, shadows in (
        (0.005, 0.0, 0.4),
        (0.18, 0.0, 0.0),
        (0.5, -0.67, 0.0),
        (0.9, -1.02, 0.0),
    ):
        picture = patch_on(ground, 0.18)
        assert stops(picture, -100.0, 0.0)[5, 5] == pytest.approx(highlights, abs=0.05)
        assert stops(picture, 0.0, 100.0)[5, 5] == pytest.approx(shadows, abs=0.05)


# Highlights +100 and -100 at L* 40, 60 and 80 in pictures with this median L* (RapidRawPlus).
BY_MEDIAN = {
    25.0: ((47.2, 76.2, 94.4), (32.8, 46.0, 57.5)),
    39.0: ((43.1, 69.0, 92.2), (35.8, 51.2, 65.2)),
    55.0: ((41.7, 63.8, 88.1), (37.4, 55.2, 71.2)),
}


@pytest.mark.parametrize("median", BY_MEDIAN)
def test_highlights_follow_a_photographs_median(median: float) -> None:
    lightness = np.interp(
        np.linspace(0.0, 1.0, 401), [0.0, 0.5, 0.99, 1.0], [0.0, median, 98.0, 100.0]
    )
    greys = np.linspace(0.0, 1.0, 20001) ** 2
    rendered = inverse_base_curve(lightness_to_luminance(lightness))
    row = np.interp(rendered, camera_raw(greys, 0.0), greys)
    picture = np.repeat(np.tile(row[None, :, None], (40, 1, 1)), 3, axis=2).astype(np.float32)
    for setting, wanted in zip((100.0, -100.0), BY_MEDIAN[median], strict=True):
        after = base_curve(rendered * 2.0 ** stops(picture, setting, 0.0)[20])
        found = np.interp((40.0, 60.0, 80.0), lightness, 116.0 * np.cbrt(after) - 16.0)
        assert np.abs(found - np.array(wanted)).max() < 4.0
        assert np.abs(found - np.array(wanted)).mean() < 2.0


def chart_and_photograph() -> list[LocalBase]:
    photograph = to_tensor(scene(3, 96, 128)).double()
    base = local_base(photograph)
    whole = patches_scene(3, ["ramp8", "ramp14", "ramp20"]).base
    return [base.at(base.distances(photograph)[:, :, ::24, ::24]), whole]


def test_neutral_is_exactly_the_identity() -> None:
    for base in chart_and_photograph():
        table = gain_table(amount(0.0), amount(0.0), base)
        assert not table.any()
        assert base.distance is not None
        image = torch.rand(1, 3, *base.distance.shape[2:]).double()
        assert torch.equal(with_gain(image, table, base), image)


@pytest.mark.parametrize("at", [(-100.0, 100.0), (-37.0, 20.0), (61.0, -99.0)])
def test_brighter_stays_brighter(at: tuple[float, float]) -> None:
    for base in chart_and_photograph():
        table = gain_table(amount(at[0]), amount(at[1]), base)[0]
        below_white = table[16 * 4 : 16 * 12 + 1]  # from -8 stops to 0
        # Beyond the chart's settings of 60, a tenth of a stop a stop is let through.
        assert (torch.diff(below_white) * 16.0).min() > -1.1


def test_a_blue_sky_keeps_its_hue_and_saturation() -> None:
    """As an exposure would: the channels keep their ratios."""
    sky = torch.tensor([0.45, 0.6, 0.9]).reshape(1, 3, 1, 1).double()
    base = chart_and_photograph()[0].at(torch.full((1, 1, 1, 1), -0.7).double())
    found = with_gain(sky, gain_table(amount(-100.0), amount(0.0), base), base)
    assert found.max() < 0.8
    torch.testing.assert_close(found / found.max(), sky / sky.max())


def test_baseline_exposure_moves_the_levels() -> None:
    image = to_tensor(scene(5, 60, 80)).double() * 0.3
    up = local_base(image, exposure=amount(1.0))
    plain = local_base(image)
    torch.testing.assert_close(up.distances(image), plain.distances(image) + 1.0)
    torch.testing.assert_close(up.median, plain.median + 1.0)
    torch.testing.assert_close(up.wide, plain.wide)


@pytest.mark.parametrize("slider", [0, 1])
def test_gradients_and_duals(slider: int) -> None:
    for base in chart_and_photograph():
        assert base.distance is not None
        image = torch.rand(1, 3, *base.distance.shape[2:]).double() * 0.3

        def render(moved: Tensor, base: LocalBase = base, image: Tensor = image) -> Tensor:
            both = [amount(-42.0), amount(33.0)]
            both[slider] = moved
            return with_gain(image, gain_table(both[0], both[1], base), base)

        assert torch.autograd.gradcheck(render, (amount(-42.0).requires_grad_(),))
        dual = render(Dual(amount(-42.0), torch.ones(1, 1).double()))  # type: ignore[arg-type]
        wanted = _slope(render, amount(-42.0))
        torch.testing.assert_close(dual.tangent[0], wanted, rtol=1e-6, atol=1e-9)


def _slope(function: Callable[[Tensor], Tensor], at: Tensor) -> Tensor:
    return torch.func.jacfwd(function)(at)[..., 0]
