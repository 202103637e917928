"""XMP in a JPEG: the packet in APP1, and what did not fit into it (XMP specification, part 3)."""

import os
from pathlib import Path
from typing import BinaryIO

from params.files import InputError
from params.xmp_packet import SIZE_LIMIT

_STANDARD = b"http://ns.adobe.com/xap/1.0/\0"
_EXTENDED = b"http://ns.adobe.com/xmp/extension/\0"
_HEAD = 40  # of an extended segment: 32 letters of its digest, whole length, offset
_LEAST = 1024  # what a segment counts at least, so that empty ones come to an end
_START_OF_SCAN, _END = 0xDA, 0xD9


def read_jpeg_xmp(path: Path) -> list[bytes]:
    """The packets of a JPEG: none, one, or the packet and its extension.

    Raises:
        InputError: not a JPEG, or unreadable.
    """
    try:
        with Path(path).open("rb") as file:
            return _read(file, path)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error


def _read(file: BinaryIO, path: Path) -> list[bytes]:
    if file.read(2) != b"\xff\xd8":
        raise InputError(f"{path}: not a JPEG")
    packet: bytes | None = None
    parts: dict[bytes, dict[int, bytes]] = {}
    room = SIZE_LIMIT
    while room > 0:
        head = file.read(4)
        if len(head) < 4 or head[0] != 0xFF or head[1] in (_START_OF_SCAN, _END):
            break
        length = int.from_bytes(head[2:], "big") - 2
        room -= max(length, _LEAST)
        if head[1] != 0xE1:
            file.seek(max(length, 0), os.SEEK_CUR)
            continue
        data = file.read(max(length, 0))
        if data.startswith(_STANDARD) and packet is None:
            packet = data[len(_STANDARD) :]
        elif data.startswith(_EXTENDED):
            rest = data[len(_EXTENDED) :]
            digest, offset = rest[:32], int.from_bytes(rest[36:_HEAD], "big")
            parts.setdefault(digest, {})[offset] = rest[_HEAD:]
    if packet is None:
        return []
    # The packet names its extension by digest; others' are left alone.
    own = next((found for digest, found in parts.items() if digest and digest in packet), None)
    extension = b"".join(own[offset] for offset in sorted(own)) if own else b""
    return [packet, extension] if 0 < len(extension) <= SIZE_LIMIT else [packet]
