"""sRGB JPEG and PNG out."""

import io
import logging
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from picture_metadata import METADATA, PACKET
from PIL import ExifTags, Image

from imaging import color, gamut, icc, jpeg
from imaging.jpeg_xmp import read_jpeg_xmp
from imaging.metadata import read_metadata
from imaging.output_options import SUBSAMPLINGS
from params.files import InputError
from params.xmp_packet import XMP, read_fields


@pytest.fixture
def pixels() -> np.ndarray:
    """Smooth, so that JPEG loses little; grey at the left edge."""
    y, x = np.mgrid[0:48, 0:64].astype(np.float32) / 64
    return np.stack([0.2 + 0.5 * y, 0.2 + 0.5 * y + 0.05 * x, 0.2 + 0.5 * y - 0.1 * x], axis=-1)


def test_jpeg_is_srgb_with_profile(tmp_path: Path, pixels: np.ndarray) -> None:
    path = tmp_path / "ein Bild.jpg"
    jpeg.write_jpeg(path, pixels, quality=98)
    with Image.open(path) as image:
        assert image.info["icc_profile"] == icc.srgb_profile()
        assert image.getexif()[274] == 1
        assert image.size == (64, 48)
        shown = np.asarray(image).astype(float)
    difference = abs(shown - gamut.prophoto_to_srgb_inside(pixels) * 255)
    assert difference.max() < 5
    assert difference.mean() < 1
    assert list(tmp_path.iterdir()) == [path]


def test_quality_and_subsampling_matter(tmp_path: Path) -> None:
    noise = np.random.default_rng(8).random((64, 64, 3), dtype=np.float32)
    sizes = []
    for quality, subsampling in ((95, "4:4:4"), (95, "4:2:0"), (60, "4:2:0")):
        jpeg.write_jpeg(tmp_path / "a.jpg", noise, quality=quality, subsampling=subsampling)
        sizes.append((tmp_path / "a.jpg").stat().st_size)
    assert sizes[0] > sizes[1] > sizes[2]


def test_metadata_comes_back(tmp_path: Path, pixels: np.ndarray) -> None:
    path = tmp_path / "a.jpg"
    jpeg.write_jpeg(path, pixels, metadata=METADATA, xmp=PACKET)
    read = read_metadata(path)
    assert (read.image, read.exif, read.gps) == (METADATA.image, METADATA.exif, METADATA.gps)
    with Image.open(path) as image:
        assert image.info["xmp"] == PACKET
        details = image.getexif().get_ifd(34665)
    assert details[40961] == 1
    assert (details[40962], details[40963]) == (64, 48)


def thumbnail(path: Path) -> Image.Image | None:
    """What the second directory of a JPEG's EXIF holds."""
    with Image.open(path) as image:
        fields = image.getexif().get_ifd(ExifTags.IFD.IFD1)
        block = image.info["exif"][6:]
    if not fields:
        return None
    return Image.open(io.BytesIO(block[fields[513] :][: fields[514]]))


@pytest.mark.parametrize("size", [(300, 480), (480, 300), (20, 30), (1, 2000)])
@pytest.mark.parametrize("metadata", [None, METADATA])
def test_the_thumbnail_shows_the_picture(tmp_path: Path, size, metadata) -> None:
    height, width = size
    y, x = np.mgrid[0:height, 0:width] / max(size)
    shown = np.rint(255 * np.stack([y, x, 1 - x], axis=-1)).astype(np.uint8)
    jpeg.write_jpeg(tmp_path / "a.jpg", shown, metadata=metadata)
    small = thumbnail(tmp_path / "a.jpg")
    assert small is not None
    assert (small.format, max(small.size)) == ("JPEG", min(160, max(size)))
    expected = np.asarray(Image.fromarray(shown).resize(small.size, Image.Resampling.BOX), float)
    assert abs(np.asarray(small).astype(float) - expected).mean() < 3
    assert not {"exif", "icc_profile", "xmp"} & small.info.keys()
    if metadata:
        read = read_metadata(tmp_path / "a.jpg")
        assert (read.image, read.exif, read.gps) == (metadata.image, metadata.exif, metadata.gps)


def test_a_thumbnail_gives_way_to_words(tmp_path: Path, pixels: np.ndarray) -> None:
    """One segment holds both; METADATA's words are the photographer's."""
    from imaging.exif_blocks import jpeg_exif

    room = 65533 - len(jpeg_exif(METADATA, 64, 48))
    whole = jpeg_exif(METADATA, 64, 48, bytes(room - 94))  # its directory
    assert (len(whole), thumbnail_of(whole)) == (65533, True)
    assert not thumbnail_of(jpeg_exif(METADATA, 64, 48, bytes(room - 93)))


def thumbnail_of(block: bytes) -> bool:
    exif = Image.Exif()
    exif.load(block)
    return bool(exif.get_ifd(ExifTags.IFD.IFD1))


def test_a_packet_too_long_goes_on_in_an_extension(tmp_path: Path, pixels: np.ndarray) -> None:
    """A long text as attribute, a long list: nothing is lost, and what is short stays first."""
    path, words = tmp_path / "a.jpg", "word " * 20_000
    more = f'xmlns:dc="http://purl.org/dc/elements/1.1/" dc:source="{words}" xmp:Label="Red"'
    packet = PACKET.replace(b"xmp:Rating", more.encode() + b" xmp:Rating")
    items = b"".join(b"<rdf:li>%099d</rdf:li>" % n for n in range(900))
    items = b"<dc:subject><rdf:Seq>" + items + b"</rdf:Seq></dc:subject>"
    packet = packet.replace(b'"3"/>', b'"3">' + items + b"</rdf:Description>")
    jpeg.write_jpeg(path, pixels, metadata=METADATA, xmp=packet)
    short, rest = read_jpeg_xmp(path)
    found = [
        {
            **read_fields(part, "x", XMP),
            **read_fields(part, "x", "http://purl.org/dc/elements/1.1/"),
        }
        for part in (short, rest)
    ]
    assert found[0] == {"Rating": "3", "Label": "Red"}
    assert found[1] == {"source": words, "subject": [f"{n:099}" for n in range(900)]}
    with Image.open(path) as image:
        assert image.size == (64, 48)
        image.load()
    if shutil.which("exiftool"):
        command = ["exiftool", "-validate", "-warning", "-a", "-s3", str(path)]
        assert subprocess.check_output(command, text=True).strip() == "OK"


@pytest.mark.parametrize("packet", [b"<x" * 40_000, b" " * 70_000])
def test_a_packet_too_long_that_is_none_is_left_out_and_said(
    tmp_path: Path, pixels: np.ndarray, caplog, packet: bytes
) -> None:
    with caplog.at_level(logging.WARNING):
        jpeg.write_jpeg(tmp_path / "a.jpg", pixels, xmp=packet)
    assert "a.jpg" in caplog.text
    with Image.open(tmp_path / "a.jpg") as image:
        assert "xmp" not in image.info


def test_too_wide(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a\.jpg: 65501x1 is too large"):
        jpeg.write_jpeg(tmp_path / "a.jpg", np.zeros((1, 65501, 3), np.float32))


@pytest.mark.skipif(not shutil.which("exiftool"), reason="exiftool is not installed")
@pytest.mark.parametrize("metadata", [None, METADATA])
def test_exiftool_has_nothing_to_say(tmp_path: Path, pixels: np.ndarray, metadata) -> None:
    path = tmp_path / "a.jpg"
    jpeg.write_jpeg(path, pixels, metadata=metadata, xmp=PACKET)
    command = ["exiftool", "-validate", "-warning", "-a", "-s3", str(path)]
    assert subprocess.check_output(command, text=True).strip() == "OK"


def test_preview_png_is_exact(tmp_path: Path, pixels: np.ndarray) -> None:
    path = tmp_path / "p.png"
    jpeg.write_preview(path, pixels)
    expected = np.round(gamut.prophoto_to_srgb_inside(pixels) * 255)
    with Image.open(io.BytesIO(path.read_bytes())) as image:
        np.testing.assert_array_equal(np.asarray(image), expected)
        assert image.info["icc_profile"] == icc.srgb_profile()
    jpeg.write_preview(path, expected.astype(np.uint8))  # already sRGB
    with Image.open(path) as image:
        np.testing.assert_array_equal(np.asarray(image), expected)


def test_row_blocks_leave_no_seam() -> None:
    pixels = np.random.default_rng(9).random((301, 2000, 3), dtype=np.float32)
    ways = {"clip": color.prophoto_to_srgb_preview, "compress": gamut.prophoto_to_srgb_inside}
    for name, way in ways.items():
        np.testing.assert_array_equal(jpeg.to_srgb8(pixels, name), np.round(way(pixels) * 255))


def test_subsampling_is_what_was_asked_for(tmp_path: Path, pixels: np.ndarray) -> None:
    from PIL.JpegImagePlugin import get_sampling

    for number, subsampling in enumerate(SUBSAMPLINGS):
        jpeg.write_jpeg(tmp_path / "a.jpg", pixels, subsampling=subsampling)
        with Image.open(tmp_path / "a.jpg") as image:
            assert get_sampling(image) == number


def test_png_is_exact_and_has_metadata(tmp_path: Path, pixels: np.ndarray) -> None:
    path = tmp_path / "a.png"
    jpeg.write_png(path, pixels, metadata=METADATA, xmp=PACKET)
    with Image.open(path) as image:
        np.testing.assert_array_equal(np.asarray(image), jpeg.to_srgb8(pixels))
        assert image.info["icc_profile"] == icc.srgb_profile()
        assert image.info["xmp"] == PACKET
        exif = image.getexif()
    assert (exif[271], exif[274]) == ("Maker", 1)
    assert exif.get_ifd(34665)[42036] == "Lens 1"
    jpeg.write_png(path, pixels)
    with Image.open(path) as image:
        assert "xmp" not in image.info
