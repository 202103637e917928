"""Auto's formulas as they were published, and what keeps them gentle."""

from dataclasses import replace

import numpy as np
import pytest

from params.auto_edit import LIMITS, AutoTone, auto_edit, formulas, trust
from params.edit_process import PROCESS_2
from params.ranges import SLIDER_NAMES
from params.record import Record, limit_params, record_to_json
from params.white_balance import to_absolute

# A photograph of the middling sort.
USUAL = AutoTone(l1=0.05, l40=0.4, l90=0.7, l99=0.9, dark=0.004, p10=0.2, p25=0.35, p998=0.97)
BLACK = AutoTone(*[0.0] * 8)
WHITE = AutoTone(*[1.0] * 8)


def test_are_the_published_lines() -> None:
    tone = replace(USUAL, dark=2.0**-8)
    assert formulas(tone) == pytest.approx(
        {
            "Exposure2012": 2.22 - 0.852 - 1.368,
            "Contrast2012": -10.8 + 2.74,
            "Highlights2012": -34.6 - 35.77 + 9.45,
            "Shadows2012": 52 - 8.04,
            "Whites2012": 67.5 - 50.634,
            "Blacks2012": -35.3 + 15.28,
            "Vibrance": 15.0,
        }
    )


def test_a_usual_photograph_gets_them_as_they_are() -> None:
    params = auto_edit(USUAL)
    assert trust(USUAL) == 1.0
    assert {name: params[name] for name in LIMITS} == formulas(USUAL)
    assert (params["Temperature"], params["Tint"], params["Saturation"]) == (6500.0, 0.0, 0.0)
    assert params["ToneCurve"] == np.linspace(0.0, 1.0, 16).tolist()
    assert set(params) == {*SLIDER_NAMES, "ToneCurve"}
    # What a record makes of it is the same edit.
    assert limit_params(params, PROCESS_2) == params
    assert record_to_json(Record(params, process=2))["params_denorm"] == params


@pytest.mark.parametrize("frame", [BLACK, WHITE])
def test_a_frame_of_nothing_gets_no_edit(frame: AutoTone) -> None:
    params = auto_edit(frame)
    assert all(params[name] == 0.0 for name in LIMITS)


def test_any_frame_stays_within_the_limits() -> None:
    generator = np.random.default_rng(0)
    for _ in range(500):
        values = np.sort(generator.random(4)).tolist()
        peaks = np.sort(generator.random(3)).tolist()
        tone = AutoTone(*values, generator.random() ** 8, *peaks)
        params = auto_edit(tone)
        for name, (low, high) in LIMITS.items():
            assert min(low, 0.0) <= params[name] <= max(high, 0.0)


def test_comes_in_smoothly_from_black() -> None:
    levels = np.linspace(0.0, 0.4, 81)
    lifts = [auto_edit(AutoTone(*[v] * 4, v**2.2, *[v] * 3))["Exposure2012"] for v in levels]
    assert lifts[0] == 0.0
    assert np.abs(np.diff(lifts)).max() < 0.06
    assert max(lifts) <= LIMITS["Exposure2012"][1]


def test_a_white_balance_is_camera_raws_own() -> None:
    shot = {"Temperature": 5200.0, "Tint": 8.0}
    params = auto_edit(USUAL, shot, (4300.0, 12.0))
    absolute = to_absolute(params["Temperature"], params["Tint"], 2, as_shot=shot)
    assert absolute == pytest.approx((4300.0, 12.0))
