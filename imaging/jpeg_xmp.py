"""XMP in a JPEG: the packet in APP1, and what did not fit into it (XMP specification, part 3)."""

import hashlib
import os
from pathlib import Path
from typing import Any, BinaryIO

from params.files import InputError
from params.xmp_packet import RDF, SIZE_LIMIT, descriptions, packet_of, parse_packet

_STANDARD = b"http://ns.adobe.com/xap/1.0/\0"
_EXTENDED = b"http://ns.adobe.com/xmp/extension/\0"
_HEAD = 40  # of an extended segment: 32 letters of its digest, whole length, offset
_LEAST = 1024  # what a segment counts at least, so that empty ones come to an end
_NOTE = "http://ns.adobe.com/xmp/note/"
_MOST = 65533 - len(_STANDARD)  # bytes of a packet in one segment
_PART = 65000  # of an extension in one segment
_ROOM_FOR_NOTE, _MOST_ROUNDS = 300, 20
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


def fitting_packet(packet: bytes, name: str) -> tuple[bytes, bytes]:
    """A packet as a JPEG can hold it: what fits into one segment, and the segments of the rest.

    The largest fields go into the extension first. No segments where all of it fits.

    Raises:
        InputError: it does not fit, and cannot be read; messages call it `name`.
    """
    if len(packet) <= _MOST:
        return packet, b""
    root = parse_packet(packet, name)
    moved = _without_largest(root, name)
    data = _serialised(moved)
    digest = hashlib.md5(data, usedforsecurity=False).hexdigest().upper()
    note = next(descriptions(root, name)).makeelement(
        f"{{{RDF}}}Description", {f"{{{RDF}}}about": ""}, nsmap={"xmpNote": _NOTE}
    )
    note.set(f"{{{_NOTE}}}HasExtendedXMP", digest)
    next(descriptions(root, name)).addprevious(note)
    short = packet_of(root)
    if len(short) > _MOST:
        raise InputError(f"{name}: XMP packet of {len(packet)} bytes is too long for a JPEG")
    segments = b""
    for offset in range(0, len(data), _PART):
        head = digest.encode() + len(data).to_bytes(4, "big") + offset.to_bytes(4, "big")
        content = _EXTENDED + head + data[offset : offset + _PART]
        segments += b"\xff\xe1" + (len(content) + 2).to_bytes(2, "big") + content
    return short, segments


def _without_largest(root: Any, name: str) -> Any:
    """Take the largest fields out of a packet until a segment holds it, and give one of them."""
    from lxml import etree

    rest = etree.Element("{adobe:ns:meta/}xmpmeta", nsmap={"x": "adobe:ns:meta/"})
    holder = etree.SubElement(rest, f"{{{RDF}}}RDF", nsmap={"rdf": RDF})
    holder = etree.SubElement(holder, f"{{{RDF}}}Description", {f"{{{RDF}}}about": ""})
    fields: list[tuple[int, Any, str | None]] = []
    for top in descriptions(root, name):
        fields += [(len(etree.tostring(child)), child, None) for child in top]
        fields += [
            (len(value.encode()), top, key)
            for key, value in top.attrib.items()
            if key.startswith("{") and not key.startswith(f"{{{RDF}}}")
        ]
    fields.sort(key=lambda field: field[0])
    for _ in range(_MOST_ROUNDS):  # a field's size is with namespaces that its packet keeps
        excess = len(packet_of(root)) - (_MOST - _ROOM_FOR_NOTE)
        while excess > 0 and fields:
            length, element, key = fields.pop()
            excess -= length
            if key is None:
                holder.append(element)
            else:
                holder.set(key, element.attrib.pop(key))
    return rest


def _serialised(root: Any) -> bytes:
    from lxml import etree

    data: bytes = etree.tostring(root, encoding="utf-8")
    return data
