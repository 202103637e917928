"""EXIF as bytes: TIFF directories (IFDs) read and written.

Reading takes only the tags asked for and bounds every count, so that a hostile file costs
neither time nor memory. Format: TIFF 6.0 and EXIF 2.32, and BigTIFF.
"""

import os
import struct
from collections.abc import Container, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

BYTE, ASCII, SHORT, LONG, RATIONAL, UNDEFINED, SRATIONAL = 1, 2, 3, 4, 5, 7, 10
LONG8 = 16
_IFD = 13
# Format letter and how many of them make one value.
_FORMATS = {
    **{BYTE: ("B", 1), ASCII: ("s", 1), SHORT: ("H", 1), LONG: ("I", 1), RATIONAL: ("I", 2)},
    **{UNDEFINED: ("s", 1), SRATIONAL: ("i", 2), _IFD: ("I", 1), LONG8: ("Q", 1)},
}
MAX_ENTRIES = 2000
_BIGTIFF = 43
# Of the values that are read of one directory, which may all be the same bytes of the file; and of
# one value that becomes numbers, one by one (an XMP packet may be written so, too).
_MAX_BYTES, _MAX_NUMBERS = 16 << 20, 1 << 20


class Field(NamedTuple):
    """A tag's value: its TIFF type, and bytes (ASCII, UNDEFINED) or a tuple of ints.

    Rationals are a flat tuple: numerator, denominator, numerator, ...
    """

    kind: int
    value: bytes | tuple[int, ...]


Directory = dict[int, Field]


@dataclass(frozen=True)
class Header:
    """How a TIFF structure is laid out: byte order ("<" or ">"), BigTIFF or not."""

    order: str
    big: bool
    first: int  # offset of the first directory

    @property
    def count(self) -> str:
        """struct's format of a directory's number of entries."""
        return self.order + ("Q" if self.big else "H")

    @property
    def entry(self) -> str:
        """struct's format of an entry: tag, type, number of values, value or its place."""
        return self.order + ("HHQ8s" if self.big else "HHI4s")

    @property
    def offset(self) -> str:
        """struct's format of a place in the file."""
        return self.order + ("Q" if self.big else "I")


def read_header(file: BinaryIO, base: int) -> Header | None:
    """The header of the TIFF structure at `base`, None where there is none.

    Olympus and Panasonic RAWs differ in the magic number only.
    """
    file.seek(base)
    head = file.read(16)
    order = {b"II": "<", b"MM": ">"}.get(head[:2])
    if order is None or len(head) < 8:
        return None
    magic, first = struct.unpack(order + "HI", head[2:8])
    if magic != _BIGTIFF:
        return Header(order, False, first)
    if len(head) < 16:
        return None
    word, zero, first = struct.unpack(order + "HHQ", head[4:])
    return Header(order, True, first) if (word, zero) == (8, 0) else None


def read_entries(file: BinaryIO, base: int, header: Header, offset: int) -> bytes:
    """The entries of the directory at `offset` (from `base`) as stored, whole ones only."""
    word = struct.calcsize(header.count)
    size = struct.calcsize(header.entry)
    file.seek(base + offset)
    head = file.read(word)
    number = struct.unpack(header.count, head)[0] if len(head) == word else 0
    entries = file.read(size * min(number, MAX_ENTRIES))
    return entries[: len(entries) // size * size]


def read_directory(
    file: BinaryIO, base: int, header: Header, offset: int, wanted: Container[int]
) -> Directory:
    """The wanted tags of the directory at `offset` (from `base`).

    Left out: unreadable ones, and what goes beyond _MAX_BYTES of all values together.
    """
    end = file.seek(0, os.SEEK_END)
    if base + offset >= end:
        return {}
    entries = read_entries(file, base, header, offset)
    found: Directory = {}
    room = _MAX_BYTES
    for tag, kind, number, word in struct.iter_unpack(header.entry, entries):
        if tag not in wanted or tag in found or kind not in _FORMATS:
            continue
        letter, parts = _FORMATS[kind]
        length = number * parts * struct.calcsize("=" + letter)
        data = word
        if length > len(word):
            place = base + struct.unpack(header.offset, word)[0]
            too_many = kind not in (ASCII, BYTE, UNDEFINED) and number * parts > _MAX_NUMBERS
            if length > room or too_many or place + length > end:
                continue
            room -= length
            file.seek(place)
            data = file.read(length)
        if letter == "s":
            found[tag] = Field(kind, data[:length])
        else:
            found[tag] = Field(
                kind, struct.unpack(f"{header.order}{number * parts}{letter}", data[:length])
            )
    return found


def write_directory(
    fields: Mapping[int, Field], offset: int, big: bool = False, link: int = 0
) -> bytes:
    """A little-endian directory to stand at `offset` (even), its long values behind it.

    `big` writes BigTIFF's layout. `link`: where the next directory stands; 0: there is none.
    """
    count, entry, word = ("<Q", "<HHQ8s", 8) if big else ("<H", "<HHI4s", 4)
    values_at = offset + struct.calcsize(count) + len(fields) * struct.calcsize(entry) + word
    head, values = struct.pack(count, len(fields)), b""
    for tag in sorted(fields):
        kind, value = fields[tag]
        letter, parts = _FORMATS[kind]
        if isinstance(value, bytes):
            data, number = value, len(value)
        else:
            data, number = struct.pack(f"<{len(value)}{letter}", *value), len(value) // parts
        if len(data) > word:
            values += bytes(len(values) % 2)
            place = values_at + len(values)
            values += data
            data = place.to_bytes(word, "little")
        head += struct.pack(entry, tag, kind, number, data)
    return head + link.to_bytes(word, "little") + values + bytes(len(values) % 2)


def append_directories(path: Path, directories: Mapping[int, Directory]) -> None:
    """Add directories at the end of a little-endian TIFF and point its main directory to them.

    Each key is the tag of a pointer (LONG, or LONG8 in a BigTIFF) that the file already has.
    """
    with path.open("r+b") as file:
        header = file.read(16)
        big = header[:4] == b"II+\0"
        start = int.from_bytes(header[8:16] if big else header[4:8], "little")
        count, entry, word = (8, 20, 8) if big else (2, 12, 4)
        file.seek(start)
        entries = file.read(entry * int.from_bytes(file.read(count), "little"))
        tags = [tag for (tag,) in struct.iter_unpack(f"<H{entry - 2}x", entries)]
        for tag, fields in directories.items():
            end = file.seek(0, os.SEEK_END)
            end += file.write(bytes(end % 2))
            file.write(write_directory(fields, end, big))
            file.seek(start + count + tags.index(tag) * entry + entry - word)
            file.write(end.to_bytes(word, "little"))


def text_field(fields: Directory, tag: int) -> str:
    """A text of a directory, without blanks around it; empty when it isn't there."""
    value = fields[tag].value if tag in fields else b""
    text = value.rstrip(b"\0") if isinstance(value, bytes) else b""
    return text.decode("utf-8", "replace").strip()
