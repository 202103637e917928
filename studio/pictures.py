"""A picture of the studio: its file, what is known of it, and its edit."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from params.files import InputError
from params.record import Record
from stages.predict.made_with import source_of
from studio.facts import Facts
from studio.stored_edit import edit_to_json
from studio.wire import neutral_edit

WAITING, PREDICTED, FAILED = "waiting", "predicted", "failed"
FLAGS = ("", "pick", "reject")
_LETTERS = 16


@dataclass(frozen=True)
class State:
    """What the photographer did to a picture: what the journal keeps.

    edit: his correction; None: as predicted. rating, flag: None where he left what the file says.
    accepted: the digest of the edit that he accepted last, see edit_digest.
    """

    edit: Record | None = None
    rating: int | None = None
    flag: str | None = None
    accepted: str | None = None


@dataclass
class Picture:
    """One picture, changed under the session's lock only.

    path: its RAW file. roots: the folders given, out of which no link may lead.
    as_shot: Camera Raw's white balance of the shot; None: not read yet, or not known.
    size_of_edit, differs: mean ΔE00 to the picture as shot, and to it with its neighbours' edits.
    """

    path: Path
    name: str
    folder: str
    roots: tuple[str, ...]
    id: str = ""
    state: State = field(default_factory=State)
    facts: Facts = field(default_factory=Facts)
    as_shot: dict[str, float] | None = None
    predicted: Record | None = None
    status: str = WAITING
    error: str = ""
    size_of_edit: float | None = None
    differs: float | None = None
    group: str | None = None
    width: int = 0
    height: int = 0
    version: int = 0

    def __post_init__(self) -> None:
        place = os.fsencode(os.path.abspath(self.path))
        self.id = self.id or hashlib.blake2b(place, digest_size=_LETTERS // 2).hexdigest()

    @property
    def edit(self) -> Record:
        """The edit that counts: corrected, else predicted, else none."""
        return self.state.edit or self.predicted or neutral_edit(2, self.as_shot)

    @property
    def rating(self) -> int:
        return self.facts.rating if self.state.rating is None else self.state.rating

    @property
    def flag(self) -> str:
        return self.facts.flag if self.state.flag is None else self.state.flag

    @property
    def accepted(self) -> bool:
        return self.state.accepted is not None

    @property
    def stale(self) -> bool:
        """Whether its edit is another one than was accepted."""
        return self.accepted and self.state.accepted != edit_digest(self.edit)

    @property
    def mark(self) -> str:
        """What tells its file from another one that took its place: by size and time of change."""
        source = source_of(self.path) or [0, 0]
        return f"{self.id}-{source[0]:x}-{source[1]:x}"

    def checked_path(self) -> Path:
        """Its file, where it is still below the folders given.

        Raises:
            InputError: it has become a link that leads elsewhere.
        """
        if not is_below(self.path, self.roots):
            raise InputError(f"{self.path}: a link that leads out of the folders given")
        return self.path

    def to_json(self) -> dict[str, Any]:
        """For the page's grid."""
        confidence = (self.predicted.extra if self.predicted else {}).get("confidence")
        return {
            "id": self.id,
            "name": self.name,
            "folder": self.folder,
            "camera": self.facts.camera,
            "date": self.facts.date,
            "iso": self.facts.iso,
            "rating": self.rating,
            "flag": self.flag,
            "status": self.status,
            "error": self.error,
            "confidence": confidence,
            "size": self.size_of_edit,
            "differs": self.differs,
            "corrected": self.state.edit is not None,
            "accepted": self.accepted,
            "stale": self.stale,
            "group": self.group,
            "width": self.width,
            "height": self.height,
            "thumb": self.version,
        }


def is_below(path: Path, roots: tuple[str, ...]) -> bool:
    """Whether a file, its links followed, is below one of these folders, or one of these files."""
    try:
        real = os.path.realpath(path)
    except (OSError, ValueError):
        return False
    return any(real == root or real.startswith(root.rstrip(os.sep) + os.sep) for root in roots)


def edit_digest(record: Record) -> str:
    """What tells an edit from others: its numbers, not how they came about."""
    facts: Mapping[str, Any] = {**edit_to_json(record), "extra": None}
    text = json.dumps(facts, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=_LETTERS // 2).hexdigest()
