"""Which pictures were taken together: bursts, and neighbours whose edits should be alike."""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import NamedTuple

import numpy as np

from dataset.splits import BURST_SECONDS, Groups, burst_pairs
from imaging.metrics import delta_e00
from imaging.resize import fit_long_side
from model.open_picture import OpenPicture
from params.record import Record
from studio.pictures import Picture
from studio.wire import neutral_edit

NEAR_SECONDS = 120.0  # pictures of one scene, at most so long after each other
_EACH_WAY = 2
_SIDE = 160  # pixels at which pictures are compared


def bursts(pictures: Sequence[Picture]) -> dict[str, str]:
    """Id -> its burst's, which is its first picture's; one alone is in none."""
    captures = {number: picture.facts.taken for number, picture in enumerate(pictures)}
    groups = Groups(captures)
    for one, other in burst_pairs(captures, BURST_SECONDS):
        groups.join(one, other)
    together = [group for group in groups.all() if len(group) > 1]
    return {pictures[n].id: pictures[group[0]].id for group in together for n in group}


def neighbours(pictures: Sequence[Picture]) -> dict[str, list[Picture]]:
    """Id -> up to two pictures before and after it of its camera and scene, by time."""
    found: dict[str, list[Picture]] = {picture.id: [] for picture in pictures}
    for camera in _by_camera(pictures).values():
        for number, (_, picture) in enumerate(camera):
            for step in (-1, 1):
                last = number
                for _ in range(_EACH_WAY):
                    here = last + step
                    if not 0 <= here < len(camera):
                        break
                    if abs(camera[here][0] - camera[last][0]) > NEAR_SECONDS:
                        break
                    found[picture.id].append(camera[here][1])
                    last = here
    return found


class Distances(NamedTuple):
    """Mean ΔE00s.

    size: between a picture as shot and with its edit. differs: the median of those between it with
    its edit and with its neighbours' edits; None where there are none of its process.
    """

    size: float
    differs: float | None


def distances(small: OpenPicture, record: Record, others: Sequence[Record]) -> Distances:
    """How far a small picture with its edit is from it as shot, and with other edits."""

    def shown(edit: Record) -> np.ndarray:
        return fit_long_side(small.linear(edit), _SIDE)

    own = shown(record)
    size = _apart(shown(neutral_edit(record.process)), own)
    near = [_apart(own, shown(other)) for other in others if other.process == record.process]
    return Distances(size, round(median(near), 2) if near else None)


def _apart(one: np.ndarray, other: np.ndarray) -> float:
    return round(float(delta_e00(one, other).mean()), 2)


def _by_camera(pictures: Sequence[Picture]) -> Mapping[str, list[tuple[float, Picture]]]:
    """Body -> its pictures with their times, in order."""
    cameras: dict[str, list[tuple[float, Picture]]] = {}
    for picture in pictures:
        taken = picture.facts.taken
        if taken.time is not None:
            cameras.setdefault(taken.body, []).append((taken.time, picture))
    for known in cameras.values():
        known.sort(key=lambda one: (one[0], one[1].name))
    return cameras
