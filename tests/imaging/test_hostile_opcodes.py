"""Opcode lists that ask for hours: more boxes than picture, more steps than any camera's."""

import struct
import time

import numpy as np
import pytest

from imaging.dng_opcodes import Opcode, mend, read_opcodes


def boxes(count: int, side: int) -> Opcode:
    box = struct.pack(">4I", 0, 0, side, side)
    return Opcode("FixBadPixelsList", struct.pack(">3I", 0, 0, count) + box * count)


def test_the_same_box_over_and_over() -> None:
    start = time.process_time()
    with pytest.raises(ValueError, match="FixBadPixelsList is damaged"):
        mend([boxes(1_000_000, 4000)], np.zeros((4000, 4000), np.uint16), 2)
    assert time.process_time() - start < 5.0


@pytest.mark.parametrize(("side", "mended"), [(4, True), (2**32 - 1, False)])
def test_boxes(side: int, mended: bool) -> None:
    stored = np.full((40, 40), 7, np.uint16)
    stored[:4, :4] = 900
    if mended:
        mend([boxes(1, side)], stored, 2)
        assert (stored[2:4, 2:4] == 7).all()
    else:
        with pytest.raises(ValueError, match="more bad pixels"):
            mend([boxes(1, side)], stored, 2)


def test_a_picture_of_bad_pixels() -> None:
    with pytest.raises(ValueError, match="more bad pixels"):
        mend(
            [Opcode("FixBadPixelsConstant", struct.pack(">2I", 0, 0))],
            np.zeros((50, 50), np.uint16),
            2,
        )


@pytest.mark.parametrize("count", [33, 2**32 - 1])
def test_more_steps_than_any_camera(count: int) -> None:
    with pytest.raises(ValueError, match=f"an opcode list of {count} steps"):
        read_opcodes(struct.pack(">I", count) + bytes(16) * 40)
