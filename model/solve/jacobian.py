"""How a rendered pixel changes with every unknown of the fit: forward mode, step by step.

The edit looks at one pixel at a time, so its derivative is a chain of 3x3 matrices a pixel.
Each step is differentiated forward once, in its input's three channels and in its own few
unknowns, and the chain multiplies what came before.
"""

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from model.edit.dual import Dual
from model.edit.scene import Scene
from model.edit_layer import DifferentiableEditLayer
from model.solve import smoothed
from model.solve.perceptual import to_lab
from model.solve.unknowns import FitSpace


@dataclass(frozen=True)
class PixelResiduals:
    """ΔE00-like difference of rendered pixels to their targets (a solver's Residuals).

    pixels: [B, 3, N] linear ProPhoto.
    target_lab: [B, 3, N].
    basis: [B, N, 3, 3], see model.solve.perceptual.delta_e_basis.
    weights: [B, N], which sum to 1.
    scene: of the pixels, for a process that has to know the whole picture.
    """

    layer: DifferentiableEditLayer
    space: FitSpace
    pixels: Tensor
    target_lab: Tensor
    basis: Tensor
    weights: Tensor
    scene: Scene | None = None

    def pick(self, rows: np.ndarray, every: int = 1) -> "PixelResiduals":
        """The problems of these rows (a row may come up again), on every n-th pixel."""
        picked = torch.from_numpy(rows).to(self.pixels.device)
        weights = self.weights[picked, ::every]
        return replace(
            self,
            space=self.space.pick(rows),
            pixels=self.pixels[picked, :, ::every],
            target_lab=self.target_lab[picked, :, ::every],
            basis=self.basis[picked, ::every],
            weights=weights / weights.sum(1, keepdim=True),
            scene=None if self.scene is None else self.scene.pick(picked, every),
        )

    @torch.inference_mode()
    def mean_lengths(self, theta: np.ndarray) -> np.ndarray:
        """theta [B, P] -> [B]."""
        return smoothed.mean_lengths(self.values(theta))

    @torch.inference_mode()
    def losses(self, theta: np.ndarray, softness: np.ndarray) -> np.ndarray:
        """theta [B, P], softness [B] -> [B]."""
        return smoothed.losses(self.values(theta), self.weights, softness)

    @torch.inference_mode()
    def slopes(
        self, theta: np.ndarray, softness: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The losses, their gradient [B, P] and curvature [B, P, P]."""
        values, jacobian = self.values_and_jacobian(theta)
        losses = smoothed.losses(values, self.weights, softness)
        return losses, *smoothed.normal_equations(values, jacobian, self.weights, softness)

    def values(self, theta: np.ndarray) -> Tensor:
        """theta [B, P] -> [B, 3, N]."""
        lab = to_lab(self.layer(self.pixels[..., None], self.params(theta), self.scene)[..., 0])
        return torch.einsum("bnij,bjn->bin", self.basis, lab - self.target_lab)

    def params(self, theta: np.ndarray) -> dict[str, Tensor]:
        """The sliders and curves, as tensors."""
        return {name: self._tensor(value) for name, value in self.space.params(theta).items()}

    def _tensor(self, values: np.ndarray) -> Tensor:
        return torch.tensor(values, dtype=self.pixels.dtype, device=self.pixels.device)

    def values_and_jacobian(self, theta: np.ndarray) -> tuple[Tensor, Tensor]:
        """theta [B, P] -> [B, 3, N] and its derivative [P, B, 3, N]."""
        params = self.params(theta)
        image = Dual(self.pixels[..., None])
        so_far: list[int] = []
        jacobian = self.pixels.new_zeros(self.space.size, *self.pixels.shape)
        for step in self.layer.steps:
            names = tuple(name for name in step.names if name in params)
            indices, slopes = self.space.tangents(theta, names)
            changes = [self._tensor(slope) for slope in slopes]
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
