"""Camera Raw's look profiles in XMP: a profile's own file, or a Look in a photo's settings.

A photo's settings mostly hold a stub: the look's name and UUID, and the IDs of tables that lie in
the profile's file.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from params.files import InputError
from params.look_tables import LookTable, RgbTable, look_table, rgb_table, table_bytes
from params.panels import CURVES, PANELS
from params.unsupported import LONGEST_NAME, MOST_AMOUNT, Look
from params.xmp_curve import IDENTITY, Point, parse_points
from params.xmp_facts import look_element, look_of, look_uuid
from params.xmp_packet import CRS, RDF, descriptions, fields_of, parse_packet
from params.xmp_text import finite

# What a profile may move: all that is a number but the white balance.
_SLIDERS = {
    slider.name: slider
    for panel in PANELS.values()
    for slider in panel.sliders
    if slider.name not in ("Temperature", "Tint")
}
_TABLES = re.compile(rb'crs:Table_[0-9A-Fa-f]{32}="[^"]*"')
_TRUE, _FALSE = ("true", "1"), ("false", "0", "")


class StubError(InputError):
    """A profile names a table that isn't in this file."""


@dataclass(frozen=True, eq=False)
class LookProfile:
    """What a look profile does at 100 %.

    uuid: 32 hexadecimal digits in capitals, or "".
    supports_amount: else the photo's amount of it counts as 100 %.
    rgb_amount: the profile's own amount of its RGB table.
    curves: points of the master, red, green and blue curve; None changes nothing.
    sliders: those off neutral, by XMP name; ConvertToGrayscale is 0 or 1.
    """

    name: str
    uuid: str = ""
    group: str = ""
    supports_amount: bool = True
    look_table: LookTable | None = None
    rgb_table: RgbTable | None = None
    rgb_amount: float = 1.0
    curves: tuple[tuple[Point, ...] | None, ...] = (None,) * len(CURVES.curves)
    sliders: Mapping[str, float] = field(default_factory=dict)


def read_profile(data: bytes, name: str) -> LookProfile:
    """The profile in a profile's own file.

    Args:
        data: its bytes.
        name: what error messages call it.

    Raises:
        InputError: not XMP, no look profile, or a broken table, curve or number.
    """
    root = parse_packet(data, name)
    top = _profile_element(root, name)
    if top is None:
        raise InputError(f"{name}: not a look profile")
    return _profile(root, top, top, name)


def read_profile_names(data: bytes, name: str) -> tuple[str, str] | None:
    """Name and UUID of the profile in a file, or None where it is none. Raises InputError."""
    data = _TABLES.sub(b"", data)  # they take nearly all the time to parse
    top = _profile_element(parse_packet(data, name), name)
    return None if top is None else (_title(top, "Name"), look_uuid(_plain(top, "UUID")))


def read_photo_look(data: bytes, name: str) -> tuple[Look | None, LookProfile | None]:
    """The look in a photo's settings, and its profile where all of it is there.

    Raises:
        InputError: as read_profile; a stub is no error.
    """
    root = parse_packet(data, name)
    for top in descriptions(root, name):
        look, place = look_of(top), look_element(top)
        if look is None:
            continue
        inner = place.find(f"{{{CRS}}}Parameters")
        if inner is None:
            return look, None
        nested = inner.find(f"{{{RDF}}}Description")
        try:
            return look, _profile(root, place, inner if nested is None else nested, name)
        except StubError:
            return look, None
    return None, None


def _profile_element(root: Any, name: str) -> Any:
    tops = descriptions(root, name)
    return next((top for top in tops if _plain(top, "PresetType") == "Look"), None)


def _profile(root: Any, head: Any, settings: Any, name: str) -> LookProfile:
    """head: whose fields are name, UUID and group. settings: whose fields are what it does."""
    fields = fields_of(settings)
    texts = {key: text for key, text in fields.items() if isinstance(text, str)}
    name = f"{name}: look {_title(head, 'Name') or _plain(head, 'Name')!r}"
    hue_sat = _table(root, texts.get("LookTable"), name)
    colors = _table(root, texts.get("RGBTable"), name)
    try:
        return LookProfile(
            name=(_title(head, "Name") or _plain(head, "Name"))[:LONGEST_NAME],
            uuid=look_uuid(_plain(head, "UUID")),
            group=_title(head, "Group")[:LONGEST_NAME],
            supports_amount=_plain(head, "SupportsAmount").lower() not in _FALSE[:2],
            look_table=look_table(hue_sat) if hue_sat else None,
            rgb_table=rgb_table(colors) if colors else None,
            rgb_amount=_number(
                "RGBTableAmount", texts.get("RGBTableAmount", "1"), 0.0, MOST_AMOUNT
            ),
            curves=tuple(_curve(fields.get(curve)) for curve in CURVES.curves),
            sliders=_sliders(texts),
        )
    except ValueError as error:
        raise InputError(f"{name}: {error}") from error


def _table(root: Any, table_id: str | None, name: str) -> bytes | None:
    """The bytes of the table of this ID, which may stand anywhere in the file."""
    if not table_id:
        return None
    if look_uuid(table_id) == "":
        raise InputError(f"{name}: {table_id[:40]!r} is not a table's ID")
    key = f"{{{CRS}}}Table_{table_id}"
    for element in root.iter():
        text = element.text if element.tag == key else element.get(key)
        if text:
            try:
                return table_bytes(text, table_id)
            except ValueError as error:
                raise InputError(f"{name}: table {table_id}: {error}") from error
    raise StubError(f"{name}: table {table_id} isn't there")


def _sliders(texts: Mapping[str, str]) -> dict[str, float]:
    found = {}
    for name, slider in _SLIDERS.items():
        text = texts.get(name, "")
        if name == "ConvertToGrayscale" and text.lower() in (*_TRUE, *_FALSE):
            value = float(text.lower() in _TRUE)
        elif text:
            value = _number(name, text, slider.low, slider.high)
        else:
            continue
        if value != slider.neutral:
            found[name] = value
    for panel in PANELS.values():
        if any(slider.name in found for slider in panel.sliders):
            found |= {name: value for name, value in panel.missing if name not in texts}
    return found


def _number(name: str, text: str, low: float, high: float) -> float:
    """A number limited to its range. Raises ValueError for what is none."""
    value = finite(text)
    if value is None:
        raise ValueError(f"{name} is {text[:20]!r}, not a finite number")
    return min(max(value, low), high)


def _curve(items: str | list[str] | None) -> tuple[Point, ...] | None:
    points = parse_points(items) if isinstance(items, list) and items else IDENTITY
    return None if points == IDENTITY else points


def _plain(element: Any, name: str) -> str:
    """A property of one text, "" where there is none."""
    key = f"{{{CRS}}}{name}"
    return (element.get(key) or element.findtext(key) or "").strip()


def _title(element: Any, name: str) -> str:
    """A text that may be given in several languages: the first one."""
    return (element.findtext(f"{{{CRS}}}{name}/{{{RDF}}}Alt/{{{RDF}}}li") or "").strip()
