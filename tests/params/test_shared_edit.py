"""One edit for pictures that are to look alike."""

import pytest

from params.ranges import neutral_params
from params.shared_edit import shared_edit


def edit(**params: object) -> dict[str, object]:
    neutral = neutral_params()
    return neutral | {"ToneCurve": neutral["ToneCurve"].tolist()} | params


def test_each_slider_is_the_median() -> None:
    found = shared_edit([edit(Contrast2012=value) for value in (10.0, 12.0, 90.0)])
    assert found["Contrast2012"] == 12.0
    assert found["Vibrance"] == 0.0


def test_kelvin_in_mired() -> None:
    found = shared_edit([edit(Temperature=4000.0), edit(Temperature=8000.0)])
    assert found["Temperature"] == pytest.approx(1e6 / 187.5)


def test_panels_and_their_hues() -> None:
    """A hue counts by its saturation, and over 360 goes on at 0."""
    wheels = [
        {"ColorGradeGlobalHue": 350.0, "ColorGradeGlobalSat": 10.0},
        {"ColorGradeGlobalHue": 10.0, "ColorGradeGlobalSat": 10.0},
        {"ColorGradeGlobalHue": 180.0, "ColorGradeGlobalSat": 0.0},
    ]
    found = shared_edit([edit(**wheel) for wheel in wheels])
    assert found["ColorGradeGlobalHue"] % 360.0 == pytest.approx(0.0, abs=1e-6)
    assert found["ColorGradeGlobalSat"] == 10.0


def test_a_switch_is_what_most_have() -> None:
    grey = edit(ConvertToGrayscale=1.0)
    assert shared_edit([grey, grey, edit()])["ConvertToGrayscale"] == 1.0
    assert "ConvertToGrayscale" not in shared_edit([grey, edit(), edit()])


def test_curves_of_several_numbers_of_knots() -> None:
    found = shared_edit(
        [edit(ToneCurve=[0.0, 0.4, 1.0]), edit(ToneCurve=[0.0, 0.2, 0.6, 0.8, 1.0])]
    )
    assert found["ToneCurve"] == pytest.approx([0.0, 0.2, 0.5, 0.75, 1.0])
