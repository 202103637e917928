"""Tables of look profiles: what they hold, and broken ones."""

import functools
import math
import struct
import tracemalloc
import zlib

import numpy as np
import pytest
from look_files import base85, fade, look_block, packed, rgb_block, table_id

from params.look_tables import MOST_BYTES, MOST_TEXT, look_table, rgb_table, table_bytes

ENTRIES = np.array([[[[0.0, 1.0, 1.0], [30.0, 1.4, 0.9]]] * 4] * 3, np.float32)


@pytest.mark.parametrize("length", [4, 5, 6, 7, 1000, 1003])
def test_text_and_back(length: int) -> None:
    data = np.random.default_rng(length).integers(0, 256, length, np.uint8).tobytes()
    text = packed(data)
    assert table_bytes(text, table_id(data)) == data
    broken_lines = "\n ".join(text[i : i + 7] for i in range(0, len(text), 7))
    assert table_bytes(broken_lines, table_id(data).lower()) == data


def test_a_known_text() -> None:
    """By hand: the bytes 1, 0, 0, 1 are 16777217 = 2 + 85 (9 + 85 (27 + 85 (27 + 85 * 0)))."""
    assert base85(bytes([1, 0, 0, 1])) == "29rr0"


@functools.cache
def broken() -> dict[str, tuple[str, str, str]]:
    block = rgb_block(4, fade)
    own, text = table_id(block), packed(block)
    bomb = base85(struct.pack("<I", 1000) + zlib.compress(bytes(40_000_000), 9))
    return {
        "empty": ("", own, "cut short"),
        "other letters": (text[:20] + '"' + text[21:], own, "base 85"),
        "beyond ASCII": (text[:20] + "é", own, "base 85"),
        "one character": (text[:6], own, "base 85"),
        "digits too large": ("#" * 50, own, "base 85"),
        "cut short": (text[:-30], own, "does not hold"),
        "says less": (packed(block, len(block) - 1), own, "does not hold"),
        "says more": (packed(block, len(block) + 1), own, "does not hold"),
        "says 0": (packed(block, 0), own, "says that it has 0"),
        "says 4 GB": (packed(block, 2**32 - 1), own, "are read"),
        "bomb": (bomb, own, "does not hold"),
        "no zlib": (base85(struct.pack("<I", 9) + b"no zlib at all"), own, "zlib"),
        "MD5": (text, "0" * 32, "MD5"),
        "long": ("0" * (MOST_TEXT + 1), own, "longer"),
    }


@pytest.mark.parametrize("case", broken())
def test_broken_text(case: str) -> None:
    text, own, message = broken()[case]
    with pytest.raises(ValueError, match=message):
        table_bytes(text, own)


def test_memory_is_bounded() -> None:
    """A stream of 256 MiB that says 16."""
    packer = zlib.compressobj(9)
    stream = b"".join(packer.compress(bytes(2**20)) for _ in range(256)) + packer.flush()
    text = base85(struct.pack("<I", MOST_BYTES) + stream)
    tracemalloc.start()
    with pytest.raises(ValueError, match="does not hold"):
        table_bytes(text, "0" * 32)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 4 * MOST_BYTES + 40 * len(text)


def test_look_table() -> None:
    found = look_table(look_block(ENTRIES, amounts=(0.0, 1.5)))
    assert np.array_equal(found.table.entries, ENTRIES)
    assert found.table.encoded
    assert found.amounts == (0.0, 1.5)
    assert found.scaled(0.5).entries[0, 0, 1] == pytest.approx([15.0, 1.2, 0.95])
    assert found.scaled(2.0).entries[0, 0, 1] == pytest.approx([45.0, 1.6, 0.85])
    assert found.scaled(0.0).entries[2, 3] == pytest.approx(np.array([[0.0, 1.0, 1.0]] * 2))


def test_a_table_of_the_first_version_does_not_scale() -> None:
    found = look_table(look_block(ENTRIES, 0, None))
    assert np.array_equal(found.scaled(0.5).entries, ENTRIES)
    assert not found.table.encoded


def test_scales_never_fall_below_0() -> None:
    grey = ENTRIES.copy()
    grey[..., 1] = 0.0
    assert float(look_table(look_block(grey)).scaled(2.0).entries[..., 1].min()) == 0.0


@pytest.mark.parametrize("dimensions", [1, 3])
@pytest.mark.parametrize("divisions", [2, 3, 8, 17])
def test_rgb_table(dimensions: int, divisions: int) -> None:
    block = rgb_block(
        divisions,
        fade,
        ("p3", "1.8"),
        extend=True,
        amounts=(0.5, 1.5),
        dimensions=dimensions,
    )
    for flags in (b"", bytes([1, 0, 0, 0])):
        found = rgb_table(block + flags)
        assert (found.primaries, found.gamma, found.extend) == ("p3", "1.8", True)
        assert found.amounts == (0.5, 1.5)
        places = np.linspace(0.0, 1.0, divisions)
        even = np.stack(np.meshgrid(*[places] * 3, indexing="ij"), -1)
        if dimensions == 1:
            even = np.repeat(places[:, None], 3, axis=1)
        assert found.changes == pytest.approx(fade(even) - even, abs=4e-5)


def test_a_table_that_changes_nothing() -> None:
    assert not rgb_table(rgb_block(6, lambda rgb: rgb)).changes.any()


def test_changes_from_end_to_end() -> None:
    """The differences are stored modulo 65536; the SDK's even places of 2 are 1 and 65536."""
    found = rgb_table(rgb_block(2, lambda rgb: 1.0 - rgb))
    assert found.changes[0, 0, 0] == pytest.approx([1.0, 1.0, 1.0], abs=4e-5)
    assert found.changes[1, 1, 0] == pytest.approx([-1.0, -1.0, 1.0], abs=4e-5)


def rgb_head(*numbers: int) -> bytes:
    return struct.pack("<4I", *numbers) + bytes(100)


def with_tail(primaries: int, gamma: int, gamut: int, *amounts: float) -> bytes:
    return rgb_block(2, fade)[:-28] + struct.pack("<3I2d", primaries, gamma, gamut, *amounts)


@pytest.mark.parametrize(
    ("block", "message"),
    [
        (b"", "not an RGBTable"),
        (look_block(ENTRIES), "not an RGBTable"),
        (rgb_head(1, 2, 3, 2), "version 2"),
        (rgb_head(1, 1, 2, 2), "2 dimensions"),
        (rgb_head(1, 1, 3, 0), "0 divisions"),
        (rgb_head(1, 1, 3, 1), "1 divisions"),
        (rgb_head(1, 1, 3, 65), "65 divisions"),
        (rgb_head(1, 1, 3, 2**32 - 1), "divisions"),
        (rgb_head(1, 1, 1, 4097), "4097 divisions"),
        (rgb_head(1, 1, 3, 5), "bytes for 5 divisions"),
        (rgb_block(2, fade)[:-1], "bytes"),
        (with_tail(5, 0, 0, 0.0, 2.0), "primaries 5"),
        (with_tail(0, 5, 0, 0.0, 2.0), "gamma 5"),
        (with_tail(0, 0, 2, 0.0, 2.0), "gamut 2"),
        (with_tail(0, 0, 0, math.nan, 2.0), "amounts"),
        (with_tail(0, 0, 0, 0.0, math.inf), "amounts"),
        (with_tail(0, 0, 0, 0.0, 0.5), "amounts"),
        (with_tail(0, 0, 0, -1.0, 2.0), "amounts"),
    ],
)
def test_broken_rgb_tables(block: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        rgb_table(block)


def with_value(value: float) -> bytes:
    entries = ENTRIES.copy()
    entries[1, 2, 1, 1] = value
    return look_block(entries)


@pytest.mark.parametrize(
    ("block", "message"),
    [
        (rgb_block(2, fade), "not a LookTable"),
        (struct.pack("<2I", 0, 1), "not a LookTable"),
        (struct.pack("<4I", 0, 2, 1, 1), "not a LookTable"),
        (struct.pack("<5I", 0, 3, 1, 2, 1) + bytes(100), "version 3"),
        (struct.pack("<5I", 0, 2, 0, 2, 1) + bytes(20), "0 x 2 x 1"),
        (struct.pack("<5I", 0, 2, 2**31, 2**31, 2**31) + bytes(100), "entries"),
        (look_block(ENTRIES)[:-1], "entries"),
        (look_block(ENTRIES, encoding=2), "encoding"),
        (look_block(ENTRIES, amounts=(0.0, math.nan)), "amounts"),
        (look_block(ENTRIES[:, :, :1]), "entries"),
        (with_value(math.nan), "scale"),
        (with_value(math.inf), "scale"),
        (with_value(-1.0), "scale"),
    ],
)
def test_broken_look_tables(block: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        look_table(block)
