"""What Camera Raw settings do to a picture that an edit does not hold: masks, looks, crop …

An edit holds what its process does: panels and free curves, or neither. Sharpening, noise
reduction and lens corrections are not told: they don't change the tone.
"""

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from params.edit_process import EditProcess
from params.panel_switches import without_switched_off
from params.panels import CHANNEL_CURVES, MASTER_CURVE, PANELS, panel_curves, panel_sliders
from params.xmp_curve import IDENTITY, draw, parse_points

MOST_AMOUNT = 2.0  # of a look
LONGEST_NAME = 255


class Look(NamedTuple):
    """A creative profile on top of the camera's.

    amount: 1 is full. uuid: 32 hexadecimal digits in capitals, or "" where it isn't known.
    """

    name: str
    amount: float = 1.0
    uuid: str = ""


class Lost(NamedTuple):
    """One thing that is not held.

    what: its kind, as reports count it. detail: the field and its value.
    matters: whether the picture differs visibly without it.
    """

    what: str
    detail: str
    matters: bool


_NEVER, _LARGEST = math.inf, 1e9
# Field names, or how they begin -> what they are, and from which value on they matter. The
# values are ours: about where the change shows at a glance.
_SLIDERS: dict[str, tuple[str, float]] = {
    "Clarity2012": ("clarity", 10),
    "Texture": ("texture", 20),
    "Dehaze": ("dehaze", 5),
    "ConvertToGrayscale": ("black and white", 0),
    "IncrementalTemperature": ("white balance of a rendered picture", 5),
    "IncrementalTint": ("white balance of a rendered picture", 5),
    **dict.fromkeys(
        ("ParametricShadows", "ParametricDarks", "ParametricLights", "ParametricHighlights"),
        ("parametric curve", 10),
    ),
    **dict.fromkeys(
        ("HueAdjustment", "SaturationAdjustment", "LuminanceAdjustment"), ("colour mixer", 10)
    ),
    **dict.fromkeys(
        (
            *("SplitToningShadowSaturation", "SplitToningHighlightSaturation"),
            *("ColorGradeMidtoneSat", "ColorGradeGlobalSat", "ColorGradeShadowLum"),
            *("ColorGradeMidtoneLum", "ColorGradeHighlightLum", "ColorGradeGlobalLum"),
        ),
        ("colour grading", 5),
    ),
    **dict.fromkeys(
        (
            *("ShadowTint", "RedHue", "RedSaturation", "GreenHue", "GreenSaturation"),
            *("BlueHue", "BlueSaturation"),
        ),
        ("calibration", 5),
    ),
    "CurveRefineSaturation": ("Refine Saturation", 20),
    "PostCropVignetteAmount": ("vignette", 10),
    "GrainAmount": ("grain", _NEVER),
    "HDREditMode": ("HDR", 0),
    **dict.fromkeys(
        (
            *("PerspectiveUpright", "PerspectiveVertical", "PerspectiveHorizontal"),
            *("PerspectiveRotate", "PerspectiveAspect", "PerspectiveX", "PerspectiveY"),
        ),
        ("perspective", _NEVER),
    ),
    "HasCrop": ("crop", _NEVER),
}
_NAMES = tuple(_SLIDERS)
_STRUCTURES: dict[str, tuple[str, bool]] = {
    **dict.fromkeys(
        (
            *("MaskGroupBasedCorrections", "GradientBasedCorrections"),
            *("CircularGradientBasedCorrections", "PaintBasedCorrections"),
        ),
        ("masks", True),
    ),
    "PointColors": ("point colour", True),
    "LensBlur": ("lens blur", True),
    "AILook": ("adaptive profile", True),
    "RetouchAreas": ("retouching", False),
    "RetouchInfo": ("retouching", False),
    "RemoveAreas": ("retouching", False),
    "RedEyeInfo": ("retouching", False),
}
# What Lightroom puts on pictures by itself: the photographer's rendering starts from these.
DEFAULT_LOOKS = frozenset(("Adobe Color", "Adobe Standard"))
DEFAULT_PROFILES = frozenset(("", "Adobe Standard", "Embedded"))
_VISIBLE_CURVE = 5.0  # of 255
# Where a slider changes nothing, if not at 0.
_NEUTRAL = {s.name: s.neutral for s in panel_sliders(PANELS) if s.neutral}


def not_held(key: str, text: str, process: EditProcess) -> bool:
    """Whether a field changes the picture and an edit of the process does not hold it."""
    if not key.startswith(_NAMES) or key in _held(process.panels):
        return False
    if key in _NEUTRAL:
        return _size(text, _NEUTRAL[key]) > 0.0
    return bool(text.lstrip("+-").strip("0.")) and text.lower() != "false"


@functools.cache
def _held(panels: tuple[str, ...]) -> frozenset[str]:
    return frozenset(slider.name for slider in panel_sliders(panels))


def structures(fields: Mapping[str, str | list[str]]) -> list[str]:
    """Kinds of what no edit holds and no slider says, such as masks and retouching."""
    return list(dict.fromkeys(lost.what for lost in _structures(without_switched_off(fields))))


def _structures(fields: Mapping[str, str | list[str]]) -> list[Lost]:
    return [
        Lost(_STRUCTURES[key][0], key, _STRUCTURES[key][1])
        for key, value in fields.items()
        if isinstance(value, list) and key in _STRUCTURES and not _is_blank(value)
    ]


def find_lost(
    fields: Mapping[str, str | list[str]],
    look: Look | None,
    process: EditProcess,
    has_profile: Callable[[Look], bool] = lambda look: False,
) -> list[Lost]:
    """All that an edit of the process, made of these settings, would not hold.

    Args:
        fields: as params.xmp_packet.read_fields gives them.
        look: the look on top, when there is one.
        has_profile: whether a look's profile is there, so that it can be rendered.

    Raises:
        ValueError: a broken curve.
    """
    found = []
    fields = without_switched_off(fields)
    for key, value in fields.items():
        if isinstance(value, str) and not_held(key, value, process):
            what, least = next(_SLIDERS[name] for name in _NAMES if key.startswith(name))
            matters = least <= _size(value, _NEUTRAL.get(key, 0.0)) < _NEVER
            found.append(Lost(what, f"{key} {value[:20]}", matters))
    found += _structures(fields)
    for name in CHANNEL_CURVES:
        points = fields.get(name)
        if isinstance(points, list) and points and name not in panel_curves(process.panels):
            found += _lost_of_channel(name.removeprefix(MASTER_CURVE), points)
    points = fields.get(MASTER_CURVE)
    if isinstance(points, list) and points and not process.free_curve:
        found += _lost_of_curve(points)
    if look is not None and not (process.looks and has_profile(look)):
        found += _lost_of_look(look, process)
    profile = fields.get("CameraProfile", "")
    if isinstance(profile, str) and profile not in DEFAULT_PROFILES:
        found.append(Lost("camera profile", profile, False))
    return found


def _lost_of_look(look: Look, process: EditProcess) -> list[Lost]:
    if look.amount == 0.0 or not look.name:
        return []
    usual = look.name in DEFAULT_LOOKS
    if process.looks and usual:
        return []  # the base rendering stands for it
    what = "look without its profile" if process.looks else "look"
    detail = look.name if look.amount == 1.0 else f"{look.name} at {look.amount:.0%}"
    return [Lost(what, detail, not usual)]


def _lost_of_channel(colour: str, texts: Sequence[str]) -> list[Lost]:
    points = parse_points(texts)
    if points == IDENTITY:
        return []
    away = float(np.abs(draw(points) - np.arange(256.0)).max())
    return [Lost("curve of one colour", f"{colour}, up to {away:.0f} of 255", away >= 3.0)]


def _lost_of_curve(texts: Sequence[str]) -> list[Lost]:
    """A curve that is not free goes from 0 to 1 and never falls."""
    values = draw(parse_points(texts))
    found = []
    ends = max(float(values[0]), 255.0 - float(values[-1]))
    if ends > 0.5:
        detail = f"0 -> {values[0]:.0f}, 255 -> {values[-1]:.0f}"
        found.append(Lost("raised or lowered ends of the curve", detail, ends >= _VISIBLE_CURVE))
    fall = float((np.maximum.accumulate(values) - values).max())
    if fall > 1.0:
        found.append(Lost("falling curve", f"by {fall:.0f} of 255", fall >= _VISIBLE_CURVE))
    return found


def _size(text: str, neutral: float) -> float:
    """How far a value is off neutral; a word, and what is no number, is as far as can be."""
    try:
        size = abs(float(text) - neutral)
    except ValueError:
        return _LARGEST
    return size if size < _LARGEST else _LARGEST


def _is_blank(items: Sequence[str]) -> bool:
    """Lightroom writes -1 throughout where a list of point colours is not in use."""
    numbers = [number.strip() for item in items for number in item.split(",")]
    return bool(numbers) and all(n.startswith("-1") and not n[2:].strip(".0") for n in numbers)
