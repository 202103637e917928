"""A RAW file read at once, in this thread or in one of its own."""

import logging
import threading
from pathlib import Path

import numpy as np
import pytest
from simulated import scene

from dataset.synthetic.write_dng import write_dng
from imaging.camera import read_shot
from imaging.demosaic_names import AUTO
from imaging.metadata import read_metadata
from imaging.preview import read_proxy
from imaging.raw import read_raw_linear_prophoto
from params.files import InputError
from stages.predict.decoded_raw import Begun, decode_raw
from stages.predict.settings import PictureOutput


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    """A DNG with a baseline exposure that is not used, which is said."""
    path = tmp_path / "odd.dng"
    write_dng(path, scene(4, 48, 64), tags=[(50730, "2i", 1, (50, 1), True)])
    return path


@pytest.mark.parametrize("process", [1, 2])
def test_all_is_as_if_read_one_by_one(odd: Path, process: int) -> None:
    wanted = PictureOutput(demosaic="ppg")
    asked = Begun(odd, process, wanted)
    for found in (decode_raw(odd, process, pictures=wanted), asked.result()):
        np.testing.assert_array_equal(found.proxy, read_proxy(odd, process=process))
        by_ppg = read_raw_linear_prophoto(odd, None, process, "ppg")
        np.testing.assert_array_equal(found.pixels, by_ppg)
        assert found.shot.neutral == read_shot(odd).neutral
        assert found.metadata == read_metadata(odd)
    assert decode_raw(odd, process).pixels is None
    small = decode_raw(odd, process, pictures=PictureOutput(max_size=30)).pixels
    np.testing.assert_array_equal(small, read_raw_linear_prophoto(odd, 30, process, AUTO))


def test_the_one_who_waits_hears_of_it(odd: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Warnings are logged once, in the thread that waits: a batch knows whose they are by it."""
    with caplog.at_level(logging.WARNING):
        begun = Begun(odd, 2, PictureOutput())
        begun._decoded.exception()  # it has ended
        assert caplog.records == []
        begun.result()
    [record] = caplog.records
    assert "baseline exposure of 50 EV" in record.getMessage()
    assert record.thread == threading.get_ident()


def test_its_error_comes_to_the_one_who_waits(tmp_path: Path) -> None:
    begun = Begun(tmp_path / "none.dng", 1, PictureOutput())
    with pytest.raises(InputError, match=r"none\.dng: no such file"):
        begun.result()
