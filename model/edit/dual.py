"""Forward-mode differentiation in many directions at once, for the edit's own operations.

A Dual is a tensor and its derivative along K directions. Passed through the edit layer's
functions in place of a tensor, it comes out with the result's derivative. torch's own forward
mode carries one direction at a time (or each as a copy of the picture), at several times the
cost for the small pixel samples of a fit: scripts/benchmark.py fit prints the ratio.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from model.edit.arrays import Derived
from params.colorimetry import power as power_of


class Dual(Derived):
    """value, and tangent [K, *value.shape] (or broadcastable to it); None is a constant."""

    __slots__ = ("tangent", "value")

    def __init__(self, value: Tensor, tangent: Tensor | None = None) -> None:
        self.value = value
        self.tangent = tangent

    @classmethod
    def __torch_function__(
        cls, function: Callable, types: Any, args: tuple = (), kwargs: dict | None = None
    ) -> Any:
        handler = _HANDLERS.get(function)
        if handler is None:
            raise TypeError(f"{function} has no forward derivative: add it to model/edit/dual.py")
        return handler(*args, **(kwargs or {}))

    def _map(self, function: Callable[[Tensor], Tensor], slope: Tensor) -> "Dual":
        """An elementwise function of known derivative."""
        tangent = None if self.tangent is None else self.tangent * slope
        return Dual(function(self.value), tangent)

    def _linear(self, function: Callable[..., Tensor], *shapes: Any) -> "Dual":
        """A function that only moves or adds elements, on the last dimensions."""
        tangent = None if self.tangent is None else function(self.tangent, 1)
        return Dual(function(self.value, 0), tangent)

    # arithmetic

    def __add__(self, other: Any) -> "Dual":
        if not isinstance(other, Dual):
            value = self.value + other
            return Dual(value, _lift(self.tangent, value))
        value = self.value + other.value
        return Dual(value, _sum(_lift(self.tangent, value), _lift(other.tangent, value)))

    def __mul__(self, other: Any) -> "Dual":
        if not isinstance(other, Dual):
            other = Dual(other)
        value = self.value * other.value
        left, right = _lift(self.tangent, value), _lift(other.tangent, value)
        left = None if left is None else left * other.value
        right = None if right is None else right * self.value
        return Dual(value, _sum(left, right))

    def __neg__(self) -> "Dual":
        return self * -1.0

    def __sub__(self, other: Any) -> "Dual":
        return self + (-other)

    def __rsub__(self, other: Any) -> "Dual":
        return -self + other

    def __truediv__(self, other: Any) -> "Dual":
        return self * (other.reciprocal() if isinstance(other, Dual) else 1.0 / other)

    def __rtruediv__(self, other: Any) -> "Dual":
        return self.reciprocal() * other

    def __pow__(self, power: float) -> "Dual":
        value = power_of(self.value, power)
        return self._map(lambda _: value, value / self.value * power)

    __radd__ = __add__
    __rmul__ = __mul__

    def __matmul__(self, other: Tensor) -> "Dual":
        return self._linear(lambda x, _: x @ other)

    def reciprocal(self) -> "Dual":
        inverse = 1.0 / self.value
        return self._map(lambda _: inverse, -inverse * inverse)

    def exp(self) -> "Dual":
        value = self.value.exp()
        return self._map(lambda _: value, value)

    def exp2(self) -> "Dual":
        value = self.value.exp2()
        return self._map(lambda _: value, value * 0.6931471805599453)

    def log(self) -> "Dual":
        return self._map(torch.log, 1.0 / self.value)

    def log2(self) -> "Dual":
        return self._map(torch.log2, 1.0 / (self.value * 0.6931471805599453))

    def cos(self) -> "Dual":
        return self._map(torch.cos, -torch.sin(self.value))

    def sin(self) -> "Dual":
        return self._map(torch.sin, torch.cos(self.value))

    def tanh(self) -> "Dual":
        value = self.value.tanh()
        return self._map(lambda _: value, 1.0 - value * value)

    def sigmoid(self) -> "Dual":
        value = self.value.sigmoid()
        return self._map(lambda _: value, value * (1.0 - value))

    def sqrt(self) -> "Dual":
        value = self.value.sqrt()
        return self._map(lambda _: value, 0.5 / value)

    # comparisons look at values only

    def __lt__(self, other: float) -> Tensor:
        return self.value < other

    def __le__(self, other: float) -> Tensor:
        return self.value <= other

    def __gt__(self, other: float) -> Tensor:
        return self.value > other

    # shapes

    @property
    def shape(self) -> torch.Size:
        return self.value.shape

    @property
    def dtype(self) -> torch.dtype:
        return self.value.dtype

    @property
    def device(self) -> torch.device:
        return self.value.device

    def detach(self) -> Tensor:
        return self.value.detach()

    def new_tensor(self, data: Any) -> Tensor:
        return self.value.new_tensor(data)

    def clamp(self, min: float | None = None, max: float | None = None) -> "Dual":
        inside = torch.ones_like(self.value)
        if min is not None:
            inside = inside * (self.value >= min)
        if max is not None:
            inside = inside * (self.value <= max)
        return self._map(lambda value: value.clamp(min, max), inside)

    clip = clamp

    def reshape(self, *shape: int) -> "Dual":
        return self._linear(lambda x, lead: x.reshape(*x.shape[:lead], *shape))

    def unsqueeze(self, dim: int) -> "Dual":
        return self._linear(lambda x, lead: x.unsqueeze(dim + lead))

    def squeeze(self, dim: int) -> "Dual":
        return self._linear(lambda x, lead: x.squeeze(dim + lead))

    def view_as(self, other: "Dual | Tensor") -> "Dual":
        return self.reshape(*other.shape)

    def sum(self, dim: int, keepdim: bool = False) -> "Dual":
        return self._linear(lambda x, lead: x.sum(dim + lead, keepdim=keepdim))

    def amax(self, dim: int, keepdim: bool = False) -> "Dual":
        return self._pick(dim, keepdim, self.value.max(dim, keepdim=True).indices)

    def amin(self, dim: int, keepdim: bool = False) -> "Dual":
        return self._pick(dim, keepdim, self.value.min(dim, keepdim=True).indices)

    def _pick(self, dim: int, keepdim: bool, index: Tensor) -> "Dual":
        picked = self.gather(dim, index)
        return picked if keepdim else picked.squeeze(dim)

    def unbind(self, dim: int) -> list["Dual"]:
        return [
            self._linear(lambda x, lead, i=i: x.select(dim + lead, i))
            for i in range(self.shape[dim])
        ]

    def split(self, size: int, dim: int) -> list["Dual"]:
        return [
            self._linear(lambda x, lead, i=i: x.narrow(dim + lead, i, size))
            for i in range(0, self.shape[dim], size)
        ]

    def gather(self, dim: int, index: Tensor) -> "Dual":
        def pick(x: Tensor, lead: int) -> Tensor:
            whole = x.expand(*x.shape[:lead], *self.shape)  # it may be kept broadcastable
            return whole.gather(dim + lead, index.expand(*x.shape[:lead], *index.shape))

        return self._linear(pick)


def _lift(tangent: Tensor | None, value: Tensor) -> Tensor | None:
    """A tangent with as many dimensions as `value` and one, so that the two broadcast."""
    if tangent is None or tangent.ndim > value.ndim:
        return tangent
    missing = (1,) * (value.ndim + 1 - tangent.ndim)
    return tangent.reshape(tangent.shape[0], *missing, *tangent.shape[1:])


def _sum(a: Tensor | None, b: Tensor | None) -> Tensor | None:
    if a is None or b is None:
        return b if a is None else a
    return a + b


def _join(function: Callable, items: Sequence[Any], dim: int) -> Dual:
    """torch.stack or torch.cat of Duals and tensors."""
    duals = [item if isinstance(item, Dual) else Dual(item) for item in items]
    value = function([item.value for item in duals], dim=dim)
    count = next((d.tangent.shape[0] for d in duals if d.tangent is not None), None)
    if count is None:
        return Dual(value)
    tangents = [
        (d.value.new_zeros(()) if d.tangent is None else d.tangent).expand(count, *d.shape)
        for d in duals
    ]
    return Dual(value, function(tangents, dim=dim + 1))


def _where(condition: Tensor, yes: Any, no: Any) -> Dual:
    return yes * condition + no * ~condition


def _interpolate(x: Dual, **how: Any) -> Dual:
    def resize(y: Tensor, lead: int) -> Tensor:
        return F.interpolate(y.flatten(0, lead), **how).unflatten(0, y.shape[: lead + 1])

    return x._linear(resize)


_HANDLERS: dict[Callable, Callable] = {
    torch.exp: Dual.exp,
    torch.exp2: Dual.exp2,
    torch.log: Dual.log,
    torch.log2: Dual.log2,
    torch.cos: Dual.cos,
    torch.sin: Dual.sin,
    torch.tanh: Dual.tanh,
    torch.sigmoid: Dual.sigmoid,
    torch.sqrt: Dual.sqrt,
    torch.stack: lambda items, dim=0: _join(torch.stack, items, dim),
    torch.cat: lambda items, dim=0: _join(torch.cat, items, dim),
    torch.where: _where,
    F.interpolate: _interpolate,
    torch.Tensor.mul: lambda a, b: b * a,
    torch.Tensor.add: lambda a, b: b + a,
    torch.Tensor.sub: lambda a, b: -b + a,
}
