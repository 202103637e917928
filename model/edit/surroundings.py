"""What Clarity, Texture and Dehaze know of whole pictures: made only where one of them is used."""

import functools

from model.edit.arrays import Values
from model.edit.clarity_texture import clarity_base, texture_base
from model.edit.dehaze import dehaze_base
from model.edit.hue_preserving import tone_map
from model.edit.local_base import LocalBase

CLARITY, TEXTURE, DEHAZE = "clarity", "texture", "dehaze"


class Surroundings:
    """Of whole pictures Bx3xhxw (proxies), the same for every edit and strip of them.

    scene: linear ProPhoto as shot. based: after the base rendering. curves: [B, S], of their
    profiles, for model.edit.hue_preserving.tone_map.
    """

    def __init__(self, scene: Values, based: Values, curves: Values) -> None:
        self._scene, self._based, self._curves = scene.detach(), based.detach(), curves

    @functools.cached_property
    def clarity(self) -> LocalBase:
        return clarity_base(self._scene)

    @functools.cached_property
    def texture(self) -> LocalBase:
        return texture_base(self._scene)

    @functools.cached_property
    def dehaze(self) -> LocalBase:
        return dehaze_base(self._scene, tone_map(self._based, self._curves))
