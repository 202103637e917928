"""Ways to edit, compared by the pictures and by the sliders."""

import json

import numpy as np
import pytest

from imaging.camera import Shot
from params.panels import PANELS
from stages.evaluate.compare_edits import OWN, Shown, compare, tables, write_comparison

WANTED = {"Exposure2012": 1.0, "ConvertToGrayscale": 1.0}
WAYS = {"none": {}, "basic": {"Exposure2012": 1.0}, "whole": WANTED}


@pytest.fixture(scope="module")
def found():
    random = np.random.default_rng(0)
    pictures = [
        Shown(random.uniform(0.05, 0.4, (16, 24, 3)).astype(np.float32), Shot(None, None), WANTED)
        for _ in range(3)
    ]
    return compare(pictures, {way: [edit] * 3 for way, edit in WAYS.items()})


def test_the_more_of_an_edit_the_nearer(found) -> None:
    assert found["whole"].delta_e == [0.0, 0.0, 0.0]
    assert 1.0 < found["basic"].mean < found["none"].mean
    assert found["basic"].panels == {"basic": 0.0, "black_and_white": 100.0}
    assert found["none"].panels["basic"] == pytest.approx(20.0)
    assert list(found) == [*WAYS, OWN]
    for one, own in zip(found["whole"].rendered, found[OWN].rendered, strict=True):
        assert np.array_equal(one, own)


def test_tables_and_files(found, tmp_path) -> None:
    write_comparison(tmp_path, found)
    text = (tmp_path / "comparison.md").read_text(encoding="utf-8")
    assert text == tables(found)
    assert "| whole | 0.00 | 0.00 | 0.00 |" in text
    assert f"| {PANELS['black_and_white'].word} | 100.0 | 100.0 | 0.0 |" in text
    content = json.loads((tmp_path / "comparison.json").read_text(encoding="utf-8"))
    assert content["none"]["mean_delta_e"] == pytest.approx(np.mean(content["none"]["delta_e"]))
