"""Edits that say one thing: of one picture, of one burst, of one source."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dataset.manifest import Entry
from dataset.splits import BURST_SECONDS, Groups, burst_pairs, read_capture

if TYPE_CHECKING:
    from torch import Tensor


def edit_groups(entries: Sequence[Entry], burst_seconds: float = BURST_SECONDS) -> "Tensor":
    """group_numbers() as a tensor [N]."""
    import torch

    return torch.tensor(group_numbers(entries, burst_seconds))


def group_numbers(entries: Sequence[Entry], burst_seconds: float = BURST_SECONDS) -> list[int]:
    """The group of each manifest entry, numbers from 0.

    In one group are entries of one picture (one id, or one RAW file), of one `source` where the
    manifest names any, and of one burst: taken with one camera, each at most `burst_seconds`
    after the one before. A RAW file that is missing is in no burst, with a warning.
    """
    groups = Groups(range(len(entries)))
    first_of: dict[tuple[str, str], int] = {}
    for index, entry in enumerate(entries):
        for name in ("id", "raw", "source"):
            value = entry.fields.get(name)
            if isinstance(value, str) and value:
                groups.join(first_of.setdefault((name, value), index), index)
    captures = {index: read_capture(entry) for index, entry in enumerate(entries)}
    for one, other in burst_pairs(captures, burst_seconds):
        groups.join(one, other)
    found = [groups.leader(index) for index in range(len(entries))]
    numbers = {leader: number for number, leader in enumerate(dict.fromkeys(found))}
    return [numbers[leader] for leader in found]
