import pytest
import torch

from model.device import pick_device
from params.files import InputError


@pytest.mark.parametrize(
    ("cuda", "mps", "best"),
    [(True, False, "cuda"), (False, True, "mps"), (True, True, "cuda"), (False, False, "cpu")],
)
def test_auto_takes_the_best(monkeypatch, cuda, mps, best) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    assert pick_device("auto") == torch.device(best)
    assert pick_device("cpu") == torch.device("cpu")


def test_a_device_that_is_not_there(monkeypatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(InputError, match="--device cuda: not available here; there is: cpu"):
        pick_device("cuda")
