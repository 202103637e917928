"""TIFFs: every layout in, damage refused, ours out and back."""

import logging
import shutil
import struct
import subprocess
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
import tifffile

from imaging import color, icc, tiff
from imaging.exif_ifd import ASCII, LONG, RATIONAL, SHORT, Field, write_directory
from imaging.metadata import Metadata, read_metadata
from params.files import REPO_ROOT, InputError

EDITED = REPO_ROOT.parent / "shared/data/edited"


@pytest.fixture
def stored() -> np.ndarray:
    """Codes of a small picture, all of one shape's corners different."""
    return np.random.default_rng(2).integers(0, 65536, (21, 34, 3)).astype(np.uint16)


def save(path: Path, pixels: np.ndarray, **options) -> Path:
    options = {"photometric": "rgb", "iccprofile": icc.prophoto_profile(), **options}
    tifffile.imwrite(path, pixels, metadata=None, **options)
    return path


def romm(stored: np.ndarray) -> np.ndarray:
    return color.romm_decode(stored / float(np.iinfo(stored.dtype).max))


def as_float(path: Path, stored: np.ndarray) -> Path:
    """The same picture as 32-bit floats, which goes through littleCMS."""
    return save(path, (stored / 65535).astype(np.float32))


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"rowsperstrip": 4},
        {"tile": (16, 16)},
        {"compression": "lzw", "predictor": True},
        {"compression": "zlib", "predictor": True, "rowsperstrip": 5},
        {"compression": "zstd", "tile": (16, 32)},
        {"compression": "packbits"},
        {"compression": "lzma"},
        {"byteorder": ">"},
        {"bigtiff": True},
    ],
)
def test_layouts(tmp_path: Path, stored: np.ndarray, options: dict) -> None:
    read = tiff.read_tiff(save(tmp_path / "a.tif", stored, **options))
    assert read.dtype == np.float32
    np.testing.assert_allclose(read, romm(stored), atol=1e-6)


def test_planar(tmp_path: Path, stored: np.ndarray) -> None:
    planes = np.ascontiguousarray(np.moveaxis(stored, 2, 0))
    read = tiff.read_tiff(save(tmp_path / "a.tif", planes, planarconfig="separate"))
    np.testing.assert_allclose(read, romm(stored), atol=1e-6)


@pytest.mark.parametrize("kind", [np.uint8, np.float16, np.float32])
def test_depths(tmp_path: Path, stored: np.ndarray, kind: type) -> None:
    if kind is np.uint8:
        pixels = (stored >> 8).astype(np.uint8)
        expected = romm(pixels)
    else:
        pixels = (stored / 65535).astype(kind)
        expected = color.romm_decode(pixels.astype(np.float64))
    read = tiff.read_tiff(save(tmp_path / "a.tif", pixels))
    np.testing.assert_allclose(read, expected, atol=1e-5)


def test_alpha_is_dropped(tmp_path: Path, stored: np.ndarray) -> None:
    pixels = np.dstack([stored, stored[..., :1]])
    read = tiff.read_tiff(save(tmp_path / "a.tif", pixels, extrasamples=["unassalpha"]))
    np.testing.assert_allclose(read, romm(stored), atol=1e-6)


@pytest.mark.parametrize("photometric", ["minisblack", "miniswhite"])
def test_grey_is_replicated(tmp_path: Path, stored: np.ndarray, photometric: str) -> None:
    grey = stored[..., 0]
    shown = 65535 - grey if photometric == "miniswhite" else grey
    read = tiff.read_tiff(save(tmp_path / "a.tif", shown, photometric=photometric))
    np.testing.assert_allclose(read, romm(grey)[..., None].repeat(3, 2), atol=1e-6)


def test_grey_with_alpha(tmp_path: Path, stored: np.ndarray) -> None:
    path = save(
        tmp_path / "a.tif",
        stored[..., :2],
        photometric="minisblack",
        planarconfig="contig",
        extrasamples=["unassalpha"],
    )
    read = tiff.read_tiff(path)
    np.testing.assert_allclose(read, romm(stored[..., :1]).repeat(3, 2), atol=1e-6)


def test_grey_profile(tmp_path: Path, stored: np.ndarray) -> None:
    curve = struct.pack(">4s4xHxxi", b"para", 0, round(2.2 * 65536))
    profile = icc.build_profile(b"GRAY", {b"wtpt": icc._xyz(color.D50_XYZ), b"kTRC": curve})
    grey = stored[..., 0]
    read = tiff.read_tiff(
        save(tmp_path / "a.tif", grey, photometric="minisblack", iccprofile=profile)
    )
    expected = (grey / 65535.0)[..., None].repeat(3, 2) ** 2.2
    np.testing.assert_allclose(read, expected, atol=3e-5)


@pytest.mark.parametrize("profile", [icc.prophoto_profile, icc.linear_prophoto_profile])
def test_table_equals_littlecms(tmp_path: Path, stored: np.ndarray, profile) -> None:
    """Our own profiles are decoded by a table: the same numbers as littleCMS gives."""
    ours = tiff.read_tiff(save(tmp_path / "a.tif", stored, iccprofile=profile()))
    cms = imagecodecs.cms_transform(
        stored,
        profile(),
        icc.linear_prophoto_profile(),
        colorspace="rgb",
        outcolorspace="rgb",
        outdtype="float32",
        intent=1,
    )
    np.testing.assert_allclose(ours, cms, atol=1e-5)


def test_srgb_file(tmp_path: Path, stored: np.ndarray) -> None:
    read = tiff.read_tiff(save(tmp_path / "a.tif", stored, iccprofile=icc.srgb_profile()))
    to_prophoto = np.linalg.inv(color.PROPHOTO_TO_SRGB)
    expected = color.srgb_decode(stored / 65535.0) @ to_prophoto.T
    np.testing.assert_allclose(read, expected, atol=3e-5)


def test_wider_than_prophoto_is_limited_at_0_only(tmp_path: Path) -> None:
    pixels = np.array([[[-0.5, 0.5, 1.5], [np.nan, np.inf, 0.25]]], np.float32)
    linear = icc.linear_prophoto_profile()
    read = tiff.read_tiff(save(tmp_path / "a.tif", pixels, iccprofile=linear))
    np.testing.assert_allclose(read, [[[0, 0.5, 1.5], [0, 1, 0.25]]], atol=1e-5)


def test_without_profile_romm_is_assumed_and_said(tmp_path: Path, stored, caplog) -> None:
    path = save(tmp_path / "a file.tif", stored, iccprofile=None)
    with caplog.at_level(logging.WARNING):
        read = tiff.read_tiff(path)
    np.testing.assert_allclose(read, romm(stored), atol=1e-6)
    assert [str(path) in record.message for record in caplog.records] == [True]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied_once(tmp_path: Path, orientation: int) -> None:
    """Against EXIF's own words: where the 0th row and the 0th column are when shown."""
    upright = np.arange(12, dtype=np.uint16).reshape(3, 4) * 5000
    row_flips = {3, 4, 6, 7}  # the stored 0th row is shown at the bottom (3, 4) or right (6, 7)
    column_flips = {2, 3, 7, 8}  # the stored 0th column is shown at the right or bottom
    stored = upright.T if orientation >= 5 else upright
    stored = stored[::-1] if orientation in row_flips else stored
    stored = stored[:, ::-1] if orientation in column_flips else stored
    path = save(
        tmp_path / "a.tif",
        np.dstack([np.ascontiguousarray(stored)] * 3),
        extratags=[(274, "H", 1, orientation, True)],
    )
    read = tiff.read_tiff(path)
    np.testing.assert_allclose(read[..., 0], romm(upright), atol=1e-6)
    tiff.write_tiff(tmp_path / "b.tif", read)
    np.testing.assert_allclose(tiff.read_tiff(tmp_path / "b.tif"), read, atol=3e-5)


# What cannot be read


def refused(path: Path) -> str:
    with pytest.raises(InputError) as error:
        tiff.read_tiff(path)
    message = str(error.value)
    assert str(path) in message
    assert "\n" not in message
    return message


def test_missing(tmp_path: Path) -> None:
    assert "No such file" in refused(tmp_path / "none.tif")


@pytest.mark.parametrize("content", [b"", b"II", b"II*\0", b"just some text\n" * 50, b"\xff" * 99])
def test_not_a_tiff(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "naïve 'name'.tif"
    path.write_bytes(content)
    refused(path)


@pytest.mark.parametrize("compression", [None, "zlib", "lzw"])
@pytest.mark.parametrize("part", [0.05, 0.3, 0.7, 0.99])
def test_truncated(tmp_path: Path, stored: np.ndarray, compression, part: float) -> None:
    path = save(tmp_path / "a.tif", stored, compression=compression, rowsperstrip=7)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * part)])
    refused(path)


def test_absurd_size_is_refused_before_memory_is_taken(tmp_path: Path, stored) -> None:
    path = save(tmp_path / "a.tif", stored)
    with tifffile.TiffFile(path, mode="r+b") as tif:
        tif.pages.first.tags[257].overwrite(2**31 - 1, dtype="I")
        tif.pages.first.tags[256].overwrite(2**31 - 1, dtype="I")
    assert "not believable" in refused(path)


@pytest.mark.parametrize(
    ("pixels", "options", "word"),
    [
        (np.zeros((8, 8, 4), np.uint8), {"photometric": "separated"}, "CMYK"),
        (
            np.zeros((8, 8), np.uint8),
            {"photometric": "palette", "colormap": np.zeros((3, 256), np.uint16)},
            "palette",
        ),
        (np.zeros((8, 8, 3), np.float64), {}, "64 bits"),
        (np.zeros((8, 8, 3), np.int16), {}, "16 bits"),
    ],
)
def test_kinds_refused(tmp_path: Path, pixels: np.ndarray, options: dict, word: str) -> None:
    assert word in refused(save(tmp_path / "a.tif", pixels, **options))


@pytest.mark.parametrize("profile", [b"", b"nonsense" * 40, icc.prophoto_profile()[:300]])
def test_broken_profile(tmp_path: Path, stored: np.ndarray, profile: bytes) -> None:
    path = save(tmp_path / "a.tif", stored, iccprofile=profile or b"\0")
    assert "ICC profile" in refused(path)


def test_flipped_bits_never_bring_about_another_error(tmp_path: Path, stored) -> None:
    path = save(tmp_path / "a.tif", stored, compression="zlib", rowsperstrip=7)
    whole = path.read_bytes()
    random = np.random.default_rng(3)
    for _ in range(150):
        data = bytearray(whole)
        for place in random.integers(0, min(len(data), 900), 3):
            data[place] ^= 1 << random.integers(0, 8)
        path.write_bytes(data)
        try:
            read = tiff.read_tiff(path)
        except InputError as error:
            assert "\n" not in str(error)  # noqa: PT017
        else:
            assert read.ndim == 3


# Writing


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


METADATA = Metadata(
    image={
        271: Field(ASCII, b"Maker\0"),
        272: Field(ASCII, b"Model 1\0"),
        306: Field(ASCII, b"2024:05:06 07:08:09\0"),
        315: Field(ASCII, "Zoë\0".encode()),
    },
    exif={
        33434: Field(RATIONAL, (1, 640)),
        33437: Field(RATIONAL, (63, 10)),
        34855: Field(SHORT, (3200,)),
        36867: Field(ASCII, b"2024:05:06 07:08:09\0"),
        42036: Field(ASCII, b"Lens 1\0"),
    },
    gps={
        0: Field(1, (2, 3, 0, 0)),
        1: Field(ASCII, b"N\0"),
        2: Field(RATIONAL, (48, 1, 30, 1, 0, 1)),
        3: Field(ASCII, b"E\0"),
        4: Field(RATIONAL, (8, 1, 15, 1, 0, 1)),
        27: Field(7, b"ASCII\0\0\0GPS"),
    },
)
PACKET = (
    b'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
    b'xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="3"/></rdf:RDF></x:xmpmeta>'
    b'<?xpacket end="w"?>'
)


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


@pytest.mark.skipif(not EDITED.is_dir(), reason="the shared pictures are not here")
def test_real_files() -> None:
    encoded = {"rt": color.srgb_decode, "dt": lambda values: values}
    for engine, decode in encoded.items():  # RTv4_Large: sRGB's curve; darktable: linear
        path = next(EDITED.glob(f"_DSC2164__{engine}_*.tif"))
        expected = decode(tifffile.imread(path) / 65535.0)
        np.testing.assert_allclose(tiff.read_tiff(path), expected, atol=5e-4)


@pytest.mark.parametrize(
    ("pixels", "options", "what"),
    [
        (np.zeros((8, 9, 3), np.uint8), {"photometric": "rgb"}, "8-bit"),
        (np.zeros((8, 9), np.uint16), {"photometric": "minisblack"}, "greyscale"),
        (
            np.zeros((8, 9, 4), np.uint16),
            {"photometric": "rgb", "extrasamples": ["unassalpha"]},
            "alpha channel",
        ),
    ],
)
def test_a_fit_refuses_what_it_cannot_aim_at(
    tmp_path: Path, pixels: np.ndarray, options: dict[str, Any], what: str
) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, pixels, **options)
    with pytest.raises(InputError, match=f"a.tif: .*{what}"):
        tiff.read_tif16(path)
    assert tiff.read_tiff(path).shape == (8, 9, 3)


def test_a_fit_takes_16_bits_and_floats(tmp_path: Path) -> None:
    for kind in (np.uint16, np.float32):
        path = tmp_path / "a.tif"
        tifffile.imwrite(path, np.zeros((8, 9, 3), kind), photometric="rgb")
        np.testing.assert_array_equal(tiff.read_tif16(path), tiff.read_tiff(path))
