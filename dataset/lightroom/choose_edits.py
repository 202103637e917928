"""Which of the edits that were found are taken, and why the others are not."""

from collections.abc import Sequence
from dataclasses import replace

from dataset.lightroom.edit import BY_US, Edit
from dataset.lightroom.settings import EditFilter
from dataset.lightroom.to_record import is_untouched
from params.unsupported import DEFAULT_LOOKS


def choose_edits(edits: Sequence[Edit], only: EditFilter) -> list[Edit]:
    """The edits, with a reason beside each that is left out."""
    room = only.limit if only.limit is not None else len(edits)
    chosen = []
    for edit in edits:
        why_not = edit.why_not or _reason(edit, only) or ("" if room > 0 else "beyond --limit")
        room -= not why_not
        chosen.append(replace(edit, why_not=why_not))
    return chosen


def _reason(edit: Edit, only: EditFilter) -> str:
    """Why the filter leaves an edit out; empty where it does not."""
    checks = (
        (only.rating is not None and edit.rating < only.rating, f"rating below {only.rating}"),
        (only.flag == "picked" and edit.pick != 1, "not picked"),
        (only.flag == "not-rejected" and -1 in (edit.pick, edit.rating), "rejected"),
        (only.since is not None and edit.date is None, "date unknown"),
        (only.since and edit.date and edit.date < only.since, "older than --since"),
        (not _has(edit.camera, only.camera), f"not taken by {only.camera}"),
        (not only.include_predicted and edit.by_us, BY_US),
        (not only.include_untouched and _is_untouched(edit), "nothing edited"),
        (
            only.require_supported and any(one.matters for one in edit.lost),
            "edits that the edit process does not hold matter (--require-supported)",
        ),
    )
    return next((text for out, text in checks if out), "")


def _is_untouched(edit: Edit) -> bool:
    """Whether neither a setting nor the look is the photographer's."""
    usual = edit.look is None or edit.look.name in DEFAULT_LOOKS
    return usual and is_untouched(edit.settings)


def _has(camera: str | None, wanted: str | None) -> bool:
    return wanted is None or wanted.casefold() in (camera or "").casefold()
