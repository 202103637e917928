"""DifferentiableEditLayer: the only renderer.

Fitting, training, previews and full-size output all go through it, so that an edit looks the
same everywhere.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from imaging.camera import Shot
from imaging.resize import fit_long_side
from model.edit import process_1, process_2
from model.edit.scene import Scene, look_at
from model.edit.strips import edit_strips, to_tensor
from params.ranges import CURVE_NAME, SLIDER_NAMES
from params.record import MASKS, PROCESSES, Record

# What an edit has to know of the whole picture is taken from it at this size, so that a strip
# of the full-size picture renders as it does in the proxy.
PROXY_LONG_SIDE = 512
# Of the whole picture: the masks' means [B, 4] of process 1, the scene of process 2.
Whole = Tensor | Scene | None
STRIP_PIXELS: int | None = None  # None: see model.edit.strips


class Step(NamedTuple):
    """A stretch of the edit that looks at one pixel at a time, and the sliders it depends on.

    apply(image, params, whole) takes tensors, or model.solve.dual's Duals in their place.
    """

    names: tuple[str, ...]
    apply: Callable[[Any, Mapping[str, Any], Any], Any]


def _before_regions(image: Tensor, p: Mapping[str, Tensor]) -> Tensor:
    image = process_1.white_balance(image, p["Temperature"], p["Tint"])
    image = process_1.exposure(image, p["Exposure2012"])
    return process_1.contrast(image, p["Contrast2012"])


def _light(image: Tensor, p: Mapping[str, Tensor], mask_means: Tensor | None) -> Tensor:
    return process_1.regions(
        _before_regions(image, p),
        p["Highlights2012"],
        p["Shadows2012"],
        p["Whites2012"],
        p["Blacks2012"],
        mask_means,
    )


def _curve(image: Tensor, p: Mapping[str, Tensor], _: Tensor | None) -> Tensor:
    return process_1.tone_curve(image, p[CURVE_NAME])


def _color(image: Tensor, p: Mapping[str, Tensor], _: Tensor | None) -> Tensor:
    return process_1.vibrance_saturation(image, p["Vibrance"], p["Saturation"])


PROCESS_1 = (
    Step(SLIDER_NAMES[:8], _light),
    Step((CURVE_NAME,), _curve),
    Step(("Vibrance", "Saturation"), _color),
)


PROCESS_2 = (
    Step(
        ("Temperature", "Tint", *process_2.SCENE_SLIDERS, "Vibrance", "Saturation"),
        process_2.on_scene,
    ),
    Step(
        ("Blacks2012", "Highlights2012", "Shadows2012", CURVE_NAME, "Whites2012"),
        process_2.rendered,
    ),
)


class DifferentiableEditLayer(nn.Module):
    """Applies an edit to linear ProPhoto pictures, keeping gradients to picture and sliders.

    Args:
        process: the edit process, see docs/process-1.md and docs/process-2.md.
        masks: of process 1: "plain", or "centred" (each less its mean over the picture).
    """

    def __init__(self, process: int = 1, masks: str = "plain") -> None:
        super().__init__()
        if process not in PROCESSES:
            raise ValueError(f"edit process {process} is not known; known: {PROCESSES}")
        if masks not in MASKS:
            raise ValueError(f"masks is {masks!r}, not plain or centred")
        self.process = process
        self.masks = masks
        self.steps = PROCESS_1 if process == 1 else PROCESS_2

    def forward(self, image: Tensor, params: Mapping[str, Tensor], whole: Whole = None) -> Tensor:
        """Render.

        Args:
            image: Bx3xHxW linear ProPhoto, as-shot white balance, 0..1.
            params: slider name -> [B] in Camera Raw's units, and ToneCurve -> [B, K] in 0..1.
            whole: what look_at() says of the whole picture; of `image` itself when None.

        Returns:
            Bx3xHxW in 0..1, float32 (float64 stays float64).
        """
        if not image.is_floating_point() or image.dtype in (torch.float16, torch.bfloat16):
            image = image.float()
        p = {name: params[name].to(image) for name in (*SLIDER_NAMES, CURVE_NAME)}
        with torch.autocast(image.device.type, enabled=False):
            if not self.looks:
                whole = None
            elif whole is None:
                whole = self.look_at(image, p)
            if isinstance(whole, Scene):
                whole = whole.at(whole.base.distances(image))
            for step in self.steps:
                image = step.apply(image, p, whole)
        return image

    @property
    def looks(self) -> bool:
        """True when an edit depends on the whole picture: see look_at()."""
        return self.process == 2 or self.masks == "centred"

    def look_at(
        self,
        image: Tensor,
        params: Mapping[str, Tensor],
        shots: Sequence[Shot | None] = (),
    ) -> Whole:
        """What forward() has to know of whole pictures, from (proxies of) them.

        shots: of process 2, see model.edit.scene.look_at.
        """
        if self.process == 2:
            return look_at(image, shots)
        return self.mask_means(image, params) if self.masks == "centred" else None

    def prepared(self, whole: Whole, params: Mapping[str, Tensor]) -> Whole:
        """For rendering many strips with one edit: what does not differ between them, made once."""
        if not isinstance(whole, Scene):
            return whole
        return replace(whole, tables=process_2.Tables(params, whole))

    def mask_means(self, image: Tensor, params: Mapping[str, Tensor]) -> Tensor:
        """Regional mask means [B, 4] of a whole picture (a proxy of it), for forward()."""
        p = {name: params[name].to(image) for name in SLIDER_NAMES}
        return process_1.region_mask_means(_before_regions(image, p))


def params_to_tensors(
    params: Mapping[str, Any], device: torch.device | str = "cpu"
) -> dict[str, Tensor]:
    """One edit (floats and a list, Camera Raw's units) -> tensors with a batch of one."""
    names = (*SLIDER_NAMES, CURVE_NAME)
    return {
        name: torch.as_tensor(np.asarray(params[name]), dtype=torch.float32, device=device)[None]
        for name in names
    }


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
    whole: Whole = None,
) -> np.ndarray:
    """Edit a whole picture of any size, strip by strip.

    Args:
        pixels: HxWx3 float32 linear ProPhoto.
        params: one edit in Camera Raw's units (floats, and ToneCurve as a sequence).
        shot: what is known of the camera, for process 2.
        out: where to write; may be `pixels` itself.
        whole: look_over() of the picture, where several edits of it are rendered.

    Returns:
        HxWx3 float32 linear ProPhoto in 0..1: equal to rendering it in one piece.
    """
    layer = DifferentiableEditLayer(process, masks).to(device)
    values = params_to_tensors(params, device)
    if layer.looks:
        if whole is None:
            proxy = to_tensor(fit_long_side(pixels, PROXY_LONG_SIDE), device)
            whole = layer.look_at(proxy, values, [shot])
        whole = layer.prepared(whole, values)
    height, width = pixels.shape[:2]
    out = np.empty((height, width, 3), np.float32) if out is None else out

    @torch.inference_mode()  # which a thread does not inherit
    def edit(strip: Tensor, top: int) -> Tensor:
        part = whole.strip(top, height) if isinstance(whole, Scene) else whole
        return layer(strip, values, part)

    edit_strips(edit, pixels, out, torch.device(device), STRIP_PIXELS)
    return out


@torch.inference_mode()
def look_over(pixels: np.ndarray, shot: Shot | None, process: int) -> Whole:
    """What render() finds out of a picture that is the same for all its edits, on the CPU.

    None in process 1, where there's nothing or it depends on the edit.
    """
    if process != 2:
        return None
    proxy = to_tensor(fit_long_side(pixels, PROXY_LONG_SIDE))
    return DifferentiableEditLayer(2).look_at(proxy, {}, [shot])


def render_record(
    pixels: np.ndarray,
    record: Record,
    device: str = "cpu",
    out: np.ndarray | None = None,
    shot: Shot | None = None,
) -> np.ndarray:
    """Render a picture with the edit of a parameter file; see model.edit_layer.render."""
    return render(
        pixels,
        record.params,
        process=record.process,
        masks=record.masks,
        shot=shot,
        device=device,
        out=out,
    )
