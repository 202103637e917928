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
from imaging.resize import fit_long_side
from model.edit.whole import PROXY_LONG_SIDE
from model.fused.edits import PictureEdits
from model.fused.library import fits, library, run
from model.fused.plan import NotPlanned, Plan
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
        out: where to write; may be `pixels` itself.

    Returns:
        HxWx3 float32 linear ProPhoto in 0..1: equal to rendering it in one piece.
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
) -> Iterator[np.ndarray]:
    """A picture with each of several edits: as render(), one after another.

    What does not depend on the edit is found out of the picture once.
    """
    how: dict[str, Any] = {"process": process, "masks": masks, "shot": shot}
    picture = _Picture(pixels, how, device)
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
) -> np.ndarray:
    """Render a picture with the edit of a parameter file; see render()."""
    return render(
        pixels,
        record.params,
        process=record.process,
        masks=record.masks,
        shot=shot,
        device=device,
        out=out,
    )


class _Picture:
    """A picture that is to be edited.

    how: process, masks and shot.
    plans: of its edits, for the kernel; None: the layer does them.
    """

    def __init__(self, pixels: np.ndarray, how: Mapping[str, Any], device: Any) -> None:
        self._pixels, self._how, self._device = pixels, how, device
        self.plans: PictureEdits | None = None
        if str(device) == "cpu" and pixels.size and library() is not None:
            self._proxy = fit_long_side(pixels, PROXY_LONG_SIDE)
            height, width = pixels.shape[:2]
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
        from model.edit_layer import render as by_layer

        return by_layer(self._pixels, params, **self._how, device=self._device, out=out)

    def _by_kernel(
        self, plan: Plan, params: Mapping[str, Any], out: np.ndarray | None
    ) -> np.ndarray:
        pixels = self._pixels
        if pixels.dtype != np.float32 or not fits(pixels):
            pixels = np.ascontiguousarray(pixels, dtype=np.float32)
        whole = out if out is not None and fits(out) else np.empty(pixels.shape, np.float32)
        rows = list(_stretches(run(plan, pixels, whole)))
        if rows:
            from model.edit_layer import render_rows

            edited = render_rows(pixels, params, rows, proxy=self._proxy, **self._how)
            for (top, bottom), part in zip(rows, edited, strict=True):
                whole[top:bottom] = part
        if out is not None and whole is not out:
            out[...] = whole
        return whole if out is None else out


def _stretches(chosen: np.ndarray) -> Iterator[tuple[int, int]]:
    """First and last + 1 of each run of chosen rows, at most _MOST_ROWS long."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], chosen, [False]]).astype(np.int8)))
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        for top in range(start, end, _MOST_ROWS):
            yield top, min(top + _MOST_ROWS, end)
