"""A picture that stays open while its edit is changed again and again: sRGB of it, or of its rows.

What does not depend on the edit is found once, so that an edit costs its own part only; it is what
model.render gives, code for code.
"""

import logging
import threading
from typing import Any

import numpy as np

from imaging.camera import Shot
from imaging.jpeg import to_srgb8
from imaging.output_options import GAMUT
from imaging.row_blocks import stretches
from model.fused.edits import PictureEdits
from model.fused.library import library, run
from model.fused.plan import NotPlanned, Plan
from model.fused.proxy import Proxy
from params.record import Record

log = logging.getLogger(__name__)

_MOST_ROWS = 64


class OpenPicture:
    """Pixels, HxWx3 float32 linear ProPhoto in contiguous rows, that are never written to.

    Several threads may ask: what depends on the edit is found for one at a time.

    Args:
        process, masks, shot: as model.render.render has them; edits are of this process.
    """

    def __init__(
        self, pixels: np.ndarray, process: int, shot: Shot | None = None, masks: str = "plain"
    ) -> None:
        self.pixels = np.ascontiguousarray(pixels, np.float32)
        self.shot = shot
        self._how: dict[str, Any] = {"process": process, "masks": masks, "shot": shot}
        self._lock = threading.Lock()
        self._small = Proxy(self.pixels)
        self._edits: PictureEdits | None = None
        if pixels.size and library() is not None:
            height, width = pixels.shape[:2]
            self._edits = PictureEdits(**self._how, proxy=self._small, size=(height, width))

    @property
    def size(self) -> tuple[int, int]:
        """Height and width."""
        height, width = self.pixels.shape[:2]
        return height, width

    @property
    def nbytes(self) -> int:
        """What it takes of memory."""
        return self.pixels.nbytes + self._small.nbytes

    def srgb8(
        self, record: Record, rows: tuple[int, int] | None = None, gamut: str = GAMUT
    ) -> np.ndarray:
        """The picture with an edit, or its rows first..last - 1: uint8 sRGB.

        rows: of the picture; what an edit does there is what it does in the whole of it.
        gamut: as imaging.jpeg.to_srgb8 has it.
        """
        first, last = rows or (0, len(self.pixels))
        out = np.empty((last - first, *self.pixels.shape[1:]), np.uint8)
        return self._edited(record, out, (first, last), gamut)

    def linear(self, record: Record) -> np.ndarray:
        """The picture with an edit: HxWx3 float32 linear ProPhoto."""
        return self._edited(record, np.empty_like(self.pixels), (0, len(self.pixels)), GAMUT)

    def _edited(
        self, record: Record, out: np.ndarray, rows: tuple[int, int], gamut: str
    ) -> np.ndarray:
        """out, into which rows of the picture are rendered."""
        first, last = rows
        left = np.zeros(len(self.pixels), bool)
        left[first:last] = True
        if (plan := self._plan(record)) is not None:
            left[first:last] = run(plan, self.pixels, out, gamut, rows)[first:last]
        todo = [(top, bottom) for top, bottom in stretches(left, _MOST_ROWS)]
        if todo:
            from model.edit_layer import render_rows

            parts = render_rows(self.pixels, record.params, todo, proxy=self._small(), **self._how)
            for (top, bottom), part in zip(todo, parts, strict=True):
                place = out[top - first : bottom - first]
                place[...] = part if out.dtype == np.float32 else to_srgb8(part, gamut)
        return out

    def _plan(self, record: Record) -> Plan | None:
        if self._edits is None:
            return None
        try:
            with self._lock:
                return self._edits.plan(record.params)
        except NotPlanned as reason:
            log.debug("the edit layer renders: %s", reason)
            return None
