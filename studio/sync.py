"""An edit copied to other pictures: all of it or some panels, with their white balance."""

from collections.abc import Mapping, Sequence
from typing import Any

from params.files import InputError
from params.ranges import neutral_params
from params.record import Record
from params.white_balance import WHITE
from studio.listeners import Event
from studio.panels import SHOWN, held_names, names_of_panels
from studio.session import Session
from studio.white import White
from studio.wire import copied, with_white

AS_SET, RELATIVE = "as_set", "relative"


def synced(session: Session, source: str, names: Sequence[str], asked: Mapping[str, Any]) -> Event:
    """Copy an edit to pictures, as one step.

    asked: panels: of studio.panels.SHOWN, None: all; white_balance: "as_set", the same kelvin and
        tint, where the source is as shot the targets' own as shot; or "relative" to each shot.

    Raises:
        InputError: no such panel or way, or edits of another process.
    """
    way = asked.get("white_balance", AS_SET)
    if way not in (AS_SET, RELATIVE):
        raise InputError(f"white_balance is neither {AS_SET} nor {RELATIVE}")
    panels = asked.get("panels")
    if panels is None:
        panels = [panel.name for panel in SHOWN]
    known = {panel.name for panel in SHOWN}
    if not isinstance(panels, list) or not all(isinstance(p, str) and p in known for p in panels):
        raise InputError("panels is not a list of panels")
    first = session.picture(source)
    targets = [session.picture(name) for name in names if name != source]
    whites = {picture.id: session.white(picture) for picture in (first, *targets)}
    with session.lock:
        record = first.edit
        copied_names = names_of_panels(panels) & held_names(record.process)
        records = {}
        for target in targets:
            if target.edit.process != record.process:
                raise InputError("edits of another process can't be copied")
            new = copied(record, target.edit, copied_names)
            if way == AS_SET and copied_names & set(WHITE):
                new = _with_white_of(record, new, whites[first.id], whites[target.id])
            records[target.id] = new
        return session.set_edits(records, "copied edit")


def _with_white_of(source: Record, target: Record, from_white: White, to_white: White) -> Record:
    """The kelvin and tint that the source has in XMP; as shot stays as shot."""
    neutral = neutral_params()
    if all(source.params[name] == neutral[name] for name in WHITE):
        return target  # which has the relative neutral already
    return with_white(target, from_white.absolute(source.params, source.process), to_white)
