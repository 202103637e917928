"""IPTC from TIFF and JPEG to TIFF and JPEG; what is broken ends where it breaks."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image, IptcImagePlugin

from imaging.iptc import clean_iptc, from_app13, to_app13
from imaging.jpeg import write_jpeg
from imaging.metadata import Metadata, read_metadata
from imaging.tiff import write_tiff


def data_set(record: int, number: int, content: bytes) -> bytes:
    return bytes((0x1C, record, number)) + len(content).to_bytes(2, "big") + content


UTF8 = data_set(1, 90, b"\x1b%G")
IPTC = UTF8 + data_set(2, 0, b"\0\4") + data_set(2, 105, "Früh".encode())
IPTC += data_set(2, 25, b"lake") + data_set(2, 25, b"dawn") + data_set(2, 80, b"A. Photographer")
PIXELS = np.full((6, 8, 3), 0.2, np.float32)


def test_only_whole_sets_about_the_picture_stay() -> None:
    assert clean_iptc(IPTC) == IPTC
    assert clean_iptc(data_set(1, 20, b"x") + IPTC + data_set(7, 10, b"x")) == IPTC
    assert clean_iptc(IPTC + bytes(3)) == IPTC
    assert clean_iptc(IPTC[:-1]) == IPTC[: -len(data_set(2, 80, b"A. Photographer"))]
    long = data_set(2, 120, bytes(20000))
    assert clean_iptc(IPTC + long + long) == IPTC + long
    for nothing in (b"", b"\x1c", UTF8, UTF8 + data_set(2, 0, b"\0\4"), b"text", b"\x1c\2\5\x80\4"):
        assert clean_iptc(nothing) is None


def test_photoshop_blocks() -> None:
    block = to_app13(IPTC)[4:]
    assert from_app13(block) == IPTC
    other = b"8BIM\x03\xed\x03odd" + (3).to_bytes(4, "big") + b"abc\0"
    assert from_app13(block[:14] + other + block[14:]) == IPTC
    for broken in (b"", block[:10], block[:18], block[:20], b"Adobe" + block):
        assert clean_iptc(from_app13(broken) or b"") is None


@pytest.mark.parametrize("kind", [1, 4, 7])
@pytest.mark.parametrize("order", ["<", ">"])
def test_carried_from_a_tiff(tmp_path: Path, kind: int, order: str) -> None:
    source = tmp_path / "a.tif"
    padded = IPTC + bytes(-len(IPTC) % 4)
    value = (
        np.frombuffer(padded, "<u4" if order == "<" else ">u4").tolist() if kind == 4 else padded
    )
    tag = (33723, kind, len(value), value, True)
    with tifffile.TiffWriter(source, byteorder=order) as writer:  # type: ignore[arg-type]
        writer.write(np.zeros((2, 2, 3), np.uint8), photometric="rgb", extratags=[tag])
    metadata = read_metadata(source)
    assert metadata.iptc == IPTC
    write_tiff(tmp_path / "b.tif", PIXELS, metadata=metadata)
    write_jpeg(tmp_path / "b.jpg", PIXELS, metadata=metadata)
    for name in ("b.tif", "b.jpg"):
        assert read_metadata(tmp_path / name).iptc == IPTC
        with Image.open(tmp_path / name) as picture:
            assert picture.size == (8, 6)
            found = IptcImagePlugin.getiptcinfo(picture)
        assert found is not None
        assert found[(2, 25)] == [b"lake", b"dawn"]
        assert found[(2, 105)] == "Früh".encode()


@pytest.mark.skipif(not shutil.which("exiftool"), reason="exiftool is not installed")
def test_exiftool_reads_it_and_has_nothing_to_say(tmp_path: Path) -> None:
    metadata = Metadata(iptc=IPTC)
    write_tiff(tmp_path / "b.tif", PIXELS, metadata=metadata)
    write_jpeg(tmp_path / "b.jpg", PIXELS, metadata=metadata)
    for name in ("b.tif", "b.jpg"):
        path = str(tmp_path / name)
        tags = ["-Headline", "-Keywords", "-By-line"]
        found = subprocess.check_output(["exiftool", "-s3", *tags, path], text=True)
        assert found.splitlines() == ["Früh", "lake, dawn", "A. Photographer"]
        check = ["exiftool", "-validate", "-warning", "-a", "-s3", path]
        assert subprocess.check_output(check, text=True).strip() == "OK"
