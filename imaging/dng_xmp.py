"""An XMP packet put into a copy of a DNG, which stays the same picture."""

import os
import shutil
import struct
from pathlib import Path
from typing import BinaryIO

from imaging.exif_ifd import BYTE, MAX_ENTRIES, Header, read_entries, read_header
from imaging.metadata import XMP
from imaging.tiff_pages import DNG_VERSION
from params.files import InputError, replacing

_MOST_BYTES = (1 << 32) - 1  # what a classic TIFF can point to


def embed_xmp(dng: Path, packet: bytes, out: Path) -> None:
    """Write `out`, the DNG with this packet as its XMP; `out` may be the DNG itself.

    The packet goes to the end of the file and tag 700 of the first directory points to it;
    no other byte changes. Where there is no such tag, the directory is repeated with it
    behind the packet, and the header points there.

    Raises:
        InputError: not a DNG, damaged, too large for its kind of TIFF, or a folder refuses.
    """
    try:
        with dng.open("rb") as file:
            header, entries, link = _first_directory(dng, file)
    except OSError as error:
        raise InputError(f"{dng}: {error.strerror or error}") from error
    with replacing(out, like_old=True) as temporary:
        shutil.copyfile(dng, temporary)
        with temporary.open("r+b") as file:
            _append(dng, file, packet, header, entries, link)
        shutil.copymode(dng, temporary)


def _first_directory(dng: Path, file: BinaryIO) -> tuple[Header, bytes, bytes]:
    """Header, entries of the first directory, and its link to the next one."""
    header = read_header(file, 0)
    size = file.seek(0, os.SEEK_END)
    if header is None or header.first >= size:
        raise InputError(f"{dng}: not a DNG")
    entries = read_entries(file, 0, header, header.first)
    link = file.read(struct.calcsize(header.offset))
    if DNG_VERSION not in [tag for tag, *_ in struct.iter_unpack(header.entry, entries)]:
        raise InputError(f"{dng}: not a DNG")
    file.seek(header.first)
    number = struct.unpack(header.count, file.read(struct.calcsize(header.count)))[0]
    whole = number <= MAX_ENTRIES and len(entries) == number * struct.calcsize(header.entry)
    if not whole or len(link) != struct.calcsize(header.offset):
        raise InputError(f"{dng}: damaged DNG: its first directory is not whole")
    return header, entries, link


def _append(
    dng: Path, file: BinaryIO, packet: bytes, header: Header, entries: bytes, link: bytes
) -> None:
    end = file.seek(0, os.SEEK_END)
    room = 1 + len(packet) + 1 + len(entries) + 64
    if not header.big and end + room > _MOST_BYTES:
        raise InputError(f"{dng}: no room for XMP in a DNG of {end} bytes")
    place = end + file.write(bytes(end % 2))
    end = place + file.write(packet)
    entry = struct.pack(header.entry, XMP, BYTE, len(packet), struct.pack(header.offset, place))
    width, start = len(entry), header.first + struct.calcsize(header.count)
    table = [entries[at : at + width] for at in range(0, len(entries), width)]
    tags = [struct.unpack_from(header.order + "H", old)[0] for old in table]
    if XMP in tags:
        for index, tag in enumerate(tags):
            if tag == XMP:
                file.seek(start + index * width)
                file.write(entry)
        return
    before = sum(tag < XMP for tag in tags)
    table.insert(before, entry)
    first = end + file.write(bytes(end % 2))
    file.write(struct.pack(header.count, len(table)) + b"".join(table) + link)
    file.seek(8 if header.big else 4)
    file.write(struct.pack(header.offset, first))
