"""The layers that LoRA puts in the place of linear layers and convolutions."""

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call


class LoRALayer(nn.Module):
    """A frozen layer whose weight has a small addition of low rank.

    With the weight seen as a matrix [out, in], in what one output value is made of (for a
    convolution its channels times its kernel), it is base + (alpha / rank) · (down @ up).T:
    lora_down [in, rank] starts Kaiming uniform, lora_up [rank, out] at zero, no change at the
    start.

    Raises:
        ValueError: a rank below 1.
    """

    def __init__(self, base: Any, rank: int = 8, alpha: float = 16.0) -> None:
        super().__init__()
        if rank < 1:
            raise ValueError(f"the LoRA rank is {rank}, not at least 1")
        self.base = base.requires_grad_(False)
        self.rank = rank
        self.alpha = float(alpha)
        size, across = matrix_shape(base)
        options: dict[str, Any] = {"device": base.weight.device, "dtype": base.weight.dtype}
        self.lora_down = nn.Parameter(torch.empty(across, rank, **options))
        self.lora_up = nn.Parameter(torch.zeros(rank, size, **options))
        # Kaiming takes fan-in from the second dimension, which here is the first.
        nn.init.kaiming_uniform_(self.lora_down.T, a=math.sqrt(5))

    @property
    def weight(self) -> Tensor:
        """The weight in effect: some encoders use it instead of calling the layer."""
        added = (self.lora_down @ self.lora_up).T
        return self.base.weight + (self.alpha / self.rank) * added.reshape(self.base.weight.shape)

    @property
    def bias(self) -> Tensor | None:
        return self.base.bias


class LoRALinear(LoRALayer):
    """Of a linear layer."""

    def forward(self, x: Tensor) -> Tensor:
        return self.base(x) + (self.alpha / self.rank) * (x @ self.lora_down @ self.lora_up)


class LoRAConv2d(LoRALayer):
    """Of a convolution, of whatever class and padding."""

    def forward(self, x: Tensor) -> Tensor:
        return functional_call(self.base, {"weight": self.weight}, (x,))


def takes_lora(module: nn.Module) -> bool:
    """Whether there can be LoRA on a layer: linear ones, and convolutions of all channels."""
    return isinstance(module, nn.Linear) or (isinstance(module, nn.Conv2d) and module.groups == 1)


def lora_on(module: nn.Module, rank: int, alpha: float) -> LoRALayer:
    """A layer that takes_lora() with LoRA on it."""
    kind = LoRALinear if isinstance(module, nn.Linear) else LoRAConv2d
    return kind(module, rank, alpha)


def matrix_shape(module: Any) -> tuple[int, int]:
    """The shape [out, in] of a layer's weight seen as a matrix."""
    return module.weight.shape[0], module.weight[0].numel()


def lora_layers(model: nn.Module) -> dict[str, LoRALayer]:
    """The injected layers by full name."""
    return {name: m for name, m in model.named_modules() if isinstance(m, LoRALayer)}
