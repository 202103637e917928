"""Pictures dealt into splits, so that no split has seen another's."""

import itertools
import logging
import random
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dataset.manifest import Entry
from params.files import InputError

if TYPE_CHECKING:
    from imaging.metadata import Metadata

log = logging.getLogger(__name__)

# Shots of one camera that follow within this time are one burst.
BURST_SECONDS = 2.0
_BODY_SERIAL, _SUBSECONDS = 42033, 37521


@dataclass(frozen=True)
class Capture:
    """When and by what a picture was taken, as its RAW says, unknown where it doesn't.

    camera: make and model; body: with its serial number, if known; time: seconds since 1970.
    """

    camera: str = ""
    body: str = ""
    time: float | None = None


def deal(
    entries: Sequence[Entry], ratios: Mapping[str, float], seed: int, burst_seconds: float
) -> list[Entry]:
    """The entries with a new split each.

    Lines of one picture (one id, or one RAW file) and of one burst (one camera, each taken at
    most `burst_seconds` after the one before) get the same. Cameras are dealt one after the
    other in the wanted ratios, so each has them as closely as its groups allow. Lines that
    become one by (id, split, expert) are written once.

    Args:
        ratios: split -> part, summing to 1.
    """
    from tqdm import tqdm

    pictures = Groups(range(len(entries)))
    captures: dict[int, Capture] = {}
    first_of: dict[tuple[str, str], int] = {}
    for index, entry in enumerate(entries):
        for key in (("id", entry.id), ("raw", entry.fields["raw"])):
            pictures.join(first_of.setdefault(key, index), index)
    leaders = sorted({pictures.leader(index) for index in range(len(entries))})
    for index in tqdm(leaders, desc="cameras", unit="picture", file=sys.stderr, dynamic_ncols=True):
        captures[index] = read_capture(entries[index])
    for one, other in burst_pairs(captures, burst_seconds):
        pictures.join(one, other)
    cameras: dict[str, list[list[int]]] = defaultdict(list)
    for members in pictures.all():
        cameras[captures[pictures.leader(members[0])].camera].append(members)
    chosen = _choose(cameras, ratios, seed, entries)
    dealt: dict[tuple[str, str, str], Entry] = {}
    for index, entry in enumerate(entries):
        new = replace(entry, fields={**entry.fields, "split": chosen[index]})
        dealt.setdefault(new.key, new)
    return list(dealt.values())


def _choose(
    cameras: Mapping[str, list[list[int]]],
    ratios: Mapping[str, float],
    seed: int,
    entries: Sequence[Entry],
) -> dict[int, str]:
    """Entry index -> split, each group to the split that is furthest behind."""
    dice = random.Random(seed)
    names = sorted(cameras)
    dice.shuffle(names)
    given = dict.fromkeys(ratios, 0)
    total, chosen = 0, {}
    for name in names:
        # Sorted first, so that the order of the manifest's lines makes no difference.
        groups = sorted(cameras[name], key=lambda members: min(entries[i].key for i in members))
        dice.shuffle(groups)
        for members in groups:
            size = len({entries[i].id for i in members})
            total += size
            split = max(ratios, key=lambda s: (ratios[s] > 0, ratios[s] * total - given[s]))
            given[split] += size
            chosen.update(dict.fromkeys(members, split))
    return chosen


def read_capture(entry: Entry) -> Capture:
    """Camera and time of an entry's RAW file; unknown, with a warning, where it is missing."""
    try:
        raw = entry.path("raw")
    except InputError as error:
        log.warning("%s; its camera and time are not known", error)
        return Capture()
    return capture_of_raw(raw)


def capture_of_raw(raw: Path) -> Capture:
    """Camera and time of a RAW file; unknown, with a warning, where it cannot be read."""
    from imaging.metadata import read_metadata  # not for --help

    try:
        return capture_in(read_metadata(raw))
    except InputError as error:
        log.warning("%s; its camera and time are not known", error)
        return Capture()


def capture_in(metadata: "Metadata") -> Capture:
    """Camera and time that a picture's metadata tell."""
    from imaging.exif_ifd import text_field
    from imaging.metadata import DATE_TIME_ORIGINAL, MAKE, MODEL

    camera = " ".join(text_field(metadata.image, tag) for tag in (MAKE, MODEL)).strip()
    serial = text_field(metadata.exif, _BODY_SERIAL)
    stamp = text_field(metadata.exif, DATE_TIME_ORIGINAL)
    part = text_field(metadata.exif, _SUBSECONDS)
    try:
        time = datetime.strptime(stamp, "%Y:%m:%d %H:%M:%S")
        seconds = (time - datetime(1970, 1, 1)).total_seconds()
    except ValueError:
        return Capture(camera, f"{camera} {serial}")
    fraction = float(f"0.{part}") if part.isascii() and part.isdecimal() else 0.0
    return Capture(camera, f"{camera} {serial}", seconds + fraction)


def burst_pairs(captures: Mapping[int, Capture], seconds: float) -> Iterable[tuple[int, int]]:
    """Pairs that follow each other in one burst."""
    bodies: dict[str, list[tuple[float, int]]] = defaultdict(list)
    for index, capture in captures.items():
        if capture.camera and capture.time is not None and seconds > 0:
            bodies[capture.body].append((capture.time, index))
    for body in bodies.values():
        body.sort()
        for (before, one), (after, other) in itertools.pairwise(body):
            if after - before <= seconds:
                yield one, other


class Groups:
    """Things that belong together, joined pair by pair (union-find)."""

    def __init__(self, things: Iterable[int]) -> None:
        self._above = {thing: thing for thing in things}

    def leader(self, thing: int) -> int:
        """The one that stands for all that `thing` belongs with."""
        while self._above[thing] != thing:
            self._above[thing] = self._above[self._above[thing]]
            thing = self._above[thing]
        return thing

    def all(self) -> list[list[int]]:
        """The things that belong together, each group in the order that they were given in."""
        found: dict[int, list[int]] = {}
        for thing in self._above:
            found.setdefault(self.leader(thing), []).append(thing)
        return list(found.values())

    def join(self, one: int, other: int) -> None:
        """The smaller leader stands for both."""
        low, high = sorted((self.leader(one), self.leader(other)))
        self._above[high] = low
