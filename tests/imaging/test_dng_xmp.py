"""XMP put into DNGs: the picture stays, the packet is read by us and by others."""

import contextlib
import shutil
import struct
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from simulated import leftovers, scene

from dataset.synthetic.write_dng import write_dng
from imaging.dng_xmp import embed_xmp
from imaging.metadata import read_metadata
from imaging.raw import read_raw_linear_prophoto
from params.files import InputError
from params.xmp_packet import merge_fields, read_fields

OLD = merge_fields(None, {"Sharpness": "40"}, "XMP")
NEW = merge_fields(None, {"Exposure2012": "+1.00"}, "XMP") + b" " * 3  # an odd length


@pytest.fixture
def dng(tmp_path: Path) -> Path:
    return written(tmp_path / "a.dng", OLD)


def written(path: Path, packet: bytes | None) -> Path:
    tags: list[Any] = [(700, "B", len(packet), packet, True)] if packet else []
    write_dng(path, scene(3, 48, 64), tags=tags)
    return path


def changed(before: bytes, after: bytes) -> list[int]:
    """Where a file differs from what it was, in the part that it had."""
    return np.flatnonzero(np.frombuffer(before, "u1") != np.frombuffer(after, "u1", len(before)))


@pytest.mark.parametrize("old", [OLD, None])
def test_the_picture_stays_and_the_packet_is_there(tmp_path: Path, old: bytes | None) -> None:
    dng, out = written(tmp_path / "a.dng", old), tmp_path / "new" / "b.dng"
    before = dng.read_bytes()
    embed_xmp(dng, NEW, out)
    assert dng.read_bytes() == before
    assert read_metadata(out).xmp == NEW
    np.testing.assert_array_equal(read_raw_linear_prophoto(out), read_raw_linear_prophoto(dng))
    with tifffile.TiffFile(dng) as one, tifffile.TiffFile(out) as other:
        tags = {tag.code: tag.value for tag in one.pages.first.tags}
        assert {tag.code: tag.value for tag in other.pages.first.tags} == tags | {700: NEW}
        codes = [tag.code for tag in other.pages.first.tags]
        assert codes == sorted(codes)
    # Only tag 700's entry, or the header's pointer to the directory.
    spots = changed(before, out.read_bytes())
    assert 0 < len(spots) <= 8
    assert spots[-1] - spots[0] < 12
    assert (spots[-1] < 8) == (old is None)


def test_in_place_and_again(dng: Path) -> None:
    dng.chmod(0o440)
    decoded = read_raw_linear_prophoto(dng)
    for packet in (NEW, OLD, NEW):
        embed_xmp(dng, packet, dng)
        assert read_metadata(dng).xmp == packet
    np.testing.assert_array_equal(read_raw_linear_prophoto(dng), decoded)
    assert dng.stat().st_mode & 0o777 == 0o440
    assert leftovers(dng.parent) == []


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("old", [OLD, None])
def test_byte_orders_and_bigtiff(tmp_path: Path, order: Any, big: bool, old: bytes | None) -> None:
    path = tmp_path / "a.dng"
    tags: list[Any] = [(50706, "B", 4, bytes((1, 7, 0, 0)), True)]
    tags += [(700, "B", len(old), old, True)] if old else []
    pixels = np.arange(12, dtype=np.uint16).reshape(3, 4)
    with tifffile.TiffWriter(path, byteorder=order, bigtiff=big) as writer:
        for page in range(2):
            writer.write(pixels + page, extratags=tags, metadata=None)
    embed_xmp(path, NEW, path)
    assert read_metadata(path).xmp == NEW
    with tifffile.TiffFile(path) as file:
        assert len(file.pages) == 2  # the link to the second directory is kept
        np.testing.assert_array_equal(file.pages[1].asarray(), pixels + 1)


@pytest.mark.parametrize("size", [0, 3, 8, 20, 120])
def test_what_is_no_whole_dng_is_named(dng: Path, size: int) -> None:
    dng.write_bytes(dng.read_bytes()[:size])
    with pytest.raises(InputError, match=r"a\.dng: (not a DNG|damaged)"):
        embed_xmp(dng, NEW, dng)
    assert leftovers(dng.parent) == []


def test_other_tiffs_are_no_dngs(tmp_path: Path) -> None:
    path = tmp_path / "a.dng"
    tifffile.imwrite(path, np.zeros((4, 4), np.uint8))
    with pytest.raises(InputError, match="not a DNG"):
        embed_xmp(path, NEW, path)
    with pytest.raises(InputError, match=r"none\.dng: No such file"):
        embed_xmp(tmp_path / "none.dng", NEW, path)


def test_flipped_bits_never_bring_about_another_error(dng: Path) -> None:
    whole = dng.read_bytes()
    first = struct.unpack_from("<I", whole, 4)[0]
    random = np.random.default_rng(4)
    for _ in range(200):
        data = bytearray(whole)
        for place in (*random.integers(0, 8, 1), *(first + random.integers(0, 300, 4))):
            data[place] = random.integers(0, 256)
        dng.write_bytes(data[: random.integers(1, len(data) + 1)])
        out = dng.with_name("b.dng")
        out.unlink(missing_ok=True)
        with contextlib.suppress(InputError):
            embed_xmp(dng, NEW, out)
            assert out.stat().st_size < len(whole) + 10_000
            assert read_metadata(out).xmp == NEW


@pytest.mark.skipif(not shutil.which("exiftool"), reason="exiftool is not installed")
@pytest.mark.parametrize("old", [OLD, None])
def test_exiftool_reads_it(tmp_path: Path, old: bytes | None) -> None:
    dng, out = written(tmp_path / "a.dng", old), tmp_path / "b.dng"
    embed_xmp(dng, NEW, out)
    assert read_fields(NEW, "XMP")["Exposure2012"] == "+1.00"

    def say(*words: object) -> str:
        return subprocess.check_output(["exiftool", *map(str, words)], text=True)

    assert say("-s3", "-XMP-crs:Exposure2012", out).strip() in ("+1.00", "1", "+1")
    check = ["-validate", "-warning", "-a", "-s3"]
    assert say(*check, out) == say(*check, dng)
