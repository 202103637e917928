"""DifferentiableEditLayer: the renderer by torch, and the definition of what edits look like.

Training, fits and whole pictures on GPUs go through it; on CPUs model.render has the compiled
kernel do the same.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from imaging.camera import Shot
from imaging.resize import fit_long_side
from model.edit.in_numpy import edit_arrays
from model.edit.processes import rendered_process
from model.edit.strips import edit_strips, to_pixels, to_tensor
from model.edit.whole import PROXY_LONG_SIDE, Whole
from params.panels import panel_names
from params.ranges import CURVE_NAME, SLIDER_NAMES

STRIP_PIXELS: int | None = None  # None: see model.edit.strips


class DifferentiableEditLayer(nn.Module):
    """Applies an edit to linear ProPhoto pictures, keeping gradients to picture and sliders.

    Args:
        process: number of the edit process, see docs/process-1.md and docs/process-2.md.
        masks: of process 1: "plain", or "centred" (each less its mean over the picture).

    Attributes:
        needs_whole: a pixel's edit depends on the whole picture: see find_whole().
    """

    def __init__(self, process: int = 1, masks: str = "plain") -> None:
        super().__init__()
        self.process = rendered_process(process)
        self.needs_whole = self.process.needs_whole(masks)
        self.masks = masks
        self.steps = self.process.steps
        self._names = (*SLIDER_NAMES, CURVE_NAME, *panel_names(self.process.facts.panels))

    def forward(
        self, image: Tensor, params: Mapping[str, Tensor], whole: Whole | None = None
    ) -> Tensor:
        """Render.

        Args:
            image: Bx3xHxW linear ProPhoto, as-shot white balance, 0..1.
            params: slider name -> [B] in Camera Raw's units, and ToneCurve -> [B, K] in 0..1;
                of the process's panels, those that are to be worked out.
            whole: what find_whole() says of the whole picture; of `image` itself when None.

        Returns:
            Bx3xHxW in 0..1, float32 (float64 stays float64).
        """
        if not image.is_floating_point() or image.dtype in (torch.float16, torch.bfloat16):
            image = image.float()
        p = {name: params[name].to(image) for name in self._names if name in params}
        with torch.autocast(image.device.type, enabled=False):
            if not self.needs_whole:
                whole = None
            elif whole is None:
                whole = self.find_whole(image, p)
            if whole is not None:
                whole = whole.of(image)
            for step in self.steps:
                image = step.apply(image, p, whole)
        return image

    def find_whole(
        self,
        image: Tensor,
        params: Mapping[str, Tensor],
        shots: Sequence[Shot | None] = (),
    ) -> Whole | None:
        """What forward() has to know of whole pictures, from (proxies of) them; None: nothing.

        shots: what is known of the cameras, for a process that renders by it.
        """
        return self.process.find_whole(image, params, shots) if self.needs_whole else None


def params_to_tensors(
    params: Mapping[str, Any], device: torch.device | str = "cpu", panels: Sequence[str] = ()
) -> dict[str, Tensor]:
    """One edit (floats and lists, Camera Raw's units) -> tensors with a batch of one.

    panels: which of its panels come with it, where they change anything.
    """
    held = edit_arrays(params, panels)
    return {name: torch.from_numpy(np.asarray(v)).to(device) for name, v in held.items()}


@torch.inference_mode()
def render(
    pixels: np.ndarray,
    params: Mapping[str, Any],
    *,
    process: int = 1,
    masks: str = "plain",
    shot: Shot | None = None,
    device: torch.device | str = "cpu",
    out: np.ndarray | None = None,
) -> np.ndarray:
    """Edit a whole picture of any size, strip by strip.

    Args:
        pixels: HxWx3 float32 linear ProPhoto.
        params: one edit in Camera Raw's units (floats, and ToneCurve as a sequence).
        process: number of the edit process.
        shot: what is known of the camera, for a process that renders by it.
        out: where to write; may be `pixels` itself.

    Returns:
        HxWx3 float32 linear ProPhoto in 0..1: equal to rendering it in one piece.
    """
    layer = DifferentiableEditLayer(process, masks).to(device)
    values = params_to_tensors(params, device, layer.process.facts.panels)
    whole = _whole_by_proxy(layer, pixels, values, shot)
    return _render_strips(layer, pixels, values, whole, out)


@torch.inference_mode()
def render_rows(
    pixels: np.ndarray,
    params: Mapping[str, Any],
    rows: Iterable[tuple[int, int]],
    *,
    proxy: np.ndarray,
    process: int = 1,
    masks: str = "plain",
    shot: Shot | None = None,
) -> Iterator[np.ndarray]:
    """As render() on the CPU, only rows from ... to before ... of the picture, one after another.

    proxy: the whole picture with PROXY_LONG_SIDE.
    """
    layer = DifferentiableEditLayer(process, masks)
    values = params_to_tensors(params, panels=layer.process.facts.panels)
    whole = layer.find_whole(to_tensor(proxy), values, [shot])
    for top, bottom in rows:
        part = None if whole is None else whole.strip(top, len(pixels))
        yield to_pixels(layer(to_tensor(pixels[top:bottom]), values, part))


def render_edits(
    pixels: np.ndarray,
    edits: Iterable[Mapping[str, Any]],
    *,
    process: int = 1,
    masks: str = "plain",
    shot: Shot | None = None,
    device: torch.device | str = "cpu",
) -> Iterator[np.ndarray]:
    """A picture with each of several edits: as render(), one after another.

    What does not depend on the edit is found out of the picture once.
    """
    layer, whole = DifferentiableEditLayer(process, masks).to(device), None
    for params in edits:
        with torch.inference_mode():
            values = params_to_tensors(params, device, layer.process.facts.panels)
            if whole is None or layer.process.whole_by_edit:
                whole = _whole_by_proxy(layer, pixels, values, shot)
            edited = _render_strips(layer, pixels, values, whole, None)
        yield edited


def _whole_by_proxy(
    layer: DifferentiableEditLayer,
    pixels: np.ndarray,
    values: Mapping[str, Tensor],
    shot: Shot | None,
) -> Whole | None:
    """What the layer has to know of a whole picture HxWx3, from a proxy of it."""
    if not layer.needs_whole:
        return None
    device = values[CURVE_NAME].device
    proxy = to_tensor(fit_long_side(pixels, PROXY_LONG_SIDE), device)
    return layer.find_whole(proxy, values, [shot])


def _render_strips(
    layer: DifferentiableEditLayer,
    pixels: np.ndarray,
    values: Mapping[str, Tensor],
    whole: Whole | None,
    out: np.ndarray | None,
) -> np.ndarray:
    height, width = pixels.shape[:2]
    out = np.empty((height, width, 3), np.float32) if out is None else out
    prepared = None if whole is None else layer.process.prepared(whole, values)

    @torch.inference_mode()  # which a thread does not inherit
    def edit(strip: Tensor, top: int) -> Tensor:
        part = None if prepared is None else prepared.strip(top, height)
        return layer(strip, values, part)

    edit_strips(edit, pixels, out, values[CURVE_NAME].device, STRIP_PIXELS)
    return out
