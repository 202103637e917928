"""What is written for one picture, whichever files are asked for together."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image
from simulated import scene

from imaging.camera import Shot
from imaging.icc import linear_prophoto_profile
from imaging.jpeg import to_srgb8
from imaging.metadata import Metadata
from imaging.output_options import Detail
from imaging.tiff import to_romm16
from model.render import render_record
from params.files import InputError
from params.ranges import neutral_params
from params.record import Record
from stages.predict.settings import PictureOutput
from stages.predict.write_results import render_pictures, save_pictures

RECORD = Record(neutral_params() | {"Exposure2012": 0.5, "Vibrance": 40.0}, process=2)
SHOT = Shot(None, None)
PLAIN = PictureOutput(detail=Detail(0, 0))


def rendered(files: Sequence[Path], output: PictureOutput) -> np.ndarray:
    return render_pictures(scene(3, 90, 130), RECORD, files, output, "cpu", SHOT)


def write(files: Sequence[Path], output: PictureOutput = PLAIN) -> None:
    pixels = rendered(files, output)
    save_pictures(Path("a.dng"), pixels, RECORD, files, output, Metadata(), SHOT)


def linear() -> np.ndarray:
    return render_record(scene(3, 90, 130), RECORD, shot=SHOT)


def test_what_is_rendered_is_what_the_files_hold(tmp_path: Path) -> None:
    tif, jpg, png = (tmp_path / f"a.{name}" for name in ("TIF", "jpg", "png"))
    profile = tmp_path / "linear.icm"
    profile.write_bytes(linear_prophoto_profile())
    for files, output, dtype in (
        ([tif], PLAIN, np.uint16),
        ([tif, tif], PLAIN, np.uint16),
        ([tif], PictureOutput(bits=8), np.float32),
        ([tif], PictureOutput(icc_profile=profile), np.float32),
        ([tif], PictureOutput(icc_profile=tmp_path / "none.icm"), np.float32),
        ([tif, jpg], PLAIN, np.float32),
        ([jpg, png], PLAIN, np.uint8),
    ):
        assert rendered(files, output).dtype == dtype


@pytest.mark.parametrize("names", ["t", "p", "tp", "pt", "tjp", "ptt"])
def test_files_do_not_depend_on_the_others(tmp_path: Path, names: str) -> None:
    suffixes = {"t": ".tif", "p": ".png", "j": ".jpg"}
    files = [tmp_path / f"{i}{suffixes[name]}" for i, name in enumerate(names)]
    write(files)
    for file in files:
        if file.suffix == ".tif":
            apart = np.abs(tifffile.imread(file).astype(int) - to_romm16(linear()))
        else:
            apart = np.abs(np.asarray(Image.open(file)).astype(int) - to_srgb8(linear()))
        assert apart.mean() < (4.0 if file.suffix == ".jpg" else 0.02)
        assert file.suffix == ".jpg" or apart.max() <= 1


@pytest.mark.parametrize("gamut", ["clip", "compress"])
def test_gamut(tmp_path: Path, gamut: str) -> None:
    for files in ([tmp_path / "a.png"], [tmp_path / "b.png", tmp_path / "b.tif"]):
        write(files, PictureOutput(gamut=gamut, detail=Detail(0, 0)))
        found = np.asarray(Image.open(files[0])).astype(int)
        assert np.abs(found - to_srgb8(linear(), gamut)).max() <= 1


def test_a_tiff_in_another_profile_and_of_8_bits(tmp_path: Path) -> None:
    profile = tmp_path / "linear.icm"
    profile.write_bytes(linear_prophoto_profile())
    write([tmp_path / "a.tif"], PictureOutput(icc_profile=profile))
    wanted = np.rint(linear() * 65535.0)
    assert np.abs(tifffile.imread(tmp_path / "a.tif") - wanted).max() <= 1
    write([tmp_path / "b.tif"], PictureOutput(bits=8))
    wanted = to_romm16(linear()) / 257.0
    assert np.abs(tifffile.imread(tmp_path / "b.tif") - wanted).max() <= 0.51


def test_a_profile_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.icm"):
        write([tmp_path / "a.tif"], PictureOutput(icc_profile=tmp_path / "none.icm"))
    assert not (tmp_path / "a.tif").exists()
