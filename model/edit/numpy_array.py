"""A NumPy array that answers as torch's tensors do, so that an edit can be made without torch."""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

# What int is called where int() is a method.
Dim: TypeAlias = int


class Array(np.ndarray):
    """A NumPy array that answers the methods of a tensor which an edit's formulas use.

    Whole numbers and truth values take the type of the floats that they meet. Divisions by zero
    and the like are silent.
    """

    device = "cpu"

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *inputs: Any, out: Any = None, **how: Any
    ) -> Any:
        bare: list[Any] = []
        whole = False
        for x in inputs:
            if isinstance(x, np.ndarray):
                whole = whole or x.dtype.kind in "biu"
                bare.append(x.view(np.ndarray))
            else:
                # NumPy's own numbers count as Python's: they don't decide what type comes out.
                bare.append(float(x) if isinstance(x, np.floating) else x)
        if whole and (kind := _float_of(bare)) is not None:
            bare = [x.astype(kind) if _is_whole(x) else x for x in bare]
        if out is not None:
            how["out"] = tuple(_bare(x) for x in out)
        with np.errstate(all="ignore"):
            return _dressed(getattr(ufunc, method)(*bare, **how))

    def __array_function__(self, function: Callable, types: Any, args: Any, how: Any) -> Any:
        bare = {name: _bare_all(value) for name, value in how.items()}
        return _dressed(function(*_bare_all(args), **bare))

    # elementwise

    def exp(self) -> Any:
        return np.exp(self)

    def exp2(self) -> Any:
        return np.exp2(self)

    def log(self) -> Any:
        return np.log(self)

    def log2(self) -> Any:
        return np.log2(self)

    def sqrt(self) -> Any:
        return np.sqrt(self)

    def sqrt_(self) -> Any:
        return np.sqrt(self, out=self)

    def tanh(self) -> Any:
        return np.tanh(self)

    def sigmoid(self) -> Any:
        return 1.0 / (1.0 + np.exp(-self))

    def abs(self) -> Any:
        return np.abs(self)

    def floor(self) -> Any:
        return np.floor(self)

    def frac(self) -> Any:
        return self - np.trunc(self)

    def reciprocal(self) -> Any:
        return 1.0 / self

    def clamp(self, min: Any = None, max: Any = None) -> Any:
        return _dressed(_bare(self).clip(_bare(min), _bare(max)))

    def minimum(self, other: Any) -> Any:
        return np.minimum(self, other)

    def add_(self, other: Any) -> Any:
        return np.add(self, other, out=self)

    def sub_(self, other: Any) -> Any:
        return np.subtract(self, other, out=self)

    def mul_(self, other: Any) -> Any:
        return np.multiply(self, other, out=self)

    def addcmul(self, left: Any, right: Any) -> Any:
        return left * right + self

    def lerp(self, end: Any, part: Any) -> Any:
        return (end - self) * part + self

    def masked_fill(self, mask: Any, value: float) -> Any:
        filled = self.copy()
        filled[mask] = value
        return filled

    # kinds

    def detach(self) -> Any:
        return self

    def to(self, *kinds: Any, **named: Any) -> Any:
        """Of the type that is named, or of another Array's; the device is always the same."""
        for kind in (*kinds, *named.values()):
            if isinstance(kind, np.ndarray):
                return self.astype(kind.dtype, copy=False)
            if isinstance(kind, np.dtype):
                return self.astype(kind, copy=False)
        return self

    def int(self) -> Any:
        return self._whole(np.int32)

    def long(self) -> Any:
        return self._whole(np.int64)

    def _whole(self, kind: type) -> Any:
        with np.errstate(invalid="ignore"):
            return self.astype(kind)

    def contiguous(self) -> Any:
        return np.ascontiguousarray(self)

    def new_tensor(self, data: Any) -> Any:
        return np.array(data, dtype=self.dtype).view(Array)

    def new_zeros(self, *shape: Any) -> Any:
        return np.zeros(shape[0] if isinstance(shape[0], tuple) else shape, self.dtype).view(Array)

    # shapes

    def unsqueeze(self, dim: Dim) -> Any:
        return np.expand_dims(self, dim)

    def flatten(self, start: Dim = 0) -> Any:  # type: ignore[override]
        return self.reshape(*self.shape[:start], -1)

    def view_as(self, other: Any) -> Any:
        return self.reshape(other.shape)

    def expand(self, *shape: Dim) -> Any:
        lead = (1,) * (len(shape) - self.ndim)
        whole = [
            old if new == -1 else new for old, new in zip(lead + self.shape, shape, strict=True)
        ]
        return np.broadcast_to(self, whole)

    def split(self, size: Dim, dim: Dim = 0) -> list[Any]:
        before: Any = (slice(None),) * dim
        return [self[(*before, slice(i, i + size))] for i in range(0, self.shape[dim], size)]

    def unbind(self, dim: Dim = 0) -> list[Any]:
        before: Any = (slice(None),) * dim
        return [self[(*before, i)] for i in range(self.shape[dim])]

    # along a dimension

    def sum(self, dim: Any = None, keepdim: bool = False) -> Any:  # type: ignore[override]
        return np.sum(self, axis=_axes(dim), keepdims=keepdim)

    def mean(self, dim: Any = None, keepdim: bool = False) -> Any:  # type: ignore[override]
        count = np.prod([self.shape[d] for d in _axes(dim) or range(self.ndim)])
        return self.sum(dim, keepdim) / float(count)

    def std(self, dim: Dim) -> Any:  # type: ignore[override]
        """As torch has it, by one less than the count."""
        away = self - self.mean(dim, True)
        return np.sqrt((away * away).sum(dim) / float(self.shape[dim] - 1))

    def amax(self, dim: Dim, keepdim: bool = False) -> Any:
        return np.max(self, axis=dim, keepdims=keepdim)

    def amin(self, dim: Dim, keepdim: bool = False) -> Any:
        return np.min(self, axis=dim, keepdims=keepdim)

    def gather(self, dim: Dim, index: Any) -> Any:
        return np.take_along_axis(self, index, axis=dim)

    def index_select(self, dim: Dim, index: Any) -> Any:
        return np.take(self, index, axis=dim)


def _bare(value: Any) -> Any:
    return value.view(np.ndarray) if isinstance(value, Array) else value


def _bare_all(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return type(value)(_bare_all(one) for one in value)
    return _bare(value)


def _dressed(value: Any) -> Any:
    return value.view(Array) if type(value) is np.ndarray else value


def _is_whole(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind in "biu"


def _float_of(values: Sequence[Any]) -> np.dtype | None:
    """What whole numbers among these become; None: there are no floats."""
    kind = None
    for value in values:
        if isinstance(value, np.ndarray):
            if value.dtype.kind == "f":
                return value.dtype
        elif isinstance(value, float):
            kind = np.dtype(np.float32)
    return kind


def _axes(dim: Any) -> tuple[int, ...] | None:
    if dim is None:
        return None
    return (dim,) if isinstance(dim, int) else tuple(dim)
