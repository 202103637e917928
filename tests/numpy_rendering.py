"""Small pictures rendered by the edit's own functions on NumPy arrays, without torch."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from imaging.camera import Shot
from imaging.resize import fit_long_side
from model.edit.in_numpy import edit_arrays, to_planes
from model.edit.numpy_array import Array
from model.edit.processes import rendered_process
from model.edit.rendered_process import RenderedProcess
from model.edit.whole import PROXY_LONG_SIDE, Whole


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
