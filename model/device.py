"""Where torch computes, told without torch where it can be."""

import os
import platform
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from params.files import InputError

if TYPE_CHECKING:
    import torch

CPU = "cpu"
# The drivers' own: of NVIDIA, of AMD, and of either under WSL.
_LINUX_DEVICES = ("/dev/nvidiactl", "/dev/nvidia0", "/dev/kfd", "/dev/dxg", "/dev/nvgpu")
_WINDOWS_LIBRARIES = ("nvcuda.dll", "amdhip64.dll", "amdhip64_6.dll", "amdhip64_7.dll")


def device_name(name: str = "auto") -> str:
    """The device called `name`, as pick_device has it; torch is loaded only if it may be a GPU.

    Raises:
        InputError: this machine, or this build of torch, has no such device.
    """
    if name == CPU or (name == "auto" and not may_have_gpu()):
        return CPU
    return str(pick_device(name))


def pick_device(name: str = "auto") -> "torch.device":
    """The device called `name`; "auto" takes CUDA, else MPS, else the CPU.

    Raises:
        InputError: this machine, or this build of torch, has no such device.
    """
    import torch

    available = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        CPU: True,
    }
    if name == "auto":
        name = next(kind for kind, there in available.items() if there)
    elif not available.get(name, False):
        usable = ", ".join(kind for kind, there in available.items() if there)
        raise InputError(f"--device {name}: not available here; there is: {usable}")
    return torch.device(name)


def may_have_gpu() -> bool:
    """False where torch can find no GPU: macOS not on Apple silicon, no driver, or all hidden.

    Drivers tell of themselves by device files on Linux and by libraries on Windows. Where they
    do torch decides, which may be built without them.
    """
    if sys.platform == "darwin":
        return platform.machine() == "arm64"
    if os.environ.get("CUDA_VISIBLE_DEVICES", "0").strip() in ("", "-1"):
        return False
    if sys.platform == "win32":
        system = Path(os.environ.get("SYSTEMROOT", "C:/Windows")) / "System32"
        return any((system / name).exists() for name in _WINDOWS_LIBRARIES)
    return any(os.path.exists(path) for path in _LINUX_DEVICES)
