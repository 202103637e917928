"""RAW files made of a known scene: what comes out is that scene, whatever the file's form."""

import contextlib
import logging
import os
import shutil
import struct
from pathlib import Path

import numpy as np
import pytest
import tifffile
from dng_files import overwrite
from simulated import AWKWARD, scene
from tolerances import BRIGHTNESS, DEMOSAIC_MEAN

from dataset.synthetic.write_dng import write_dng
from imaging import raw as raw_module
from imaging.camera import read_shot
from imaging.orientation import orient
from imaging.raw import RAW_SUFFIXES, read_raw_linear_prophoto, read_size
from imaging.resize import resize_area
from imaging.tiff_pages import believes_counts, data_end
from params.files import InputError

HEIGHT, WIDTH = 96, 144


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    return scene(11, HEIGHT, WIDTH)


@pytest.fixture(scope="module")
def dng(picture: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("raw") / AWKWARD / "caf\u00e9 'one'.dng"
    write_dng(path, picture)
    return path


def apart(a: np.ndarray, b: np.ndarray, edge: int = 3) -> float:
    """Mean difference, without the edges, where demosaicking has less to go by."""
    assert a.shape == b.shape
    return float(np.abs(a - b)[edge:-edge, edge:-edge].mean())


def test_full_size(dng: Path, picture: np.ndarray) -> None:
    found = read_raw_linear_prophoto(dng)
    assert found.dtype == np.float32
    assert found.flags.c_contiguous
    assert apart(found, picture) < DEMOSAIC_MEAN
    # No colour cast and no change of brightness: the mean of each channel is the scene's.
    assert found.mean(axis=(0, 1)) == pytest.approx(picture.mean(axis=(0, 1)), rel=BRIGHTNESS)
    assert read_size(dng) == (HEIGHT, WIDTH)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientations(orientation: int, picture: np.ndarray, tmp_path: Path) -> None:
    """The file is written so that it stands upright when turned as its tag says."""
    path = tmp_path / "turned.dng"
    write_dng(path, picture, orientation=orientation)
    stored = tifffile.imread(path)
    turned = stored.shape == (WIDTH, HEIGHT)
    assert turned == (orientation >= 5)
    # By the EXIF specification, not by the project's own function: 6 is shown turned clockwise.
    if orientation == 6:
        blocks = stored.reshape(WIDTH // 2, 2, HEIGHT // 2, 2).mean(axis=(1, 3))
        shown, light = np.rot90(blocks, -1), half(picture).mean(axis=2)
        assert np.corrcoef(shown.ravel(), light.ravel())[0, 1] > 0.95
    assert apart(read_raw_linear_prophoto(path), picture) < DEMOSAIC_MEAN
    assert apart(read_raw_linear_prophoto(path, WIDTH // 2), half(picture)) < DEMOSAIC_MEAN
    assert read_size(path) == (HEIGHT, WIDTH)


def half(picture: np.ndarray) -> np.ndarray:
    return resize_area(picture, picture.shape[0] // 2, picture.shape[1] // 2)


def test_orient_by_the_exif_table() -> None:
    """EXIF 2.32, tag 274: where the stored picture's 0th row and column are to be seen."""
    stored = np.arange(6).reshape(2, 3)
    table = {
        1: [[0, 1, 2], [3, 4, 5]],  # top, left
        2: [[2, 1, 0], [5, 4, 3]],  # top, right
        3: [[5, 4, 3], [2, 1, 0]],  # bottom, right
        4: [[3, 4, 5], [0, 1, 2]],  # bottom, left
        5: [[0, 3], [1, 4], [2, 5]],  # left, top
        6: [[3, 0], [4, 1], [5, 2]],  # right, top
        7: [[5, 2], [4, 1], [3, 0]],  # right, bottom
        8: [[2, 5], [1, 4], [0, 3]],  # left, bottom
        0: [[0, 1, 2], [3, 4, 5]],
        9: [[0, 1, 2], [3, 4, 5]],
    }
    for orientation, shown in table.items():
        assert orient(stored, orientation).tolist() == shown
        colour = orient(np.repeat(stored[..., None], 3, axis=2), orientation)
        assert colour[..., 1].tolist() == shown


@pytest.mark.parametrize("orientation", [1, 6])
def test_default_crop(orientation: int, picture: np.ndarray, tmp_path: Path) -> None:
    """DNG's DefaultCropOrigin and DefaultCropSize: columns first."""
    stored = orient(picture, {6: 8}.get(orientation, orientation))
    height, width = stored.shape[0] - 10, stored.shape[1] - 14
    crop = [(50719, "H", 2, (8, 4), True), (50720, "H", 2, (width, height), True)]
    path = tmp_path / "cropped.dng"
    write_dng(path, picture, orientation=orientation, tags=crop)
    cropped = orient(stored[4 : 4 + height, 8 : 8 + width], orientation)
    found = read_raw_linear_prophoto(path)
    assert apart(found, cropped) < DEMOSAIC_MEAN
    assert read_size(path) == found.shape[:2]
    proxy = read_raw_linear_prophoto(path, max(cropped.shape) // 2)
    assert apart(proxy, resize_area(cropped, *proxy.shape[:2])) < DEMOSAIC_MEAN
    assert abs(proxy.shape[0] - cropped.shape[0] / 2) <= 1


@pytest.mark.parametrize("scale", [(2, 1), (1, 2), (4, 3)])
@pytest.mark.parametrize("orientation", [1, 6])
def test_pixels_that_are_not_square(
    scale: tuple[int, int], orientation: int, picture: np.ndarray, tmp_path: Path
) -> None:
    """DNG's DefaultScale, across and down, of anamorphic lenses and old sensors."""
    across, down = scale
    stored = orient(picture, {6: 8}.get(orientation, orientation))
    height, width = stored.shape[0] - 20, stored.shape[1] - 20
    tags = [(50718, "2I", 2, (across, 1, down, 1), True), (50719, "H", 2, (7, 3), True)]
    tags.append((50720, "H", 2, (width, height), True))
    write_dng(tmp_path / "a.dng", picture, orientation=orientation, tags=tags)
    found = read_raw_linear_prophoto(tmp_path / "a.dng")
    assert read_size(tmp_path / "a.dng") == found.shape[:2]
    turned = found if orientation == 1 else found.swapaxes(0, 1)
    shape = height / width * down / across
    assert turned.shape[0] / turned.shape[1] == pytest.approx(shape, rel=0.03)


@pytest.mark.parametrize("long_side", [144, 143, 100, 73, 72, 71, 20, 1])
def test_proxy_sizes(dng: Path, picture: np.ndarray, long_side: int) -> None:
    found = read_raw_linear_prophoto(dng, long_side)
    assert max(found.shape[:2]) == long_side
    assert found.shape[0] == max(1, round(HEIGHT * long_side / WIDTH))
    wanted = resize_area(picture, *found.shape[:2])
    edge = 1 if long_side > 20 else 0
    if edge:
        assert apart(found, wanted, edge) < DEMOSAIC_MEAN
    else:
        assert np.abs(found - wanted).mean() < DEMOSAIC_MEAN
    assert found.mean(axis=(0, 1)) == pytest.approx(picture.mean(axis=(0, 1)), rel=2 * BRIGHTNESS)


def test_a_proxy_is_never_larger_than_the_picture(dng: Path) -> None:
    assert read_raw_linear_prophoto(dng, 4000).shape == (HEIGHT, WIDTH, 3)


@pytest.mark.usefixtures("in_process")
def test_the_half_size_decode_is_used(dng: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bool] = []
    real = raw_module._decode
    monkeypatch.setattr(
        raw_module,
        "_decode",
        lambda f, r, n, **how: seen.append(how["half_size"]) or real(f, r, n, **how),
    )
    for long_side in (None, 144, 73, 72, 10):
        read_raw_linear_prophoto(dng, long_side)
    assert seen == [False, False, False, True, True]


@pytest.mark.parametrize("brightest", [0.3, 0.5, 0.99, 1.3])
def test_brightness_does_not_depend_on_the_picture(brightest: float, tmp_path: Path) -> None:
    """A grey field comes out the same beside a dark, a bright and a clipped one."""
    picture = np.full((64, 96, 3), 0.18, np.float32)
    picture[:, 48:] = brightest
    write_dng(tmp_path / "grey.dng", picture, noise=0.0)
    found = read_raw_linear_prophoto(tmp_path / "grey.dng")
    assert found[8:-8, 8:40].mean(axis=(0, 1)) == pytest.approx([0.18] * 3, rel=0.004)
    assert found.max() <= 1.0


def test_sensor_white_is_one(tmp_path: Path) -> None:
    """What clips all three channels is 1, 1, 1; black is 0."""
    picture = np.zeros((64, 96, 3), np.float32)
    picture[:, 48:] = 3.0
    write_dng(tmp_path / "ends.dng", picture, noise=0.0)
    found = read_raw_linear_prophoto(tmp_path / "ends.dng")
    assert found[8:-8, 56:-8].min() > 0.99
    assert found[8:-8, 8:40].max() < 0.001


def bad(folder: Path, good: Path) -> dict[str, str]:
    from PIL import Image

    whole = good.read_bytes()
    (folder / "text.dng").write_text("this is not a RAW file\n" * 100)
    (folder / "empty.dng").touch()
    (folder / "half.dng").write_bytes(whole[: len(whole) // 2])
    (folder / "one byte.dng").write_bytes(whole[:-1])
    (folder / "head.dng").write_bytes(whole[:60])
    (folder / "folder.dng").mkdir()
    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(folder / "jpeg.dng", format="JPEG")
    return {
        "text.dng": "cannot read it",
        "empty.dng": "empty",
        "half.dng": "cut short",
        "one byte.dng": "cut short",
        "head.dng": "cannot read it",
        "jpeg.dng": "cannot read it",
        "folder.dng": "directory",
        "missing.dng": "[Nn]o such file",
    }


def test_bad_files(dng: Path, tmp_path: Path) -> None:
    for name, reason in bad(tmp_path, dng).items():
        for long_side in (None, 40):
            with pytest.raises(InputError, match=reason) as caught:
                read_raw_linear_prophoto(tmp_path / name, long_side)
            assert str(caught.value).startswith(f"{tmp_path / name}: ")
            assert "\n" not in str(caught.value)


@pytest.mark.slow
def test_bytes_gone_wrong(dng: Path, tmp_path: Path) -> None:
    """Random damage gives a picture or an InputError, and nothing else."""
    whole = dng.read_bytes()
    random = np.random.default_rng(0)
    path = tmp_path / "damaged.dng"
    for _ in range(300):
        content = bytearray(whole)
        for place in random.integers(0, 600, 4):  # where the tags are
            content[place] = random.integers(0, 256)
        path.write_bytes(content)
        with contextlib.suppress(InputError):
            assert np.isfinite(read_raw_linear_prophoto(path, 40)).all()


def _changed(dng: Path, folder: Path, tag: int, value: int) -> Path:
    path = folder / f"{tag}.dng"
    shutil.copy(dng, path)
    overwrite(path, tag, value.to_bytes(2, "little"))
    return path


def test_jpeg_xl_is_refused_by_name(dng: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="JPEG XL"):
        read_raw_linear_prophoto(_changed(dng, tmp_path, 259, 52546))


@pytest.mark.parametrize(
    ("kind", "photometric", "compression"),
    [(1, 6, 7), (1, 2, 52546), (16, 34892, 52546), (8, 51177, 52546), (0x10001, 6, 7)],
    ids=["preview", "JPEG XL preview", "enhanced copy", "depth map", "other preview"],
)
def test_what_stands_beside_the_sensors_picture_refuses_nothing(
    kind: int, photometric: int, compression: int, dng: Path, picture: np.ndarray, tmp_path: Path
) -> None:
    """A directory of that kind whose data lie beyond the file's end, in a compression unknown."""
    content = bytearray(dng.read_bytes())
    content += bytes(len(content) % 2)
    height, width = picture.shape[:2]
    entries = [
        (254, 4, 1, kind),
        (256, 4, 1, width),
        (257, 4, 1, height),
        (258, 3, 1, 8),
        (259, 3, 1, compression),
        (262, 3, 1, photometric),
        (273, 4, 1, len(content) - 8),
        (277, 3, 1, 1),
        (278, 4, 1, height),
        (279, 4, 1, 50_000_000),
    ]
    (first,) = struct.unpack_from("<I", content, 4)
    (count,) = struct.unpack_from("<H", content, first)
    struct.pack_into("<I", content, first + 2 + 12 * count, len(content))
    content += struct.pack("<H", len(entries))
    for entry in entries:
        content += struct.pack("<HHII", *entry)
    content += bytes(4)
    path = tmp_path / "two.dng"
    path.write_bytes(content)
    np.testing.assert_array_equal(read_raw_linear_prophoto(path), read_raw_linear_prophoto(dng))


@pytest.mark.parametrize(("make", "counts"), [("Hasselblad", False), ("Nikon", True)])
def test_byte_counts_of_no_meaning_refuse_nothing(
    make: str, counts: bool, dng: Path, tmp_path: Path
) -> None:
    with tifffile.TiffFile(dng) as tif:
        tags = tif.pages.first.tags
        assert believes_counts(tif)
        del tags[50706]
        tags[271].value = make
        assert believes_counts(tif) == counts
        page = tif.pages.first
        assert data_end(page, counts) <= data_end(page)


def test_no_white_balance_is_said(
    picture: np.ndarray,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    path = tmp_path / "plain.dng"
    write_dng(path, picture)
    with tifffile.TiffFile(path) as tif:
        place = tif.pages.first.tags[50728].offset
    with path.open("r+b") as file:  # AsShotNeutral becomes a tag that nobody knows
        file.seek(place)
        file.write((65000).to_bytes(2, "little"))
    with caplog.at_level(logging.WARNING):
        found = read_raw_linear_prophoto(path)
    assert np.isfinite(found).all()
    assert f"{path}: no as-shot white balance" in caplog.text


def test_other_formats_are_known() -> None:
    assert {".arw", ".cr2", ".cr3", ".dng", ".nef", ".orf", ".raf", ".rw2"} <= RAW_SUFFIXES
    assert all(suffix == suffix.lower() and suffix.startswith(".") for suffix in RAW_SUFFIXES)
    assert not RAW_SUFFIXES & {".tif", ".tiff", ".jpg", ".png", ".xmp"}


def test_a_name_that_is_not_text(dng: Path, tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"caf\xe9.dng")
    try:
        shutil.copy(dng, path)
    except OSError:
        pytest.skip("this file system takes only UTF-8")
    assert read_raw_linear_prophoto(path, 40).shape == (27, 40, 3)


def test_colour_of_process_2_is_the_sdks(dng: Path, picture: np.ndarray, tmp_path: Path) -> None:
    for long_side in (None, WIDTH // 2):
        found = read_raw_linear_prophoto(dng, long_side, process=2)
        assert found.dtype == np.float32
        assert found.flags.c_contiguous
        assert apart(found, picture if long_side is None else half(picture)) < DEMOSAIC_MEAN
        assert 0.0 <= found.min() <= found.max() <= 1.0
    # LibRaw makes no use of forward matrices, the SDK does.
    forward = np.array([[0.55, 0.3, 0.1142], [0.2, 0.75, 0.05], [0.02, 0.1, 0.7049]])
    codes = tuple(part for v in forward.ravel() for part in (round(float(v) * 10000), 10000))
    path = tmp_path / "forward.dng"
    write_dng(path, picture, tags=[(50964, "2i", 9, codes, True)])
    shot, plain = read_shot(path), read_shot(dng)
    assert shot.color is not None
    assert plain.color is not None
    assert shot.neutral is not None
    white = shot.color.neutral_to_xy(shot.neutral)
    change = shot.color.camera_to_prophoto(white) @ np.linalg.inv(
        plain.color.camera_to_prophoto(white)
    )
    found = read_raw_linear_prophoto(path, process=2)
    assert apart(found, (picture @ change.T).clip(0.0, 1.0)) < DEMOSAIC_MEAN
    assert np.abs(change - np.eye(3)).max() > 0.05
    assert np.array_equal(read_raw_linear_prophoto(path), read_raw_linear_prophoto(dng))
