"""A picture's Camera Raw settings as they were found, and the reasons why some are left out."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from params.unsupported import Lost
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
BY_US = "written by this project, not by the photographer (--include-predicted)"
UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Edit:
    """A picture, and its settings where they were found.

    raw: the RAW file; for one that is not there, where it should be.
    copy: what tells a virtual copy from the picture, else "".
    settings: those that an edit of the process asked for holds. lost: the others that change
        the picture.
    pick: 1 picked, -1 rejected, 0 neither. rating: 0..5, -1 rejected.
    by_us: the settings were written by this project.
    why_not: why it is left out, "" where it is not. error: a line for what could not be read.
    """

    raw: Path
    kind: str
    origin: Path
    copy: str = ""
    settings: Settings = field(default_factory=Settings)
    lost: tuple[Lost, ...] = ()
    rating: int = 0
    pick: int = 0
    taken: datetime | None = None
    camera: str | None = None
    by_us: bool = False
    why_not: str = ""
    error: str = ""
