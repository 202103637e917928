"""convert_tiff_to_prophoto.py: every profile that comes along, to linear or gamma ProPhoto."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from tolerances import ONE_CODE_16

import scripts.convert_tiff_to_prophoto as command
from imaging.exif_ifd import ASCII, RATIONAL, SHORT, Field
from imaging.icc import (
    NAMED_SPACES,
    build_profile,
    linear_prophoto_profile,
    named_profile,
    prophoto_profile,
    srgb_profile,
)
from imaging.metadata import DATE_TIME_ORIGINAL, EXPOSURE_TIME, MAKE, Metadata, read_metadata
from imaging.tiff import write_tiff

imagecodecs = pytest.importorskip("imagecodecs")

# What each space's pictures are encoded with, from the standards, written anew.
DECODE: dict[str, Any] = {
    "srgb": lambda v: np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4),
    "adobe-rgb": lambda v: v ** (563 / 256),
    "rec2020": lambda v: np.where(v < 0.08124, v / 4.5, ((v + 0.0993) / 1.0993) ** (1 / 0.45)),
    "linear-srgb": lambda v: v,
}
DECODE["display-p3"] = DECODE["srgb"]
PRIMARIES = {
    "srgb": [(0.64, 0.33), (0.3, 0.6), (0.15, 0.06)],
    "adobe-rgb": [(0.64, 0.33), (0.21, 0.71), (0.15, 0.06)],
    "display-p3": [(0.68, 0.32), (0.265, 0.69), (0.15, 0.06)],
    "rec2020": [(0.708, 0.292), (0.17, 0.797), (0.131, 0.046)],
}
PRIMARIES["linear-srgb"] = PRIMARIES["srgb"]


def picture(dtype: type = np.uint16) -> np.ndarray:
    """All corners of the cube, greys, and much between them."""
    random = np.random.default_rng(0).random((40, 50, 3))
    corners = np.array([[i & 1, i >> 1 & 1, i >> 2] for i in range(8)], float)
    random[0, :8] = corners
    random[1] = np.linspace(0, 1, 50)[:, None]
    random[2] = np.linspace(0, 0.01, 50)[:, None]
    if dtype is np.float32:
        return random.astype(np.float32)
    return np.rint(random * np.iinfo(dtype).max).astype(dtype)


def convert(source: Path, *words: str) -> np.ndarray:
    out = source.parent / "out" / source.name
    assert command.main([str(source), "--output", str(out), "--overwrite", *words]) == 0
    return tifffile.imread(out)


def by_littlecms(stored: np.ndarray, profile: bytes, target: bytes) -> np.ndarray:
    """littleCMS in float from beginning to end."""
    scale = 1.0 if stored.dtype.kind == "f" else np.iinfo(stored.dtype).max
    return imagecodecs.cms_transform(
        (stored / scale).astype(np.float32),
        profile,
        target,
        colorspace="rgb",
        outcolorspace="rgb",
        outdtype=np.float32,
        intent=1,
    )


@pytest.mark.parametrize("encoding", ["linear", "romm"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("space", NAMED_SPACES)
def test_within_one_code_of_littlecms(
    tmp_path: Path, space: str, dtype: type, encoding: str
) -> None:
    stored, profile = picture(dtype), named_profile(space)
    source = tmp_path / "a.tif"
    tifffile.imwrite(source, stored, photometric="rgb", iccprofile=profile)
    found = convert(source, "--encoding", encoding).astype(float) / 65535
    target = linear_prophoto_profile() if encoding == "linear" else prophoto_profile()
    wanted = by_littlecms(stored, profile, target).clip(0, 1)
    assert np.abs(found - wanted).max() <= ONE_CODE_16
    with tifffile.TiffFile(tmp_path / "out" / "a.tif") as file:
        assert file.pages.first.iccprofile == target


@pytest.mark.parametrize("space", PRIMARIES)
def test_against_the_standards(tmp_path: Path, space: str) -> None:
    """The formulas of the standards in float64, without littleCMS and without our profiles."""
    from imaging.color import D50_XYZ, PROPHOTO_TO_XYZ

    stored = picture()
    source = tmp_path / "a.tif"
    tifffile.imwrite(source, stored, photometric="rgb")
    found = convert(source, "--assume", space).astype(float) / 65535
    x, y = np.array(PRIMARIES[space]).T
    columns = np.stack([x / y, np.ones(3), (1 - x - y) / y])
    white = np.array([0.3127 / 0.329, 1.0, (1 - 0.3127 - 0.329) / 0.329])
    to_xyz = columns * np.linalg.solve(columns, white)
    cone = np.array(
        [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
    )
    adapt = np.linalg.inv(cone) @ np.diag((cone @ D50_XYZ) / (cone @ white)) @ cone
    matrix = np.linalg.inv(PROPHOTO_TO_XYZ) @ adapt @ to_xyz
    wanted = DECODE[space](stored / 65535) @ matrix.T
    assert np.abs(found - wanted.clip(0, 1)).max() <= 3 * ONE_CODE_16  # s15Fixed16 matrices


def test_a_table_profile(tmp_path: Path) -> None:
    """An A2B0 table (a scanner's, a print's): as littleCMS reads it."""
    import struct

    points = 9
    axis = np.linspace(0, 1, points)
    red, green, blue = np.meshgrid(axis, axis, axis, indexing="ij")
    # XYZ of a made-up device with gamma 2, in the 16-bit coding of mft2 for XYZ (1 + 32767/32768).
    xyz = np.stack([0.4 * red**2 + 0.56 * green**2, green**2, 0.8 * blue**2 + 0.02 * red], -1)
    table = np.rint(xyz.clip(0, 1) * 32768).astype(">u2").tobytes()
    line = struct.pack(">2H", 0, 65535)
    identity = struct.pack(">9i", *(65536 * v for v in (1, 0, 0, 0, 1, 0, 0, 0, 1)))
    lut = struct.pack(">4s4x4B", b"mft2", 3, 3, points, 0) + identity
    lut += struct.pack(">2H", 2, 2) + line * 3 + table + line * 3
    profile = build_profile(
        b"RGB ",
        {
            b"desc": b"desc" + bytes(4) + struct.pack(">I", 2) + b"t\0" + bytes(79),
            b"wtpt": b"XYZ " + bytes(4) + struct.pack(">3i", 63190, 65536, 54061),
            b"cprt": b"text" + bytes(4) + b"CC0\0",
            b"A2B0": lut,
        },
    )
    stored = picture()
    source = tmp_path / "a.tif"
    tifffile.imwrite(source, stored, photometric="rgb", iccprofile=profile)
    found = convert(source).astype(float) / 65535
    wanted = by_littlecms(stored, profile, linear_prophoto_profile()).clip(0, 1)
    assert np.abs(found - wanted).max() <= 4 * ONE_CODE_16
    assert (
        np.abs(found - by_littlecms(stored, srgb_profile(), linear_prophoto_profile())).max() > 0.05
    )


def test_metadata_is_kept_and_the_picture_upright(tmp_path: Path) -> None:
    source = tmp_path / "a.tif"
    metadata = Metadata(
        image={MAKE: Field(ASCII, b"Maker\0")},
        exif={
            EXPOSURE_TIME: Field(RATIONAL, (1, 250)),
            DATE_TIME_ORIGINAL: Field(ASCII, b"2024:05:06 07:08:09\0"),
        },
        gps={
            1: Field(ASCII, b"N\0"),
            2: Field(RATIONAL, (52, 1, 30, 1, 0, 1)),
            3: Field(ASCII, b"E\0"),
            4: Field(RATIONAL, (13, 1, 24, 1, 0, 1)),
        },
    )
    packet = (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-'
        b'syntax-ns#"><rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" '
        b'tiff:Orientation="6" xmlns:dc="http://purl.org/dc/elements/1.1/" dc:format="image/tiff"/>'
        b"</rdf:RDF></x:xmpmeta>"
    )
    pixels = np.random.default_rng(1).random((30, 40, 3), np.float32)
    write_tiff(source, pixels, metadata=metadata, xmp=packet)
    with tifffile.TiffFile(source, mode="r+") as file:
        file.pages.first.tags["Orientation"].overwrite(6)
    found = convert(source, "--encoding", "romm", "--compression", "deflate")
    np.testing.assert_array_equal(found, np.rot90(tifffile.imread(source), -1))
    kept = read_metadata(tmp_path / "out" / "a.tif")
    before = read_metadata(source)
    assert kept.exif.keys() >= {EXPOSURE_TIME, DATE_TIME_ORIGINAL}
    assert (kept.exif, kept.gps) == (before.exif, before.gps)
    assert kept.image[MAKE] == before.image[MAKE]
    assert kept.xmp == packet.replace(b'"6"', b'"1"')
    with tifffile.TiffFile(tmp_path / "out" / "a.tif") as file:
        assert file.pages.first.tags["Orientation"].value == 1
        assert file.pages.first.tags["Orientation"].dtype == SHORT


def test_bits_and_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Folders keep their shape; bad files are named; what is done is left."""
    folder = tmp_path / "in"
    (folder / "sub").mkdir(parents=True)
    for name in ("a.tif", "sub/a.TIFF"):
        tifffile.imwrite(folder / name, picture(), photometric="rgb", iccprofile=srgb_profile())
    (folder / "bad.tif").write_text("no picture")
    out = tmp_path / "out"
    words = [str(folder), "--output", str(out), "--bits", "8"]
    assert command.main(words) == 1
    err = capsys.readouterr().err
    assert f"ERROR: {folder / 'bad.tif'}: not a TIFF" in err
    assert {p.relative_to(out).as_posix() for p in out.rglob("*.*")} == {"a.tif", "sub/a.tif"}
    assert tifffile.imread(out / "a.tif").dtype == np.uint8
    before = (out / "a.tif").stat().st_mtime_ns
    assert command.main(words) == 1
    assert "2 of 3 are done already" in capsys.readouterr().err
    assert (out / "a.tif").stat().st_mtime_ns == before


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["{in}", "--output", "{in}"], "would replace a TIFF"),
        (["{in}/a.tif", "{in}/sub/a.tif", "--output", "{out}"], "both would be written"),
        (["{in}/none.tif", "--output", "{out}"], "none.tif: no such file"),
        (["{in}/empty", "--output", "{out}"], "no TIFF files"),
        (["{in}/a.tif", "--output", "{out}", "--assume", "cmyk"], "cmyk: neither prophoto"),
        (["{in}/a.tif", "--output", "{out}", "--assume", "{in}/a.tif"], "not an RGB ICC profile"),
    ],
)
def test_wrong_calls(
    tmp_path: Path, words: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    (folder / "sub").mkdir(parents=True)
    (folder / "empty").mkdir()
    for name in ("a.tif", "sub/a.tif"):
        tifffile.imwrite(folder / name, picture(np.uint8), photometric="rgb")
    given = [word.format(**{"in": folder, "out": out}) for word in words]
    assert command.main(given) == 1
    assert reason in capsys.readouterr().err
    assert not out.exists()
