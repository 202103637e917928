"""A camera profile's tables of hue, saturation and value, applied as Adobe's DNG SDK does."""

import functools
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from model.edit.arrays import Values, constant
from model.edit.hsv import from_hsv, to_hsv
from params.colorimetry import srgb_decode, srgb_encode, where
from params.profile_table import ProfileTable

# A picture's tables: none, one, or one for each of two illuminants (of the same dims).
Maps = tuple[ProfileTable, ...]

_IDENTITY = ProfileTable(np.array([[[[0.0, 1.0, 1.0]] * 2]], np.float32))


class _Layout(NamedTuple):
    """The tables of a batch, one behind the other.

    entries: [3, N], or [6, N] where a picture has two.
    start, hues, saturations, values: of each picture's first map, [B, 1, 1].
    encoded: [B, 1, 1], or None where no picture's values are.
    deep: some table has more than one value.
    """

    entries: Values
    start: Values
    hues: Values
    saturations: Values
    values: Values
    encoded: Values | None
    deep: bool


def apply_maps(image: Any, maps: Sequence[Maps], share: Any = None) -> Any:
    """Shift the hues, scale the saturations and values of pictures; trilinear, hues wrap around.

    Valuess, or model.edit.dual's Duals.

    Args:
        image: Bx3xHxW linear ProPhoto in 0..1.
        maps: of each picture. Where no picture has any, `image` itself comes back.
        share: [B], the first map's, 0..1; for pictures with two.
    """
    if not any(maps):
        return image
    layout = _lay_out(tuple(maps), image.dtype, image.device)
    hue, saturation, value = to_hsv(image)
    if layout.encoded is not None:
        value = where(layout.encoded, srgb_encode(value), value)
    moves = _look_up(layout, hue, saturation, value).unbind(0)
    if len(moves) > 3:
        part = share.reshape(-1, 1, 1)
        moves = [two + (one - two) * part for one, two in zip(moves[:3], moves[3:], strict=True)]
    hue = hue + moves[0] * (1.0 / 60.0)
    saturation = (saturation * moves[1]).clamp(0.0, 1.0)
    value = (value * moves[2]).clamp(0.0, 1.0)
    if layout.encoded is not None:
        value = where(layout.encoded, srgb_decode(value), value)
    return from_hsv(hue, saturation, value)


def _look_up(layout: _Layout, hue: Any, saturation: Any, value: Any) -> Any:
    """What the tables say between their entries, [3 or 6, B, H, W]."""
    hues, saturations, values = layout.hues, layout.saturations, layout.values
    hue_low, hue_part = _place(hue * hues / 6.0, hues - 1)
    hue_high = where(hue_low + 1 < hues, hue_low + 1, 0)
    saturation_low, saturation_part = _place(saturation * (saturations - 1), saturations - 2)
    first = layout.start + saturation_low

    def row(hue_index: Values, value_index: Any) -> Any:
        index = (first + (value_index * hues + hue_index) * saturations).reshape(-1)
        here, next_one = (
            layout.entries.index_select(1, i).reshape(-1, *first.shape) for i in (index, index + 1)
        )
        return here + (next_one - here) * saturation_part

    def plane(value_index: Any) -> Any:
        here = row(hue_low, value_index)
        return here + (row(hue_high, value_index) - here) * hue_part

    if not layout.deep:
        return plane(0)
    value_low, value_part = _place(value * (values - 1), (values - 2).clamp(min=0))
    here = plane(value_low)
    return here + (plane((value_low + 1).minimum(values - 1)) - here) * value_part


def _place(position: Any, last: Values) -> tuple[Values, Any]:
    """The entry below a position (at most the last), and the part of the way from it on."""
    below = position.detach().floor().long().minimum(last)
    return below, position - below


@functools.lru_cache(maxsize=8)
def _lay_out(batch: tuple[Maps, ...], dtype: Any, device: Any) -> _Layout:
    filled = [maps or (_IDENTITY,) for maps in batch]
    two = any(len(maps) > 1 for maps in filled)
    start: dict[Maps, int] = {}
    pieces, count = [], 0
    for maps in filled:
        if maps not in start:  # the starts of a fit share their picture's
            start[maps] = count
            kept = (maps[0], maps[-1]) if two else maps
            pieces.append(np.concatenate([m.entries.reshape(-1, 3).T for m in kept]))
            count += pieces[-1].shape[1]
    keep = functools.partial(constant, dtype=dtype, device=device)
    columns = zip(*((start[maps], *maps[0].entries.shape[:3]) for maps in filled), strict=True)
    at, values, hues, saturations = (keep(np.array(column)[:, None, None]) for column in columns)
    encoded = np.array([maps[0].encoded for maps in filled])[:, None, None]
    return _Layout(
        keep(np.concatenate(pieces, axis=1)),
        at,
        hues,
        saturations,
        values,
        keep(encoded) if encoded.any() else None,
        any(len(maps[0].entries) > 1 for maps in filled),
    )
