"""EXIF as bytes: TIFF directories (IFDs) read and written.

Reading takes only the tags asked for and bounds every count, so that a hostile file costs
neither time nor memory. Format: TIFF 6.0 and EXIF 2.32; BigTIFF for writing.
"""

import os
import struct
from collections.abc import Container, Mapping
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
_MAX_ENTRIES = 2000
_MAX_BYTES = 16 << 20


class Field(NamedTuple):
    """A tag's value: its TIFF type, and bytes (ASCII, UNDEFINED) or a tuple of ints.

    Rationals are a flat tuple: numerator, denominator, numerator, ...
    """

    kind: int
    value: bytes | tuple[int, ...]


Directory = dict[int, Field]


def read_header(file: BinaryIO, base: int) -> tuple[str, int] | None:
    """Byte order ("<" or ">") and first directory's offset of the TIFF structure at `base`.

    None where there is none. Olympus and Panasonic RAWs differ in the magic number only.
    """
    file.seek(base)
    head = file.read(8)
    order = {b"II": "<", b"MM": ">"}.get(head[:2])
    if order is None or len(head) < 8:
        return None
    magic, first = struct.unpack(order + "HI", head[2:])
    return (order, first) if magic != 43 else None  # 43: BigTIFF, which no camera writes


def read_directory(
    file: BinaryIO, base: int, order: str, offset: int, wanted: Container[int]
) -> Directory:
    """The wanted tags of the directory at `offset` (from `base`); unreadable ones left out."""
    file.seek(base + offset)
    count = min(int.from_bytes(file.read(2), "little" if order == "<" else "big"), _MAX_ENTRIES)
    entries = file.read(12 * count)
    size = file.seek(0, os.SEEK_END)
    found: Directory = {}
    for start in range(0, len(entries) - 11, 12):
        tag, kind, number = struct.unpack_from(order + "HHI", entries, start)
        if tag not in wanted or tag in found or kind not in _FORMATS:
            continue
        letter, parts = _FORMATS[kind]
        length = number * parts * struct.calcsize("=" + letter)
        data = entries[start + 8 : start + 12]
        if length > 4:
            place = base + struct.unpack(order + "I", data)[0]
            if length > _MAX_BYTES or place + length > size:
                continue
            file.seek(place)
            data = file.read(length)
        if letter == "s":
            found[tag] = Field(kind, data[:length])
        else:
            found[tag] = Field(
                kind, struct.unpack(f"{order}{number * parts}{letter}", data[:length])
            )
    return found


def write_directory(fields: Mapping[int, Field], offset: int, big: bool = False) -> bytes:
    """A little-endian directory to stand at `offset` (even), its long values behind it.

    The link to a next directory is 0. `big` writes BigTIFF's layout.
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
    return head + bytes(word) + values + bytes(len(values) % 2)


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
