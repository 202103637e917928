"""Edits with a creative look: as it is rendered, where its profile is found."""

import functools
from dataclasses import replace

from model.open_picture import OpenPicture
from params.record import Record
from params.resolved_look import find_look, with_look
from studio.session import Session


def resolved(session: Session, record: Record, picture: OpenPicture) -> tuple[Record, OpenPicture]:
    """The edit with its look's sliders, and the picture with its look; both as they are without."""
    if record.look is None or picture.shot is None:
        return record, picture
    look = find_look(record.look, session.looks, functools.partial(_said, session))
    if look is None:
        return record, picture
    shot = picture.shot.with_look(look)
    shown = replace(record, params=with_look(record.params, look))
    return shown, OpenPicture(picture.pixels, record.process, shot, record.masks)


def _said(session: Session, line: str) -> None:
    """A look that is left out is told once."""
    if line not in session.said:
        session.said.add(line)
        session.tell({"kind": "message", "level": "warning", "text": line})
