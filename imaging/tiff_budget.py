"""How much a TIFF's directories may hold, counted before a library reads them.

DNGs and many RAWs are TIFFs. A few MB can say that they hold a million directories, or the same
six million numbers hundreds of times, and a reader that believes it takes minutes and gigabytes.
"""

import os
import struct
from pathlib import Path
from typing import BinaryIO

from imaging.exif_ifd import Header, read_header
from params.files import InputError

# A hundred times what cameras and editors write. Of entries, in all directories together; and of
# the numbers that tifffile reads as soon as it meets a directory: two for each tile of 16x16
# pixels of the largest picture that is read.
MOST_DIRECTORIES, MOST_ENTRIES, MOST_VALUES = 1000, 100_000, 4_000_000
_SUB_DIRECTORIES = 330
_AT_ONCE = frozenset((258, 273, 277, 279, 282, 283, 324, 325, 330, 338, 339, 513, 514, 530, 50838))
# Of the first directory's header: what is read as TIFF (classic, big, and RAWs alike).
_MAGICS = frozenset((42, 43, 0x55, 0x4F52, 0x5352, 0x4352))
_SIZES = {3: 2, 4: 4, 8: 2, 9: 4, 13: 4, 16: 8, 17: 8, 18: 8, 5: 8, 10: 8, 11: 4, 12: 8}


class _SpentError(Exception):
    """More than the budget allows; the message says of what."""


def check_directories(file: BinaryIO, path: Path) -> None:
    """Count what all directories and their sub-directories say that they hold.

    Args:
        file: open at any place, and left there.
        path: what the error names.

    Raises:
        InputError: more directories, entries or numbers than any picture has.
    """
    here = file.tell()
    try:
        header = read_header(file, 0)
        file.seek(2)
        magic = struct.unpack((header.order if header else "<") + "H", file.read(2).ljust(2, b"\0"))
        if header is not None and magic[0] in _MAGICS:
            _Count(file, header).walk()
    except _SpentError as spent:
        raise InputError(f"{path}: its directories hold more than {spent}: not read") from None
    finally:
        file.seek(here)


class _Count:
    """What has been counted of one file."""

    def __init__(self, file: BinaryIO, header: Header) -> None:
        self._file, self._header = file, header
        self._end = file.seek(0, os.SEEK_END)
        self._directories = self._entries = self._values = 0

    def walk(self) -> None:
        """All linked directories, each followed by its sub-directories. Raises _SpentError."""
        seen: set[int] = set()
        place = self._header.first
        while 0 < place < self._end and place not in seen:
            seen.add(place)
            place, below = self._add(place)
            for sub in below:
                self._add(sub)

    def _add(self, place: int) -> tuple[int, tuple[int, ...]]:
        """Count the directory at a place; the next one's place, and its sub-directories'."""
        header, file = self._header, self._file
        self._directories += 1
        self._check(self._directories, MOST_DIRECTORIES, "directories")
        if not 0 < place < self._end:
            return 0, ()
        file.seek(place)
        word, size = struct.calcsize(header.count), struct.calcsize(header.entry)
        head = file.read(word)
        number = struct.unpack(header.count, head)[0] if len(head) == word else 0
        if number * size > self._end - place:  # not whole: the reader will say so
            return 0, ()
        self._entries += number
        self._check(self._entries, MOST_ENTRIES, "entries")
        entries = file.read(number * size)
        link = file.read(struct.calcsize(header.offset))
        below: tuple[int, ...] = ()
        for tag, kind, count, value in struct.iter_unpack(header.entry, entries):
            if tag not in _AT_ONCE or count * _SIZES.get(kind, 1) > self._end:
                continue  # what lies beyond the end isn't read
            self._values += count
            self._check(self._values, MOST_VALUES, "numbers")
            if tag == _SUB_DIRECTORIES:
                self._check(self._directories + count, MOST_DIRECTORIES, "directories")
                below = self._places(kind, count, value)
        whole = len(link) == struct.calcsize(header.offset)
        return (struct.unpack(header.offset, link)[0] if whole else 0), below

    def _places(self, kind: int, count: int, value: bytes) -> tuple[int, ...]:
        """The numbers of an entry: in its value, or where that points to."""
        letter = {2: "H", 4: "I", 8: "Q"}.get(_SIZES.get(kind, 0))
        if letter is None:
            return ()
        length = count * _SIZES[kind]
        if length > len(value):
            self._file.seek(struct.unpack(self._header.offset, value)[0])
            value = self._file.read(length)
        if len(value) < length:
            return ()
        return struct.unpack(f"{self._header.order}{count}{letter}", value[:length])

    def _check(self, count: int, most: int, what: str) -> None:
        if count > most:
            raise _SpentError(f"{most:,} {what}")
