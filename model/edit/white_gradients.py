"""White balance's matrices with their derivatives in kelvin and tint, for torch."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from model.edit.arrays import like
from model.edit.dual import Dual
from params.relative_white import RelativeWhite, matrices, matrix_slopes


def white_matrices_with_gradients(
    whites: Sequence[RelativeWhite], temperature: Any, tint: Any
) -> Any:
    """model.edit.scene.white_matrices of tensors, or of model.edit.dual's Duals."""
    if not isinstance(temperature, Dual):
        return _WhiteMatrices.apply(temperature, tint, whites)
    value = temperature.value
    warmer, redder = _slopes(whites, value, tint.value)
    tangent = None
    for slope, slider in ((warmer, temperature), (redder, tint)):
        if slider.tangent is not None:
            change = slope * slider.tangent[:, :, None, None]
            tangent = change if tangent is None else tangent + change
    return Dual(_WhiteMatrices.apply(value, tint.value, whites), tangent)


def _slopes(
    whites: Sequence[RelativeWhite], temperature: Tensor, tint: Tensor
) -> tuple[Tensor, Tensor]:
    warmer, redder = matrix_slopes(whites, temperature.tolist(), tint.tolist())
    return like(warmer, temperature), like(redder, temperature)


class _WhiteMatrices(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, temperature: Tensor, tint: Tensor, whites: Sequence[RelativeWhite]
    ) -> Tensor:
        ctx.save_for_backward(temperature, tint)
        ctx.whites = whites
        return like(matrices(whites, temperature.tolist(), tint.tolist()), temperature)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, None]:
        temperature, tint = ctx.saved_tensors
        warmer, redder = _slopes(ctx.whites, temperature, tint)
        return (grad * warmer).sum((1, 2)), (grad * redder).sum((1, 2)), None
