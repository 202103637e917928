"""A known edit on a RAW file: from a file and from sliders the same picture."""

from pathlib import Path

import numpy as np
import pytest

from imaging.tiff import read_tif16
from params.files import InputError
from params.ranges import neutral_params
from params.record import Record, write_record
from params.unsupported import Look
from stages.predict.render_file import render_file
from stages.predict.settings import RenderSettings


def test_sliders_are_what_a_parameter_file_says(pairs: Path, tmp_path: Path) -> None:
    raw, sliders = pairs / "raw" / "one.dng", {"Exposure2012": 0.7, "Contrast2012": 20}
    file = tmp_path / "edit.json"
    write_record(file, Record(neutral_params() | sliders, process=2))
    for edit, name in ((file, "a"), (sliders, "b"), ({}, "c")):
        found = render_file(RenderSettings(raw, edit, tmp_path / f"{name}.tif", device="cpu"))
        assert found.process == 2
    a, b, c = (read_tif16(tmp_path / f"{name}.tif") for name in "abc")
    np.testing.assert_array_equal(a, b)
    assert b.mean() > 1.2 * c.mean()


@pytest.mark.parametrize(
    ("sliders", "message"),
    [
        ({"Exposure": 1.0}, "no sliders of these names: Exposure"),
        ({"Exposure2012": float("nan")}, "Exposure2012 is 'nan', not a finite number"),
        ({"ToneCurve": [0.5]}, "a tone curve is a list"),
    ],
)
def test_wrong_sliders(
    pairs: Path, tmp_path: Path, sliders: dict[str, object], message: str
) -> None:
    picture = tmp_path / "a.tif"
    with pytest.raises(InputError, match=message):
        render_file(RenderSettings(pairs / "raw" / "one.dng", sliders, picture))
    assert not picture.exists()


def test_a_look_that_is_not_found_is_told(
    pairs: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """In one line, and the picture is rendered without it."""
    raw, sliders = pairs / "raw" / "one.dng", neutral_params() | {"Exposure2012": 0.7}
    for name, look in (("a", None), ("b", Look("Gone"))):
        write_record(tmp_path / f"{name}.json", Record(sliders, process=2, look=look))
        edit, out = tmp_path / f"{name}.json", tmp_path / f"{name}.tif"
        render_file(RenderSettings(raw, edit, out, profiles=(tmp_path,), device="cpu"))
    a, b = (read_tif16(tmp_path / f"{name}.tif") for name in "ab")
    np.testing.assert_array_equal(a, b)
    assert [r.getMessage() for r in caplog.records if "look" in r.getMessage()] == [
        "look 'Gone' is left out: its profile isn't in any folder of profiles"
    ]


def test_a_picture_that_is_there_stays(tmp_path: Path) -> None:
    """Told before anything is read; the RAW file here is none."""
    raw, out = tmp_path / "a.dng", tmp_path / "a.tif"
    raw.touch()
    out.write_text("mine")
    with pytest.raises(InputError, match=r"a\.tif: is there already; --overwrite replaces it"):
        render_file(RenderSettings(raw, {}, out))
    assert out.read_text() == "mine"
