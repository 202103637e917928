"""Scene light before the profile's tone curve: Exposure, toe and shoulder.

The numbers are in params.base_rendering. A profile's LookTable and its tone curve come after it.
"""

import functools
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from model.edit.arrays import Values, cat, constant
from model.edit.hue_preserving import tone_map
from model.edit.lookup import evaluate_cubics, node_cubics, rooted_greys, rooted_lookup
from params.base_rendering import BASES
from params.colorimetry import where
from params.rendering import CAMERA_RAW, SDK, SHADOWS

SIZE = 1025


class Base(NamedTuple):
    """A shot's base rendering: a name of params.base_rendering.BASES, and its profile's black point
    in thousandths."""

    name: str = CAMERA_RAW
    shadows: float = SHADOWS


_NODES = np.linspace(-10.0, 10.0, 81)  # of total exposure, in EV


def base_tables(exposure: Any, bases: Sequence[Base]) -> Any:
    """base_table() of pictures whose base renderings may differ: `bases` of each."""
    if len(set(bases)) == 1:
        return base_table(exposure, bases[0])
    each = zip(exposure.split(1, 0), bases, strict=True)
    return cat([base_table(one, base) for one, base in each], dim=0)


def base_table(exposure: Any, base: Base = Base()) -> Any:  # noqa: B008  it is a tuple
    """What a base rendering makes of scene greys, for apply_base().

    Args:
        exposure: [B], BaselineExposure and Exposure together in EV; Limited to -10..10.
        base: which.

    Returns:
        [B, SIZE]: the values at rooted_greys(SIZE), 0..1, less those greys.

    Raises:
        KeyError: no such base.
    """
    if isinstance(exposure, np.ndarray):
        nodes, cubics = _cubics_about(base, exposure)
    else:
        nodes, cubics = _cubics(base, exposure.dtype, exposure.device)
    root = evaluate_cubics(nodes, cubics, exposure)
    return root * root - scene_greys(exposure.dtype, exposure.device)


def apply_base(image: Any, table: Any, bases: Sequence[Base] = ()) -> Any:
    """A table of base_tables() on linear ProPhoto 0..1 (1.0 the camera's white).

    Hue-preserving; the SDK's ramp is on each channel. bases: of each picture, "camera-raw" where
    none are given.
    """
    alone = [base.name == SDK for base in bases]
    if not any(alone):
        return tone_map(image, table)
    each = (image + rooted_lookup(table, image)).clamp(0.0, 1.0)
    if all(alone):
        return each
    chosen = constant(np.array(alone)[:, None, None, None], image.dtype, image.device)
    return where(chosen, each, tone_map(image, table))


def in_turn(first: Any, second: Any) -> Any:
    """One table for tone_map() that does what two do, one after the other.

    Finer than they are, so that it is as exact.
    """
    greys = scene_greys(first.dtype, first.device, 4 * SIZE)
    first = rooted_lookup(first, greys.expand(first.shape[0], -1))
    return first + rooted_lookup(second, first + greys)


@functools.cache
def scene_greys(dtype: Any, device: Any, size: int = SIZE) -> Values:
    """[1, size], the greys that the tables lie at."""
    return constant(rooted_greys(size)[None], dtype, device)


@functools.cache
def _cubics(base: Base, dtype: Any, device: Any) -> tuple[Values, Values]:
    """Nodes of total exposure, and the cubics between them, for evaluate_cubics()."""
    rows = np.stack([_row(base, ev) for ev in _NODES.tolist()])
    return node_cubics(_NODES, rows, dtype, device)


def _cubics_about(base: Base, exposure: Values) -> tuple[Values, Values]:
    """Those of _cubics() that these exposures need: a stretch's cubic depends on four nodes."""
    places = (np.searchsorted(_NODES, exposure, side="right") - 1).clip(0, len(_NODES) - 2)
    nodes = _NODES[max(0, places.min() - 1) : places.max() + 3]
    rows = np.stack([_row(base, ev) for ev in nodes.tolist()])
    return node_cubics(nodes, rows, exposure.dtype, exposure.device)


@functools.lru_cache(maxsize=1024)
def _row(base: Base, exposure: float) -> np.ndarray:
    """Roots of the rendered values, which are smoother over total exposure than the values."""
    rendered = BASES[base.name](rooted_greys(SIZE), exposure, base.shadows)
    return np.sqrt(rendered.clip(0.0, 1.0))
