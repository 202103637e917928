"""Checkpoints whose small files would become gigabytes."""

import io
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from model.stored_tensors import MOST_STEPS, StoredTensors
from model.torch_file import read_torch_file
from params.files import InputError

OBJECTS = b"\x80\x02](" + b"}" * (MOST_STEPS + 10) + b"e."


def rewritten(path: Path, pickled: bytes | None = None, parts: int = 0) -> None:
    """A checkpoint with another pickle, or with empty parts beside it."""
    saved = io.BytesIO()
    torch.save({"model": {"a": torch.zeros(4)}}, saved)
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as new:
        for name in old.namelist():
            own = pickled is not None and name.endswith("data.pkl")
            new.writestr(name, pickled if own and pickled else old.read(name))
        for number in range(parts):
            new.writestr(f"archive/{number}", b"")


@pytest.mark.parametrize("read", [read_torch_file, StoredTensors])
def test_a_pickle_of_very_many_objects(tmp_path: Path, read: Callable[[Path], object]) -> None:
    rewritten(tmp_path / "a.pt", OBJECTS)
    start = time.process_time()
    with pytest.raises(InputError, match="not a checkpoint"):
        read(tmp_path / "a.pt")
    assert time.process_time() - start < 5.0


def test_the_same_before_torch_1_6(tmp_path: Path) -> None:
    (tmp_path / "a.pt").write_bytes(OBJECTS)
    with pytest.raises(InputError, match="more than 500,000 steps"):
        read_torch_file(tmp_path / "a.pt")
    torch.save({"a": 1}, tmp_path / "b.pt", _use_new_zipfile_serialization=False)
    assert read_torch_file(tmp_path / "b.pt") == {"a": 1}


@pytest.mark.parametrize("read", [read_torch_file, StoredTensors])
def test_very_many_parts(tmp_path: Path, read: Callable[[Path], object]) -> None:
    rewritten(tmp_path / "a.pt", parts=20_001)
    with pytest.raises(InputError, match=r"it has 2000\d parts"):
        read(tmp_path / "a.pt")
