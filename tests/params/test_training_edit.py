"""A training set's mean edit: what it is of, and that a file's is checked."""

import pytest

from params.files import InputError
from params.outputs import Outputs
from params.ranges import CURVE_NAME, neutral_params
from params.training_edit import training_edit, training_edit_from_dict, training_edit_to_dict

OUTPUTS = Outputs(("HueAdjustmentRed",), constants={"GrainAmount": 25.0})


def edits() -> list[dict]:
    more = {"GrainAmount": 25.0, "Dehaze": 30.0, "ToneCurvePV2012Red": [0.0, 0.7, 1.0]}
    more |= {f"ToneCurvePV2012{name}": [0.0, 0.7, 1.0] for name in ("Green", "Blue")}
    return [
        neutral_params(3) | more | {"Exposure2012": 0.1 * i, "HueAdjustmentRed": 10.0 + i}
        for i in range(5)
    ]


def test_it_is_of_what_the_model_does() -> None:
    found = training_edit(edits(), OUTPUTS, 2)
    wanted = {"Exposure2012": 0.2, "HueAdjustmentRed": 12.0, "GrainAmount": 25.0}
    assert {n: v for n, v in found.params.items() if n != CURVE_NAME} == pytest.approx(wanted)
    assert found.edits == 5
    # The model has no channel curves: their tone is in its tone curve.
    assert found.params[CURVE_NAME][len(found.params[CURVE_NAME]) // 2] == pytest.approx(
        0.7, abs=0.01
    )


def test_there_and_back() -> None:
    found = training_edit(edits(), OUTPUTS, 2, {"LensProfileEnable": "1"})
    assert training_edit_from_dict(training_edit_to_dict(found), "a.pt") == found


@pytest.mark.parametrize(
    "changed",
    [
        {"params": 5},
        {"params": {"Nothing": 1.0}},
        {"params": {"Exposure2012": float("nan")}},
        {"params": {"Exposure2012": "1"}},
        {"params": {CURVE_NAME: [0.5]}},
        {"params": {CURVE_NAME: 3.0}},
        {"params": {"ToneCurvePV2012Red": [[0.0], [1.0]]}},
        {"process": 3},
        {"process": [2]},
        {"process": 1, "params": {"HueAdjustmentRed": 3.0}},
        {"edits": 0},
        {"settings": 5},
        {"settings": {"Exposure2012": "1"}},
        {"settings": {"Sharpness": "9" * 9999}},
        {"edits": "many"},
    ],
)
def test_what_is_none_is_refused(changed) -> None:
    good = {"process": 2, "edits": 3, "params": {"Exposure2012": 99.0}}
    assert training_edit_from_dict(good, "a.pt").params == {"Exposure2012": 5.0}
    with pytest.raises(InputError, match=r"^a\.pt: its mean edit") as error:
        training_edit_from_dict(good | changed, "a.pt")
    assert "\n" not in str(error.value)
