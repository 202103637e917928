"""Which pictures of a photographer's own set are held out, to choose and to judge models by."""

import hashlib
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
    together = groups.all()
    places = [min(_place(raws[i]) for i in group) for group in together]
    splits, free = [], []
    for number, group in enumerate(together):
        given = [known[raws[i]] for i in group if raws[i] in known]
        splits.append(given[0] if given else VALIDATION if places[number] < share else TRAINING)
        if not given:
            free.append(number)
    enough = len(together) >= LEAST
    if free and share > 0.0 and enough and VALIDATION not in splits:
        splits[min(free, key=places.__getitem__)] = VALIDATION
    elif free and TRAINING not in splits:
        for number in [max(free, key=places.__getitem__)] if enough else free:
            splits[number] = TRAINING
    of = {i: split for group, split in zip(together, splits, strict=True) for i in group}
    return [of[index] for index in range(len(raws))]


def _place(raw: Path) -> float:
    """A number in 0..1 that only the file's name has a part in."""
    digest = hashlib.sha256(folded(raw.stem).encode("utf-8", "replace")).digest()
    return int.from_bytes(digest[:4], "big") / 2**32
