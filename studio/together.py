"""Frames of a group in one light: one white balance, one exposure beside the camera's."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from params.files import InputError
from params.panels import BASIC
from params.record import Record
from stages.predict.consistent import Frame, in_one_light
from stages.predict.frame_groups import read_facts
from studio.session import Session


def made_consistent(session: Session, names: Sequence[str]) -> dict[str, Any]:
    """Give pictures one white balance and exposure, as one step.

    Those that the photographer has corrected lead: the others follow them. All else stays.

    Raises:
        InputError: fewer than two, or a file that cannot be read.
    """
    pictures = [session.picture(name) for name in names]
    if len(pictures) < 2:
        raise InputError("one picture has nothing to be consistent with")
    shots = [session.decoding.shot(picture) for picture in pictures]
    facts = read_facts([picture.checked_path() for picture in pictures])
    with session.lock:
        frames = [
            Frame(picture.edit, shot, facts[picture.path].exposure)
            for picture, shot in zip(pictures, shots, strict=True)
        ]
        leading = [i for i, picture in enumerate(pictures) if picture.state.edit is not None]
        records = in_one_light(frames, leading)
        edits = {p.id: _held(r) for p, r in zip(pictures, records, strict=True)}
        return session.set_edits(edits, f"{len(edits)} pictures consistent")


def group_of(session: Session, group: str) -> list[str]:
    """The pictures of a burst, by its id. Raises InputError where there is none."""
    with session.lock:
        found = [picture.id for picture in session.pictures.values() if picture.group == group]
    if not found:
        raise InputError("no such group")
    return found


def _held(record: Record) -> Record:
    """The edit, which speaks of white balance and exposure now if it didn't before."""
    if record.held is None or BASIC.name in record.held:
        return record
    return replace(record, held=(BASIC.name, *record.held))
