"""Edits undone: the scene renders as the picture again."""

import numpy as np
import pytest

from dataset.synthetic.scenes import finished_photo
from dataset.synthetic.undo_edit import undone
from imaging.metrics import delta_e00
from imaging.resize import fit_long_side
from model.edit_layer import render
from params.ranges import neutral_params

NEUTRAL = neutral_params()
BRIGHT = NEUTRAL | {
    "Exposure2012": 1.0,
    "Contrast2012": 20.0,
    "Highlights2012": -50.0,
    "Shadows2012": 50.0,
    "Vibrance": 20.0,
    "Temperature": 7200.0,
}
DARK = NEUTRAL | {"Exposure2012": -0.4, "Shadows2012": 60.0, "Blacks2012": -25.0, "Tint": 8.0}


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    return fit_long_side(finished_photo("casa-mila"), 64)


def test_each_scene_renders_as_the_picture(picture: np.ndarray) -> None:
    edits = (NEUTRAL, BRIGHT, DARK)
    scenes = undone(picture, edits)
    assert len(scenes) == len(edits)
    for scene, edit in zip(scenes, edits, strict=True):
        assert (scene.shape, scene.dtype) == (picture.shape, np.float32)
        assert scene.min() >= 0.0
        assert scene.max() <= 1.0
        assert delta_e00(render(scene, edit, process=2), picture).mean() < 0.6
        # The scene itself is another picture.
        assert delta_e00(scene, picture).mean() > 2.0


def test_a_scene_is_as_dark_as_its_edit_brightens(picture: np.ndarray) -> None:
    brighter = NEUTRAL | {"Exposure2012": 1.0}
    plain, dark = undone(picture, (NEUTRAL, brighter))
    assert np.median(plain) / np.median(dark) == pytest.approx(2.0, rel=0.1)


def test_edits_do_not_act_on_each_other(picture: np.ndarray) -> None:
    [alone] = undone(picture, [BRIGHT])
    np.testing.assert_allclose(undone(picture, [DARK, BRIGHT])[1], alone, atol=1e-5)


def test_what_no_scene_renders_as_comes_as_near_as_it_can(picture: np.ndarray) -> None:
    white = np.ones_like(picture)
    darker = NEUTRAL | {"Exposure2012": -3.0, "Whites2012": -100.0}
    [scene] = undone(white, [darker])
    assert scene.min() > 0.99
