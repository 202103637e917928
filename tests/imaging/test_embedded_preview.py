"""The picture that a camera embeds: found without decoding, upright, hostile files or not."""

import random
from pathlib import Path

import numpy as np
import pytest
from simulated import scene

from dataset.synthetic.write_dng import write_dng
from imaging.exif_ifd import LONG, SHORT, Directory, Field, write_directory
from imaging.jpeg import jpeg_bytes
from imaging.raw_picture import RawPicture


def red_left(height: int, width: int) -> np.ndarray:
    """A picture whose left half is red, and whose top is darker."""
    picture = np.full((height, width, 3), 200, np.uint8)
    picture[:, : width // 2] = (220, 30, 30)
    picture[: height // 2] //= 2
    return picture


def last_link(dng: bytes) -> int:
    """Where the last main directory says that there is no other."""
    place = 4
    while first := int.from_bytes(dng[place : place + 4], "little"):
        place = first + 2 + 12 * int.from_bytes(dng[first : first + 2], "little")
    return place


def append(path: Path, preview: bytes, *, sub: bool = False, cut: int = 0) -> None:
    """A JPEG behind a DNG: by its second directory, or by one below that."""
    dng = path.read_bytes()
    link = last_link(dng)
    data = bytearray(dng + bytes(len(dng) % 2))
    jpeg = len(data)
    data += preview + bytes(len(preview) % 2)
    fields: Directory = {513: Field(LONG, (jpeg,)), 514: Field(LONG, (len(preview),))}
    if sub:
        fields = {
            259: Field(SHORT, (7,)),
            262: Field(SHORT, (6,)),
            273: Field(LONG, (jpeg,)),
            279: Field(LONG, (len(preview),)),
        }
        below = len(data)
        data += write_directory(fields, below)
        fields = {330: Field(LONG, (below,))}
    data[link : link + 4] = len(data).to_bytes(4, "little")
    data += write_directory(fields, len(data))
    path.write_bytes(data[: len(data) - cut])


def embedded(path: Path, long_side: int = 64) -> np.ndarray | None:
    with RawPicture(path) as raw:
        return raw.embedded(long_side)


@pytest.mark.parametrize("sub", [False, True])
@pytest.mark.parametrize(("orientation", "shape"), [(1, (40, 64, 3)), (6, (64, 40, 3))])
def test_the_preview_upright(
    tmp_path: Path, sub: bool, orientation: int, shape: tuple[int, int, int]
) -> None:
    raw = tmp_path / "a.dng"
    write_dng(
        raw, scene(1, 40, 64) if orientation == 1 else scene(1, 64, 40), orientation=orientation
    )
    append(raw, jpeg_bytes(red_left(160, 256)), sub=sub)
    found = embedded(raw)
    assert found is not None
    assert found.shape == shape
    assert found.dtype == np.uint8
    # Turned a quarter to the right, what was at the left is at the top.
    red = found[:, 8] if orientation == 1 else found[8, :]
    grey = found[:, -8] if orientation == 1 else found[-8, :]
    assert (red[:, 0].astype(int) > 2 * red[:, 1]).all()
    assert (np.abs(grey[:, 0].astype(int) - grey[:, 1]) < 12).all()


def test_the_smallest_that_is_large_enough(tmp_path: Path) -> None:
    raw = tmp_path / "a.dng"
    write_dng(raw, scene(1, 40, 64))
    sizes = {200: 90, 20: 240, 100: 150, 160: 600}  # grey -> long side
    for grey, side in sizes.items():
        append(raw, jpeg_bytes(np.full((side // 2, side, 3), grey, np.uint8)))
    for asked, (grey, side) in {
        80: (200, 80),
        100: (100, 100),
        400: (160, 400),
        999: (160, 600),
    }.items():
        found = embedded(raw, asked)
        assert found is not None
        assert max(found.shape) == side
        assert abs(found.mean() - grey) < 2


def test_none_where_there_is_none(tmp_path: Path) -> None:
    raw = tmp_path / "a.dng"
    write_dng(raw, scene(1, 40, 64))
    assert embedded(raw) is None


def test_damaged_files_cost_nothing_else(tmp_path: Path) -> None:
    raw = tmp_path / "a.dng"
    write_dng(raw, scene(1, 40, 64))
    append(raw, jpeg_bytes(red_left(160, 256)))
    whole = raw.read_bytes()
    chance = random.Random(3)
    for _ in range(60):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 20)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        raw.write_bytes(
            bytes(data[: chance.randrange(8, len(data))] if chance.random() < 0.3 else data)
        )
        found = embedded(raw)
        assert found is None or max(found.shape[:2]) <= 64
    # One that says it is larger than anything, and one whose directories go round in circles.
    raw.write_bytes(whole.replace(b"\xff\xc0\x00\x11\x08\x00\xa0", b"\xff\xc0\x00\x11\x08\xff\xff"))
    embedded(raw)
    data = bytearray(whole)
    data[last_link(whole) : last_link(whole) + 4] = data[4:8]
    raw.write_bytes(data)
    assert embedded(raw) is not None
