"""NumPy arrays that answer as torch's tensors do, so that an edit can be made without torch.

A formula of this folder is written once, with what a tensor can do itself (x.exp2(),
x.clamp(0.0, 1.0)); an Array answers that on NumPy, by torch's rules. What is no method of a tensor
is here a function that looks at what it is given: tensors, model.edit.dual's Duals or Arrays. torch
is imported only for the first two; importing it takes longer than a picture's tables.
"""

import functools
from collections.abc import Callable, Sequence
from typing import Any, Self, TypeAlias, TypeVar, cast

import numpy as np

# A tensor or an Array: plain numbers, which a Dual is not.
Values: TypeAlias = Any
_Function = TypeVar("_Function", bound=Callable[..., Any])


class Derived:
    """The base of model.edit.dual's Dual, by which one is told from plain numbers without torch."""

    __slots__ = ()


# mypy is told where a name is NumPy's too, and follows torch here.
class Array(np.ndarray):
    """A NumPy array that answers the methods of a tensor which an edit's formulas use.

    Whole numbers and truth values take the type of the floats that they meet. Divisions by zero
    and the like are silent.
    """

    device = "cpu"

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *inputs: Any, out: Any = None, **how: Any
    ) -> Any:
        bare = [_bare(x) for x in inputs]
        kind = _float_of(bare)
        if kind is not None:
            bare = [x.astype(kind) if _is_whole(x) else x for x in bare]
        if out is not None:
            how["out"] = tuple(_bare(x) for x in out)
        with np.errstate(all="ignore"):
            return _dressed(getattr(ufunc, method)(*bare, **how))

    def __array_function__(
        self, function: Callable, types: Any, args: Sequence[Any], how: dict[str, Any]
    ) -> Any:
        bare = {name: _bare_all(value) for name, value in how.items()}
        return _dressed(function(*_bare_all(args), **bare))

    # elementwise

    def exp(self) -> "Array":
        return np.exp(self)

    def exp2(self) -> "Array":
        return np.exp2(self)

    def log(self) -> "Array":
        return np.log(self)

    def log2(self) -> "Array":
        return np.log2(self)

    def sqrt(self) -> "Array":
        return np.sqrt(self)

    def sqrt_(self) -> "Array":
        return np.sqrt(self, out=self)

    def tanh(self) -> "Array":
        return np.tanh(self)

    def sigmoid(self) -> "Array":
        return 1.0 / (1.0 + np.exp(-self))

    def abs(self) -> "Array":
        return np.abs(self)

    def floor(self) -> "Array":
        return np.floor(self)

    def frac(self) -> "Array":
        return self - np.trunc(self)

    def reciprocal(self) -> "Array":
        return 1.0 / self

    def clamp(self, min: Any = None, max: Any = None) -> "Array":
        return _dressed(_bare(self).clip(_bare(min), _bare(max)))

    def minimum(self, other: Any) -> "Array":
        return np.minimum(self, other)

    def add_(self, other: Any) -> "Array":
        return np.add(self, other, out=self)

    def sub_(self, other: Any) -> "Array":
        return np.subtract(self, other, out=self)

    def mul_(self, other: Any) -> "Array":
        return np.multiply(self, other, out=self)

    def addcmul(self, left: Any, right: Any) -> "Array":
        return left * right + self

    def lerp(self, end: Any, part: Any) -> "Array":
        return (end - self) * part + self

    def masked_fill(self, mask: Any, value: float) -> "Array":
        filled = self.copy()
        filled[mask] = value
        return filled

    # kinds

    def detach(self) -> Self:
        return self

    def to(self, *kinds: Any, **named: Any) -> "Array":
        """Of the type that is named, or of another Array's; the device is always the same."""
        for kind in (*kinds, *named.values()):
            if isinstance(kind, np.ndarray):
                return self.astype(kind.dtype, copy=False)
            if isinstance(kind, np.dtype):
                return self.astype(kind, copy=False)
        return self

    def int(self) -> "Array":
        return self.astype(np.int32)

    def long(self) -> "Array":
        return self.astype(np.int64)

    def contiguous(self) -> "Array":
        return np.ascontiguousarray(self)

    def new_tensor(self, data: Any) -> "Array":
        return np.array(data, dtype=self.dtype).view(Array)

    def new_zeros(self, *shape: Any) -> "Array":
        return np.zeros(shape[0] if isinstance(shape[0], tuple) else shape, self.dtype).view(Array)

    # shapes

    def unsqueeze(self, dim: int) -> "Array":
        return np.expand_dims(self, dim)

    def flatten(self, start: int = 0) -> "Array":  # type: ignore[override]
        return self.reshape(*self.shape[:start], -1)

    def view_as(self, other: Any) -> "Array":
        return self.reshape(other.shape)

    def expand(self, *shape: int) -> "Array":
        lead = (1,) * (len(shape) - self.ndim)
        whole = [
            old if new == -1 else new for old, new in zip(lead + self.shape, shape, strict=True)
        ]
        return np.broadcast_to(self, whole)

    def split(self, size: int, dim: int = 0) -> list["Array"]:
        before = (slice(None),) * dim
        return [self[(*before, slice(i, i + size))] for i in range(0, self.shape[dim], size)]

    def unbind(self, dim: int = 0) -> list["Array"]:
        before = (slice(None),) * dim
        return [self[(*before, i)] for i in range(self.shape[dim])]

    # along a dimension

    def sum(self, dim: Any = None, keepdim: bool = False) -> Any:  # type: ignore[override]
        return np.add.reduce(self, axis=_axes(dim), keepdims=keepdim)

    def mean(self, dim: Any = None, keepdim: bool = False) -> Any:  # type: ignore[override]
        count = np.prod([self.shape[d] for d in _axes(dim) or range(self.ndim)])
        return self.sum(dim, keepdim) / float(count)

    def std(self, dim: int) -> "Array":  # type: ignore[override]
        """As torch has it, by one less than the count."""
        away = self - self.mean(dim, True)
        return np.sqrt((away * away).sum(dim) / float(self.shape[dim] - 1))

    def amax(self, dim: int, keepdim: bool = False) -> "Array":
        return np.maximum.reduce(self, axis=dim, keepdims=keepdim)

    def amin(self, dim: int, keepdim: bool = False) -> "Array":
        return np.minimum.reduce(self, axis=dim, keepdims=keepdim)

    def gather(self, dim: int, index: Any) -> "Array":
        return np.take_along_axis(self, index, axis=dim)

    def index_select(self, dim: int, index: Any) -> "Array":
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


def is_array(value: Any) -> bool:
    return isinstance(value, np.ndarray)


def settled(value: Any) -> bool:
    """Whether no derivative of this can be asked for: it may be worked out in the shortest way."""
    if isinstance(value, np.ndarray):
        return True
    import torch

    return not (isinstance(value, Derived) or torch.is_grad_enabled())


def without_gradients(function: _Function) -> _Function:
    """A function of pictures through which derivatives don't go: torch.no_grad, for Arrays too."""

    @functools.wraps(function)
    def called(image: Any, *args: Any, **named: Any) -> Any:
        if isinstance(image, np.ndarray):
            return function(image, *args, **named)
        import torch

        with torch.no_grad():
            return function(image, *args, **named)

    return cast(_Function, called)


def stack(items: Sequence[Any], dim: int = 0) -> Any:
    if isinstance(items[0], np.ndarray):
        return np.stack(items, axis=dim)
    import torch

    return torch.stack(items, dim=dim)  # type: ignore[arg-type]


def cat(items: Sequence[Any], dim: int = 0) -> Any:
    if isinstance(items[0], np.ndarray):
        return np.concatenate(items, axis=dim)
    import torch

    return torch.cat(items, dim=dim)  # type: ignore[arg-type]


def constant(values: np.ndarray, dtype: Any, device: Any) -> Values:
    """Numbers to keep, of a tensor's or an Array's type; whole ones and truth values keep theirs.

    Also when made in inference mode a tensor serves where gradients are wanted.
    """
    own = values.dtype.kind != "f"
    if isinstance(dtype, np.dtype):
        kept = np.array(values, dtype=values.dtype if own else dtype).view(Array)
        kept.setflags(write=False)
        return kept
    import torch

    with torch.inference_mode(False):
        return torch.tensor(values, dtype=None if own else dtype, device=device)


@functools.cache
def even(size: int, dtype: Any, device: Any) -> Values:
    """[size], from 0 to 1."""
    return constant(np.linspace(0.0, 1.0, size), dtype, device)


def like(values: np.ndarray, other: Any) -> Values:
    """NumPy's numbers, of another's type and on its device."""
    if isinstance(other, np.ndarray):
        return values.astype(other.dtype, copy=False).view(Array)
    import torch

    # MPS takes no float64, so the type comes first.
    return torch.from_numpy(values).to(other.dtype).to(other.device)


def below(nodes: Values, amount: Values) -> Values:
    """The last of the rising nodes [N] at or below each amount [B]; -1 where there is none."""
    if isinstance(nodes, np.ndarray):
        return np.searchsorted(nodes, amount, side="right") - 1
    import torch

    return torch.searchsorted(nodes, amount.contiguous(), right=True) - 1


def quantiles(values: Values, parts: Sequence[float]) -> list[Values]:
    """Of the rows of [B, N], each [B]; between two values linearly."""
    if not isinstance(values, np.ndarray):
        import torch

        return list(torch.quantile(values, values.new_tensor(parts), dim=1))
    places = np.array(parts) * (values.shape[1] - 1)
    lower = places.astype(np.int64)
    upper = np.minimum(lower + 1, values.shape[1] - 1)
    ordered = np.partition(values, np.unique([*lower, *upper]), axis=1)
    found = zip(lower, upper, (places - lower).tolist(), strict=True)
    return [ordered[:, i].lerp(ordered[:, j], part) for i, j, part in found]


def median(values: Values) -> Values:
    """Of the rows of [B, N], the lower of two: [B]."""
    if not isinstance(values, np.ndarray):
        return values.median(dim=1).values
    middle = (values.shape[1] - 1) // 2
    return np.partition(values, middle, axis=1)[:, middle]


def stretched(knots: Any, size: int) -> Any:
    """[B, K] brought to [B, size] linearly, first to first and last to last."""
    if not isinstance(knots, np.ndarray):
        import torch.nn.functional as F

        longer = F.interpolate(knots.unsqueeze(1), size=size, mode="linear", align_corners=True)
        return longer.squeeze(1)
    places = np.linspace(0.0, knots.shape[1] - 1.0, size)
    lower = places.astype(np.int64).clip(0, max(0, knots.shape[1] - 2))
    upper = np.minimum(lower + 1, knots.shape[1] - 1)
    return knots[:, lower].lerp(knots[:, upper], (places - lower).astype(knots.dtype))
