"""What can't be fitted is refused before a picture is read."""

import numpy as np
import pytest

from model.fit import fit_batch
from model.fit_options import FitOptions
from params.files import InputError


@pytest.mark.parametrize(
    "given",
    [{"process": 2, "solver": "adam"}, {"process": 1, "solver": "lm"}, {"process": 2}],
)
def test_centred_masks_take_process_1_and_adam(given) -> None:
    FitOptions(**given)
    with pytest.raises(InputError, match="centred masks take process 1 and solver adam"):
        FitOptions(**given, masks="centred")
    assert FitOptions(process=1, solver="adam", masks="centred").masks == "centred"


def test_a_batch_is_solved_by_lm_only() -> None:
    pair = np.zeros((8, 8, 3), np.float32), np.zeros((8, 8, 3), np.float32)
    with pytest.raises(ValueError, match="by lm only"):
        fit_batch([pair], FitOptions(solver="adam"))
    with pytest.raises(ValueError, match="edit process 3 is not known"):
        FitOptions(process=3)
