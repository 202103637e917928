"""Which frames of a shoot belong together: those of a burst, and of a scene in one light."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dataset.splits import BURST_SECONDS, Capture, Groups, burst_pairs, capture_in
from imaging.camera import Shot
from imaging.capture import camera_exposure, capture_of
from imaging.color import PROPHOTO_TO_XYZ
from imaging.metadata import Metadata
from imaging.raw_picture import RawPicture
from jobs.cores import cores

# A camera's frames that follow within this time may be of one scene.
SCENE_SECONDS = 60.0
# How far a frame's light may be from that of its group's first one, in EV: inside a burst, where
# what moves through the picture changes it, and over the pause between two.
_BURST_LIGHT, _SCENE_LIGHT = 2.0, 1.0
# Over a pause also the light's colour as the camera saw it. Its automatic white balance wanders
# by some 30 mired in one light; from daylight to a lamp there are 170.
_SCENE_MIRED = 40.0
_LEAST_LIGHT = 2.0**-16  # the last step of 16 bits, which has a logarithm
_STEP = 4  # pixels of a proxy that light is measured on: every fourth, both ways
_LETTERS = 32  # of a digest


@dataclass(frozen=True)
class FrameFacts:
    """What tells whether a frame was taken with others.

    taken: camera and time. exposure: the camera's, see imaging.capture.camera_exposure.
    flash: whether it fired; told_aperture: whether the lens told it.
    light: how bright the scene was, in EV on an arbitrary scale; mired: its colour as the camera
        saw it. None: not known, which keeps no frames apart.
    """

    taken: Capture
    exposure: float | None = None
    flash: bool | None = None
    told_aperture: bool = False
    light: float | None = None
    mired: float | None = None


def facts_of(
    metadata: Metadata, shot: Shot | None = None, proxy: np.ndarray | None = None
) -> FrameFacts:
    """What a RAW file, and where it is given its picture (HxWx3 linear ProPhoto), tells."""
    captured = capture_of(metadata)
    exposure, light, mired = camera_exposure(captured), None, None
    if proxy is not None and exposure is not None:
        luminance = proxy[::_STEP, ::_STEP] @ np.asarray(PROPHOTO_TO_XYZ[1], np.float32)
        light = float(np.log2(max(float(np.median(luminance)), _LEAST_LIGHT))) - exposure
    if shot is not None and (white := shot.as_shot()) is not None:
        mired = 1e6 / white["Temperature"]
    flash = captured.get("flash")
    return FrameFacts(capture_in(metadata), exposure, flash, "aperture" in captured, light, mired)


def read_facts(raws: Sequence[Path]) -> dict[Path, FrameFacts]:
    """What the metadata of RAW files tell; their pictures are not decoded."""

    def read(raw: Path) -> FrameFacts:
        with RawPicture(raw, lambda _: None) as picture:  # what is odd is told when it is decoded
            return facts_of(picture.metadata)

    with ThreadPoolExecutor(cores()) as pool:
        return dict(zip(raws, pool.map(read, raws), strict=True))


def sequences(facts: Mapping[Path, FrameFacts]) -> list[list[Path]]:
    """Frames that followed each other, by time alone: every group lies within one of these.

    Each of two frames at least, as they were taken.
    """
    raws = list(facts)
    numbers = Groups(range(len(raws)))
    captures = {number: facts[raw].taken for number, raw in enumerate(raws)}
    for one, other in burst_pairs(captures, SCENE_SECONDS):
        numbers.join(one, other)
    together = [[raws[number] for number in group] for group in numbers.all()]
    return [_by_time(members, facts) for members in together if len(members) > 1]


def sequence_digest(members: Sequence[Path], facts: Mapping[Path, FrameFacts]) -> str:
    """What stands for a sequence: another one where a frame came, went or was taken otherwise."""
    told = [(raw.name, facts[raw].taken.time, facts[raw].exposure) for raw in members]
    return hashlib.blake2b(json.dumps(told).encode()).hexdigest()[:_LETTERS]


def scenes(facts: Mapping[Path, FrameFacts]) -> list[list[list[Path]]]:
    """The frames in groups of one scene in one light, each as its bursts.

    A frame belongs to the scene of the frame before if that was at most SCENE_SECONDS earlier, by
    the same camera, both with or without flash, and its light is that of the scene's first frame:
    a series through a sunset becomes several. A single frame is a scene of one.
    """
    found: list[list[list[Path]]] = []
    open_scenes: dict[str, list[list[list[Path]]]] = {}
    for raw in _by_time(list(facts), facts):
        body = facts[raw].taken.body
        mine = open_scenes.setdefault(body, [])
        # Frames of a misfired flash lie between those of one scene: the latest that fits.
        for scene in reversed(mine):
            first, last = facts[scene[0][0]], facts[scene[-1][-1]]
            pause = _pause(last, facts[raw])
            if pause is None or pause > SCENE_SECONDS:
                continue
            if _alike(first, facts[raw], in_burst=pause <= BURST_SECONDS):
                if pause <= BURST_SECONDS:
                    scene[-1].append(raw)
                else:
                    scene.append([raw])
                break
        else:
            scene = [[raw]]
            found.append(scene)
            mine[:] = [*(one for one in mine if _is_open(one, facts, raw)), scene]
    return found


def _is_open(scene: list[list[Path]], facts: Mapping[Path, FrameFacts], raw: Path) -> bool:
    pause = _pause(facts[scene[-1][-1]], facts[raw])
    return pause is not None and pause <= SCENE_SECONDS


def _pause(before: FrameFacts, after: FrameFacts) -> float | None:
    """Seconds between two frames of one camera; None where that isn't known."""
    one, other = before.taken, after.taken
    if not one.camera or one.body != other.body or one.time is None or other.time is None:
        return None
    return other.time - one.time


def _alike(first: FrameFacts, frame: FrameFacts, *, in_burst: bool) -> bool:
    if first.flash != frame.flash or first.told_aperture != frame.told_aperture:
        return False
    limit = _BURST_LIGHT if in_burst else _SCENE_LIGHT
    mired = float("inf") if in_burst else _SCENE_MIRED
    return _near(first.light, frame.light, limit) and _near(first.mired, frame.mired, mired)


def _near(one: float | None, other: float | None, limit: float) -> bool:
    """Whether two values are within a limit, or one of them isn't known."""
    return one is None or other is None or abs(one - other) <= limit


def _by_time(raws: Sequence[Path], facts: Mapping[Path, FrameFacts]) -> list[Path]:
    """As they were taken; those without a time last, and where it is the same by name."""

    def key(raw: Path) -> tuple[bool, float, str]:
        time = facts[raw].taken.time
        return time is None, time or 0.0, str(raw)

    return sorted(raws, key=key)
