"""What a model is to predict, from made-up training sets."""

import numpy as np
import pytest

from params.choose_outputs import choose_outputs, said
from params.edit_process import PROCESS_1, PROCESS_2
from params.outputs import BASIC_OUTPUTS, Outputs, panels_asked
from params.ranges import neutral_params

S_CURVE = (0.5 - 0.5 * np.cos(np.pi * np.linspace(0.0, 1.0, 16))).tolist()


def edits(count: int = 40, **sliders) -> list[dict]:
    """Edits with sliders by functions of the number; None: not held."""
    made = []
    for i in range(count):
        own = {name: rule(i) if callable(rule) else rule for name, rule in sliders.items()}
        made.append(neutral_params() | {n: v for n, v in own.items() if v is not None})
    return made


def chosen(*panels: str, **sliders) -> Outputs:
    return choose_outputs(edits(**sliders), PROCESS_2, panels or None)


def test_basic_edits_need_nothing_more() -> None:
    assert chosen(Exposure2012=lambda i: 0.1 * i) == BASIC_OUTPUTS
    assert BASIC_OUTPUTS.panels == ("basic",)


def test_what_varies_is_predicted_and_what_does_not_is_constant_or_neutral() -> None:
    found = chosen(
        HueAdjustmentRed=lambda i: i - 20.0,
        SaturationAdjustmentBlue=-15.0,
        LuminanceAdjustmentRed=lambda i: 30.0 if i < 2 else 0.0,  # 5 %: nearly nobody
        LuminanceAdjustmentBlue=lambda i: 12.0 if i < 38 else 7.0,  # 95 %: the style's own
        BlueSaturation=lambda i: 5.0 + i if i < 3 else 0.0,
    )
    assert found.sliders == ("HueAdjustmentRed", "BlueSaturation")
    assert found.gated == ("BlueSaturation",)
    assert found.constants == {"SaturationAdjustmentBlue": -15.0, "LuminanceAdjustmentBlue": 12.0}
    assert found.panels == ("basic", "color_mixer", "calibration")
    lines = said(found, PROCESS_2, 40)
    assert "mixer (1), calibration (1)" in lines[0]
    assert "SaturationAdjustmentBlue -15" in lines[1]
    assert "vignette" in lines[2]
    assert "mixer" not in lines[2]


def test_a_hue_is_judged_where_it_does_something() -> None:
    """A quarter of the pictures is toned, always in one hue: the hue is no output."""
    toned = {"SplitToningShadowSaturation": lambda i: 20.0 + i if i % 4 == 0 else None}
    one = chosen(**toned, SplitToningShadowHue=lambda i: 210.0 if i % 4 == 0 else None)
    assert one.sliders == one.gated == ("SplitToningShadowSaturation",)
    assert one.constants == {"SplitToningShadowHue": 210.0}
    many = chosen(**toned, SplitToningShadowHue=lambda i: 5.0 * i if i % 4 == 0 else None)
    assert many.sliders == ("SplitToningShadowHue", "SplitToningShadowSaturation")
    assert many.gated == ("SplitToningShadowSaturation",)
    rare = chosen(
        SplitToningShadowSaturation=lambda i: 20.0 if i == 0 else 0.0,
        SplitToningShadowHue=lambda i: 210.0 if i == 0 else 0.0,
    )
    assert rare == BASIC_OUTPUTS


def test_channel_curves_go_together() -> None:
    def bent(i: int) -> list[float]:
        part = i / 40.0
        return [part * y + (1.0 - part) * x / 15.0 for x, y in enumerate(S_CURVE)]

    names = [f"ToneCurvePV2012{c}" for c in ("Red", "Green", "Blue")]
    alike = chosen(**dict.fromkeys(names, bent))
    assert alike.curves == tuple(names)
    assert alike.one_curve
    assert not alike.free_curve
    blue = chosen(ToneCurvePV2012Blue=bent)
    assert blue.curves == tuple(names)
    assert not blue.one_curve
    same = chosen(ToneCurvePV2012Blue=S_CURVE)
    assert same.curves == ()
    assert same.constants == {"ToneCurvePV2012Blue": S_CURVE}


def test_free_ends_are_told_from_rounding() -> None:
    raised = np.linspace(0.05, 1.0, 16).tolist()
    straight = np.linspace(0.0, 1.0, 16).tolist()
    assert chosen(ToneCurve=lambda i: raised if i % 10 == 0 else straight).free_curve
    assert not chosen(ToneCurve=np.linspace(0.004, 1.0, 16).tolist()).free_curve
    assert not chosen("color_mixer", ToneCurve=raised).free_curve
    assert chosen("curves", ToneCurve=raised).free_curve


def test_only_the_panels_asked_for_and_those_of_the_process() -> None:
    moved = {"HueAdjustmentRed": float, "GrainAmount": 30.0}
    assert chosen("grain", **moved) == Outputs(constants={"GrainAmount": 30.0})
    assert choose_outputs(edits(**moved), PROCESS_1) == BASIC_OUTPUTS


@pytest.mark.parametrize("usual", [30.0, 0.0])
def test_one_odd_picture_counts_among_less_than_ten(usual: float) -> None:
    def of(count: int) -> Outputs:
        made = edits(count, GrainAmount=lambda i: usual if i else 50.0)
        return choose_outputs(made, PROCESS_2)

    assert of(10) == Outputs(constants={"GrainAmount": usual} if usual else {})
    for count in (3, 9):
        assert of(count).sliders == ("GrainAmount",)
        assert of(count).constants == {}


WAYS = {
    "ColorGradeBlending": 100.0,
    "SplitToningBalance": 20.0,
    "ParametricShadowSplit": 30.0,
    "ParametricMidtoneSplit": 60.0,
    "ParametricHighlightSplit": 80.0,
}
ACTING = {"SplitToningShadowSaturation": 20.0, "ParametricDarks": -10.0}


def one_in(every: int, values: dict[str, float]) -> dict:
    return {n: lambda i, v=v: v if i % every == 0 else None for n, v in values.items()}


def test_how_a_panel_acts_is_not_chosen_where_nothing_of_it_is() -> None:
    """Else every prediction would write the panel, neutral, over the photographer's own."""
    rare = choose_outputs(edits(100, **one_in(100, ACTING | WAYS)), PROCESS_2)
    assert rare == BASIC_OUTPUTS
    assert rare.panels == ("basic",)
    assert choose_outputs(edits(**WAYS), PROCESS_2) == BASIC_OUTPUTS  # none of it acts


def test_how_a_panel_acts_is_judged_where_it_does() -> None:
    found = choose_outputs(edits(**one_in(4, ACTING | WAYS)), PROCESS_2)
    assert set(found.sliders) == set(ACTING)
    assert found.constants == WAYS


def test_panels_asked_for() -> None:
    assert panels_asked("auto") is None
    assert panels_asked("basic") == []
    assert panels_asked("mixer, color_grading") == ["color_mixer", "color_grading"]
    assert panels_asked("basic,curves,presence") == ["curves", "detail_presence"]
    with pytest.raises(ValueError, match="could be mixer, grading"):
        panels_asked("color")
    with pytest.raises(ValueError, match="panel 'sharpening' is none of basic, mixer"):
        panels_asked("sharpening")
