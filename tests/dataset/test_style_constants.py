import pytest
import torch

from dataset.style_constants import read_model_style
from params.files import InputError
from params.outputs import Outputs
from params.outputs_config import outputs_to_dict


def saved(path, **content):
    torch.save(content, path)
    return path


def constants_of(path):
    return read_model_style(path)[0]


@pytest.mark.parametrize("kind", ["model", "lora_state"])
def test_constants_of_a_checkpoint_and_of_an_adapter(tmp_path, kind):
    config = {"constants": {"Dehaze": 9, "Clarity2012": 1e9, "ToneCurve": [0.1, 1.0]}}
    path = saved(tmp_path / "a.pt", **{kind: {}, "config": config})
    assert constants_of(path) == {"Dehaze": 9.0, "Clarity2012": 100.0, "ToneCurve": [0.1, 1.0]}
    assert constants_of(saved(tmp_path / "b.pt", **{kind: {}, "config": {}})) == {}
    assert constants_of(saved(tmp_path / "c.pt", **{kind: {}})) == {}


def test_constants_as_a_fine_tuned_adapter_holds_them(tmp_path):
    style = outputs_to_dict(Outputs(constants={"Dehaze": 9.0}))
    path = saved(tmp_path / "a.pt", lora_state={}, lora_config={"rank": 8}, style=style)
    assert constants_of(path) == {"Dehaze": 9.0}


@pytest.mark.parametrize(
    "constants",
    [5, ["a"], {"Nothing": 1.0}, {"Dehaze": "x"}, {"Dehaze": float("nan")}, {"ToneCurve": [1.0]}],
)
def test_what_is_none_is_refused_in_one_line(tmp_path, constants):
    path = saved(tmp_path / "a.pt", model={}, config={"constants": constants})
    with pytest.raises(InputError, match=r"a\.pt: its constants cannot be used") as error:
        constants_of(path)
    assert "\n" not in str(error.value)


def test_another_file(tmp_path):
    with pytest.raises(InputError, match="neither a checkpoint nor"):
        constants_of(saved(tmp_path / "a.pt", weights={}))
