"""A look with its profile and amount: what is to be done to a picture.

How the amount acts is measured in Camera Raw 18.7 by others (rawmakase, docs/lightroom-profiles.md,
MIT): tables in proportion within their own bounds; curves in proportion up to 100 %, above that
once more at what is over; the profile's sliders in proportion up to 100 % and by half above, added
to the photo's. Black and white stays so at any amount.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from params.files import InputError
from params.look_library import LookLibrary
from params.look_profile import LookProfile
from params.look_tables import RgbTable
from params.outputs import KEPT
from params.panels import PANELS
from params.profile_table import ProfileTable
from params.ranges import clamp
from params.unsupported import MOST_AMOUNT, Look
from params.xmp_curve import Point

log = logging.getLogger(__name__)

_GREY = "ConvertToGrayscale"
_SETTINGS = KEPT - {_GREY}  # what has no share of itself


@dataclass(frozen=True, eq=False)
class ResolvedLook:
    """What a look does, its amount taken in.

    look_table: after the camera profile's LookTable.
    curves: (points, share) of the master, red, green and blue curve, each after the other, on
        display values after the base curve; a curve of above 100 % comes twice.
    rgb_table, rgb_amount: after curves, mixer and Saturation, before the grading.
    sliders: to be added to the photo's, see with_look().
    """

    name: str
    look_table: ProfileTable | None = None
    curves: tuple[tuple[tuple[tuple[Point, ...] | None, ...], float], ...] = ()
    rgb_table: RgbTable | None = None
    rgb_amount: float = 1.0
    sliders: Mapping[str, float] = field(default_factory=dict)


def resolve(profile: LookProfile, amount: float = 1.0) -> ResolvedLook:
    """A profile at an amount, 0..2; any other counts as 1, as in Camera Raw."""
    if not (profile.supports_amount and 0.0 <= amount <= MOST_AMOUNT):
        amount = 1.0
    low, high = min(amount, 1.0), max(amount - 1.0, 0.0)
    table, colors = profile.look_table, profile.rgb_table
    rgb_amount = 0.0
    if colors is not None:
        rgb_amount = clamp(profile.rgb_amount * amount, *colors.amounts)
    has_curve = any(curve is not None for curve in profile.curves)
    return ResolvedLook(
        profile.name,
        None if table is None else table.scaled(amount),
        tuple((profile.curves, share) for share in (low, high) if share and has_curve),
        colors if rgb_amount else None,
        rgb_amount,
        {name: _share(name, v, low + 0.5 * high) for name, v in profile.sliders.items()},
    )


def find_look(
    look: Look | None, library: LookLibrary, warn: Callable[[str], object] = log.warning
) -> ResolvedLook | None:
    """A photo's look as it is to be rendered.

    warn: called with one line where the look is left out: its profile isn't in the library, or
        its file is broken.
    """
    if look is None:
        return None
    try:
        profile = library.find(look)
    except InputError as error:
        warn(f"look {look.name!r} is left out: {error}")
        return None
    if profile is None:
        warn(f"look {look.name!r} is left out: its profile isn't in any folder of profiles")
        return None
    return resolve(profile, look.amount)


def with_look(params: Mapping[str, Any], look: ResolvedLook | None) -> dict[str, Any]:
    """An edit's params and a look's sliders together, within their ranges.

    Where a slider is a place or a kind (a hue, a split, a style …), the photo's own counts if it
    uses that panel, else the look's.
    """
    if look is None or not look.sliders:
        return dict(params)
    result = dict(params)
    for panel in PANELS.values():
        used = any(params.get(s.name, s.neutral) != s.neutral for s in panel.sliders)
        for slider in panel.sliders:
            value = look.sliders.get(slider.name)
            if value is None or (slider.name in _SETTINGS and used):
                continue
            if slider.name not in _SETTINGS:
                value = value - slider.neutral + params.get(slider.name, slider.neutral)
            result[slider.name] = clamp(value, slider.low, slider.high)
    return result


def _share(name: str, value: float, share: float) -> float:
    """A slider's share; all sliders that have one are neutral at 0."""
    return value if name in _SETTINGS or name == _GREY else value * share
