import numpy as np
import pytest

from params.edit_numbers import denormalize_edit, normalize_edit, tone_of
from params.outputs import BASIC_OUTPUTS, Outputs
from params.panels import CHANNEL_CURVES
from params.ranges import SLIDER_NAMES, neutral_params
from params.xmp_curve import natural_cubic

EVEN = np.linspace(0.0, 1.0, 16)
LIFT, BEND = 0.1 + 0.9 * EVEN, EVEN**1.5


def test_one_tone_for_all_curves() -> None:
    """The channels' curves act on what the tone curve gives."""
    params = neutral_params() | {"ToneCurve": BEND} | dict.fromkeys(CHANNEL_CURVES, LIFT)
    tone = tone_of(params)
    drawn = natural_cubic(EVEN, BEND, np.linspace(0.0, 1.0, 256))
    assert tone == pytest.approx(0.1 + 0.9 * drawn, abs=1e-6)
    params.pop(CHANNEL_CURVES[2])
    assert tone_of(params) == pytest.approx((2 * tone + drawn) / 3, abs=1e-6)


def test_without_channel_curves_the_tone_is_the_tone_curve() -> None:
    assert tone_of({"ToneCurve": BEND}) is not None
    assert (tone_of({"ToneCurve": BEND}) == BEND).all()


def test_the_tone_is_kept_by_a_model_of_one_curve() -> None:
    """As fits of other converters' TIFFs come: all of the tone in the channels' curves."""
    params = neutral_params() | dict.fromkeys(CHANNEL_CURVES, BEND)
    basic = normalize_edit(params, 16, BASIC_OUTPUTS)
    assert set(basic) == {*SLIDER_NAMES, "ToneCurve"}
    assert basic["ToneCurve"] == pytest.approx(BEND, abs=2e-3)
    held = normalize_edit(params, 16, Outputs(curves=CHANNEL_CURVES, one_curve=True))
    assert held["ToneCurve"] == pytest.approx(EVEN)
    assert all(held[name] == pytest.approx(BEND) for name in CHANNEL_CURVES)


def test_free_ends_stay_only_where_they_are_predicted() -> None:
    params = neutral_params() | {"ToneCurve": LIFT}
    assert normalize_edit(params, 8, Outputs(free_curve=True))["ToneCurve"][0] == pytest.approx(0.1)
    assert normalize_edit(params, 8, BASIC_OUTPUTS)["ToneCurve"] == pytest.approx(EVEN[:8] * 15 / 7)


def test_there_and_back() -> None:
    outputs = Outputs(
        sliders=("SplitToningShadowHue", "SplitToningShadowSaturation"),
        constants={"GrainAmount": 30.0},
    )
    params = neutral_params() | {"Exposure2012": 1.5, "SplitToningShadowHue": 210.0}
    norm = normalize_edit(params, 16, outputs)
    assert norm["SplitToningShadowHue"] == pytest.approx(210 / 180 - 1)
    assert norm["SplitToningShadowSaturation"] == -1.0  # missing: neutral
    assert norm["GrainAmount"] == -1.0  # a constant as this picture has it
    back = denormalize_edit(norm)
    assert back["SplitToningShadowHue"] == pytest.approx(210.0)
    assert back["Exposure2012"] == pytest.approx(1.5)
    assert isinstance(back["ToneCurve"], list)


def test_switches_come_back_whole() -> None:
    norm = normalize_edit(neutral_params(), 4, BASIC_OUTPUTS)
    back = denormalize_edit(norm | {"ConvertToGrayscale": 0.4, "PostCropVignetteStyle": -0.3})
    assert (back["ConvertToGrayscale"], back["PostCropVignetteStyle"]) == (1.0, 2.0)
