"""Our ICC profiles, read by littleCMS, are the formulas of imaging.color."""

import hashlib
import io
import shutil
import struct
import subprocess

import imagecodecs
import numpy as np
import pytest
from PIL import Image, ImageCms

from imaging import color, icc

PROFILES = {
    "prophoto": icc.prophoto_profile,
    "linear": icc.linear_prophoto_profile,
    "srgb": icc.srgb_profile,
}


def transform(values: np.ndarray, source: bytes, target: bytes) -> np.ndarray:
    return imagecodecs.cms_transform(
        values.astype(np.float32),
        source,
        target,
        colorspace="rgb",
        outcolorspace="rgb",
        outdtype="float32",
        intent=1,
    )


@pytest.fixture
def colours() -> np.ndarray:
    return np.random.default_rng(1).random((20, 50, 3)) * 0.999


def test_the_file_is_what_the_code_makes() -> None:
    assert icc.DEFAULT_ICC.read_bytes() == icc.prophoto_profile()


def test_module_call_rewrites_the_file(tmp_path, monkeypatch) -> None:
    import runpy

    from imaging import output_options

    monkeypatch.setattr(output_options, "DEFAULT_ICC", tmp_path / "ProPhoto.icm")
    runpy.run_path(icc.__file__, run_name="__main__")
    assert (tmp_path / "ProPhoto.icm").read_bytes() == icc.prophoto_profile()


def test_prophoto_decodes_as_romm(colours: np.ndarray) -> None:
    linear = transform(colours, icc.prophoto_profile(), icc.linear_prophoto_profile())
    np.testing.assert_allclose(linear, color.romm_decode(colours), atol=1e-5)


def test_prophoto_encodes_as_romm(colours: np.ndarray) -> None:
    linear = colours**3  # plenty in the toe
    encoded = transform(linear, icc.linear_prophoto_profile(), icc.prophoto_profile())
    # In the toe, float rounding inside littleCMS is multiplied by the slope, 16.
    np.testing.assert_allclose(encoded, color.romm_encode(linear), atol=3e-5)


def test_srgb_decodes_into_prophoto(colours: np.ndarray) -> None:
    linear = transform(colours, icc.srgb_profile(), icc.linear_prophoto_profile())
    expected = color.srgb_decode(colours) @ np.linalg.inv(color.PROPHOTO_TO_SRGB).T
    # Profiles hold numbers in steps of 1.5e-5, so three matrix entries may add up to this.
    np.testing.assert_allclose(linear, expected, atol=3e-5)


@pytest.mark.parametrize("name", PROFILES)
def test_grey_stays_grey_and_white_white(name: str) -> None:
    ramp = np.linspace(0, 1, 65)[None, :, None].repeat(3, axis=2)
    linear = transform(ramp, PROFILES[name](), icc.linear_prophoto_profile())
    np.testing.assert_allclose(linear[..., 0], linear[..., 1], atol=1e-5)
    np.testing.assert_allclose(linear[..., 2], linear[..., 1], atol=1e-5)
    np.testing.assert_allclose(linear[0, -1], 1.0, atol=1e-5)


def test_pillow_agrees_to_the_code_value(colours: np.ndarray) -> None:
    stored = np.round(colours * 255).astype(np.uint8)
    profiles = [ImageCms.ImageCmsProfile(io.BytesIO(PROFILES[n]())) for n in ("prophoto", "srgb")]
    ours = color.prophoto_to_srgb_preview(color.romm_decode(stored / 255.0))
    theirs = ImageCms.profileToProfile(
        Image.fromarray(stored),
        profiles[0],
        profiles[1],
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
    )
    # Eight-bit optimised transforms of littleCMS round in between, near black most.
    assert np.percentile(abs(np.asarray(theirs) - ours * 255), 99) < 1.5


@pytest.mark.parametrize("name", PROFILES)
def test_structure(name: str) -> None:
    data = PROFILES[name]()
    assert data is PROFILES[name]()
    size, version = struct.unpack_from(">I4xI", data)
    assert size == len(data)
    assert version == 0x04300000
    assert data[36:40] == b"acsp"
    unsigned = data[:44] + bytes(4) + data[48:64] + bytes(4) + data[68:84] + bytes(16) + data[100:]
    assert data[84:100] == hashlib.md5(unsigned, usedforsecurity=False).digest()
    count = struct.unpack_from(">I", data, 128)[0]
    for i in range(count):
        offset, length = struct.unpack_from(">4xII", data, 132 + 12 * i)
        assert offset % 4 == 0
        assert offset + length <= size


@pytest.mark.skipif(not shutil.which("exiftool"), reason="exiftool is not installed")
def test_exiftool_reads_it_without_a_warning() -> None:
    command = ["exiftool", "-validate", "-warning", "-a", "-s3", str(icc.DEFAULT_ICC)]
    assert subprocess.check_output(command, text=True).strip() == "OK"
