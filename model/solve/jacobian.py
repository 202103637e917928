"""How a rendered pixel changes with every unknown of the fit: forward mode, step by step.

The edit looks at one pixel at a time, so its derivative is a chain of 3x3 matrices a pixel.
Each step is differentiated forward once, in its input's three channels and in its own few
unknowns, and the chain multiplies what came before.
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from model.edit.dual import Dual
from model.edit.scene import Scene
from model.edit_layer import DifferentiableEditLayer
from model.solve.perceptual import to_lab
from model.solve.unknowns import FitSpace


@dataclass(frozen=True)
class PixelResiduals:
    """ΔE00-like difference of rendered pixels to their targets (a solver.Residuals).

    pixels: [B, 3, N] linear ProPhoto.
    target_lab: [B, 3, N].
    basis: [B, N, 3, 3], see model.solve.perceptual.delta_e_basis.
    scene: of the pixels, for a process that has to know the whole picture.
    """

    layer: DifferentiableEditLayer
    space: FitSpace
    pixels: Tensor
    target_lab: Tensor
    basis: Tensor
    scene: Scene | None = None

    def pick(self, rows: Tensor, every: int = 1) -> "PixelResiduals":
        """The problems of these rows (a row may come up again), on every n-th pixel."""
        return replace(
            self,
            space=self.space.pick(rows),
            pixels=self.pixels[rows, :, ::every],
            target_lab=self.target_lab[rows, :, ::every],
            basis=self.basis[rows, ::every],
            scene=None if self.scene is None else self.scene.pick(rows, every),
        )

    def values(self, theta: Tensor) -> Tensor:
        """theta [B, P] -> [B, 3, N]."""
        lab = to_lab(
            self.layer(self.pixels[..., None], self.space.params(theta), self.scene)[..., 0]
        )
        return torch.einsum("bnij,bjn->bin", self.basis, lab - self.target_lab)

    def values_and_jacobian(self, theta: Tensor) -> tuple[Tensor, Tensor]:
        """theta [B, P] -> [B, 3, N] and its derivative [P, B, 3, N]."""
        params = self.space.params(theta)
        image = Dual(self.pixels[..., None])
        so_far: list[int] = []
        jacobian = theta.new_zeros(self.space.size, *self.pixels.shape)
        for step in self.layer.steps:
            names = tuple(name for name in step.names if name in params)
            indices, changes = self.space.tangents(theta, names)
            channels = 3 if so_far else 0
            dual = {}
            for name, change in zip(names, changes, strict=True):
                none = change.new_zeros(channels, *params[name].shape)
                dual[name] = Dual(params[name], torch.cat([none, change]))
            start = _channel_directions(image.value, channels, len(indices))
            image = step.apply(Dual(image.value, start), dual, self.scene)
            change = image.tangent[..., 0]
            if so_far:
                jacobian[so_far] = _chain(change[:channels], jacobian[so_far])
            jacobian[indices] = change[channels:]
            so_far = so_far + indices
        lab = to_lab(Dual(image.value, _channel_directions(image.value, 3, 0)))
        slope = torch.einsum("bnij,cbjn->cbin", self.basis, lab.tangent[..., 0])
        error = torch.einsum("bnij,bjn->bin", self.basis, lab.value[..., 0] - self.target_lab)
        return error, _chain(slope, jacobian)


def _channel_directions(image: Tensor, channels: int, others: int) -> Tensor | None:
    """Tangent of a picture B x 3 x N x 1: along its own channels, then 0 along the others."""
    if not channels:
        return None
    return torch.eye(channels + others, channels, device=image.device, dtype=image.dtype)[
        :, None, :, None, None
    ]


def _chain(slope: Tensor, before: Tensor) -> Tensor:
    """Chain rule a pixel: slope [3 (in), B, 3 (out), N] times before [P, B, 3 (in), N]."""
    red, green, blue = (slope[c] * before[:, :, c : c + 1] for c in range(3))
    return red + green + blue
