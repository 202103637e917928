"""Frames of one scene edited alike: one white balance, one exposure, one look.

What a photographer does by synchronising a series, where each frame's own prediction would have
the pictures flicker. Chosen, not measured, is how far it goes:

- White balance: the same kelvin and tint for all, in absolute numbers, the median of what the
  frames would have got, also where the camera's own wandered from frame to frame.
- Exposure: Exposure2012 plus the camera's exposure is the same for all, its median: a frame that
  the camera exposed 1 EV brighter gets 1 EV less. Frames whose exposure is not known, where that
  of others is, keep their own.
- Colour, curves and panels: the group's middle, see params.shared_edit.
- The tones (contrast, highlights, shadows, whites, blacks) answer what is in the frame: one value
  for a burst, whose frames show the same, each its own from burst to burst of a scene.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from imaging.camera import Shot
from params.ranges import SLIDERS, clamp
from params.record import Record
from params.shared_edit import shared_edit
from params.white_balance import TEMPERATURE, TINT, WHITE, to_absolute, to_relative

TONES = ("Contrast2012", "Highlights2012", "Shadows2012", "Whites2012", "Blacks2012")
EXPOSURE = next(slider for slider in SLIDERS if slider.name == "Exposure2012")
_OF_THE_FRAME = (EXPOSURE.name, TEMPERATURE.name, TINT.name)
# So near to the camera's own that it is meant: mired, and a step of the tint slider.
_SAME_MIRED, _SAME_TINT = 1e-3, 1e-3


@dataclass(frozen=True)
class Frame:
    """A frame with its edit.

    exposure: of the camera, in EV, see imaging.capture.camera_exposure; None: not known.
    """

    record: Record
    shot: Shot
    exposure: float | None


def edited_alike(bursts: Sequence[Sequence[Frame]]) -> list[list[Record]]:
    """The edits of a scene's frames, by burst, made consistent.

    All of one edit process. A scene of one frame keeps its edit as it is.
    """
    frames = [frame for burst in bursts for frame in burst]
    if len(frames) < 2:
        return [[frame.record for frame in burst] for burst in bursts]
    shared = shared_edit([frame.record.params for frame in frames])
    alike = []
    for burst in bursts:
        tones = shared_edit([frame.record.params for frame in burst])
        look = shared | {name: tones[name] for name in TONES}
        for frame in burst:
            own = {name: frame.record.params[name] for name in _OF_THE_FRAME}
            alike.append(replace(frame, record=replace(frame.record, params=look | own)))
    records = iter(in_one_light(alike))
    return [[next(records) for _ in burst] for burst in bursts]


def in_one_light(frames: Sequence[Frame], leading: Iterable[int] = ()) -> list[Record]:
    """The frames' edits with one white balance and one exposure; all else as it is.

    leading: the places of those that the others follow, such as corrected ones; none: all lead.
    """
    lead = [frames[place] for place in leading] or list(frames)
    whites = [_white(frame) for frame in lead]
    kelvin = 1e6 / float(np.median([1e6 / temperature for temperature, _ in whites]))
    tint = float(np.median([tint for _, tint in whites]))
    exposures = _exposures(frames, lead)
    pairs = zip(frames, exposures, strict=True)
    return [_set(frame, kelvin, tint, exposure) for frame, exposure in pairs]


def _exposures(frames: Sequence[Frame], lead: Sequence[Frame]) -> list[float]:
    """Exposure2012 of each frame."""
    own = [_exposure(frame) for frame in frames]
    if all(frame.exposure is None for frame in frames):  # nothing to relate it to
        return [float(np.median([_exposure(frame) for frame in lead]))] * len(frames)
    levels = [_exposure(frame) + frame.exposure for frame in lead if frame.exposure is not None]
    if not levels:
        return own
    level = float(np.median(levels))
    return [
        exposure
        if frame.exposure is None
        else clamp(level - frame.exposure, EXPOSURE.low, EXPOSURE.high)
        for frame, exposure in zip(frames, own, strict=True)
    ]


def _exposure(frame: Frame) -> float:
    return float(frame.record.params[EXPOSURE.name])


def _white(frame: Frame) -> tuple[float, float]:
    """A frame's kelvin and tint as Camera Raw shows them."""
    record, shot = frame.record, frame.shot
    kelvin, tint = (float(record.params[name]) for name in WHITE)
    return to_absolute(kelvin, tint, record.process, **_known(record, shot))


def _known(record: Record, shot: Shot) -> dict[str, Any]:
    return {"as_shot": record.as_shot, "camera": shot.color, "neutral": shot.neutral}


def _set(frame: Frame, kelvin: float, tint: float, exposure: float) -> Record:
    """A frame's edit at this white balance and Exposure2012."""
    record, shot = frame.record, frame.shot
    params = dict(record.params)
    known = _known(record, shot)
    neutral = TEMPERATURE.neutral, TINT.neutral
    camera_kelvin, camera_tint = to_absolute(*neutral, record.process, **known)
    mireds = abs(1e6 / kelvin - 1e6 / camera_kelvin)
    if mireds > _SAME_MIRED or abs(tint - camera_tint) > _SAME_TINT:
        relative = to_relative(kelvin, tint, record.process, **known)[:2]
    else:
        relative = neutral  # exactly: "As Shot" in XMP
    params |= dict(zip(WHITE, relative, strict=True))
    params[EXPOSURE.name] = exposure
    return replace(record, params=params)
