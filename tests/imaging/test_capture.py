"""What the camera recorded of a picture, read from its RAW file."""

from pathlib import Path

import numpy as np
import pytest

from dataset.synthetic.write_dng import MAKE, write_dng
from imaging.capture import camera_exposure, capture_of
from imaging.metadata import Metadata, read_metadata

SHUTTER = (33434, "2I", 1, (1, 250), True)
APERTURE = (33437, "2I", 1, (28, 10), True)
ISO = (34855, "H", 1, 800, True)
SCENE = np.full((32, 48, 3), 0.2, np.float32)


def test_of_a_raw_file(tmp_path: Path) -> None:
    raw = tmp_path / "a.dng"
    write_dng(raw, SCENE, camera=(MAKE, "One"), tags=[SHUTTER, APERTURE, ISO])
    found = capture_of(read_metadata(raw))
    assert found.pop("camera") == "One"
    assert found == pytest.approx({"iso": 800, "shutter": 0.004, "aperture": 2.8})


@pytest.mark.parametrize(("value", "fired"), [(1, True), (25, True), (0, False), (16, False)])
def test_whether_the_flash_fired(tmp_path: Path, value: int, fired: bool) -> None:
    raw = tmp_path / "a.dng"
    write_dng(raw, SCENE, tags=[(37385, "H", 1, value, True)])
    assert capture_of(read_metadata(raw))["flash"] is fired


def test_what_is_not_recorded_is_missing(tmp_path: Path) -> None:
    raw = tmp_path / "a.dng"
    write_dng(raw, SCENE, tags=[ISO])
    assert capture_of(read_metadata(raw)) == {"iso": 800, "camera": "Camera"}
    assert capture_of(Metadata()) == {}


def test_the_cameras_exposure() -> None:
    """One EV for twice the time or ISO, or half the area of the aperture less."""
    base = {"iso": 100.0, "shutter": 1.0, "aperture": 1.0}
    assert camera_exposure(base) == 0.0
    assert camera_exposure(base | {"shutter": 0.5}) == -1.0
    assert camera_exposure(base | {"iso": 800.0}) == 3.0
    assert camera_exposure(base | {"aperture": 2.0}) == -2.0
    assert camera_exposure({"iso": 100.0, "shutter": 1.0}) == 0.0
    assert camera_exposure({"iso": 100.0, "aperture": 1.0}) is None
    assert camera_exposure({"shutter": 1.0, "aperture": 1.0}) is None
