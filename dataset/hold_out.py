"""Which pictures of a photographer's own set are held out, to choose and to judge models by."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from dataset.splits import BURST_SECONDS, Groups, burst_pairs, capture_of_raw
from params.file_names import folded

TRAINING, VALIDATION = "training", "validation"
SHARE = 0.1
# From so many pictures on, bursts counted once, at least one is held out.
LEAST = 10


def hold_out(
    raws: Sequence[Path], share: float = SHARE, known: Mapping[Path, str] | None = None
) -> list[str]:
    """The split of each RAW file: about `share` of them are for validation.

    The frames of a burst are in one split, and a picture's split does not depend on the others',
    but that one at least is held out of ten or more, and one at least is to learn from.

    Args:
        share: 0..1.
        known: splits that some have already, which they and the rest of their bursts keep.
    """
    known = known or {}
    groups = Groups(range(len(raws)))
    captures = {index: capture_of_raw(raw) for index, raw in enumerate(raws)}
    for one, other in burst_pairs(captures, BURST_SECONDS):
        groups.join(one, other)
    members: dict[int, list[int]] = defaultdict(list)
    for index in range(len(raws)):
        members[groups.leader(index)].append(index)
    places = {leader: min(_place(raws[i]) for i in of) for leader, of in members.items()}
    splits: dict[int, str] = {}
    for leader, of in members.items():
        given = [known[raws[i]] for i in of if raws[i] in known]
        splits[leader] = given[0] if given else VALIDATION if places[leader] < share else TRAINING
    free = [leader for leader, of in members.items() if not any(raws[i] in known for i in of)]
    there = set(splits.values())
    if free and share > 0.0 and len(members) >= LEAST and VALIDATION not in there:
        splits[min(free, key=places.__getitem__)] = VALIDATION
    elif free and there == {VALIDATION}:
        for leader in free if len(members) < LEAST else [max(free, key=places.__getitem__)]:
            splits[leader] = TRAINING
    return [splits[groups.leader(index)] for index in range(len(raws))]


def _place(raw: Path) -> float:
    """A number in 0..1 that only the file's name has a part in."""
    digest = hashlib.sha256(folded(raw.stem).encode("utf-8", "replace")).digest()
    return int.from_bytes(digest[:4], "big") / 2**32
