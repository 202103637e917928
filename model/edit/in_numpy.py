"""One picture and its edit as NumPy arrays, which the functions of this folder take as tensors."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from model.edit.numpy_array import Array
from params.panels import moved_panels
from params.ranges import CURVE_NAME, SLIDER_NAMES


def edit_arrays(params: Mapping[str, Any], panels: Sequence[str] = ()) -> dict[str, Array]:
    """One edit (floats and lists, Camera Raw's units) -> float32 arrays with a batch of one.

    panels: which of its panels come with it, where they change anything.
    """
    held = {name: params[name] for name in (*SLIDER_NAMES, CURVE_NAME)}
    held |= moved_panels(params, panels)
    return {name: np.asarray(v, dtype=np.float32)[None].view(Array) for name, v in held.items()}


def to_planes(pixels: np.ndarray) -> Array:
    """HxWx3 -> 1x3xHxW float32."""
    planes = np.ascontiguousarray(np.moveaxis(pixels, 2, 0), dtype=np.float32)
    return planes[None].view(Array)
