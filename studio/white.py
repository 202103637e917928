"""A shot's white balance: Camera Raw's kelvin and tint, and an edit's, which are relative to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from imaging.camera import Shot
from params.white_balance import WHITE, to_absolute, to_relative


@dataclass(frozen=True)
class White:
    """What is known of a shot's white balance.

    as_shot: Camera Raw's {Temperature, Tint}. shot: its camera's colour, for process 1.
    """

    as_shot: Mapping[str, float] | None = None
    shot: Shot | None = None

    def absolute(self, relative: Mapping[str, Any], process: int) -> dict[str, float]:
        """An edit's kelvin and tint -> Camera Raw's."""
        kelvin, tint = (float(relative[name]) for name in WHITE)
        found = to_absolute(kelvin, tint, process, **self._known)
        return dict(zip(WHITE, found, strict=True))

    def relative(self, absolute: Mapping[str, Any], process: int) -> dict[str, float]:
        """Camera Raw's kelvin and tint -> an edit's."""
        kelvin, tint = (float(absolute[name]) for name in WHITE)
        found = to_relative(kelvin, tint, process, **self._known)
        return dict(zip(WHITE, found[:2], strict=True))

    @property
    def _known(self) -> dict[str, Any]:
        shot = self.shot
        camera = {} if shot is None else {"camera": shot.color, "neutral": shot.neutral}
        return {"as_shot": self.as_shot, **camera}
