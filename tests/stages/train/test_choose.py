"""What a run is to predict: panels that its edit process has not are refused."""

from types import SimpleNamespace
from typing import Any

import pytest

from model.config import AutoPilotConfig
from params.files import InputError
from stages.train.choose import chosen_outputs


def test_panels_of_another_process_are_named() -> None:
    settings: Any = SimpleNamespace(sliders="mixer,grading")
    nothing: Any = None
    with pytest.raises(InputError, match="process 1 does not hold mixer, grading"):
        chosen_outputs(settings, AutoPilotConfig(process=1), nothing, nothing)
