"""TIFFs that we write: pixels, profiles and metadata come back, and other programs agree."""

import shutil
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest
import tifffile
from picture_metadata import METADATA, PACKET

from imaging import color, icc, tiff
from imaging.exif_ifd import ASCII, LONG, RATIONAL, Field, write_directory
from imaging.metadata import read_metadata
from imaging.output_options import DEFAULT_ICC
from params.files import InputError


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("compression", [None, "deflate", "zstd", "lzw"])
def test_round_trip(tmp_path: Path, bits: int, compression) -> None:
    pixels = np.random.default_rng(4).random((70, 9001, 3), dtype=np.float32) ** 3 * 1.1 - 0.02
    path = tmp_path / "Ein Bild 'ü'.tif"
    tiff.write_tiff(path, pixels, bits=bits, compression=compression)
    assert list(tmp_path.iterdir()) == [path]
    with tifffile.TiffFile(path) as tif:
        page = tif.pages.first
        codes = page.asarray()
        assert page.iccprofile == icc.DEFAULT_ICC.read_bytes()
        assert page.tags[274].value == 1
        assert len(page.dataoffsets) == 3
    assert codes.dtype == (np.uint8 if bits == 8 else np.uint16)
    steps = 2**bits - 1
    wanted = color.romm_encode(pixels.astype(np.float64).clip(0, 1)) * steps
    assert abs(codes - wanted).max() < 0.51  # rounded to nearest
    back = color.romm_encode(tiff.read_tiff(path).astype(np.float64)) * steps
    assert abs(back - codes).max() < 0.02
    again = tmp_path / "again.tif"
    tiff.write_tiff(again, tiff.read_tiff(path), bits=bits)
    np.testing.assert_array_equal(tifffile.imread(again), codes)


def test_other_profile_is_encoded_to_and_carried(tmp_path: Path) -> None:
    profile = tmp_path / "srgb.icc"
    profile.write_bytes(icc.srgb_profile())
    srgb = np.random.default_rng(5).random((30, 40, 3))
    linear = color.srgb_decode(srgb) @ np.linalg.inv(color.PROPHOTO_TO_SRGB).T
    tiff.write_tiff(tmp_path / "a.tif", linear.astype(np.float32), icc_profile=profile)
    with tifffile.TiffFile(tmp_path / "a.tif") as tif:
        assert tif.pages.first.iccprofile == icc.srgb_profile()
        encoded = tif.asarray() / 65535.0
    # A profile's numbers come in steps of 1.5e-5, which its inverse makes larger.
    np.testing.assert_allclose(color.srgb_decode(encoded), color.srgb_decode(srgb), atol=1e-4)
    read = tiff.read_tiff(tmp_path / "a.tif")
    np.testing.assert_allclose(read, linear, atol=1e-4)


def test_linear_profile(tmp_path: Path) -> None:
    pixels = np.random.default_rng(6).random((9, 8, 3), dtype=np.float32)
    tiff.write_tiff(tmp_path / "a.tif", pixels, icc_profile=icc.linear_prophoto_profile())
    assert abs(tifffile.imread(tmp_path / "a.tif") - pixels * 65535).max() < 0.51


@pytest.mark.parametrize(
    "content", [None, b"", b"text", b"\0" * 16 + b"CMYK" + b"\0" * 16 + b"acsp"]
)
def test_bad_output_profile(tmp_path: Path, content) -> None:
    profile = tmp_path / "p.icc"
    if content is not None:
        profile.write_bytes(content)
    with pytest.raises(InputError, match=r"p\.icc: "):
        tiff.write_tiff(tmp_path / "a.tif", np.zeros((2, 2, 3), np.float32), icc_profile=profile)
    assert not (tmp_path / "a.tif").exists()


def test_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("x")
    with pytest.raises(InputError, match=r"a\.tif"):
        tiff.write_tiff(tmp_path / "f" / "a.tif", np.zeros((2, 2, 3), np.float32))


@pytest.mark.parametrize("big", [False, True])
def test_metadata_comes_back(tmp_path: Path, monkeypatch, big: bool) -> None:
    if big:
        monkeypatch.setattr(tiff, "_BIGTIFF_BYTES", 0)
    path = tmp_path / "a.tif"
    pixels = np.random.default_rng(7).random((5, 7, 3), dtype=np.float32)
    tiff.write_tiff(path, pixels, metadata=METADATA, xmp=PACKET)
    assert path.read_bytes()[2] == (43 if big else 42)
    with tifffile.TiffFile(path) as tif:
        tags = tif.pages.first.tags
        assert tags[34665].value["LensModel"] == "Lens 1"
        assert tags[34665].value["ExposureTime"] == (1, 640)
        assert tags[34853].value["GPSLatitude"] == (48, 1, 30, 1, 0, 1)
        assert tags[306].value == "2024:05:06 07:08:09"
        assert tags[700].value == PACKET
    read = read_metadata(path)
    assert read.image == METADATA.image
    assert read.exif == METADATA.exif
    assert read.gps == METADATA.gps
    assert read.xmp == PACKET


@pytest.mark.skipif(not shutil.which("exiftool"), reason="exiftool is not installed")
@pytest.mark.parametrize("compression", [None, "lzw"])
def test_exiftool_has_nothing_to_say(tmp_path: Path, compression) -> None:
    path = tmp_path / "a.tif"
    pixels = np.zeros((5, 7, 3), np.float32)
    tiff.write_tiff(path, pixels, metadata=METADATA, xmp=PACKET, compression=compression)
    command = ["exiftool", "-validate", "-warning", "-a", "-s3", str(path)]
    assert subprocess.check_output(command, text=True).strip() == "OK"
    tags = (
        "Make",
        "Model",
        "DateTimeOriginal",
        "ExposureTime",
        "FNumber",
        "ISO",
        "LensModel",
        "Artist",
        "GPSLatitude",
        "Orientation",
        "Rating",
    )
    command = ["exiftool", "-s3", "-f", *(f"-{tag}" for tag in tags), str(path)]
    assert subprocess.check_output(command, text=True).splitlines() == [
        *("Maker", "Model 1", "2024:05:06 07:08:09", "1/640", "6.3", "3200", "Lens 1", "Zoë"),
        *("48 deg 30' 0.00\" N", "Horizontal (normal)", "3"),
    ]


def test_long_values_of_a_directory_stand_at_even_offsets() -> None:
    fields = {2: Field(ASCII, b"odd7890\0x\0\0"), 1: Field(RATIONAL, (1, 2)), 3: Field(LONG, (9,))}
    data = write_directory(fields, 100)
    assert struct.unpack_from("<HHHI", data) == (3, 1, RATIONAL, 1)
    for i in range(2):
        assert struct.unpack_from("<I", data, 2 + 12 * i + 8)[0] % 2 == 0
    assert len(data) % 2 == 0


def test_codes_are_written_as_they_are(tmp_path: Path) -> None:
    pixels = np.random.default_rng(4).random((60, 90, 3), np.float32)
    codes = tiff.to_romm16(pixels)
    apart = np.zeros((60, 180, 3), np.uint16)
    apart[:, ::2] = codes
    for compression in (None, "deflate"):
        written = [tmp_path / "a.tif", tmp_path / "b.tif"]
        tiff.write_tiff(written[0], pixels, compression=compression)
        tiff.write_tiff(written[1], apart[:, ::2], compression=compression)
        assert written[0].read_bytes() == written[1].read_bytes()


def test_codes_of_another_kind_are_refused(tmp_path: Path) -> None:
    codes = np.zeros((2, 2, 3), np.uint16)
    linear = icc.linear_prophoto_profile()
    assert tiff.takes_romm16(None, 16)
    assert tiff.takes_romm16(DEFAULT_ICC, 16)
    assert not tiff.takes_romm16(linear, 16)
    assert not tiff.takes_romm16(None, 8)
    with pytest.raises(ValueError, match="16-bit ROMM"):
        tiff.write_tiff(tmp_path / "a.tif", codes, bits=8)
    with pytest.raises(ValueError, match="16-bit ROMM"):
        tiff.write_tiff(tmp_path / "a.tif", codes, icc_profile=linear)
    assert not list(tmp_path.iterdir())
