"""Predictions made of what models answer."""

from pathlib import Path

import numpy as np
import pytest
import torch

from imaging.camera import Shot
from model.config import AutoPilotConfig
from params.edit_numbers import denormalize_edit
from params.files import InputError
from params.ranges import CURVE_NAME, SLIDER_NAMES
from stages.predict.prediction import Prediction

PROXY, SHOT = np.zeros((2, 2, 3), np.float32), Shot(None, None)


def answer() -> dict[str, torch.Tensor]:
    norm = {name: torch.tensor(0.1 * i) for i, name in enumerate(SLIDER_NAMES)}
    return norm | {CURVE_NAME: torch.linspace(0.0, 1.0, 16)}


def test_tensors_and_arrays_come_to_the_same_edit() -> None:
    config = AutoPilotConfig(process=2)
    arrays = {name: value.numpy() for name, value in answer().items()}
    for norm in (answer(), arrays):
        found = Prediction.of_model(Path("a/b.dng"), norm, config, PROXY, SHOT)
        assert found.record.params == denormalize_edit(answer())
        assert (found.record.process, found.record.held) == (2, ("basic",))
        assert found.record.extra == {"raw": "b.dng"}


@pytest.mark.parametrize("name", ["Tint", CURVE_NAME])
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_not_finite_is_refused(name: str, value: float) -> None:
    norm = answer()
    norm[name] = norm[name] + value
    with pytest.raises(InputError, match=r"b\.dng: the model's prediction is not finite"):
        Prediction.of_model(Path("a/b.dng"), norm, AutoPilotConfig(process=2), PROXY, SHOT)
