"""Where the pixels of a strip lie in the cropped picture: what vignettes and grain need."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from model.edit.arrays import Values, like
from model.edit.grain import grain_pattern
from model.edit.vignette import Frame, frame_in, frame_of
from params.crop import Window
from params.panels import GRAIN

_PATTERN = ("GrainSize", "GrainFrequency")


@dataclass(frozen=True)
class Place:
    """The place of a strip of whole rows.

    top: its first row in the picture at hand.
    rows: of the picture at hand; None: the strip is all of it.
    full_side: the longer side in pixels of the picture at full size; None: it is at full size.
        Grain follows it: a smaller picture shows the full one's, reduced.
    window: the crop of the picture at hand into which a vignette is fitted; None: all of it.
    """

    top: int = 0
    rows: int | None = None
    full_side: int | None = None
    window: Window | None = None

    def strip(self, top: int, rows: int) -> "Place":
        """The rows from `top` on of a picture of so many rows."""
        return replace(self, top=top, rows=rows)

    def frame(self, image: Any) -> Frame:
        """The strip's part of a vignette's frame; image: the strip, BxCxHxW."""
        height, width = image.shape[2], image.shape[3]
        if self.window is None:
            return frame_of(height, width, self.top, self.rows)
        return frame_in(self.window, height, width, self.top)

    def reduced(self, whole: tuple[int, int]) -> float:
        """How many times as long the full-size picture is as one of so many rows and columns."""
        return max(1.0, (self.full_side or 0) / max(whole))

    def grain(self, image: Any, p: Mapping[str, Any], seed: int) -> Values:
        """The strip's grain for model.edit.grain.grain, 1x1xHxW, or Bx1xHxW where sizes differ.

        p: sliders [B] of params.panels.GRAIN; missing ones are neutral. All pictures of a batch
            have the same seed.
        """
        shape = image.shape[2], image.shape[3]
        whole = shape[0] if self.rows is None else self.rows, shape[1]
        reduced = self.reduced(whole)
        patterns = {
            sizes: grain_pattern(
                shape, whole, self.top, seed, dict(zip(_PATTERN, sizes, strict=True)), reduced
            )
            for sizes in dict.fromkeys(_sizes(p))
        }
        if len(patterns) == 1:
            return like(next(iter(patterns.values())), image)
        return like(np.concatenate([patterns[sizes] for sizes in _sizes(p)]), image)


def _sizes(p: Mapping[str, Any]) -> list[tuple[float, ...]]:
    """Size and roughness of each picture; of one for all where they aren't given."""
    given = [p[name].detach().tolist() if name in p else [GRAIN.neutral[name]] for name in _PATTERN]
    count = max(map(len, given))
    return list(zip(*(v if len(v) == count else v * count for v in given), strict=True))
