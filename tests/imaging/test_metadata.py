"""Metadata read from made-up and real files; what doesn't belong is left out."""

import logging
import shutil
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from imaging import exif_clean
from imaging import metadata as md
from imaging.exif_blocks import jpeg_exif
from imaging.exif_ifd import ASCII, LONG, RATIONAL, SHORT, SRATIONAL, UNDEFINED, Field
from imaging.exif_ifd import write_directory as directory
from imaging.jpeg import write_jpeg
from imaging.metadata import read_metadata
from imaging.raw_file import RawFile
from imaging.tiff import write_tiff
from params.files import REPO_ROOT

REAL = REPO_ROOT.parent / "shared/data/raw/_DSC2164.ARW"

IMAGE = {
    271: Field(ASCII, b"Maker\0"),
    272: Field(ASCII, b"Model 1  \0"),
    270: Field(ASCII, b"          \0"),  # blank
    305: Field(ASCII, b"Camera 1.0\0"),  # ours takes its place
    306: Field(ASCII, b"2024:13:06 07:08:09\0"),  # no such month
    315: Field(ASCII, b"Zo\xeb\0"),  # Latin-1
    50706: Field(1, (1, 4, 0, 0)),  # DNGVersion
    33434: Field(RATIONAL, (1, 30)),  # TIFF/EP: EXIF overrides
    37386: Field(RATIONAL, (50, 1)),  # TIFF/EP: only here
    700: Field(1, tuple(b"<x/>" * 500)),
}
EXIF = {
    33434: Field(RATIONAL, (10, 6400)),
    33437: Field(RATIONAL, (0, 0)),
    34855: Field(LONG, (102400,)),
    34866: Field(LONG, (102400,)),
    36867: Field(ASCII, b"2024:05:06 07:08:09\0"),
    36880: Field(ASCII, b"   :  \0"),
    37121: Field(UNDEFINED, b"\1\2\3\0"),  # ComponentsConfiguration
    37122: Field(RATIONAL, (8, 1)),  # CompressedBitsPerPixel
    37380: Field(SRATIONAL, (-1, 3)),
    37500: Field(UNDEFINED, b"maker note" * 20),
    37510: Field(UNDEFINED, b"ASCII\0\0\0hello"),
    40962: Field(LONG, (6000,)),
    41728: Field(UNDEFINED, b"\3"),
    42034: Field(RATIONAL, (24, 1, 70, 1, 0, 0, 0, 0)),
    42036: Field(ASCII, "Länse\0".encode()),
}
GPS = {
    1: Field(ASCII, b"S\0"),
    2: Field(RATIONAL, (33, 1, 51, 1, 100, 3)),
    3: Field(ASCII, b"E\0"),
    4: Field(RATIONAL, (151, 1, 12, 1, 0, 1)),
    27: Field(UNDEFINED, b"ASCII\0\0\0fused"),
}


def tiff_bytes(image: dict, exif: dict, gps: dict, magic: bytes = b"II*\0") -> bytes:
    image = image | {34665: Field(LONG, (0,)), 34853: Field(LONG, (0,))}
    exif_at = 8 + len(directory(image, 8))
    gps_at = exif_at + len(directory(exif, exif_at))
    image |= {34665: Field(LONG, (exif_at,)), 34853: Field(LONG, (gps_at,))}
    parts = (directory(image, 8), directory(exif, exif_at), directory(gps, gps_at))
    return magic + b"\x08\0\0\0" + b"".join(parts)


@pytest.fixture
def dng(tmp_path: Path) -> Path:
    path = tmp_path / "a.dng"
    path.write_bytes(tiff_bytes(IMAGE, EXIF, GPS))
    return path


def test_what_belongs_is_kept_and_cleaned(dng: Path) -> None:
    read = read_metadata(dng)
    assert read.image == {
        271: Field(ASCII, b"Maker\0"),
        272: Field(ASCII, b"Model 1\0"),
        315: Field(ASCII, "Zoë\0".encode()),
    }
    assert read.exif == {
        33434: Field(RATIONAL, (10, 6400)),
        34855: Field(SHORT, (65535,)),
        34866: Field(LONG, (102400,)),
        36867: EXIF[36867],
        37380: Field(SRATIONAL, (-1, 3)),
        37386: Field(RATIONAL, (50, 1)),
        37510: EXIF[37510],
        41728: EXIF[41728],
        42034: EXIF[42034],
        42036: EXIF[42036],
    }
    assert read.gps[2] == GPS[2]
    assert read.gps[27] == Field(UNDEFINED, b"ASCII\0\0\0GPS")
    assert read.xmp == b"<x/>" * 500


def test_a_dngs_own_tags_tell_what_its_exif_lacks(tmp_path: Path) -> None:
    path = tmp_path / "a.dng"
    lens = Field(RATIONAL, (35, 1, 35, 1, 2, 1, 2, 1))
    of_dng = {50735: Field(ASCII, b"S123\0"), 50736: lens}
    path.write_bytes(tiff_bytes(IMAGE | of_dng, EXIF, GPS))
    read = read_metadata(path)
    assert read.exif[42033] == Field(ASCII, b"S123\0")
    assert read.exif[42034] == EXIF[42034]  # EXIF's own comes first
    path.write_bytes(tiff_bytes(IMAGE | of_dng, {}, GPS))
    assert read_metadata(path).exif[42034] == lens


@pytest.mark.parametrize("magic", [b"IIRO", b"IIRS", b"IIU\0"])
def test_olympus_and_panasonic_headers(tmp_path: Path, magic: bytes) -> None:
    path = tmp_path / "a.orf"
    path.write_bytes(tiff_bytes(IMAGE, EXIF, {}, magic))
    assert read_metadata(path).exif[42036] == EXIF[42036]


def test_big_endian(tmp_path: Path) -> None:
    entries = struct.pack(">HHHI4s", 2, 271, 2, 4, b"Me!\0")
    entries += struct.pack(">HHII", 0x829A, 5, 1, 8 + 2 + 24 + 4)
    path = tmp_path / "a.nef"
    path.write_bytes(
        b"MM\0*" + struct.pack(">I", 8) + entries + bytes(4) + struct.pack(">II", 1, 60)
    )
    read = read_metadata(path)
    assert read.image[271] == Field(ASCII, b"Me!\0")
    assert read.exif[33434] == Field(RATIONAL, (1, 60))


def test_fuji_raf_is_read_from_its_jpeg(tmp_path: Path, dng: Path) -> None:
    write_jpeg(tmp_path / "a.jpg", np.zeros((4, 4, 3), np.float32), metadata=read_metadata(dng))
    head = b"FUJIFILMCCD-RAW ".ljust(84, b"\0") + struct.pack(">I", 160)
    path = tmp_path / "a.raf"
    path.write_bytes(head.ljust(160, b"\0") + (tmp_path / "a.jpg").read_bytes())
    assert read_metadata(path).exif == read_metadata(dng).exif


def test_gps_without_a_position_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "a.dng"
    path.write_bytes(tiff_bytes(IMAGE, EXIF, {9: Field(ASCII, b"V\0"), 30: Field(SHORT, (0,))}))
    assert read_metadata(path).gps == {}


@pytest.mark.parametrize(
    "content", [None, b"", b"text\n" * 100, b"II*\0\xff\xff\xff\xff", b"\xff\xd8\xff"]
)
def test_what_cannot_be_read_costs_one_warning(tmp_path: Path, caplog, content) -> None:
    path = tmp_path / "my 'file'.dng"
    if content is not None:
        path.write_bytes(content)
    with caplog.at_level(logging.WARNING):
        assert read_metadata(path) == md.Metadata()
    assert len(caplog.records) == 1
    assert str(path) in caplog.text


@pytest.mark.parametrize("lacking", [{271}, {33434}, {271, 33434}])
def test_what_libraw_cannot_read_keeps_what_was_found(
    tmp_path: Path, caplog, lacking: set[int]
) -> None:
    """A scan's or an editor's TIFF, without a camera's make or an exposure time."""
    path = tmp_path / "a.tif"
    image = {tag: IMAGE[tag] for tag in {271, 315} - lacking}
    image |= {33432: Field(ASCII, b"(c) Me\0")}
    exif = {tag: EXIF[tag] for tag in {33434, 36867} - lacking}
    written = md.Metadata(image, exif, GPS)
    write_tiff(path, np.zeros((4, 6, 3), np.float32), metadata=written, xmp=b"<x/>" * 20)
    with caplog.at_level(logging.WARNING):
        read = read_metadata(path)
    assert read.image.keys() == image.keys()
    assert read.image[315].value == "Zoë\0".encode()
    assert read.image[33432].value == b"(c) Me\0"
    assert read.exif == exif
    assert read.gps[4] == GPS[4]
    assert read.xmp == b"<x/>" * 20
    assert caplog.records == []


def test_plain_pictures_without_metadata_cost_no_warning(tmp_path: Path, caplog) -> None:
    pixels = np.zeros((4, 6, 3), np.uint8)
    tifffile.imwrite(tmp_path / "a.tif", pixels, photometric="rgb", metadata=None, software=False)
    Image.fromarray(pixels).save(tmp_path / "a.jpg")
    with caplog.at_level(logging.WARNING):
        for name in ("a.tif", "a.jpg"):
            assert read_metadata(tmp_path / name) == md.Metadata()
    assert caplog.records == []


def test_flipped_bits_never_raise(dng: Path) -> None:
    whole = dng.read_bytes()
    random = np.random.default_rng(10)
    for _ in range(200):
        data = bytearray(whole)
        for place in random.integers(0, len(data), 8):
            data[place] = random.integers(0, 256)
        dng.write_bytes(data[: random.integers(1, len(data) + 1)])
        read = read_metadata(dng)
        jpeg_exif(read, 10, 10)  # what was accepted can be written


@pytest.mark.parametrize("count", [2000, 4096, 60000])
def test_texts_of_any_length_fit_a_jpeg(tmp_path: Path, count: int) -> None:
    kinds = (exif_clean.IMAGE_KINDS, exif_clean.EXIF_KINDS, exif_clean.GPS_KINDS)
    long = {ASCII: b"\xe9" * (count // 2), UNDEFINED: b"ASCII\0\0\0" + b"x" * (count - 8)}
    image, exif, gps = (
        {tag: Field(kind, long[kind]) for tag, kind in some.items() if kind in long}
        for some in kinds
    )
    path = tmp_path / "a.dng"
    path.write_bytes(tiff_bytes(image | {271: IMAGE[271]}, exif | {33434: EXIF[33434]}, gps | GPS))
    read = read_metadata(path)
    assert (270 in read.image) == (42036 in read.exif) == (37510 in read.exif) == (count == 2000)
    write_jpeg(tmp_path / "a.jpg", np.zeros((4, 6, 3), np.float32), metadata=read)
    assert read_metadata(tmp_path / "a.jpg").image == read.image


def test_a_loop_and_huge_counts_end_at_once(tmp_path: Path) -> None:
    image = {271: Field(ASCII, b"Me\0"), 34665: Field(LONG, (8,)), 34853: Field(LONG, (8,))}
    data = bytearray(b"II*\0\x08\0\0\0" + directory(image, 8))
    struct.pack_into("<I", data, 8 + 2 + 4, 2**32 - 1)  # Make: 4 GiB of text
    (tmp_path / "a.dng").write_bytes(data)
    assert read_metadata(tmp_path / "a.dng").exif == {}


@pytest.mark.usefixtures("in_process")
def test_libraw_is_asked_for_what_is_missing(dng: Path, monkeypatch) -> None:
    told = md._Directories({271: Field(ASCII, b"Asked\0")}, {34855: Field(LONG, (400,))}, {})
    monkeypatch.setattr(md, "_ask_libraw", lambda file: told)
    assert read_metadata(dng).image[271].value == b"Maker\0"  # nothing was missing
    dng.write_bytes(b"ftypcrx " * 20)
    read = read_metadata(dng)
    assert read.image == {271: Field(ASCII, b"Asked\0")}
    assert read.exif == {34855: Field(SHORT, (400,))}


@pytest.mark.skipif(not REAL.is_file(), reason="the shared RAW is not here")
def test_real_raw() -> None:
    read = read_metadata(REAL)
    assert read.image[272].value == b"ILCE-7RM3\0"
    assert read.exif[33434].value == (1, 640)
    assert read.exif[34855].value == (3200,)
    assert read.exif[42036].value == b"E 55-210mm F4.5-6.3 OSS\0"
    assert read.xmp is not None
    assert b"xmp:Rating" in read.xmp
    with RawFile(REAL) as file:
        asked = md._ask_libraw(file)
    assert asked.image[272].value == b"ILCE-7RM3\0"
    for tag in (33434, 34855):
        assert asked.exif[tag].value == read.exif[tag].value
    assert asked.exif[33437].value == (63, 10)


@pytest.mark.skipif(not REAL.is_file(), reason="the shared RAW is not here")
@pytest.mark.skipif(not shutil.which("exiftool"), reason="exiftool is not installed")
def test_exiftool_shows_the_source_in_both(tmp_path: Path) -> None:
    read = read_metadata(REAL)
    pixels = np.zeros((6, 8, 3), np.float32)
    write_tiff(tmp_path / "a.tif", pixels, metadata=read)
    write_jpeg(tmp_path / "a.jpg", pixels, metadata=read)
    tags = ("Make", "Model", "DateTimeOriginal", "ExposureTime", "FNumber", "ISO", "LensModel")
    command = ["exiftool", "-s3", "-f", *(f"-{tag}" for tag in tags)]
    source = subprocess.check_output([*command, str(REAL)], text=True)
    assert len(source.splitlines()) == 7
    for name in ("a.tif", "a.jpg"):
        assert subprocess.check_output([*command, str(tmp_path / name)], text=True) == source
        check = ["exiftool", "-validate", "-warning", "-a", "-s3", str(tmp_path / name)]
        assert subprocess.check_output(check, text=True).strip() == "OK"
