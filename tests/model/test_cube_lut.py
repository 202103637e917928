"""An edit as a .cube: read anew by the format's own rules, it renders as the edit does."""

from pathlib import Path

import numpy as np
import pytest
from simulated import EDIT, scene

from imaging.color import prophoto_to_srgb_preview, romm_decode, romm_encode
from imaging.metrics import delta_e00
from model.cube_lut import POINTS, edit_table, write_cube
from model.edit_layer import render
from params.files import InputError
from params.ranges import neutral_params
from params.record import Record


def read_cube(path: Path) -> np.ndarray:
    """red x green x blue x 3, from a .cube's lines: red changes fastest."""
    lines = path.read_text().splitlines()
    [size] = [int(line.split()[1]) for line in lines if line.startswith("LUT_3D_SIZE")]
    rows = [line.split() for line in lines if line[:1].isdigit()]
    return np.array(rows, float).reshape(size, size, size, 3).transpose(2, 1, 0, 3)


def look_up(table: np.ndarray, pixels: np.ndarray) -> np.ndarray:
    """Trilinear interpolation, as the tools do it."""
    place = pixels.clip(0, 1) * (len(table) - 1)
    low = np.minimum(place.astype(int), len(table) - 2)
    part = place - low
    out = np.zeros_like(pixels)
    for corner in np.ndindex(2, 2, 2):
        weight = np.prod(np.where(corner, part, 1 - part), axis=-1, keepdims=True)
        red, green, blue = np.moveaxis(low + corner, -1, 0)
        out += weight * table[red, green, blue]
    return out


@pytest.mark.parametrize("space", ["srgb", "prophoto"])
def test_renders_as_the_edit(tmp_path: Path, space: str) -> None:
    path = tmp_path / "a.cube"
    write_cube(path, Record(EDIT), space)
    linear = scene(4)
    edited = render(linear, EDIT)
    if space == "srgb":
        encoded, wanted = prophoto_to_srgb_preview(linear), prophoto_to_srgb_preview(edited)
        inside = ((encoded > 0) & (encoded < 1)).all(axis=-1)  # the rest was clipped
        found = look_up(read_cube(path), encoded)
        assert inside.mean() > 0.5
        assert np.abs(found - wanted)[inside].mean() < 2e-3
        assert np.percentile(np.abs(found - wanted)[inside], 99.5) < 0.03
    else:
        found = romm_decode(look_up(read_cube(path), romm_encode(linear)))
        assert delta_e00(found, edited).mean() < 0.3
        assert delta_e00(linear, edited).mean() > 5.0


def test_no_edit_is_the_identity() -> None:
    axis = np.linspace(0, 1, POINTS)
    wanted = np.stack(np.meshgrid(axis, axis, axis, indexing="ij")[::-1], axis=-1)
    for space in ("srgb", "prophoto"):
        np.testing.assert_allclose(edit_table(Record(neutral_params()), space), wanted, atol=2e-3)


def test_says_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.cube"
    write_cube(path, Record(EDIT), "srgb", 'photo "one"\n2')
    lines = path.read_text().splitlines()
    assert lines[0] == 'TITLE "photo one2"'
    assert "sRGB" in lines[1]
    assert all(line.startswith("#") or line.split()[0].isupper() for line in lines[:10])
    assert len([line for line in lines if line[:1].isdigit()]) == POINTS**3
    assert path.stat().st_size < 1.2e6
    with pytest.raises(ValueError, match="space is"):
        edit_table(Record(EDIT), "cmyk")
    with pytest.raises(InputError):
        write_cube(path / "b.cube", Record(EDIT))


def test_predictions_have_tables_too(pairs: Path, checkpoint: Path, tmp_path: Path) -> None:
    import run.inference
    from params.record import read_record

    raw = pairs / "raw" / "one.dng"
    words = ["--checkpoint", str(checkpoint), "--input", str(raw), "--output", str(tmp_path)]
    words += ["--export-json", "--export-cube", "prophoto", "--device", "cpu"]
    assert run.inference.main(words) == 0
    record = read_record(tmp_path / "data" / "one.json")
    table = read_cube(tmp_path / "luts" / "one.cube")
    expected = edit_table(record, "prophoto").transpose(2, 1, 0, 3)
    np.testing.assert_allclose(table, expected, atol=1e-5)
    assert np.abs(expected - edit_table(Record(neutral_params()), "prophoto")).max() > 0.01
