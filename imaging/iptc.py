"""IPTC (IIM 4): caption, keywords, byline and the like, as TIFF and JPEG carry it.

Data sets: 0x1C, record, number, length (16 bits, big-endian), content. TIFF has them in tag
33723, JPEG in APP13, as resource 0x0404 of a Photoshop block.
"""

import struct

IPTC = 33723
APP13 = 0xED
_HEAD, _RESOURCE, _IPTC_RESOURCE = b"Photoshop 3.0\0", b"8BIM", b"\x04\x04"
_CHARACTER_SET = (1, 90)
_MOST = 32000  # what is carried fits a JPEG segment, beside the resource's head
_MOST_READ = 1 << 20  # data sets that aren't carried lie between those that are


def clean_iptc(data: bytes) -> bytes | None:
    """The whole data sets about the picture (record 2) and their character set; None if none.

    Reading ends where something else than a data set stands, and at 32 KB.
    """
    data = data[:_MOST_READ]
    kept, place, about = b"", 0, False
    while data[place : place + 1] == b"\x1c" and len(data) >= place + 5:
        record, number = data[place + 1], data[place + 2]
        end = place + 5 + int.from_bytes(data[place + 3 : place + 5], "big")
        if data[place + 3] & 0x80 or end > len(data) or len(kept) + end - place > _MOST:
            break
        if record == 2 or (record, number) == _CHARACTER_SET:
            kept += data[place:end]
            about |= record == 2 and number != 0
        place = end
    return kept if about else None


def iptc_words(iptc: bytes | None) -> tuple[int, ...]:
    """IPTC as a little-endian TIFF takes it: bytes, but of type LONG, filled up with zeros."""
    padded = (iptc or b"") + bytes(-len(iptc or b"") % 4)
    return struct.unpack(f"<{len(padded) // 4}I", padded)


def from_app13(content: bytes) -> bytes | None:
    """The IPTC in the content of a JPEG's APP13 segment."""
    place = len(_HEAD)
    if not content.startswith(_HEAD):
        return None
    while content[place : place + 4] == _RESOURCE:
        name_end = place + 6 + (content[place + 6] | 1) + 1 if len(content) > place + 6 else place
        size = int.from_bytes(content[name_end : name_end + 4], "big")
        data = content[name_end + 4 : name_end + 4 + size]
        if content[place + 4 : place + 6] == _IPTC_RESOURCE:
            return data
        place = name_end + 4 + size + size % 2
    return None


def to_app13(iptc: bytes) -> bytes:
    """A JPEG's APP13 segment, marker and length included, that holds this IPTC."""
    resource = _RESOURCE + _IPTC_RESOURCE + b"\0\0" + len(iptc).to_bytes(4, "big") + iptc
    content = _HEAD + resource + bytes(len(iptc) % 2)
    return bytes((0xFF, APP13)) + (2 + len(content)).to_bytes(2, "big") + content
