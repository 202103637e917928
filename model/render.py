"""Whole pictures, edited: by the compiled kernel on the CPU, else by the edit layer.

The layer is the definition; the kernel (model.fused) does the same within a step of 16 bits, many
times as fast, and torch is not imported for it. Where there is no kernel, or it lacks something,
the layer does the work.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from imaging.camera import Shot
from imaging.output_options import GAMUT
from imaging.row_blocks import stretches
from model.edit.whole import Whole
from model.encode import encode
from model.fused.edits import PictureEdits
from model.fused.library import fits, library, run
from model.fused.plan import NotPlanned, Plan
from model.fused.proxy import Proxy
from params.record import Record

_MOST_ROWS = 64

log = logging.getLogger(__name__)


def render(
    pixels: np.ndarray,
    params: Mapping[str, Any],
    *,
    process: int = 1,
    masks: str = "plain",
    shot: Shot | None = None,
    device: Any = "cpu",
    out: np.ndarray | None = None,
) -> np.ndarray:
    """Edit a whole picture of any size.

    Args:
        pixels: HxWx3 float32 linear ProPhoto.
        params: one edit in Camera Raw's units (floats, and ToneCurve as a sequence).
        process: number of the edit process.
        masks: of process 1, see model.edit_layer.
        shot: what is known of the camera, for a process that renders by it.
        device: torch's name of one, or its device.
        out: where to write; may be `pixels` itself. uint16 is written as ROMM and uint8 as sRGB,
            also into model.encode.place_in(pixels, ...); the pixels are then lost.

    Returns:
        HxWx3 float32 linear ProPhoto in 0..1, or out: equal to rendering it in one piece.
    """
    picture = _Picture(pixels, {"process": process, "masks": masks, "shot": shot}, device)
    return picture.edited(params, out)


def render_edits(
    pixels: np.ndarray,
    edits: Iterable[Mapping[str, Any]],
    *,
    process: int = 1,
    masks: str = "plain",
    shot: Shot | None = None,
    device: Any = "cpu",
    whole: Whole | None = None,
) -> Iterator[np.ndarray]:
    """A picture with each of several edits: as render(), one after another.

    What does not depend on the edit is found out of the picture once. whole: that, of Arrays, where
    it is known already.
    """
    how: dict[str, Any] = {"process": process, "masks": masks, "shot": shot}
    picture = _Picture(pixels, how, device)
    if picture.plans is not None:
        picture.plans.whole = whole
    if picture.plans is None:
        from model.edit_layer import render_edits as by_layer

        yield from by_layer(pixels, edits, **how, device=device)
        return
    for params in edits:
        yield picture.edited(params, None)


def render_record(
    pixels: np.ndarray,
    record: Record,
    device: Any = "cpu",
    out: np.ndarray | None = None,
    shot: Shot | None = None,
    gamut: str = GAMUT,
) -> np.ndarray:
    """Render a picture with the edit of a parameter file; see render().

    gamut: of what is written as sRGB, as imaging.jpeg.to_srgb8 has it.
    """
    how = {"process": record.process, "masks": record.masks, "shot": shot}
    return _Picture(pixels, how, device, gamut).edited(record.params, out)


class _Picture:
    """A picture that is to be edited.

    how: process, masks and shot.
    plans: of its edits, for the kernel; None: the layer does them.
    """

    def __init__(
        self, pixels: np.ndarray, how: Mapping[str, Any], device: Any, gamut: str = GAMUT
    ) -> None:
        self._pixels, self._how, self._device, self._gamut = pixels, how, device, gamut
        self.plans: PictureEdits | None = None
        if str(device) == "cpu" and pixels.size and library() is not None:
            height, width = pixels.shape[:2]
            self._proxy = Proxy(pixels)
            self.plans = PictureEdits(**how, proxy=self._proxy, size=(height, width))

    def edited(self, params: Mapping[str, Any], out: np.ndarray | None) -> np.ndarray:
        plan = None
        if self.plans is not None:
            try:
                plan = self.plans.plan(params)
            except NotPlanned as reason:
                log.debug("the edit layer renders: %s", reason)
        if plan is not None:
            return self._by_kernel(plan, params, out)
        return self._by_layer(params, out)

    def _by_layer(self, params: Mapping[str, Any], out: np.ndarray | None) -> np.ndarray:
        from model.edit_layer import render as by_layer

        pixels = self._pixels
        if out is None or out.dtype.kind == "f":
            return by_layer(pixels, params, **self._how, device=self._device, out=out)
        place = pixels if np.may_share_memory(pixels, out) else None
        edited = by_layer(pixels, params, **self._how, device=self._device, out=place)
        return encode(edited, out, self._gamut)

    def _by_kernel(
        self, plan: Plan, params: Mapping[str, Any], out: np.ndarray | None
    ) -> np.ndarray:
        pixels = self._pixels
        if pixels.dtype != np.float32 or not fits(pixels):
            pixels = np.ascontiguousarray(pixels, dtype=np.float32)
        whole = out if out is not None and fits(out) else np.empty(pixels.shape, np.float32)
        rows = list(stretches(run(plan, pixels, whole, self._gamut), _MOST_ROWS))
        if rows:
            from model.edit_layer import render_rows

            edited = render_rows(pixels, params, rows, proxy=self._proxy(), **self._how)
            for (top, bottom), part in zip(rows, edited, strict=True):
                _put(part, whole[top:bottom], self._gamut)
        if out is not None and whole is not out:
            _put(whole, out, self._gamut)
        return whole if out is None else out


def _put(pixels: np.ndarray, out: np.ndarray, gamut: str) -> None:
    """Linear ProPhoto pixels, to be held as out holds them."""
    if out.dtype.kind == "f":
        out[...] = pixels
    else:
        encode(pixels, out, gamut)
