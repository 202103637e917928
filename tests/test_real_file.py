"""Fit, train, predict and render a real camera's file: a Sony ARW with two edited TIFFs.

It is not the project's to give away, so it lies beside the repository, and these tests are
left out where it doesn't.
"""

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
RAW = DATA / "raw" / "_DSC2164.ARW"
EDITS = [DATA / "edited" / f"_DSC2164__{name}.tif" for name in ("rt_warmcurve", "dt_sigmoid")]
EXIF = ("Make", "Model", "DateTimeOriginal", "ExposureTime", "FNumber", "ISO", "LensModel")

pytestmark = pytest.mark.skipif(
    not all(path.is_file() for path in (RAW, *EDITS)), reason=f"{DATA} is not there"
)


def exif(path: Path) -> dict[str, object]:
    if shutil.which("exiftool") is None:
        pytest.skip("exiftool is not installed")
    words = ["exiftool", "-j", *(f"-{name}" for name in (*EXIF, "Orientation")), str(path)]
    found = subprocess.run(words, capture_output=True, text=True, check=True)
    return json.loads(found.stdout)[0]


def test_decoding() -> None:
    from imaging.raw import read_raw_linear_prophoto, read_size

    proxy = read_raw_linear_prophoto(RAW, 512)
    height, width = read_size(RAW)
    assert height * width > 17e6
    assert max(proxy.shape) == 512
    assert proxy.shape[0] / proxy.shape[1] == pytest.approx(height / width, rel=0.005)
    assert np.isfinite(proxy).all()
    assert 0.005 < proxy.mean() < 0.5


def test_camera() -> None:
    from imaging.camera import read_shot

    shot = read_shot(RAW)
    assert shot.color is not None
    values = shot.as_shot()
    assert values is not None
    assert 2000 < values["Temperature"] < 12000
    assert abs(values["Tint"]) < 60


@pytest.mark.parametrize("edit", EDITS, ids=lambda path: path.stem)
def test_alignment(edit: Path) -> None:
    """Both engines trim a few pixels; the edit fills the frame all the same."""
    from dataset.pairs import load_pair

    pair = load_pair(RAW, edit, 256)
    assert pair.alignment.turn == 0
    assert pair.alignment.confidence > 0.8
    crop = pair.alignment.as_json()["crop"]
    assert crop == pytest.approx([0, 0, 1, 1], abs=0.01)
    assert pair.raw.shape == pair.target.shape


def test_another_photograph_is_refused() -> None:
    from dataset.pairs import load_pair
    from params.files import InputError

    with pytest.raises(InputError, match="not the same photograph"):
        load_pair(RAW, DATA / "edited" / "sim_coffee__rt_warmcurve.tif", 256)


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import scripts.fivek_tif_to_xmp as fivek

    folder = tmp_path_factory.mktemp("real")
    root = folder / "pairs"
    root.mkdir()
    for path in (RAW, *EDITS):
        (root / path.name).symlink_to(path)
    words = ["--root", str(root), "--expert", "rt_warmcurve", "--output", str(folder / "out")]
    assert fivek.main([*words, "--split", "testing", "--device", "cpu"]) == 0
    return folder / "out"


def test_the_fit_comes_near(fitted: Path) -> None:
    record = json.loads((fitted / "data" / "_DSC2164__rt_warmcurve.json").read_text())
    before, after = record["fit"]["before"], record["fit"]["after"]
    assert after["delta_e"] < 0.4 * before["delta_e"]
    assert after["psnr"] > before["psnr"] + 6.0
    assert record["as_shot"]["Temperature"] > 2000
    xmp = (fitted / "xmps" / "_DSC2164__rt_warmcurve.xmp").read_text()
    assert 'WhiteBalance="As Shot"' in xmp  # RawTherapee rendered with the camera's


@pytest.fixture(scope="module")
def rendered(fitted: Path) -> tuple[Path, Path]:
    """The fitted edit at full size: (TIFF, JPEG)."""
    import scripts.apply_params as applying

    data = fitted / "data" / "_DSC2164__rt_warmcurve.json"
    paths = fitted / "full.tif", fitted / "full.jpg"
    for path in paths:
        assert applying.main([str(RAW), str(data), "--out", str(path), "--device", "cpu"]) == 0
    return paths


def test_full_size(rendered: tuple[Path, Path], fitted: Path) -> None:
    """At full size the picture is the one that was fitted at 512 pixels."""
    import tifffile
    from PIL import Image

    from dataset.pairs import aligned_pair, register
    from imaging.metrics import difference
    from imaging.raw import read_size
    from imaging.tiff import read_tif16

    tif, jpeg = rendered
    height, width = read_size(RAW)
    with tifffile.TiffFile(tif) as file:
        assert file.pages.first.shape == (height, width, 3)
        assert file.pages.first.dtype == np.uint16
    with Image.open(jpeg) as picture:
        assert picture.size == (width, height)
    ours, theirs = read_tif16(tif), read_tif16(EDITS[0])
    pair = aligned_pair(ours, theirs, register(ours, theirs), 512)
    record = json.loads((fitted / "data" / "_DSC2164__rt_warmcurve.json").read_text())
    expected = record["fit"]["after"]["delta_e"]
    assert difference(*pair).delta_e == pytest.approx(expected, rel=0.25, abs=0.2)


def test_metadata_is_carried_over(rendered: tuple[Path, Path]) -> None:
    source = exif(RAW)
    for path in rendered:
        found = exif(path)
        assert {name: found.get(name) for name in EXIF} == {name: source[name] for name in EXIF}
        assert found["Orientation"] == "Horizontal (normal)"


@pytest.mark.slow
def test_predict_and_render(fitted: Path, checkpoint: Path, tmp_path: Path) -> None:
    import run.predict_and_render as rendering

    words = ["--checkpoint", str(checkpoint), "--input", str(RAW), "--output", str(tmp_path)]
    more = ["--srgb-output", "--export-json", "--export-preview", "--compression", "zstd"]
    assert rendering.main([*words, *more, "--device", "cpu"]) == 0
    names = {p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file()}
    assert names == {
        "_DSC2164.tif",
        "_DSC2164.jpg",
        "data/_DSC2164.json",
        "preview/_DSC2164.png",
        "report.json",
        "xmps/_DSC2164.xmp",
    }
    assert exif(tmp_path / "_DSC2164.tif")["Make"] == exif(RAW)["Make"]
