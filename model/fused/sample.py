"""The compiled kernel on a fit's sample of pixels: distances to their targets, and the derivative.

The derivative is by differences: each unknown is moved a little, and what comes after the first
step that it changes is worked out again.
"""

import ctypes
import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from imaging.color import D50_XYZ, PROPHOTO_TO_XYZ
from model.edit.highlights_shadows import LOWEST_STOP, STEPS_A_STOP, with_gain
from model.fused import process_2_panels
from model.fused.library import library
from model.fused.plan import NotPlanned, PlannedStep, Planner, table
from model.fused.steps import Steps, address_of

# sample.h: planes are made up to a multiple of it.
_LANES = 16
# A step that leaves the pixels as they are.
NOTHING = PlannedStep("nothing")


@dataclass(frozen=True, eq=False)
class SampledPixels:
    """Pixels and targets as the kernel takes them: contiguous float32 planes.

    count: of pixels; the planes are longer, by pixels that say nothing.
    pixels, target: [3, ...], linear ProPhoto and CIE L*a*b*.
    basis: [9, ...], see model.solve.perceptual.delta_e_basis.
    base: [...], the base layer under each pixel, in stops.
    weights: [...], which sum to 1.
    """

    count: int
    pixels: np.ndarray
    target: np.ndarray
    basis: np.ndarray
    base: np.ndarray
    weights: np.ndarray

    @classmethod
    def of(
        cls,
        pixels: np.ndarray,
        target: np.ndarray,
        basis: np.ndarray,
        base: np.ndarray,
        weights: np.ndarray,
    ) -> "SampledPixels":
        """From planes of any length, weights of any sum."""
        count = pixels.shape[1]
        planes = (pixels, target, basis, base[None], (weights / weights.sum())[None])
        full = [np.zeros((len(p), count + -count % _LANES), np.float32) for p in planes]
        for plane, values in zip(full, planes, strict=True):
            plane[:, :count] = values
        return cls(count, full[0], full[1], full[2], full[3][0], full[4][0])

    def thinned(self, every: int) -> "SampledPixels":
        """Every n-th of them."""
        planes = (self.pixels, self.target, self.basis, self.base, self.weights)
        return SampledPixels.of(*(plane[..., : self.count : every] for plane in planes))

    @functools.cached_property
    def seen(self) -> "_Sample":
        """As the kernel is told of them."""
        to_xyz = (PROPHOTO_TO_XYZ / D50_XYZ[:, None]).ravel()
        planes = (address_of(p) for p in (self.pixels, self.target, self.basis))
        return _Sample(*planes, self.pixels.shape[1], (ctypes.c_float * 9)(*to_xyz))

    @functools.cached_property
    def planners(self) -> dict[Any, Planner]:
        """What plans an edit's functions for these pixels."""

        def gain(values: Any, _: Any) -> list[PlannedStep]:
            changes = table(values)
            numbers = [LOWEST_STOP, float(STEPS_A_STOP)]
            return [PlannedStep("gain_at", numbers, [self.base, changes], [len(changes)])]

        return {**process_2_panels.planners(1, 1), with_gain: gain}

    @property
    def are_numbers(self) -> bool:
        """Whether the kernel may see them: it relies on that."""
        planes = (self.pixels, self.target, self.basis, self.base, self.weights)
        return all(bool(np.isfinite(plane).all()) for plane in planes)


class _Sample(ctypes.Structure):
    _fields_ = (
        ("pixels", ctypes.c_void_p),
        ("target", ctypes.c_void_p),
        ("basis", ctypes.c_void_p),
        ("count", ctypes.c_int32),
        ("to_xyz", ctypes.c_float * 9),
    )


def sampled_steps(planned: Sequence[PlannedStep]) -> Steps:
    """Steps on sampled pixels. Raises NotPlanned: one asks where in its picture a pixel is."""
    for step in planned:
        if step.surroundings or step.exact:
            raise NotPlanned(f"{step.name}: sampled pixels have no neighbours")
    return Steps(planned, library().codes)


def values(sample: SampledPixels, steps: Steps) -> np.ndarray:
    """Distances [3, N] of the edited pixels to their targets, in the basis."""
    out = np.empty_like(sample.pixels)
    library().sample_values(
        ctypes.byref(sample.seen),
        ctypes.c_void_p(steps.address),
        len(steps),
        ctypes.c_void_p(address_of(out)),
    )
    return out[:, : sample.count]


@dataclass(frozen=True, eq=False)
class Moves:
    """What each unknown, moved a little, changes of an edit's steps.

    variants: steps in the order of the unknowns, and of the edit.
    places: [V] int32, which step of the edit each stands for.
    first: [unknowns + 1] int32, where an unknown's variants begin.
    per: [unknowns] float32, 1 over how far each was moved.
    """

    variants: Steps
    places: np.ndarray
    first: np.ndarray
    per: np.ndarray


def values_and_jacobian(
    sample: SampledPixels, steps: Steps, moves: Moves
) -> tuple[np.ndarray, np.ndarray]:
    """As values(), and their derivative [unknowns, 3, N].

    Raises:
        MemoryError: of a few KB.
    """
    out, jacobian = _moved(sample, steps, moves)
    return out[:, : sample.count], jacobian[:, :, : sample.count]


def values_and_squares(
    sample: SampledPixels, steps: Steps, moves: Moves, softness: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """As values(), and model.solve.smoothed.normal_equations: gradient [P], curvature [P, P].

    Raises:
        MemoryError: of a few 100 KB.
    """
    out, jacobian = _moved(sample, steps, moves)
    return out[:, : sample.count], *squares(sample, out, jacobian, softness)


def squares(
    sample: SampledPixels, residuals: np.ndarray, jacobian: np.ndarray, softness: float
) -> tuple[np.ndarray, np.ndarray]:
    """The normal equations of residuals [3, ...] and their derivative [unknowns, 3, ...]: planes
    as long as the sample's.

    Raises:
        MemoryError: of a few 100 KB.
    """
    unknowns = len(jacobian)
    sums = np.empty((unknowns + 1, unknowns + 1))
    failed = library().weighted_squares(
        *(ctypes.c_void_p(address_of(part)) for part in (jacobian, residuals, sample.weights)),
        ctypes.c_float(softness),
        residuals.shape[1],
        unknowns,
        ctypes.c_void_p(address_of(sums)),
    )
    if failed:
        raise MemoryError
    curvature = np.tril(sums[:-1, :-1])
    return sums[-1, :-1].copy(), curvature + np.tril(curvature, -1).T


def _moved(sample: SampledPixels, steps: Steps, moves: Moves) -> tuple[np.ndarray, np.ndarray]:
    out, unknowns = np.empty_like(sample.pixels), len(moves.per)
    jacobian = np.empty((unknowns, *sample.pixels.shape), np.float32)
    failed = library().sample_jacobian(
        ctypes.byref(sample.seen),
        ctypes.c_void_p(steps.address),
        len(steps),
        ctypes.c_void_p(moves.variants.address),
        *(ctypes.c_void_p(address_of(part)) for part in (moves.places, moves.first, moves.per)),
        unknowns,
        *(ctypes.c_void_p(address_of(part)) for part in (out, jacobian)),
    )
    if failed:
        raise MemoryError
    return out, jacobian
