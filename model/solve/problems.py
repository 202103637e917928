"""What a fit solves: aligned pairs as residuals of sampled pixels."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from imaging.camera import Shot
from imaging.resize import fit_long_side
from model.edit.in_numpy import to_planes
from model.edit.rendered_process import RenderedProcess
from model.edit.scene import Scene, join, scene_of
from model.edit.strips import to_tensor
from model.edit.whole import PROXY_LONG_SIDE
from model.edit_layer import DifferentiableEditLayer
from model.fused.library import library
from model.fused.plan import NotPlanned
from model.fused.sample import SampledPixels
from model.solve.fused_pixels import FittedPicture, FusedPixels
from model.solve.jacobian import PixelResiduals
from model.solve.perceptual import delta_e_basis, to_lab
from model.solve.sampling import sample_pixels
from model.solve.slider_tables import PictureTables
from model.solve.unknowns import FitSpace

log = logging.getLogger(__name__)

Pairs = Sequence[tuple[np.ndarray, np.ndarray]]
Shots = Sequence[Shot | None]


@dataclass(frozen=True, eq=False)
class Samples:
    """Sampled pixels of aligned pairs, linear ProPhoto.

    pixels, targets: [B, 3, N]. weights: [B, N], which sum to 1. places: [B, N], where they are in
        the flattened pictures.
    """

    pixels: Tensor
    targets: Tensor
    weights: Tensor
    places: Tensor

    @classmethod
    def of(cls, pairs: Pairs, count: int, seed: int, device: torch.device | str) -> "Samples":
        picked = [sample_pixels(raw, target, count, seed) for raw, target in pairs]
        parts = zip(*picked, strict=True)
        return cls(*(torch.from_numpy(np.stack(part)).to(device) for part in parts))


def layer_problem(
    pairs: Pairs,
    shots: Shots,
    samples: Samples,
    layer: DifferentiableEditLayer,
    space: FitSpace,
) -> PixelResiduals:
    """By the edit layer, on any device."""
    lab = to_lab(samples.targets)
    scene = _scene(pairs, shots, samples.places, space.device) if layer.needs_whole else None
    return PixelResiduals(layer, space, samples.pixels, lab, delta_e_basis(lab), scene)


def kernel_problem(
    pairs: Pairs, shots: Shots, samples: Samples, process: RenderedProcess, space: FitSpace
) -> FusedPixels | None:
    """By the compiled kernel; None where there is none, or it doesn't have the process."""
    if torch.device(space.device).type != "cpu" or process.whole_by_edit or library() is None:
        return None
    lab = to_lab(samples.targets)
    basis = delta_e_basis(lab).permute(0, 2, 3, 1).flatten(1, 2).numpy()
    pictures = []
    for i, ((raw, _), shot) in enumerate(zip(pairs, shots, strict=True)):
        proxy = to_planes(fit_long_side(raw, PROXY_LONG_SIDE))
        scene = process.find_whole(proxy, {}, [shot])
        if not isinstance(scene, Scene):
            return None
        base = np.asarray(scene.base.distances(to_planes(raw))).reshape(-1)[
            samples.places[i].numpy()
        ]
        sample = SampledPixels.of(samples.pixels[i].numpy(), lab[i].numpy(), basis[i], base)
        if not sample.are_numbers:
            return None
        pictures.append(FittedPicture(sample, scene, PictureTables(scene)))
    problem = FusedPixels(process, space, tuple(pictures))
    try:
        problem.values(torch.zeros(len(pictures), space.size))
    except NotPlanned as error:
        log.debug("the kernel can't fit it: %s", error)
        return None
    return problem


def _scene(pairs: Pairs, shots: Shots, places: Tensor, device: torch.device | str) -> Scene:
    """What the steps have to know of the sampled pixels, where they look at the picture."""
    scenes = []
    for (raw, _), shot, chosen in zip(pairs, shots, places, strict=True):
        image = to_tensor(raw, device)
        scene = scene_of(to_tensor(fit_long_side(raw, PROXY_LONG_SIDE), device), [shot])
        distance = scene.base.distances(image).reshape(1, 1, -1, 1)
        scenes.append(scene.at(distance[:, :, chosen]))
    return join(scenes)
