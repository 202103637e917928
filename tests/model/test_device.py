"""Which device, and when torch has to be asked."""

import sys

import pytest
import torch

from model import device
from model.device import device_name, may_have_gpu, pick_device
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


@pytest.fixture
def linux(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(device, "_LINUX_DEVICES", ("/none/nvidia0",))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


@pytest.mark.usefixtures("linux")
def test_without_a_driver_torch_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "pick_device", lambda name: pytest.fail("asked"))
    assert device_name("auto") == device_name("cpu") == "cpu"


@pytest.mark.usefixtures("linux")
def test_with_a_driver_torch_decides(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    monkeypatch.setattr(device, "_LINUX_DEVICES", (str(tmp_path),))
    for there, name in ((True, "cuda"), (False, "cpu")):
        monkeypatch.setattr(torch.cuda, "is_available", lambda there=there: there)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
        assert device_name("auto") == name
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert not may_have_gpu()
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    assert may_have_gpu()


@pytest.mark.parametrize(("machine", "there"), [("arm64", True), ("x86_64", False)])
def test_macs_have_one_on_apple_silicon(monkeypatch, machine: str, there: bool) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(device.platform, "machine", lambda: machine)
    assert may_have_gpu() is there


def test_windows_has_one_with_its_library(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("SYSTEMROOT", str(tmp_path))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert not may_have_gpu()
    (tmp_path / "System32").mkdir()
    (tmp_path / "System32" / "nvcuda.dll").touch()
    assert may_have_gpu()


@pytest.mark.usefixtures("linux")
def test_a_device_that_is_asked_for_is_never_guessed() -> None:
    with pytest.raises(InputError, match="not available here"):
        device_name("mps")
