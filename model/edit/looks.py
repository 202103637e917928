"""Creative looks on pictures: a look for each, or none.

Camera Raw applies a look's parts in two places, as others measured (rawmakase,
docs/lightroom-profiles.md, MIT): LookTable and curves with the camera profile's own, the RGB table
after the photo's curves, mixer and Saturation and before the grading. Pictures are Bx3xHxW linear
ProPhoto 0..1; tensors, or model.edit.dual's Duals.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from model.edit.arrays import cat
from model.edit.hue_sat import Maps
from model.edit.point_curves import channel_curves, master_curve, points_table
from model.edit.rendered_process import Call
from model.edit.rgb_table import apply_rgb_table
from params.resolved_look import ResolvedLook

# Of each picture of a batch.
Looks = Sequence[ResolvedLook | None]


def look_maps(looks: Looks) -> tuple[Maps, ...]:
    """The looks' LookTables, for model.edit.hue_sat.apply_maps after the camera profile's own."""
    tables = (None if look is None else look.look_table for look in looks)
    return tuple(() if table is None else (table,) for table in tables)


def look_curves(image: Any, looks: Looks) -> Any:
    """The looks' curves, on display colours right after the base curve."""
    return _each(image, looks, lambda look: bool(look.curves), _curves)


def apply_look(image: Any, looks: Looks) -> Any:
    """The looks' RGB tables, after curves, mixer and Saturation, before the grading."""
    return _each(image, looks, lambda look: look.rgb_table is not None, _rgb_table)


def _rgb_table(image: Any, look: ResolvedLook) -> Any:
    assert look.rgb_table is not None
    return apply_rgb_table(image, look.rgb_table, look.rgb_amount)


def _curves(image: Any, look: ResolvedLook) -> Any:
    for function, tables in curve_calls(look, image.dtype, image.device):
        image = function(image, *tables)
    return image


def curve_calls(look: ResolvedLook, dtype: Any, device: Any) -> Iterator[Call]:
    """What a look's curves come to, one after the other; for tensors or Arrays of this type."""
    for curves, share in look.curves:
        master, *channels = (
            None if points is None else points_table(points, dtype, device) * share
            for points in curves
        )
        if master is not None:
            yield master_curve, (master,)
        if any(table is not None for table in channels):
            yield channel_curves, tuple(channels)


def _each(
    image: Any,
    looks: Looks,
    has_it: Callable[[ResolvedLook], bool],
    apply: Callable[[Any, ResolvedLook], Any],
) -> Any:
    """Pictures that have the same look go together; those without stay as they are."""
    if all(look is None or not has_it(look) for look in looks):
        return image
    if len(set(looks)) == 1 and looks[0] is not None:
        return apply(image, looks[0])
    pictures = [
        picture if look is None or not has_it(look) else apply(picture, look)
        for picture, look in zip(image.split(1, dim=0), looks, strict=True)
    ]
    return cat(pictures, dim=0)
