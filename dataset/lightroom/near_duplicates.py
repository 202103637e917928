"""Pictures that teach little that others don't: bursts, and settings copied from one to many."""

from collections.abc import Iterable
from datetime import timedelta
from itertools import pairwise

from dataset.lightroom.edit import Edit
from dataset.lightroom.to_record import settings_digest


def burst_groups(edits: Iterable[Edit], seconds: float) -> list[list[Edit]]:
    """Groups of pictures by one camera, each taken within `seconds` of the one before."""
    gap = timedelta(seconds=seconds)
    by_camera: dict[str | None, list[Edit]] = {}
    for edit in edits:
        if edit.taken is not None and not edit.copy:
            by_camera.setdefault(edit.camera, []).append(edit)
    groups: list[list[Edit]] = []
    for same in by_camera.values():
        same.sort(key=lambda edit: (edit.taken, str(edit.raw)))
        group = same[:1]
        for before, edit in pairwise(same):
            if before.taken and edit.taken and edit.taken - before.taken > gap:
                groups.append(group)
                group = []
            group.append(edit)
        groups.append(group)
    return [group for group in groups if len(group) > 1]


def copied_settings(edits: Iterable[Edit], least: int) -> list[list[Edit]]:
    """Groups of at least `least` pictures with the same settings, the largest first."""
    same: dict[str, list[Edit]] = {}
    for edit in edits:
        same.setdefault(settings_digest(edit.settings), []).append(edit)
    groups = [group for group in same.values() if len(group) >= least]
    return sorted(groups, key=len, reverse=True)
