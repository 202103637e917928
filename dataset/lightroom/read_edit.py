"""An edit's settings, facts and date from what was read of a picture."""

import contextlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from dataset.lightroom.edit import NOTHING, OLD_PROCESS, OWN_EDIT, RENDERED, UNREADABLE, Edit
from imaging.metadata import DATE_TIME_ORIGINAL, MODEL, read_metadata
from params.edit_process import EditProcess
from params.files import InputError
from params.look_library import LookLibrary
from params.panel_switches import without_switched_off
from params.process_version import holds_settings, is_before_2012
from params.style_settings import style_of
from params.unsupported import LONGEST_NAME, MOST_AMOUNT, Look, find_lost
from params.xmp_facts import Facts, parse_date
from params.xmp_settings import held_settings, settings_of

Fields = Mapping[str, str | list[str]]


class EditReader:
    """Makes edits of settings, for one edit process.

    Args:
        holds: the edit process.
        looks: the profiles that there are; a look without one cannot be rendered.
    """

    def __init__(self, holds: EditProcess, looks: LookLibrary) -> None:
        self.holds = holds
        self._looks = looks

    def with_settings(self, edit: Edit, fields: Fields, look: Look | None) -> Edit:
        """The edit with these settings, or why it cannot have them. Raises InputError."""
        if not holds_settings(fields):
            return replace(edit, why_not=OLD_PROCESS if is_before_2012(fields) else NOTHING)
        fields = without_switched_off(fields)
        settings = settings_of(fields, str(edit.origin))
        if settings.empty:
            return replace(edit, why_not=OLD_PROCESS if is_before_2012(fields) else NOTHING)
        why_not = ""
        if is_before_2012(fields):
            why_not = OLD_PROCESS
        elif edit.kind == "export":
            if not settings.already_applied or "IncrementalTemperature" in fields:
                why_not = OWN_EDIT
            settings = replace(settings, already_applied=False)
        elif settings.already_applied:
            why_not = RENDERED
        return replace(
            edit,
            settings=held_settings(settings, self.holds),
            lost=tuple(find_lost(fields, look, self.holds, self._has_profile)),
            style=style_of(fields),
            look=_usual(look) if self.holds.looks else None,
            why_not=why_not,
        )

    def _has_profile(self, look: Look) -> bool:
        try:
            return self._looks.find(look) is not None
        except InputError:
            return False


def _usual(look: Look | None) -> Look | None:
    """A look as a parameter file may hold it; one that does nothing is none."""
    if look is None or look.amount == 0.0 or not (look.name or look.uuid):
        return None
    amount = look.amount if look.amount <= MOST_AMOUNT else 1.0  # as Camera Raw takes it
    return Look(look.name[:LONGEST_NAME], amount, look.uuid)


def with_facts(edit: Edit, facts: Facts) -> Edit:
    """The edit with rating, flag, date and camera as its packet says."""
    return replace(
        edit,
        rating=facts.rating or 0,
        pick=facts.pick or 0,
        taken=facts.taken,
        camera=facts.camera,
        by_us=facts.by_us,
    )


def with_shot(edit: Edit) -> Edit:
    """The edit with camera and date from the RAW file's own EXIF where they aren't known.

    Where no date is found, the file's own stands for it.
    """
    if edit.taken is not None and edit.camera is not None:
        return edit
    metadata = read_metadata(edit.raw)
    date, model = metadata.exif.get(DATE_TIME_ORIGINAL), metadata.image.get(MODEL)
    taken, camera = (
        bytes(found.value).rstrip(b"\0").decode("utf-8", "replace") if found else None
        for found in (date, model)
    )
    edit = replace(edit, taken=edit.taken or parse_date(taken), camera=edit.camera or camera)
    if edit.taken is None:
        with contextlib.suppress(OSError, OverflowError, ValueError):
            seconds = edit.raw.stat().st_mtime
            edit = replace(edit, file_date=datetime.fromtimestamp(seconds).replace(microsecond=0))
    return edit


def unreadable(edit: Edit, error: InputError) -> Edit:
    """The edit that an error stands for."""
    return replace(edit, why_not=UNREADABLE, error=str(error))
