"""GBTF: what it keeps, where it looks, and that it lies where LibRaw's own pictures lie."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from simulated import scene
from tolerances import FLOAT32

import imaging.raw as raw_module
from dataset.synthetic.scenes import finished_photo
from dataset.synthetic.write_dng import BLACK, WHITE, write_dng, write_mosaic
from imaging.camera import shot_of
from imaging.demosaic import MOSAIC_SIDE, Mosaic, aligned_half_size, half_size
from imaging.demosaic_choice import choose, is_bayer
from imaging.demosaic_names import AHD, AUTO, DEMOSAICS, GBTF
from imaging.metrics import difference
from imaging.orientation import orient
from imaging.raw import decode, read_raw_linear_prophoto
from imaging.raw_file import RawFile
from imaging.resize import fit_long_side

PATTERNS = ([[0, 1], [3, 2]], [[1, 0], [2, 3]], [[3, 2], [0, 1]], [[2, 3], [1, 0]])
SAME = np.eye(3)


def quarters_of(pixels: np.ndarray, pattern: np.ndarray) -> np.ndarray:
    """A picture's mosaic as LibRaw's half-size picture in four colours."""
    height, width = pixels.shape[:2]
    even = np.zeros((height + height % 2, width + width % 2, 3))
    even[:height, :width] = pixels
    planes = np.empty((even.shape[0] // 2, even.shape[1] // 2, 4), np.uint16)
    for (row, column), channel in np.ndenumerate(pattern):
        plane = even[row::2, column::2, [0, 1, 2, 1][channel]]
        planes[..., channel] = np.round(plane * 65535.0)
    return planes


def interpolated(pixels: np.ndarray, pattern: Any = PATTERNS[0]) -> np.ndarray:
    """The picture that comes back of a picture's mosaic."""
    pattern, size = np.array(pattern), pixels.shape[:2]
    mosaic = Mosaic(quarters_of(pixels, pattern), pattern, size)
    return mosaic.interpolated(range(size[0]), range(size[1]), SAME)


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("size", [(48, 64), (47, 63), (MOSAIC_SIDE, 21)])
def test_what_the_sensor_recorded_is_kept(pattern: list, size: tuple[int, int]) -> None:
    pixels = np.random.default_rng(3).uniform(size=(*size, 3))
    found = interpolated(pixels, pattern)
    for (row, column), channel in np.ndenumerate(np.array(pattern)):
        own = np.s_[row::2, column::2, [0, 1, 2, 1][channel]]
        np.testing.assert_allclose(found[own], pixels[own], atol=1e-5)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_even_colour_is_even_up_to_the_edges(pattern: list) -> None:
    pixels = np.broadcast_to([0.7, 0.2, 0.4], (33, 30, 3))
    np.testing.assert_allclose(interpolated(pixels, pattern), pixels, atol=1e-5)


@pytest.mark.parametrize("turned", [False, True])
def test_a_grey_edge_has_no_colour(turned: bool) -> None:
    """Where bilinear interpolation has 0.28 of red beside no green."""
    pixels = np.full((32, 32, 3), 0.05)
    pixels[:, 15:] = 0.6
    found = interpolated(pixels.swapaxes(0, 1) if turned else pixels)
    assert np.ptp(found, axis=2).max() < 1e-3


def test_any_part_is_that_of_the_whole() -> None:
    pixels, pattern = np.random.default_rng(1).uniform(size=(90, 1700, 3)), np.array(PATTERNS[1])
    mosaic = Mosaic(quarters_of(pixels, pattern), pattern, (90, 1700))
    whole = mosaic.interpolated(range(90), range(1700), SAME)
    part = mosaic.interpolated(range(3, 40), range(701, 1690), SAME)
    np.testing.assert_allclose(part, whole[3:40, 701:1690], atol=FLOAT32)


def counts_of(height: int, width: int) -> np.ndarray:
    """Sensor values, smooth within each colour, with values beyond black and white."""
    place = np.linspace(-0.1, 1.1, height)[:, None] * np.linspace(0.5, 1.0, width)
    values = np.round(BLACK + (WHITE - BLACK) * place)
    values[::2, ::2] *= 0.6
    return values.clip(0, 65535).astype(np.uint16)


@pytest.mark.parametrize("orientation", range(2, 9))
def test_orientations(orientation: int, tmp_path: Path) -> None:
    for number in (1, orientation):
        write_mosaic(tmp_path / f"{number}.dng", counts_of(140, 180), orientation=number)
    upright, turned = (
        read_raw_linear_prophoto(tmp_path / f"{number}.dng", None, 2, GBTF)
        for number in (1, orientation)
    )
    np.testing.assert_allclose(turned, orient(upright, orientation), atol=FLOAT32)


CROPS = {
    "none": (),
    "odd active area": ((50829, "I", 4, (3, 5, 144, 96), True),),
    "default crop": ((50719, "I", 2, (7, 4), True), (50720, "I", 2, (129, 86), True)),
}


@pytest.mark.parametrize("tags", CROPS.values(), ids=CROPS)
def test_it_lies_where_libraws_pictures_lie(tags: tuple, tmp_path: Path) -> None:
    path = tmp_path / "a.dng"
    write_dng(path, scene(11, 96, 144), tags=tags, orientation=6)
    by = {name: read_raw_linear_prophoto(path, None, 2, name) for name in DEMOSAICS}
    np.testing.assert_array_equal(by[AUTO], by[GBTF])
    assert not np.array_equal(by[GBTF], by[AHD])
    for name, pixels in by.items():
        assert pixels.shape == by[AHD].shape, name
        assert pixels.flags.c_contiguous
        moved = np.roll(by[AHD], 1, axis=0)
        apart = [float(np.abs(pixels - one).mean()) for one in (by[AHD], moved)]
        assert apart[0] < 0.5 * apart[1], name


@pytest.mark.parametrize("size", [(96, 144), (97, 145)])
def test_a_half_size_picture_is_libraws(size: tuple[int, int], tmp_path: Path) -> None:
    """Proxies, which models learn from, are as they were: the mosaic only serves both."""
    path = tmp_path / "a.dng"
    write_mosaic(path, counts_of(*size))
    with RawFile(path) as file:
        facts, shot = file.facts(), shot_of(file)
        assert is_bayer(facts)
        own = half_size(raw_module._quarters(file, shot))
        with file.libraw() as raw:
            libraws = raw_module._decode(file, raw, shot.neutral, half_size=True)
        np.testing.assert_array_equal(own, libraws)


@pytest.mark.parametrize("turns", range(4))
def test_a_half_size_pictures_colours_lie_in_one_place(turns: int) -> None:
    """On a grey slope, which is steep enough to tell half a pixel."""
    slope = np.add.outer(300.0 * np.arange(40), 200.0 * np.arange(60))
    pattern = np.rot90(np.array([[0, 1], [3, 2]]), turns)
    quarters = np.zeros((20, 30, 4), np.uint16)
    for (row, column), channel in np.ndenumerate(pattern):
        quarters[..., channel] = slope[row::2, column::2]
    apart = [
        np.ptp(pixels[1:-1, 1:-1].astype(float), axis=-1).max()
        for pixels in (half_size(quarters), aligned_half_size(quarters, pattern))
    ]
    assert apart[0] >= 100.0
    assert apart[1] <= 1.0


def test_pictures_from_blocks_and_from_a_demosaic(tmp_path: Path) -> None:
    """Only much smaller ones are made of blocks, and near what a demosaic gives."""
    write_dng(tmp_path / "a.dng", scene(11, 96, 144))
    with RawFile(tmp_path / "a.dng") as file:
        shot = shot_of(file)
        full = decode(file, shot, None, GBTF).whole()
        found = {side: decode(file, shot, side, GBTF).whole() for side in (50, 57, 58, 72)}
    for side, pixels in found.items():
        wanted = fit_long_side(full, side)
        same = np.array_equal(pixels, wanted)
        assert same == (side > 57), side
        assert np.abs(pixels - wanted).mean() < 0.01


def test_a_proxy_and_a_full_picture_take_one_pass_of_libraw(tmp_path: Path) -> None:
    write_dng(tmp_path / "a.dng", scene(11, 96, 144))
    with RawFile(tmp_path / "a.dng") as file:
        shot, passes = shot_of(file), []
        with file.libraw() as raw:
            spy = Spy(raw, passes)
        file._libraw = spy
        decode(file, shot, 60).whole()
        decode(file, shot, None, GBTF).whole()
        assert passes == [True]
        decode(file, shot, None, GBTF).whole()  # of the file opened anew


class Spy:
    """rawpy's RawPy; whether each postprocess was at half size is noted."""

    def __init__(self, raw: Any, passes: list[bool]) -> None:
        self._raw, self._passes = raw, passes

    def postprocess(self, **how: Any) -> Any:
        self._passes.append(how["half_size"])
        return self._raw.postprocess(**how)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)


X_TRANS = np.random.default_rng(0).integers(0, 3, (6, 6))
FACTS: dict[str, dict[str, Any]] = {
    "X-Trans": {"pattern": X_TRANS},
    "none": {"pattern": np.zeros((1, 1))},
    "four colours": {"colors": 4},
    "two reds": {"pattern": np.array([[0, 1], [3, 0]])},
    "greens in one row": {"pattern": np.array([[1, 3], [0, 2]])},
}


@pytest.mark.parametrize("facts", FACTS.values(), ids=FACTS)
def test_other_mosaics_are_left_to_libraw(facts: dict[str, Any], tmp_path: Path) -> None:
    write_dng(tmp_path / "a.dng", scene(11, 96, 144))
    said: list[str] = []
    with RawFile(tmp_path / "a.dng", said.append) as file:
        file._facts = replace(file.facts(), **facts)
        assert choose(file, AUTO, camera_color=True) == AHD
        assert said == []
        assert choose(file, GBTF, camera_color=True, told=False) == AHD
        assert said == []
        assert choose(file, GBTF, camera_color=True) == AHD
    assert said == [
        f"{tmp_path / 'a.dng'}: has no Bayer mosaic: LibRaw's own way is used, not gbtf"
    ]


def test_without_the_cameras_colour(tmp_path: Path) -> None:
    """Process 1 has LibRaw's colour."""
    write_dng(tmp_path / "a.dng", scene(11, 96, 144))
    said: list[str] = []
    with RawFile(tmp_path / "a.dng", said.append) as file:
        assert choose(file, AUTO, camera_color=False) == AHD
        assert choose(file, "dht", camera_color=False) == "dht"
        assert said == []
        assert choose(file, GBTF, camera_color=False) == AHD
    assert "gbtf needs the camera's colour" in said[0]


def test_a_mosaic_smaller_than_what_it_looks_at(tmp_path: Path) -> None:
    write_mosaic(tmp_path / "a.dng", counts_of(24, 64))
    with RawFile(tmp_path / "a.dng") as file:
        assert choose(file, AUTO, camera_color=True) == GBTF
        small = file.facts().sizes._replace(height=MOSAIC_SIDE - 1)
        file._facts = replace(file.facts(), sizes=small)
        assert choose(file, AUTO, camera_color=True) == AHD


@pytest.mark.parametrize("noise", [0.0, 0.003, 0.018])
def test_of_a_photograph_it_is_nearer_to_the_truth_than_ahd(noise: float, tmp_path: Path) -> None:
    truth = fit_long_side(finished_photo("casa-mila"), 300)[:198]
    write_dng(tmp_path / "a.dng", truth, noise=noise)
    own, ahd = (
        difference(read_raw_linear_prophoto(tmp_path / "a.dng", None, 2, name), truth)
        for name in (GBTF, AHD)
    )
    assert own.psnr > ahd.psnr + 1.0
    assert own.delta_e < 0.93 * ahd.delta_e
