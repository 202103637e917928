"""Files that ask for more than they are worth: small on the disk, large in time or memory.

Each maker writes one file at a path. None is larger than some tens of MB, mostly of holes.
"""

import io
import json
import struct
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

from imaging.exif_clean import EXIF_KINDS, IMAGE_KINDS
from imaging.exif_ifd import MAX_ENTRIES
from imaging.metadata import EXIF_POINTER

_SHORT, _LONG, _UNDEFINED = 3, 4, 7
_MANY = 100_000
Entry = tuple[int, int, int, int]  # tag, type, count, value or place


def directory(entries: Sequence[Entry], link: int = 0) -> bytes:
    """A little-endian TIFF directory as stored."""
    body = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return struct.pack("<H", len(entries)) + body + struct.pack("<I", link)


def picture_entries(width: int, height: int, strips: int, places: int, counts: int) -> list[Entry]:
    """What a directory of 16-bit RGB says; strips' places and lengths stand at these places."""
    return [
        (256, _LONG, 1, width),
        (257, _LONG, 1, height),
        (258, _SHORT, 1, 16),
        (259, _SHORT, 1, 8),
        (262, _SHORT, 1, 1),
        (273, _LONG, strips, places),
        (277, _SHORT, 1, 1),
        (278, _LONG, 1, max(1, height // strips)),
        (279, _LONG, strips, counts),
    ]


def values_over_and_over(path: Path) -> None:
    """A TIFF each of whose EXIF values is the same 15 MiB."""
    size = 15 << 20
    exif = 8 + 2 + 12 * (len(IMAGE_KINDS) + 2) + 4
    tags = sorted({**dict.fromkeys(IMAGE_KINDS), EXIF_POINTER: None, 256: None})
    first = [
        (tag, _LONG, 1, exif if tag == EXIF_POINTER else 9)
        if tag in (EXIF_POINTER, 256)
        else (tag, _UNDEFINED, size, 4096)
        for tag in tags
    ]
    second = [(tag, _SHORT, size // 2, 4096) for tag in sorted(EXIF_KINDS)]
    with path.open("wb") as file:
        file.write(b"II*\0\x08\0\0\0" + directory(first) + directory(second))
        file.truncate(size + 8192)


def one_tag_over_and_over(path: Path) -> None:
    """A TIFF whose first directory has one colour tag two thousand times, of 600,000 values."""
    number = MAX_ENTRIES
    with path.open("wb") as file:
        entries = [(256, _LONG, 1, 9), *((50938, _LONG, 200_000, 65536),) * (number - 1)]
        file.write(b"II*\0\x08\0\0\0" + directory(entries))
        file.truncate((4 << 20) + 65536)


def chained_directories(path: Path, number: int = _MANY) -> None:
    """A TIFF of as many directories, each linked to the next."""
    size = len(directory([(256, _LONG, 1, 9)]))
    with path.open("wb") as file:
        file.write(b"II*\0\x08\0\0\0")
        file.writelines(
            directory([(256, _LONG, 1, 9)], 8 + size * (index + 1) if index + 1 < number else 0)
            for index in range(number)
        )


def circle_of_directories(path: Path) -> None:
    """A TIFF whose second directory is linked to its first."""
    size = len(directory([(256, _LONG, 1, 9)]))
    path.write_bytes(
        b"II*\0\x08\0\0\0"
        + directory([(256, _LONG, 1, 9)], 8 + size)
        + directory([(256, _LONG, 1, 9)], 8)
    )


def sub_directories(path: Path, number: int = _MANY) -> None:
    """A TIFF whose first directory has as many sub-directories."""
    first = directory([(256, _LONG, 1, 9), (330, _LONG, number, 64)])
    places = 64 + 4 * number
    size = len(directory([(256, _LONG, 1, 9)]))
    with path.open("wb") as file:
        file.write(b"II*\0\x08\0\0\0" + first.ljust(56, b"\0"))
        file.write(struct.pack(f"<{number}I", *(places + size * i for i in range(number))))
        file.write(directory([(256, _LONG, 1, 9)]) * number)


def many_entries(path: Path) -> None:
    """A TIFF of 60 directories of 3000 entries each."""
    number, step = 3000, 12
    entry = struct.pack("<HHII", 256, _LONG, 1, 9)
    with path.open("wb") as file:
        file.write(b"II*\0\x08\0\0\0")
        for index in range(60):
            place = 8 + index * (2 + number * step + 4)
            file.seek(place)
            link = place + 2 + number * step + 4 if index < 59 else 0
            file.write(struct.pack("<H", number) + entry * number + struct.pack("<I", link))


def strips_over_and_over(path: Path) -> None:
    """A TIFF of 300 directories, each with the same six million strips."""
    number = 6_000_000
    size = len(directory(picture_entries(1, 1, 1, 0, 0)))
    with path.open("wb") as file:
        file.write(b"II*\0\x08\0\0\0")
        for index in range(300):
            link = 8 + size * (index + 1) if index < 299 else 0
            entries = picture_entries(1, 1, number, 65536, 65536)
            file.write(directory(entries, link))
        file.truncate(65536 + 4 * number)


def unpacks_to_gigabytes(path: Path, side: int = 20_000) -> None:
    """A TIFF of side x side 16-bit values; all its strips are the same few bytes."""
    rows = 100
    strip = zlib.compress(bytes(2 * rows * side), 9)
    number = side // rows
    places = 8 + len(directory(picture_entries(1, 1, 1, 0, 0)))
    start = places + 8 * number
    with path.open("wb") as file:
        entries = picture_entries(side, side, number, places, places + 4 * number)
        file.write(b"II*\0\x08\0\0\0" + directory(entries))
        file.write(struct.pack("<I", start) * number + struct.pack("<I", len(strip)) * number)
        file.write(strip)


def strip_larger_than_said(path: Path) -> None:
    """A TIFF of 10 x 10 values whose strip of 0.1 MB unpacks to 128."""
    strip = zlib.compress(bytes(128 << 20))
    entries = picture_entries(10, 10, 1, 256, len(strip))
    path.write_bytes((b"II*\0\x08\0\0\0" + directory(entries)).ljust(256, b"\0") + strip)


def one_large_tile(path: Path) -> None:
    """A TIFF of 10 x 10 values in one tile of 19,200 x 19,200."""
    side = 19_200
    strip = zlib.compress(bytes(1 << 20), 9)
    entries = [
        (256, _LONG, 1, 10),
        (257, _LONG, 1, 10),
        (258, _SHORT, 1, 16),
        (259, _SHORT, 1, 8),
        (262, _SHORT, 1, 1),
        (277, _SHORT, 1, 1),
        (322, _LONG, 1, side),
        (323, _LONG, 1, side),
        (324, _LONG, 1, 256),
        (325, _LONG, 1, len(strip)),
    ]
    path.write_bytes((b"II*\0\x08\0\0\0" + directory(entries)).ljust(256, b"\0") + strip)


def write_jpeg_strip(path: Path, side: int) -> None:
    """A TIFF of 16 x 16 pixels whose one strip is a JPEG that says side x side."""
    from PIL import Image

    encoded = io.BytesIO()
    Image.new("RGB", (16, 16)).save(encoded, "JPEG")
    strip = bytearray(encoded.getvalue())
    frame = strip.index(b"\xff\xc0")
    strip[frame + 5 : frame + 9] = struct.pack(">HH", side, side)
    entries = [
        (256, _LONG, 1, 16),
        (257, _LONG, 1, 16),
        (258, _SHORT, 3, 200),
        (259, _SHORT, 1, 7),
        (262, _SHORT, 1, 6),
        (273, _LONG, 1, 256),
        (277, _SHORT, 1, 3),
        (278, _LONG, 1, 16),
        (279, _LONG, 1, len(strip)),
    ]
    head = bytearray((b"II*\0\x08\0\0\0" + directory(entries)).ljust(256, b"\0"))
    head[200:206] = struct.pack("<HHH", 8, 8, 8)
    path.write_bytes(bytes(head + strip))


def write_png(path: Path, side: int, rows: int) -> None:
    """A grey PNG that says side x side pixels, and holds as many rows of zeros."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    packer = zlib.compressobj(9)
    data = b"".join(packer.compress(bytes(1 + side)) for _ in range(rows)) + packer.flush()
    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    )


def parameter_file(path: Path, **values: object) -> None:
    """A parameter file of a neutral edit but for these values."""
    from params.ranges import neutral_params

    params = {k: v if isinstance(v, float) else list(v) for k, v in neutral_params().items()}
    path.write_text(json.dumps({"process": 2, "params_denorm": params | values}))


Maker = Callable[[Path], None]
TIFFS: dict[str, Maker] = {
    maker.__name__: maker
    for maker in (
        values_over_and_over,
        one_tag_over_and_over,
        chained_directories,
        circle_of_directories,
        sub_directories,
        many_entries,
        strips_over_and_over,
        unpacks_to_gigabytes,
        strip_larger_than_said,
        one_large_tile,
    )
}
