"""A picture's Camera Raw settings as they were found, and the reasons why some are left out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from params.unsupported import Look, Lost
from params.xmp_settings import Settings

# Where settings were found, best first: a catalog is what the photographer last saw.
KINDS = ("catalog", "sidecar", "embedded", "export")

OFFLINE = "the RAW file is not there"
NO_RAW = "not a RAW file"
NOTHING = "no Camera Raw settings"
OLD_PROCESS = "settings of process version 1 or 2, from before 2012"
RENDERED = "settings of a rendered picture"
OWN_EDIT = "an export's own later edit, not its RAW file's"
NO_RAW_FOUND = "an export whose RAW file is not among the sources, or not the only one of its name"
NO_ORIGINAL = "an export of a JPEG, TIFF or PSD: it has no RAW original"
BY_US = "written by this project, not by the photographer (--include-predicted)"
UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Edit:
    """A picture, and its settings where they were found.

    raw: the RAW file; for one that is not there, where it should be.
    copy: what tells a virtual copy from the picture, else "".
    settings: those that an edit of the process asked for holds. lost: the others that change
        the picture.
    style: what belongs to the photographer's style beside them, see params.style_settings.
    look: the creative look on top, where the edit process holds looks.
    pick: 1 picked, -1 rejected, 0 neither. rating: 0..5, -1 rejected.
    taken: when; file_date: the RAW file's own date where that is not known.
    by_us: the settings were written by this project.
    why_not: why it is left out, "" where it is not. error: a line for what could not be read.
    """

    raw: Path
    kind: str
    origin: Path
    copy: str = ""
    settings: Settings = field(default_factory=Settings)
    lost: tuple[Lost, ...] = ()
    style: Mapping[str, str] = field(default_factory=dict)
    look: Look | None = None
    rating: int = 0
    pick: int = 0
    taken: datetime | None = None
    file_date: datetime | None = None
    camera: str | None = None
    by_us: bool = False
    why_not: str = ""
    error: str = ""

    @property
    def date(self) -> datetime | None:
        """When it was taken, as far as is known."""
        return self.taken or self.file_date
