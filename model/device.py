"""Where torch computes."""

import torch

from params.files import InputError


def pick_device(name: str = "auto") -> torch.device:
    """The device called `name`; "auto" takes CUDA, else MPS, else the CPU.

    Raises:
        InputError: this machine, or this build of torch, has no such device.
    """
    available = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if name == "auto":
        name = next(kind for kind, there in available.items() if there)
    elif not available.get(name, False):
        usable = ", ".join(kind for kind, there in available.items() if there)
        raise InputError(f"--device {name}: not available here; there is: {usable}")
    return torch.device(name)
