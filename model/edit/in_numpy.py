"""One picture's edit on NumPy arrays: its numbers, what it has to know of the picture, and pixels.

The same functions as the edit layer calls, without torch. Whole pictures of the camera's size take
much memory here: for those there is model.render.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from imaging.camera import Shot
from imaging.resize import fit_long_side
from model.edit.numpy_array import Array
from model.edit.processes import rendered_process
from model.edit.rendered_process import RenderedProcess
from model.edit.whole import PROXY_LONG_SIDE, Whole
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


def whole_of(
    process: RenderedProcess,
    masks: str,
    pixels: np.ndarray,
    edit: Mapping[str, Array],
    shot: Shot | None = None,
) -> Whole | None:
    """What the edit's steps have to know of a whole picture, from a proxy of it; None: nothing.

    Args:
        masks: see model.edit_layer.
        pixels: HxWx3 float32 linear ProPhoto, all of it.
        edit: from edit_arrays(); where process.whole_by_edit is False it makes no difference.
        shot: what is known of the camera.

    Returns:
        Of process 2 a model.edit.scene.Scene; process.prepared() adds the edit's tables.
    """
    if masks not in process.whole_masks:
        return None
    proxy = to_planes(fit_long_side(pixels, PROXY_LONG_SIDE))
    return process.find_whole(proxy, edit, [shot])


def render_in_numpy(
    pixels: np.ndarray,
    params: Mapping[str, Any],
    *,
    process: int = 1,
    masks: str = "plain",
    shot: Shot | None = None,
) -> np.ndarray:
    """Edit a small picture: as model.edit_layer.render, but for rounding.

    Args:
        pixels: HxWx3 float32 linear ProPhoto.
        params: one edit in Camera Raw's units.

    Returns:
        HxWx3 float32 linear ProPhoto in 0..1.
    """
    rendered = rendered_process(process)
    edit, image = edit_arrays(params, rendered.facts.panels), to_planes(pixels)
    whole = whole_of(rendered, masks, pixels, edit, shot)
    if whole is not None:
        whole = rendered.prepared(whole, edit).of(image)
    for step in rendered.steps:
        image = step.apply(image, edit, whole)
    return np.ascontiguousarray(np.moveaxis(image[0].view(np.ndarray), 0, 2))
