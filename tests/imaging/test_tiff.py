"""TIFFs that we read: every layout, damage refused."""

import logging
import struct
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
import tifffile

from imaging import color, icc, tiff
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


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"rowsperstrip": 7, "compression": "zlib"}, "3 of 6 strips"),
        ({"tile": (16, 16), "compression": "packbits"}, "6 of 9 tiles"),
        ({"rowsperstrip": 7}, "3 of 6 strips"),
    ],
)
def test_fewer_pieces_than_the_picture_has(tmp_path: Path, stored, options: dict, what) -> None:
    """The rest of it would be black."""
    path = save(tmp_path / "a.tif", stored, **options)
    with tifffile.TiffFile(path, mode="r+") as file:
        file.pages.first.tags["ImageLength"].overwrite(42)
    with pytest.raises(InputError, match=rf"a\.tif: damaged TIFF: it holds {what}"):
        tiff.read_tiff(path)


def test_one_strip_that_is_several_by_its_rows(tmp_path: Path, stored: np.ndarray) -> None:
    """Some writers say a number of rows that is not that of their only strip."""
    path = save(tmp_path / "a.tif", stored)
    with tifffile.TiffFile(path, mode="r+") as file:
        file.pages.first.tags["RowsPerStrip"].overwrite(8)
    np.testing.assert_allclose(tiff.read_tiff(path), romm(stored), atol=1e-6)


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


class TestThumbnailFirst:
    """Directories that say which picture is a copy of which."""

    @staticmethod
    def write(path: Path, stored: np.ndarray, *, first: Any = (), second: Any = ()) -> Path:
        """A quarter of the picture, then the whole; `first`, `second`: further tags."""
        common = {"photometric": "rgb", "metadata": None}
        with tifffile.TiffWriter(path) as file:
            small = {"iccprofile": icc.prophoto_profile(), "extratags": first}
            file.write(stored[::4, ::4], **common, **small)
            file.write(stored, **common, extratags=second)
        return path

    @pytest.mark.parametrize(
        "kind",
        [
            (254, "I", 1, 1, True),  # NewSubfileType: a reduced copy
            (254, "I", 1, 3, True),  # a reduced page of several
            (254, "I", 1, 4, True),  # a mask
            (254, "I", 1, 5, True),  # a reduced mask
            (255, "H", 1, 2, True),  # SubfileType, the older tag
        ],
    )
    def test_the_full_picture_is_read(self, tmp_path: Path, stored, kind, caplog) -> None:
        path = self.write(tmp_path / "a.tif", stored, first=[kind])
        found = tiff.read_tiff(path)
        np.testing.assert_allclose(found, romm(stored), atol=1e-6)
        assert caplog.messages == []  # the profile is the first directory's

    def test_by_the_orientation_of_the_first(self, tmp_path: Path, stored) -> None:
        tags = [(254, "I", 1, 1, True), (274, "H", 1, 6, True)]
        path = self.write(tmp_path / "a.tif", stored, first=tags)
        found = tiff.read_tif16(path)
        np.testing.assert_allclose(found, np.rot90(romm(stored), -1), atol=1e-6)

    def test_in_a_sub_directory(self, tmp_path: Path, stored) -> None:
        path = tmp_path / "a.tif"
        common = {"photometric": "rgb", "metadata": None}
        with tifffile.TiffWriter(path) as file:
            small = {"iccprofile": icc.prophoto_profile(), "subfiletype": 1, "subifds": 1}
            file.write(stored[::4, ::4], **common, **small)
            file.write(stored, **common)
        np.testing.assert_allclose(tiff.read_tiff(path), romm(stored), atol=1e-6)

    @pytest.mark.parametrize("second", [[], [(254, "I", 1, 1, True)], [(254, "I", 1, 2, True)]])
    def test_else_it_is_the_first(self, tmp_path: Path, stored, second) -> None:
        path = self.write(tmp_path / "a.tif", stored, second=second)
        assert tiff.read_tiff(path).shape == (6, 9, 3)

    def test_all_reduced(self, tmp_path: Path, stored) -> None:
        kind = [(254, "I", 1, 1, True)]
        path = self.write(tmp_path / "a.tif", stored, first=kind, second=kind)
        assert tiff.read_tiff(path).shape == (6, 9, 3)

    def test_cut_short(self, tmp_path: Path, stored) -> None:
        kind = [(254, "I", 1, 1, True)]
        path = self.write(tmp_path / "a.tif", stored, first=kind)
        path.write_bytes(path.read_bytes()[:-100])
        assert "cut short" in refused(path)
