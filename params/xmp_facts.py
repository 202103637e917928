"""What an XMP packet says of a photo besides its sliders: rating, flag, date, camera, look."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from params.unsupported import Look
from params.xmp_packet import CRS, OURS, RDF, descriptions, parse_packet
from params.xmp_packet import XMP as _XMP

_XMP_DM = "http://ns.adobe.com/xmp/1.0/DynamicMedia/"
_PHOTOSHOP = "http://ns.adobe.com/photoshop/1.0/"
_TIFF = "http://ns.adobe.com/tiff/1.0/"
_EXIF = "http://ns.adobe.com/exif/1.0/"
_DATES = ((_EXIF, "DateTimeOriginal"), (_PHOTOSHOP, "DateCreated"), (_XMP, "CreateDate"))
_DATE = re.compile(r"(\d{4})[-:](\d\d)[-:](\d\d)[T ](\d\d):(\d\d)(?::(\d\d))?")
_UUID = re.compile(r"[0-9A-Fa-f]{32}")
_PLAIN_NAME = 255  # characters of what can be a file's name


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known; None where the packet does not say.

    rating: 0..5, -1 for rejected. pick: 1 picked, 0 no flag, -1 rejected.
    raw_name: the file that the settings are of. sidecar_for: its extension, without the dot.
    by_us: the settings were written by this project, and nobody has changed the packet since.
    """

    rating: int | None = None
    pick: int | None = None
    taken: datetime | None = None
    camera: str | None = None
    raw_name: str | None = None
    sidecar_for: str | None = None
    look: Look | None = None
    by_us: bool = False


def read_facts(data: bytes, name: str) -> Facts:
    """Read a packet's facts. Raises InputError as params.xmp_packet.read_fields."""
    top = list(descriptions(parse_packet(data, name), name))

    def text(uri: str, local: str) -> str | None:
        return next((t for d in top if (t := _text(d, uri, local))), None)

    dates = (parse_date(text(*key)) for key in _DATES)
    raw_name = text(CRS, "RawFileName")
    return Facts(
        rating=_whole(text(_XMP, "Rating"), -1, 5),
        pick=_whole(text(_XMP_DM, "pick"), -1, 1),
        taken=next((date for date in dates if date), None),
        camera=text(_TIFF, "Model"),
        raw_name=raw_name[:_PLAIN_NAME] if raw_name else None,
        sidecar_for=text(_PHOTOSHOP, "SidecarForExtension"),
        look=next((look for d in top if (look := look_of(d))), None),
        by_us=text(OURS, "Process") is not None
        and not _is_later(text(_XMP, "MetadataDate"), text(OURS, "Date")),
    )


def _is_later(date: str | None, than: str | None) -> bool:
    """Whether one date of XMP is later than another; False where either says none.

    By their zones where both have one, else by their clocks.
    """
    try:
        one, other = datetime.fromisoformat(date or ""), datetime.fromisoformat(than or "")
    except ValueError:
        return False
    if one.tzinfo is None or other.tzinfo is None:
        one, other = one.replace(tzinfo=None), other.replace(tzinfo=None)
    return one > other


def parse_date(text: str | None) -> datetime | None:
    """A date with its time, as XMP, EXIF or a catalog writes it, without its zone."""
    found = _DATE.match(text or "")
    if not found:
        return None
    try:
        year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
        return datetime(year, month, day, hour, minute, second)
    except ValueError:
        return None


def _text(element: Any, uri: str, local: str) -> str | None:
    """A property of one text, written as attribute or as element."""
    value = element.get(f"{{{uri}}}{local}") or element.findtext(f"{{{uri}}}{local}")
    return value.strip() or None if value else None


def look_of(description: Any) -> Look | None:
    """The Look's own name, amount and UUID, not those of the settings nested in it."""
    place = look_element(description)
    name = _text(place, CRS, "Name") if place is not None else None
    if not name:
        return None
    amount = look_amount(_text(place, CRS, "Amount"))
    return Look(name, amount, look_uuid(_text(place, CRS, "UUID")))


def look_element(description: Any) -> Any:
    """The element whose own fields are the Look's, or None."""
    look = description.find(f"{{{CRS}}}Look")
    if look is None:
        return None
    inner = look.find(f"{{{RDF}}}Description")
    return look if inner is None else inner


def look_uuid(text: str | None) -> str:
    """A look's UUID in capitals; "" where it is none."""
    found = _UUID.fullmatch(text or "")
    return found[0].upper() if found else ""


def look_amount(text: str | None) -> float:
    """A Look's amount; 1 where none is given that is a number."""
    try:
        amount = float(text or 1.0)
    except ValueError:
        return 1.0
    return amount if 0.0 <= amount <= 10.0 else 1.0


def _whole(text: str | None, low: int, high: int) -> int | None:
    try:
        number = int(float(text or ""))
    except (ValueError, OverflowError):
        return None
    return number if low <= number <= high else None
