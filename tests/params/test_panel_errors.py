"""Errors of edits, panel by panel, in points."""

import numpy as np
import pytest

from params.panel_errors import errors_by_panel

STRAIGHT = np.linspace(0.0, 1.0, 16).tolist()


def test_units() -> None:
    wanted = [{"Temperature": 5000.0, "ToneCurve": STRAIGHT}]
    assert errors_by_panel([{"Temperature": 4000.0}], wanted) == {"basic": pytest.approx(50.0)}
    assert errors_by_panel([{"Exposure2012": 0.5}], [{}]) == {"basic": pytest.approx(10.0)}
    assert errors_by_panel([{"ConvertToGrayscale": 1.0}], [{}]) == {"black_and_white": 100.0}
    bent = [y + 10.0 / 255.0 for y in STRAIGHT]
    assert errors_by_panel([{"ToneCurve": bent}], wanted, ["ToneCurve"]) == {
        "curves": pytest.approx(10.0)
    }


def test_a_mean_over_sliders_and_pictures() -> None:
    wanted = [{"Clarity2012": 10.0, "Texture": 0.0}, {"Clarity2012": 20.0, "Texture": 8.0}]
    neutral: list[dict[str, float]] = [{}, {}]
    assert errors_by_panel(neutral, wanted) == {"detail_presence": pytest.approx((15.0 + 4.0) / 2)}
    only = errors_by_panel(neutral, wanted, ["Texture", "GrainAmount"])
    assert only == {"detail_presence": 4.0, "grain": 0.0}


def test_hues_go_round_and_count_by_saturation() -> None:
    names = ["SplitToningShadowHue"]
    wanted = [
        {"SplitToningShadowHue": 350.0, "SplitToningShadowSaturation": 30.0},
        {"SplitToningShadowHue": 100.0, "SplitToningShadowSaturation": 10.0},
        {"SplitToningShadowHue": 180.0},
    ]
    guessed = [{"SplitToningShadowHue": 10.0}, {"SplitToningShadowHue": 60.0}, {}]
    found = errors_by_panel(guessed, wanted, names)
    assert found == {"color_grading": pytest.approx((30 * 20.0 + 10 * 40.0) / 40.0)}


def test_what_does_nothing_does_not_count() -> None:
    wanted = [{"GrainAmount": 20.0, "GrainSize": 40.0}, {"GrainSize": 90.0}]
    found = errors_by_panel([{}, {}], wanted, ["GrainSize"])
    assert found == {"grain": 15.0}
    assert errors_by_panel([{}], [{"GrainSize": 90.0}]) == {}


def test_edits_that_cannot_be_compared() -> None:
    for predicted, wanted in (([], []), ([{}], [{}, {}])):
        with pytest.raises(ValueError, match="cannot be compared"):
            errors_by_panel(predicted, wanted)
