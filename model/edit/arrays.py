"""Functions of an edit's numbers, be they torch tensors, model.edit.dual's Duals or NumPy's Arrays.

A formula of this folder is written once, with what a tensor can do itself (x.exp2(),
x.clamp(0.0, 1.0)); model.edit.numpy_array's Array answers that on NumPy, by torch's rules. What is
no method of a tensor stands here, and looks at what it is given. torch is imported only for tensors
and Duals; importing it takes longer than a picture's tables.
"""

import functools
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias, TypeVar, cast

import numpy as np

from model.edit.numpy_array import Array

# A tensor or an Array: plain numbers, which a Dual is not.
Values: TypeAlias = Any
_Function = TypeVar("_Function", bound=Callable[..., Any])


class Derived:
    """The base of model.edit.dual's Dual, by which one is told from plain numbers without torch."""

    __slots__ = ()


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
    ordered: Any = np.partition(values, np.unique([*lower, *upper]), axis=1)
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
    ends: Any = knots[:, lower], knots[:, upper]
    return ends[0].lerp(ends[1], (places - lower).astype(knots.dtype))
