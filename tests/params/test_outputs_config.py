import pytest

from params.files import InputError
from params.outputs import BASIC_OUTPUTS, Outputs
from params.outputs_config import outputs_from_dict, outputs_to_dict

STYLE = Outputs(
    sliders=("HueAdjustmentRed", "SplitToningShadowSaturation"),
    gated=("SplitToningShadowSaturation",),
    curves=("ToneCurvePV2012Red", "ToneCurvePV2012Green", "ToneCurvePV2012Blue"),
    one_curve=True,
    free_curve=True,
    constants={"GrainAmount": 30.0, "CurveRefineSaturation": 50.0},
)
GOOD = outputs_to_dict(STYLE)


def test_there_and_back() -> None:
    assert outputs_from_dict(GOOD, 2, "m.pt") == STYLE
    assert GOOD["outputs"][:2] == ["Temperature", "Tint"]
    assert GOOD["outputs"][10:12] == ["ToneCurve", "HueAdjustmentRed"]
    assert outputs_from_dict({}, 1, "m.pt") == BASIC_OUTPUTS


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"outputs": ["Exposure2012"]}, "do not begin with"),
        ({"outputs": 3}, "not a list of names"),
        ({"outputs": [*GOOD["outputs"], "Sharpness"]}, "'Sharpness' is none of"),
        ({"outputs": [*GOOD["outputs"], "HueAdjustmentRed"]}, "twice"),
        ({"gated": ["GrainAmount"]}, "contradict"),
        ({"one_curve": 1}, "neither true nor false"),
        ({"constants": {"HueAdjustmentRed": 1.0}}, "does not predict"),
        ({"constants": {"Sharpness": 1.0}}, "does not predict"),
        ({"constants": {"GrainAmount": float("nan")}}, "not a finite number"),
        ({"constants": {"GrainAmount": "30"}}, "not a finite number"),
    ],
)
def test_what_is_wrong_is_refused(wrong, message) -> None:
    with pytest.raises(InputError, match=message):
        outputs_from_dict(GOOD | wrong, 2, "m.pt")


def test_the_other_process_has_no_panels() -> None:
    with pytest.raises(InputError, match="none of edit process 1"):
        outputs_from_dict(GOOD, 1, "m.pt")


def test_constants_come_back_in_their_range() -> None:
    found = outputs_from_dict(
        {"constants": {"GrainAmount": 500, "ToneCurvePV2012Red": [0, 2]}}, 2, ""
    )
    assert found.constants == {"GrainAmount": 100.0, "ToneCurvePV2012Red": [0.0, 1.0]}
