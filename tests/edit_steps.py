"""What every step of an edit has to do, checked on a few colours."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from model.edit.dual import Dual

# Picture Bx3xHxW and its sliders -> picture.
Step = Callable[[Any, Mapping[str, Any]], Any]
# Colours apart enough that no derivative is asked for where two channels are equal.
COLORS = (
    (0.42, 0.18, 0.07),
    (0.08, 0.31, 0.16),
    (0.05, 0.12, 0.52),
    (0.61, 0.55, 0.2),
    (0.33, 0.1, 0.38),
    (0.02, 0.025, 0.03),
    (0.71, 0.76, 0.83),
    (0.13, 0.44, 0.47),
)


def picture(dtype: torch.dtype = torch.float64) -> Tensor:
    """COLORS as 1x3xNx1."""
    return torch.tensor(COLORS, dtype=dtype).T.reshape(1, 3, -1, 1)


def settings(values: Mapping[str, float], dtype: torch.dtype = torch.float64) -> dict[str, Tensor]:
    return {name: torch.tensor([value], dtype=dtype) for name, value in values.items()}


def assert_identity(step: Step, neutral: Mapping[str, float]) -> None:
    """Neutral sliders leave every pixel, greys, black and white included, exactly as it was."""
    generator = torch.Generator().manual_seed(1)
    image = torch.rand(1, 3, 30, 40, generator=generator)
    image[..., 0], image[..., 1] = image[:, :1, :, 0], image[:, :1, :, 1].round()
    image[..., 2] *= 0.003
    assert torch.equal(step(image, settings(neutral, torch.float32)), image)


def assert_differentiable(step: Step, values: Mapping[str, float]) -> None:
    """Gradients are those of finite differences, and Duals carry the same derivatives."""
    image, sliders = picture(), settings(values)
    names = list(sliders)

    def function(pixels: Tensor, *amounts: Tensor) -> Tensor:
        return step(pixels, dict(zip(names, amounts, strict=True)))

    inputs = [image, *sliders.values()]
    wanted = [x.clone().requires_grad_() for x in inputs]
    assert torch.autograd.gradcheck(function, wanted, eps=1e-6, atol=1e-5, rtol=1e-3)
    generator = torch.Generator().manual_seed(2)
    ways = [torch.rand(2, *x.shape, generator=generator, dtype=x.dtype) - 0.5 for x in inputs]
    duals: list[Any] = [Dual(x, way) for x, way in zip(inputs, ways, strict=True)]
    result: Any = function(*duals)
    assert torch.allclose(result.value, function(*inputs), rtol=0, atol=1e-12)
    for i in range(2):
        tangent = torch.func.jvp(function, tuple(inputs), tuple(way[i] for way in ways))[1]
        assert torch.allclose(result.tangent[i], tangent, rtol=1e-6, atol=1e-9)


def assert_pixelwise(step: Step, values: Mapping[str, float]) -> None:
    """A part of the picture comes out as in the whole."""
    image, sliders = picture(), settings(values)
    whole, part = step(image, sliders), step(image[:, :, 3:6], sliders)
    assert torch.equal(whole[:, :, 3:6], part)
