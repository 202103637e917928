"""Other programs open what we write, see the same picture, and follow our settings."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from simulated import scene

from dataset.synthetic.write_dng import write_dng
from imaging.camera import read_shot
from imaging.color import PROPHOTO_TO_SRGB, apply_matrix, srgb_decode
from imaging.jpeg import to_srgb8, write_jpeg
from imaging.metrics import delta_e00
from imaging.tiff import read_tiff, write_tiff
from params.ranges import neutral_params
from params.record import Record
from params.xmp import record_to_xmp

PICTURE = scene(3, 96, 144)
X = np.linspace(0.0, 1.0, 16)


def darktable(source: Path, out: Path) -> np.ndarray:
    """What darktable makes of a file, with no library of its own: linear ProPhoto."""
    if not shutil.which("darktable-cli"):
        pytest.skip("darktable is not installed")
    words = ["--icc-type", "PROPHOTO_RGB", "--core", "--library", ":memory:", "--configdir"]
    words += [str(out.parent / "darktable"), "--conf", "plugins/imageio/format/tiff/bpp=16"]
    command = ["darktable-cli", str(source), str(out), *words]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return read_tiff(out)


def rawtherapee(source: Path, out: Path) -> np.ndarray:
    if not shutil.which("rawtherapee-cli"):
        pytest.skip("RawTherapee is not installed")
    profile = out.with_suffix(".pp3")
    profile.write_text(
        "[Color Management]\nInputProfile=(embedded)\nWorkingProfile=ProPhoto\n"
        "OutputProfile=RTv4_Large\n"
    )
    words = ["-o", str(out), "-b16", "-t", "-Y", "-p", str(profile), "-c", str(source)]
    command = ["rawtherapee-cli", "-q", *words]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return read_tiff(out)


def ours(path: Path) -> np.ndarray:
    if path.suffix == ".tif":
        return read_tiff(path)
    srgb = np.asarray(Image.open(path)).astype(np.float32) / 255
    return apply_matrix(srgb_decode(srgb), np.linalg.inv(PROPHOTO_TO_SRGB)).clip(0.0, None)


@pytest.mark.slow
@pytest.mark.parametrize("program", [darktable, rawtherapee])
@pytest.mark.parametrize("kind", ["none", "deflate", "zstd", "big", "jpeg"])
def test_editors_see_the_same_picture(
    tmp_path: Path, program: Any, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / ("a.jpg" if kind == "jpeg" else "a.tif")
    if kind == "jpeg":
        write_jpeg(path, PICTURE)
    elif kind == "big":
        monkeypatch.setattr("imaging.tiff._BIGTIFF_BYTES", 0)
        write_tiff(path, PICTURE)
    else:
        write_tiff(path, PICTURE, compression=None if kind == "none" else kind)
    seen, expected = program(path, tmp_path / "seen.tif"), ours(path)
    assert seen.shape == expected.shape
    assert np.abs(seen - expected).max() < 5e-4  # RawTherapee's tables; darktable is nearer
    assert delta_e00(seen, expected).mean() < 0.02


def test_pillow_sees_the_same_picture(tmp_path: Path) -> None:
    """8 bits: Pillow reads 16-bit RGB as such."""
    write_tiff(tmp_path / "a.tif", PICTURE, bits=8)
    write_jpeg(tmp_path / "a.jpg", PICTURE, quality=100)
    with Image.open(tmp_path / "a.tif") as picture:
        from imaging.color import romm_decode

        np.testing.assert_allclose(
            romm_decode(np.asarray(picture) / 255.0), read_tiff(tmp_path / "a.tif"), atol=1e-6
        )
    with Image.open(tmp_path / "a.jpg") as picture:
        assert np.abs(np.asarray(picture).astype(int) - to_srgb8(PICTURE)).mean() < 0.6


@pytest.mark.slow
def test_darktable_follows_a_sidecar(tmp_path: Path) -> None:
    """Its import of Camera Raw's settings: Exposure and the curve change what it renders."""
    means = {}
    shot = None
    for name, params in {
        "darker": {"Exposure2012": 0.5},
        "brighter": {"Exposure2012": 1.5},
        "brighter, curve down": {"Exposure2012": 1.5, "ToneCurve": (X**1.8).tolist()},
    }.items():
        raw = tmp_path / name / "a.dng"
        raw.parent.mkdir()
        write_dng(raw, scene(5, 256, 384) * 0.3)
        shot = shot or read_shot(raw)
        record = Record(neutral_params() | params, process=2)
        packet = record_to_xmp(record, camera=shot.color, neutral=shot.neutral)
        raw.with_suffix(".xmp").write_bytes(packet)
        means[name] = darktable(raw, raw.with_suffix(".tif")).mean()
    # A stop, flattened by darktable's own filmic curve.
    assert means["brighter"] > 1.2 * means["darker"]
    assert means["brighter, curve down"] < 0.9 * means["brighter"]
