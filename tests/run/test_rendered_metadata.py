"""EXIF carried from a RAW file to what apply_params.py renders, by our own reader and Pillow's."""

from pathlib import Path
from typing import Any

import pytest
import tifffile
from PIL import Image
from simulated import scene

import scripts.apply_params as command
from dataset.synthetic.write_dng import write_dng
from imaging.exif_ifd import ASCII, RATIONAL, SHORT, Field, append_directories
from imaging.metadata import (
    DATE_TIME_ORIGINAL,
    EXIF_POINTER,
    EXPOSURE_TIME,
    F_NUMBER,
    FOCAL_LENGTH,
    ISO,
    LENS_MODEL,
    MAKE,
    MODEL,
    ORIENTATION,
    read_metadata,
)
from params.ranges import neutral_params
from params.record import Record, write_record

HEIGHT, WIDTH = 64, 96
ON_ITS_SIDE = 6
EXIF = {
    EXPOSURE_TIME: Field(RATIONAL, (1, 640)),
    F_NUMBER: Field(RATIONAL, (63, 10)),
    ISO: Field(SHORT, (3200,)),
    DATE_TIME_ORIGINAL: Field(ASCII, b"2024:05:06 07:08:09\0"),
    FOCAL_LENGTH: Field(RATIONAL, (210, 1)),
    LENS_MODEL: Field(ASCII, b"Simulated 55-210mm F4.5-6.3\0"),
}


def in_a_directory(path: Path) -> None:
    """EXIF as cameras have it: a directory that the main one points to."""
    # By name: tifffile refuses the pointer's number. Its value is filled in afterwards.
    pointer: Any = ("ExifTag", "I", 1, 0, True)
    write(path, [pointer])
    append_directories(path, {EXIF_POINTER: EXIF})


def in_the_main_directory(path: Path) -> None:
    """EXIF as TIFF/EP has it."""
    write(
        path,
        [
            (tag, kind, len(value) // (2 if kind == RATIONAL else 1), value, True)
            for tag, (kind, value) in EXIF.items()
        ],
    )


def write(path: Path, tags: list[Any]) -> None:
    picture = scene(0, HEIGHT, WIDTH)
    write_dng(path, picture, orientation=ON_ITS_SIDE, camera=("Maker", "Model 1"), tags=tags)


@pytest.mark.parametrize("ending", ["tif", "jpg"])
@pytest.mark.parametrize("write_raw", [in_a_directory, in_the_main_directory])
def test_exif_reaches_the_rendered_picture(tmp_path: Path, write_raw: Any, ending: str) -> None:
    raw, settings, out = (tmp_path / name for name in ("a.dng", "a.json", f"a.{ending}"))
    write_raw(raw)
    with tifffile.TiffFile(raw) as source:  # upright, it could not show that the tag is not kept
        assert source.pages.first.tags[ORIENTATION].value == ON_ITS_SIDE
    write_record(settings, Record(neutral_params()))
    assert command.main([*map(str, (raw, settings)), "--out", str(out), "--device", "cpu"]) == 0

    read = read_metadata(out)
    assert (read.image[MAKE].value, read.image[MODEL].value) == (b"Maker\0", b"Model 1\0")
    assert {tag: read.exif[tag] for tag in EXIF} == EXIF

    with Image.open(out) as picture:
        assert picture.size == (WIDTH, HEIGHT)
        image = picture.getexif()
        assert (image[MAKE], image[MODEL], image[ORIENTATION]) == ("Maker", "Model 1", 1)
        exif = image.get_ifd(EXIF_POINTER)
    assert exif[DATE_TIME_ORIGINAL] == "2024:05:06 07:08:09"
    assert exif[LENS_MODEL] == "Simulated 55-210mm F4.5-6.3"
    assert exif[ISO] == 3200
    numbers = [float(exif[tag]) for tag in (EXPOSURE_TIME, F_NUMBER, FOCAL_LENGTH)]
    assert numbers == pytest.approx([1 / 640, 6.3, 210.0], rel=1e-9)
