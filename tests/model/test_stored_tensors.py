"""Checkpoints read without torch: what PyTorch writes, and hostile files refused unopened."""

import io
import os
import pickle
import struct
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from model.stored_tensors import StoredTensors
from params.files import InputError


class Command:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, ("hacked",)


def archive(path: Path, data: bytes, compress: int = zipfile.ZIP_STORED) -> Path:
    """A checkpoint whose pickle is `data`, with 3 floats of storage."""
    with zipfile.ZipFile(path, "w", compress) as file:
        file.writestr("a/data.pkl", data)
        file.writestr("a/data/0", struct.pack("<3f", 1.0, 2.0, 3.0))
    return path


def tensor(
    shape: tuple[int, ...], strides: tuple[int, ...], offset: int = 0, count: int = 3
) -> Any:
    """The pickle of {"w": tensor}."""

    class Pickler(pickle.Pickler):
        def persistent_id(self, item: Any) -> Any:
            return item.pid if isinstance(item, Stored) else None

        def reducer_override(self, item: Any) -> Any:
            if isinstance(item, Tensor):
                return torch._utils._rebuild_tensor_v2, (
                    *(Stored(), offset, shape, strides, False, OrderedDict()),
                )
            return NotImplemented

    class Stored:
        pid = ("storage", torch.FloatStorage, "0", "cpu", count)

    class Tensor: ...

    out = io.BytesIO()
    Pickler(out, 2).dump({"w": Tensor()})
    return out.getvalue()


def test_what_torch_writes(tmp_path: Path) -> None:
    path = tmp_path / "a.pt"
    weights = {"a": torch.arange(6.0).reshape(2, 3), "b": torch.ones(2).half()}
    content = {"model": weights, "config": {"x": [1, None, (True, "ä")], "y": -1.5}, "big": 2**40}
    torch.save(content, path)
    stored = StoredTensors(path)
    assert {n: v for n, v in stored.content.items() if n != "model"} == {
        n: v for n, v in content.items() if n != "model"
    }
    found = stored.arrays({"a": (2, 3), "b": (2,)}, stored.content["model"])
    np.testing.assert_array_equal(found["a"], weights["a"].numpy())
    np.testing.assert_array_equal(found["b"], [1.0, 1.0])
    assert {value.dtype for value in found.values()} == {np.dtype(np.float32)}


def test_a_tensor_made_by_hand(tmp_path: Path) -> None:
    stored = StoredTensors(archive(tmp_path / "a.pt", tensor((2,), (2,))))
    found = stored.arrays({"w": (2,)}, stored.content)
    np.testing.assert_array_equal(found["w"], [1.0, 3.0])


@pytest.mark.parametrize(
    ("shape", "strides", "offset"),
    [((4,), (1,), 0), ((3,), (1,), 1), ((2,), (3,), 0), ((9,), (0,), 0), ((2, 2), (1, 1), 1)],
)
def test_a_tensor_beyond_its_storage_is_refused(
    tmp_path: Path, shape: tuple[int, ...], strides: tuple[int, ...], offset: int
) -> None:
    stored = StoredTensors(archive(tmp_path / "a.pt", tensor(shape, strides, offset)))
    with pytest.raises(InputError, match="not a plain tensor"):
        stored.arrays({"w": shape}, stored.content)


def call(name: bytes, arguments: bytes) -> bytes:
    return b"\x80\x02" + name + arguments + b"."


HOSTILE: dict[str, Callable[[], bytes]] = {
    "code": lambda: pickle.dumps(Command(), 2),
    "builtin": lambda: call(b"cbuiltins\neval\n", b"X\x01\x00\x00\x001\x85R"),
    "other of torch": lambda: call(b"ctorch\nload\n", b"X\x01\x00\x00\x001\x85R"),
    "dotted": lambda: call(b"ctorch\nFloatStorage.mro\n", b")R"),
    "new protocol": lambda: pickle.dumps({"a": bytearray(9)}, 5),
    "object": lambda: b"\x80\x02ccollections\nOrderedDict\n)\x81.",
    "changed after": lambda: tensor((3,), (1,))[:-1] + b"}b.",
    "memo": lambda: b"\x80\x02}r\xff\xff\xff\x7f.",
    "negative offset": lambda: tensor((1,), (1,), -4),
    "negative stride": lambda: tensor((2,), (-1,), 2),
    "storage too large": lambda: tensor((1,), (1,), 0, 10**9),
    "truncated": lambda: tensor((3,), (1,))[:-9],
    "nothing": lambda: b"",
}


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE)
def test_hostile_pickles_are_refused(
    tmp_path: Path, make: Callable[[], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=r"a\.pt"):
        StoredTensors(archive(tmp_path / "a.pt", make()))
    assert os.listdir() == ["a.pt"]


def test_a_deep_one_does_no_harm(tmp_path: Path) -> None:
    deep = b"\x80\x02" + b"]" * 200_000 + b"a" * 199_999 + b"."
    stored = StoredTensors(archive(tmp_path / "a.pt", deep))
    with pytest.raises(InputError, match="not a dictionary"):
        stored.arrays({}, stored.content)


def test_archives_that_are_no_checkpoint_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.pt"
    archive(path, b"\0" * (1 << 20), zipfile.ZIP_DEFLATED)
    with pytest.raises(InputError, match="compressed"):
        StoredTensors(path)
    archive(path, b"\0" * (9 << 20))
    with pytest.raises(InputError, match="too much beside weights"):
        StoredTensors(path)
    whole = archive(path, tensor((3,), (1,))).read_bytes()
    for size in range(0, len(whole), 7):
        path.write_bytes(whole[:size])
        with pytest.raises(InputError):
            StoredTensors(path)
    with pytest.raises(InputError):
        StoredTensors(tmp_path)
    with pytest.raises(InputError):
        StoredTensors(tmp_path / "missing.pt")


def test_a_damaged_file_gives_one_error_or_other_numbers(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.pt", tensor((3,), (1,)))
    whole, random = path.read_bytes(), np.random.default_rng(0)
    for _ in range(300):
        changed = bytearray(whole)
        for place in random.integers(0, len(whole), 3):
            changed[place] = random.integers(256)
        path.write_bytes(changed)
        try:
            stored = StoredTensors(path)
            stored.arrays({"w": (3,)}, stored.content)
        except InputError:
            continue
