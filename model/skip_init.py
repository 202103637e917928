"""Models without first values, for weights that are about to be loaded."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

_FILLS = frozenset(
    {
        Tensor.uniform_,
        Tensor.normal_,
        Tensor.erfinv_,
        Tensor.clamp_,
        Tensor.mul_,
        Tensor.add_,
        Tensor.fill_,
        Tensor.zero_,
    }
)


class WithoutInitialValues(TorchFunctionMode):
    """Inside, parameters are made but not filled; buffers are.

    Drawing a ViT's weights takes longer than reading them from a file.
    """

    def __torch_function__(
        self,
        function: Callable,
        types: Any,
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        given = dict(kwargs or {})
        target = args[0] if args else given.get("tensor")
        fills = function in _FILLS or getattr(function, "__module__", "") == nn.init.__name__
        if fills and isinstance(target, nn.Parameter):
            return target
        return function(*args, **given)
