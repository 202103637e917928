"""PyTorch's checkpoints read without torch: as untrusted data, never code.

A checkpoint is a zip archive of a pickle and a member of bytes for each tensor's storage. The
pickle may hold tensors and plain values only; what it may do is listed here.
"""

import collections
import io
import math
import pickle
import pickletools
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from params.files import InputError

# Bytes; the pickle of a large encoder's training state is a tenth of this.
_MOST_PICKLE = 8 << 20
MOST_STEPS = 500_000  # of a pickle, each of which may make an object; a tensor takes some dozens
_MOST_FILE = 4 << 30
_MOST_MEMBERS = 20_000
_TYPES = {
    "FloatStorage": "<f4",
    "DoubleStorage": "<f8",
    "HalfStorage": "<f2",
    "BFloat16Storage": "<u2",  # the upper half of a float32
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "|i1",
    "ByteStorage": "|u1",
    "BoolStorage": "|b1",
}
# What PyTorch writes of nested containers, text, numbers and tensors.
# None sets attributes of what is there (BUILD): a tensor could change after it was checked.
_CONTROL = ("PROTO", "STOP", "MARK", "GLOBAL", "BINPERSID", "REDUCE", "NONE", "NEWTRUE", "NEWFALSE")
_VALUES = ("BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT", "BINUNICODE")
_CONTAINERS = ("EMPTY_DICT", "EMPTY_LIST", "EMPTY_TUPLE", "TUPLE", "TUPLE1", "TUPLE2", "TUPLE3")
_FILLING = ("APPEND", "APPENDS", "SETITEM", "SETITEMS")
_MEMO = ("BINPUT", "LONG_BINPUT", "BINGET", "LONG_BINGET")
_OPERATIONS = frozenset((*_CONTROL, *_VALUES, *_CONTAINERS, *_FILLING, *_MEMO))


class _Storage(NamedTuple):
    """The bytes that tensors lie in: a member of the archive."""

    member: str
    kind: str
    elements: int


class StoredTensor(NamedTuple):
    """A tensor that has not been read yet."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


class StoredTensors:
    """A checkpoint's content with a StoredTensor for each tensor, and their values on request.

    Raises:
        InputError: missing, too large, cut short, not such a file, or it holds anything else.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            size = checked_size(path)
            with zipfile.ZipFile(path) as archive:
                self._members = checked_members(path, archive, size)
                self.content = self._unpickled(archive)
        except OSError as error:
            raise InputError(f"{path}: {error.strerror or error}") from error
        except InputError:
            raise
        except Exception as error:  # zipfile and pickle raise any kind for damaged files
            raise InputError(f"{path}: damaged, or not a checkpoint") from error

    def arrays(self, shapes: Mapping[str, tuple[int, ...]], state: Any) -> dict[str, np.ndarray]:
        """The values of a state dict, float32, whose names and shapes have to be these.

        Raises:
            InputError: other names or shapes, no floats, or values that aren't finite.
        """
        if not isinstance(state, dict) or not all(isinstance(name, str) for name in state):
            raise InputError(f"{self.path}: not a checkpoint: its weights are not a dictionary")
        other = sorted(shapes.keys() ^ state.keys())
        if other:
            raise InputError(
                f"{self.path}: does not fit its config: {len(other)} tensors missing or unknown "
                f"(such as {other[0][:100]})"
            )
        with zipfile.ZipFile(self.path) as archive:
            return {n: self._array(archive, n, state[n], shape) for n, shape in shapes.items()}

    def _array(
        self, archive: zipfile.ZipFile, name: str, tensor: Any, shape: tuple[int, ...]
    ) -> np.ndarray:
        if not isinstance(tensor, StoredTensor):
            raise InputError(f"{self.path}: {name[:100]} is not a plain tensor")
        if tensor.shape != shape:
            raise InputError(
                f"{self.path}: does not fit its config: {name} is {list(tensor.shape)[:8]}, "
                f"not {list(shape)}"
            )
        storage = tensor.storage
        kind = np.dtype(_TYPES[storage.kind])
        if kind.kind != "f" and storage.kind != "BFloat16Storage":
            raise InputError(f"{self.path}: {name} holds no floats")
        last = tensor.offset + sum((n - 1) * s for n, s in zip(shape, tensor.strides, strict=True))
        # A stride of 0 could claim any size from a few stored bytes.
        if storage.elements < math.prod(shape) or not last < storage.elements:
            raise InputError(f"{self.path}: {name[:100]} is not a plain tensor")
        try:
            data = archive.read(storage.member)
        except Exception as error:  # zipfile raises any kind for a damaged archive
            raise InputError(f"{self.path}: damaged, or not a checkpoint") from error
        flat = np.frombuffer(data, kind)[tensor.offset :]
        strides = [stride * kind.itemsize for stride in tensor.strides]
        found = np.lib.stride_tricks.as_strided(flat, shape, strides, writeable=False)
        if storage.kind == "BFloat16Storage":
            found = (found.astype(np.uint32) << 16).view(np.float32)
        with np.errstate(over="ignore"):
            values = np.array(found, np.float32)
        if not np.isfinite(values).all():
            raise InputError(f"{self.path}: {name} holds values that are not finite")
        return values

    def _unpickled(self, archive: zipfile.ZipFile) -> Any:
        [name] = [member for member in self._members if member.endswith("/data.pkl")]
        if self._members[name] > _MOST_PICKLE:
            raise InputError(f"{self.path}: not a checkpoint: it holds too much beside weights")
        folder = name.removesuffix("data.pkl")
        if (
            f"{folder}byteorder" in self._members
            and archive.read(f"{folder}byteorder") != b"little"
        ):
            raise InputError(f"{self.path}: written in another byte order")
        data = archive.read(name)
        _check_operations(data)
        return _Unpickler(self.path, data, folder, self._members).load()


class _Unpickler(pickle.Unpickler):
    """Knows tensors and their storages; anything else named is refused."""

    def __init__(self, path: Path, data: bytes, folder: str, members: Mapping[str, int]) -> None:
        super().__init__(io.BytesIO(data))
        self._path = path
        self._folder, self._members = folder, members

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _tensor
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if module == "torch" and name in _TYPES:
            return name
        raise InputError(f"{self._path}: refused: it holds code, not only weights")

    def persistent_load(self, pid: Any) -> _Storage:
        word, kind, key, _place, count = pid
        if word != "storage" or not (isinstance(key, str) and re.fullmatch(r"[0-9]{1,9}", key)):
            raise ValueError("not a storage")
        member = f"{self._folder}data/{key}"
        if (
            type(count) is not int
            or self._members[member] != count * np.dtype(_TYPES[kind]).itemsize
        ):
            raise ValueError("a storage of another size than its member")
        return _Storage(member, kind, count)


def _tensor(storage: Any, offset: Any, shape: Any, strides: Any, *_rest: Any) -> StoredTensor:
    whole = (offset, *shape, *strides)
    if (
        not isinstance(storage, _Storage)
        or len(shape) != len(strides)
        or len(shape) > 8
        or not all(type(number) is int and 0 <= number < 2**48 for number in whole)
    ):
        raise ValueError("not a plain tensor")
    return StoredTensor(storage, offset, tuple(shape), tuple(strides))


def checked_size(path: Path) -> int:
    """A checkpoint's bytes. Raises InputError: not a file, or too large; OSError."""
    size = path.stat().st_size
    if not path.is_file():
        raise InputError(f"{path}: not a file")
    if size > _MOST_FILE:
        raise InputError(f"{path}: {size >> 30} GiB is too large for a checkpoint")
    return size


def checked_members(path: Path, archive: zipfile.ZipFile, size: int) -> dict[str, int]:
    """The archive's members and their sizes in bytes.

    Raises:
        InputError: they hold, or would become, more than the file.
    """
    members = archive.infolist()
    # torch stores uncompressed: a compressed member could unpack to any size.
    if any(
        m.compress_type != zipfile.ZIP_STORED or m.file_size != m.compress_size for m in members
    ):
        raise InputError(f"{path}: not a checkpoint: its contents are compressed")
    if len(members) > _MOST_MEMBERS:
        raise InputError(f"{path}: not a checkpoint: it has {len(members)} parts")
    if sum(m.file_size for m in members) > 2 * size:
        raise InputError(f"{path}: not a checkpoint: its parts overlap")
    if len({m.filename for m in members}) != len(members):
        raise InputError(f"{path}: not a checkpoint: it has a part twice")
    return {member.filename: member.file_size for member in members}


def _check_operations(data: bytes) -> None:
    """Refuse operations that PyTorch does not write, and places in the memo beyond their number.

    Of such a place the unpickler would make a table of any size.
    """
    for count, (operation, argument, _) in enumerate(pickletools.genops(data)):
        if count > MOST_STEPS:
            raise ValueError("more steps than a model's")
        if operation.name not in _OPERATIONS:
            raise ValueError(f"{operation.name} is not allowed")
        if operation.name in ("BINPUT", "LONG_BINPUT") and (argument or 0) > count:
            raise ValueError("a place that is not there")
