"""Auto's percentiles: those of what the edit layer renders."""

from dataclasses import astuple
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from simulated import scene

from imaging.auto_tone import auto_tone, tone_of
from imaging.camera import Shot
from imaging.color import PROPHOTO_TO_SRGB, apply_matrix, srgb_decode
from imaging.raw_picture import RawPicture
from model.edit_layer import render
from params.auto_edit import AutoTone, auto_edit
from params.base_curve import inverse_base_curve
from params.ranges import neutral_params
from params.rendering import SDK, Rendering

SAMPLES = sorted((Path(__file__).resolve().parents[2] / "samples" / "raw").glob("*.dng"))
WITHIN = 0.001  # of 0..1
UNKNOWN = Shot(None, None)


def rendered(proxy: np.ndarray, shot: Shot) -> AutoTone:
    return tone_of(render(proxy, neutral_params(), process=2, shot=shot))


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_are_of_the_samples_as_rendered(sample: Path) -> None:
    with RawPicture(sample) as picture:
        proxy, shot = picture.proxy(2), picture.shot
    assert astuple(auto_tone(proxy, shot)) == pytest.approx(
        astuple(rendered(proxy, shot)), abs=WITHIN
    )


@pytest.mark.parametrize(
    "rendering",
    [
        Rendering(exposure=0.7),
        Rendering(exposure=-0.4, shadows=0.0),
        Rendering(exposure=0.5, base=SDK),
        Rendering(exposure=-0.5, base=SDK),
        Rendering(curve=(np.array([0.0, 0.3, 1.0]), np.array([0.0, 0.5, 1.0]))),
    ],
)
def test_know_the_shots_own_rendering(rendering: Rendering) -> None:
    proxy, shot = scene(3, 40, 60), Shot(None, None, rendering)
    theirs = astuple(rendered(proxy, shot))
    assert astuple(auto_tone(proxy, shot)) == pytest.approx(theirs, abs=WITHIN)
    assert astuple(auto_tone(proxy, UNKNOWN)) != pytest.approx(theirs, abs=0.01)


@pytest.mark.parametrize("level", [0.0, 1.0])
def test_a_black_or_white_frame_gets_no_edit(level: float) -> None:
    params = auto_edit(auto_tone(np.full((30, 40, 3), level, np.float32), UNKNOWN))
    same = neutral_params()
    assert all(params[name] == pytest.approx(same[name], abs=1e-9) for name in params)


def test_a_chart_is_left_near_where_it_was() -> None:
    chart = np.repeat(np.geomspace(0.03, 0.9, 24) * 0.5, 4)[None, :, None]
    chart = np.broadcast_to(chart, (24, 96, 3)).astype(np.float32)
    params = auto_edit(auto_tone(chart, UNKNOWN))
    assert abs(params["Exposure2012"]) < 0.5
    assert abs(params["Contrast2012"]) < 15.0


@pytest.mark.parametrize("name", ["sunset-by-aitzol-berasategi", "casa-mila", "canyon-wren"])
def test_a_finished_picture_stays_itself(name: str) -> None:
    """Photographs by others, taken back to the light that the default rendering makes them of."""
    with Image.open(SAMPLES[0].parents[1] / "photos" / f"{name}.jpg") as picture:
        picture.thumbnail((240, 240))
        encoded = np.asarray(picture.convert("RGB"), np.float32) / 255.0
    finished = apply_matrix(srgb_decode(encoded), np.linalg.inv(PROPHOTO_TO_SRGB))
    scene_light = inverse_base_curve(finished.clip(0.0, 1.0)).astype(np.float32)
    before, params = auto_tone(scene_light, UNKNOWN), auto_edit(auto_tone(scene_light, UNKNOWN))
    after = tone_of(render(scene_light, params, process=2))
    assert abs(params["Exposure2012"]) < 0.8
    assert abs(after.l40 - before.l40) < 0.2
    assert 0.75 < after.l99 <= before.l99
    assert after.p998 <= before.p998  # no more is clipped


def test_a_night_stays_a_night() -> None:
    generator = np.random.default_rng(5)
    night = generator.gamma(1.0, 0.002, (60, 90, 1)) * np.array([0.8, 0.9, 1.2])
    night[20:24, 30:36] = 0.8  # lamps
    night = night.clip(0.0, 1.0).astype(np.float32)
    tone = auto_tone(night, UNKNOWN)
    params = auto_edit(tone)
    assert 0.0 < params["Exposure2012"] <= 1.5
    after = tone_of(render(night, params, process=2))
    assert after.l40 < 0.3
    assert after.l1 < 0.1
