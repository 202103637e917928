"""The tables in Camera Raw's look profiles: text in XMP -> a LookTable, or an RGB table.

A field `Table_<ID>` holds base 85 (least significant digit first, 5 characters for 4 bytes) of a
size and a zlib stream; the ID is the MD5 of what comes out. Layouts: Adobe's DNG SDK 1.7.1 (big
tables). Input is hostile: at most MOST_TEXT characters are read and MOST_BYTES unpacked, whatever
the text says of itself.
"""

import hashlib
import math
import struct
import zlib
from dataclasses import dataclass

import numpy as np

from params.profile_table import ProfileTable, profile_table

# The largest table that is read has 64 divisions a side, 1.6 MB; larger ones are not in use.
MOST_TEXT = 8 * 2**20
MOST_BYTES = 16 * 2**20
MOST_DIVISIONS = {1: 4096, 3: 64}
_ALPHABET = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?`'|()[]{}@%$#"
_LOOK_TABLE, _RGB_TABLE = 0, 1
_FULL = 65535

PRIMARIES = ("srgb", "adobe", "prophoto", "p3", "rec2020")
GAMMAS = ("linear", "srgb", "1.8", "2.2", "rec2020")


@dataclass(frozen=True, eq=False)
class LookTable:
    """A look's table of hue, saturation and value.

    amounts: between which the profile's amount scales it; None: it is the same at every amount.
    """

    table: ProfileTable
    amounts: tuple[float, float] | None

    def scaled(self, amount: float) -> ProfileTable:
        """Hue shifts in proportion to an amount (1 is full), and so the scales' distance to 1."""
        if self.amounts is None:
            return self.table
        amount = min(max(amount, self.amounts[0]), self.amounts[1])
        entries = self.table.entries * np.float32(amount)
        entries[..., 1:] += np.float32(1.0 - amount)
        entries[..., 1:] = entries[..., 1:].clip(0.0, None)
        return ProfileTable(entries, self.table.encoded)


@dataclass(frozen=True, eq=False)
class RgbTable:
    """What a look adds to encoded colours.

    changes: float32 [N, N, N, 3] over red, green and blue at even places 0..1, or [N, 3]: a curve
        for each channel.
    primaries, gamma: the space that the colours are in, of PRIMARIES and of GAMMAS.
    extend: what lies outside that space is kept; else it is cut off.
    amounts: the least and the largest amount that it is applied with.
    """

    changes: np.ndarray
    primaries: str
    gamma: str
    extend: bool = False
    amounts: tuple[float, float] = (0.0, 2.0)


def table_bytes(text: str, table_id: str) -> bytes:
    """The bytes of a table from its text.

    Raises:
        ValueError: not this encoding, too long, cut short, or not what its size or its ID says.
    """
    if len(text) > MOST_TEXT:
        raise ValueError(f"longer than {MOST_TEXT} characters")
    packed = _from_base85(text)
    if len(packed) < 4:
        raise ValueError("cut short")
    (size,) = struct.unpack_from("<I", packed)
    if not 0 < size <= MOST_BYTES:
        raise ValueError(f"says that it has {size} bytes; 1..{MOST_BYTES} are read")
    unpacker = zlib.decompressobj()
    try:
        data = unpacker.decompress(packed[4:], size)  # never more, whatever the stream holds
        more = unpacker.decompress(unpacker.unconsumed_tail, 1)
    except zlib.error as error:
        raise ValueError("not a zlib stream") from error
    if len(data) != size or more or not unpacker.eof:
        raise ValueError(f"does not hold the {size} bytes that it says")
    if hashlib.md5(data, usedforsecurity=False).hexdigest() != table_id.lower():
        raise ValueError("its MD5 is not its ID")
    return data


def look_table(data: bytes) -> LookTable:
    """A table of hue, saturation and value. Raises ValueError: broken, or of another kind."""
    version, hues, saturations, values = _header(data, _LOOK_TABLE, 4, "a LookTable")
    if version not in (1, 2):
        raise ValueError(f"LookTable version {version} is not known")
    count = hues * saturations * values * 3
    tail = "<I" if version == 1 else "<I2d"
    # Compared before anything is made of it: the numbers may be as large as 2^32.
    if not count or len(data) != 20 + 4 * count + struct.calcsize(tail):
        raise ValueError(f"{len(data)} bytes for {hues} x {saturations} x {values} entries")
    numbers = np.frombuffer(data, "<f4", count, 20)
    encoding, *amounts = struct.unpack_from(tail, data, 20 + 4 * count)
    table = profile_table((hues, saturations, values), numbers, (encoding,))
    return LookTable(table, _amounts(*amounts) if amounts else None)


def rgb_table(data: bytes) -> RgbTable:
    """A table of red, green and blue. Raises ValueError: broken, or of another kind."""
    version, dimensions, divisions = _header(data, _RGB_TABLE, 3, "an RGBTable")
    if version != 1:
        raise ValueError(f"RGBTable version {version} is not known")
    if dimensions not in MOST_DIVISIONS:
        raise ValueError(f"an RGBTable of {dimensions} dimensions")
    if not 2 <= divisions <= MOST_DIVISIONS[dimensions]:
        raise ValueError(f"{divisions} divisions; 2..{MOST_DIVISIONS[dimensions]} are read")
    count = divisions**dimensions * 3
    end = 16 + 2 * count
    if len(data) not in (end + 28, end + 32):  # flags without an effect may follow
        raise ValueError(f"{len(data)} bytes for {divisions} divisions")
    stored = np.frombuffer(data, "<u2", count, 16).reshape((divisions,) * dimensions + (3,))
    grid = (np.arange(divisions) * _FULL + (divisions >> 1)) // (divisions - 1)
    even = grid[:, None]
    if dimensions == 3:
        even = np.stack(np.meshgrid(grid, grid, grid, indexing="ij"), axis=-1)
    changes = (stored + even) % (_FULL + 1) - even
    primaries, gamma, gamut, *amounts = struct.unpack_from("<3I2d", data, end)
    if primaries >= len(PRIMARIES) or gamma >= len(GAMMAS) or gamut > 1:
        raise ValueError(f"primaries {primaries}, gamma {gamma}, gamut {gamut} are not known")
    return RgbTable(
        (changes / _FULL).astype(np.float32),
        PRIMARIES[primaries],
        GAMMAS[gamma],
        bool(gamut),
        _amounts(*amounts),
    )


def _header(data: bytes, kind: int, count: int, name: str) -> tuple[int, ...]:
    """So many whole numbers that follow the table's kind."""
    if len(data) < 4 + 4 * count or struct.unpack_from("<I", data)[0] != kind:
        raise ValueError(f"not {name}")
    return struct.unpack_from(f"<{count}I", data, 4)


def _amounts(least: float, most: float) -> tuple[float, float]:
    if not (0.0 <= least <= 1.0 <= most < math.inf):  # which NaN is not either
        raise ValueError(f"amounts {least:g}..{most:g}")
    return least, most


def _from_base85(text: str) -> bytes:
    try:
        codes = np.frombuffer(text.encode("ascii"), np.uint8)
    except UnicodeEncodeError as error:
        raise ValueError("not Adobe's base 85") from error
    codes = codes[codes > 32]  # lines may be broken anywhere
    digit_of = np.full(256, 255, np.uint8)
    digit_of[np.frombuffer(_ALPHABET, np.uint8)] = np.arange(85)
    digits = digit_of[codes]
    if digits.size % 5 == 1 or (digits == 255).any():
        raise ValueError("not Adobe's base 85")
    missing = -digits.size % 5
    groups = np.pad(digits, (0, missing)).reshape(-1, 5).astype(np.uint64)
    words = groups @ np.array([85**i for i in range(5)], np.uint64)
    if (words >= 2**32).any():
        raise ValueError("not Adobe's base 85")
    data = words.astype("<u4").tobytes()
    return data[: len(data) - missing]
