"""torch.load and torch.save for files from untrusted sources: data, never code."""

import itertools
import logging
import os
import pickle
import pickletools
import warnings
import zipfile
from pathlib import Path
from typing import IO, Any

import numpy as np
import torch
from torch import Tensor

from model.stored_tensors import MOST_STEPS, checked_members, checked_size
from params.files import InputError, replacing

log = logging.getLogger(__name__)

_OLD_PICKLES = 5  # of files from before torch 1.6, with the tensors behind them


def read_torch_file(path: Path, mmap: bool = False) -> Any:
    """torch.load of an untrusted file: tensors and plain values, never code.

    mmap: leave the tensors on the disk until they are looked at.

    Raises:
        InputError: missing, too large, cut short, not torch's, or holding anything else.
    """
    try:
        _check_content(path, checked_size(path))
        with warnings.catch_warnings(), torch.serialization.safe_globals(_numpy_globals()):
            warnings.simplefilter("ignore")  # about pickle protocols; what counts is checked
            return torch.load(path, map_location="cpu", weights_only=True, mmap=mmap)
    except InputError:
        raise
    except pickle.UnpicklingError as error:
        if "unsupported global" in str(error).lower():
            raise InputError(f"{path}: refused: it holds code, not only weights") from error
        raise InputError(f"{path}: damaged, or not a checkpoint") from error
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error
    except Exception as error:  # torch raises any kind for files that are cut short
        log.debug("%s: %s", path, error)
        raise InputError(f"{path}: damaged, or not a checkpoint") from error


def write_torch_file(path: Path, content: dict[str, Any]) -> None:
    """torch.save, atomically. Raises InputError when the folder refuses or the disk is full."""
    with replacing(path) as temporary:
        try:
            with temporary.open("wb") as file:
                torch.save(content, file)
        except RuntimeError as error:  # torch's zip writer hides the OSError, or Ctrl-C
            if isinstance(error.__context__, OSError | KeyboardInterrupt):
                raise error.__context__ from None
            raise InputError(
                f"{path}: cannot be written: {' '.join(str(error).split())}"
            ) from error


def _check_content(path: Path, size: int) -> None:
    """Raise InputError where a file's parts hold, or would become, more than the file."""
    if not zipfile.is_zipfile(path):
        with path.open("rb") as file:
            _check_steps(path, file, _OLD_PICKLES)
        return
    with zipfile.ZipFile(path) as archive:
        for member in checked_members(path, archive, size):
            if member.endswith(".pkl"):
                with archive.open(member) as file:
                    _check_steps(path, file, 1)


def _check_steps(path: Path, file: IO[bytes], pickles: int) -> None:
    """Raise InputError where pickles have more steps than a model's; ValueError for damaged ones.

    Each may make an object of a byte: a file of 30 MB would be gigabytes in memory.
    """
    left = MOST_STEPS
    for _ in range(pickles):
        if not file.read(1):
            return
        file.seek(-1, os.SEEK_CUR)
        left -= sum(1 for _ in itertools.islice(pickletools.genops(file), left + 1))
        if left < 0:
            raise InputError(f"{path}: not a checkpoint: it has more than {MOST_STEPS:,} steps")


def check_tensors(path: Path, state: Any) -> None:
    """Raise InputError unless `state` is a dict of plain, fully stored tensors by name."""
    if not isinstance(state, dict) or not state:
        raise InputError(f"{path}: not a checkpoint: its weights are not a dictionary")
    for name, tensor in state.items():
        if not isinstance(name, str) or not isinstance(tensor, Tensor):
            raise InputError(f"{path}: not a checkpoint: its weights are not named tensors")
        plain = (
            type(tensor) in (Tensor, torch.nn.Parameter)
            and tensor.layout == torch.strided
            and tensor.device.type == "cpu"
            and not (tensor.is_quantized or tensor.is_complex())
        )
        # An expanded tensor (stride 0) can claim any size from a few stored bytes.
        if not plain or tensor.untyped_storage().nbytes() < tensor.numel() * tensor.element_size():
            raise InputError(f"{path}: {name[:100]} is not a plain tensor")


def _numpy_globals() -> list[Any]:
    """NumPy's scalar and dtype, under their old and new names: what old `stats` may hold."""
    scalar = np._core.multiarray.scalar  # type: ignore[attr-defined]
    kinds = {type(np.dtype(code)) for code in "?bhilqBHILQefd"}
    names = ("numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar")
    return [*((scalar, name) for name in names), np.dtype, *kinds]
