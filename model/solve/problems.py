"""What a fit solves: aligned pairs as residuals of sampled pixels."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from imaging.camera import Shot
from imaging.resize import fit_long_side
from model.edit.arrays import Array
from model.edit.in_numpy import to_planes
from model.edit.rendered_process import RenderedProcess
from model.edit.scene import Scene, join, scene_of
from model.edit.whole import PROXY_LONG_SIDE
from model.fused.library import library
from model.fused.plan import NotPlanned
from model.fused.sample import SampledPixels
from model.solve.fused_pixels import FittedPicture, FusedPixels
from model.solve.perceptual import delta_e_basis, to_lab
from model.solve.sampling import sample_pixels
from model.solve.slider_tables import PictureTables
from model.solve.unknowns import FitSpace

if TYPE_CHECKING:
    from torch import Tensor

    from model.edit_layer import DifferentiableEditLayer
    from model.solve.jacobian import PixelResiduals

log = logging.getLogger(__name__)

Pairs = Sequence[tuple[np.ndarray, np.ndarray]]
Shots = Sequence[Shot | None]


@dataclass(frozen=True, eq=False)
class Samples:
    """Sampled pixels of aligned pairs, linear ProPhoto, float32.

    pixels, targets: [B, 3, N]. weights: [B, N], which sum to 1. places: [B, N], where they are in
        the flattened pictures.
    """

    pixels: np.ndarray
    targets: np.ndarray
    weights: np.ndarray
    places: np.ndarray

    @classmethod
    def of(cls, pairs: Pairs, count: int, seed: int) -> "Samples":
        picked = [sample_pixels(raw, target, count, seed) for raw, target in pairs]
        return cls(*(np.stack(part) for part in zip(*picked, strict=True)))


def layer_problem(
    pairs: Pairs,
    shots: Shots,
    samples: Samples,
    layer: "DifferentiableEditLayer",
    space: FitSpace,
    device: str = "cpu",
) -> "PixelResiduals":
    """By the edit layer, on any device."""
    import torch

    from model.solve.jacobian import PixelResiduals

    pixels, targets, weights, places = (
        torch.from_numpy(part).to(device)
        for part in (samples.pixels, samples.targets, samples.weights, samples.places)
    )
    lab = to_lab(targets)
    scene = _scene(pairs, shots, places) if layer.needs_whole else None
    return PixelResiduals(layer, space, pixels, lab, delta_e_basis(lab), weights, scene)


def kernel_problem(
    pairs: Pairs, shots: Shots, samples: Samples, process: RenderedProcess, space: FitSpace
) -> FusedPixels | None:
    """By the compiled kernel, on the CPU; None where there is none, or it doesn't have the
    process."""
    if process.whole_by_edit or library() is None:
        return None
    lab = to_lab(samples.targets.view(Array))
    basis = np.moveaxis(np.asarray(delta_e_basis(lab)), 1, 3)
    basis = basis.reshape(len(basis), 9, -1)
    pictures = []
    for i, ((raw, _), shot) in enumerate(zip(pairs, shots, strict=True)):
        proxy = to_planes(fit_long_side(raw, PROXY_LONG_SIDE))
        scene = process.find_whole(proxy, {}, [shot])
        if not isinstance(scene, Scene):
            return None
        base = np.asarray(scene.base.distances(to_planes(raw))).reshape(-1)[samples.places[i]]
        planes = samples.pixels[i], np.asarray(lab[i]), basis[i], base, samples.weights[i]
        sample = SampledPixels.of(*planes)
        if not sample.are_numbers:
            return None
        pictures.append(FittedPicture(sample, scene, PictureTables(scene)))
    problem = FusedPixels(process, space, tuple(pictures))
    try:
        problem.values(np.zeros((len(pictures), space.size)))
    except NotPlanned as error:
        log.debug("the kernel can't fit it: %s", error)
        return None
    return problem


def _scene(pairs: Pairs, shots: Shots, places: "Tensor") -> Scene:
    """What the steps have to know of the sampled pixels, where they look at the picture."""
    from model.edit.strips import to_tensor

    scenes = []
    for (raw, _), shot, chosen in zip(pairs, shots, places, strict=True):
        image = to_tensor(raw, places.device)
        proxy = to_tensor(fit_long_side(raw, PROXY_LONG_SIDE), places.device)
        scene = scene_of(proxy, [shot])
        distance = scene.base.distances(image).reshape(1, 1, -1, 1)
        scenes.append(scene.at(distance[:, :, chosen]))
    return join(scenes)
