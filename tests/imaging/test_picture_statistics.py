"""The numbers that tell a picture: always finite, the same for its mirror image, and telling."""

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from simulated import scene

from imaging.camera import Shot
from imaging.picture_statistics import LONG_SIDE, STATISTICS, picture_statistics

PICTURE = scene(1, 120, 180)
SHOT: Any = SimpleNamespace(as_shot=lambda: {"Temperature": 5000.0, "Tint": 25.0})


def named(*given: Any) -> dict[str, float]:
    return dict(zip(STATISTICS, picture_statistics(*given).tolist(), strict=True))


def test_about_two_hundred_names_once_each() -> None:
    assert 190 <= len(STATISTICS) == len(set(STATISTICS)) <= 220
    found = picture_statistics(PICTURE)
    assert found.shape == (len(STATISTICS),)
    assert found.dtype == np.float32


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((40, 60, 3)),
        np.ones((40, 60, 3)),
        np.ones((1, 1, 3)),
        np.zeros((1, 500, 3)),
        np.full((500, 2, 3), 0.3),
        np.full((8, 8, 3), np.nan),
        np.full((8, 8, 3), np.inf),
        -PICTURE,
        PICTURE * 1e30,
    ],
    ids=["black", "white", "pixel", "line", "column", "nan", "inf", "negative", "huge"],
)
def test_finite_whatever_the_picture(picture: np.ndarray) -> None:
    found = picture_statistics(picture, Shot(None, None), {"iso": 0, "shutter": math.nan})
    assert np.isfinite(found).all()
    assert np.abs(found).max() < 50.0


@pytest.mark.parametrize("picture", [np.ones((40, 60)), np.ones((4, 4, 4)), np.ones((0, 4, 3))])
def test_what_is_no_picture_is_refused(picture: np.ndarray) -> None:
    with pytest.raises(ValueError, match="HxWx3"):
        picture_statistics(picture)


@pytest.mark.parametrize("width", [180, 181, 3 * LONG_SIDE + 7])
def test_a_mirrored_picture_has_the_same(width: int) -> None:
    picture = scene(2, 120, width)
    mirrored = picture_statistics(picture[:, ::-1])
    assert picture_statistics(picture) == pytest.approx(mirrored, abs=2e-4)


def test_pictures_are_told_apart_by_what_they_show() -> None:
    plain, brighter = named(PICTURE / 2.0), named(PICTURE)
    assert brighter["stops_50"] - plain["stops_50"] == pytest.approx(1.0, abs=1e-3)
    assert brighter["lightness_mean"] > plain["lightness_mean"]
    warm = named(PICTURE * np.float32([1.2, 1.0, 0.8]))
    assert warm["grey_all_red"] > brighter["grey_all_red"]
    assert warm["grey_shadows_blue"] < brighter["grey_shadows_blue"]
    grey = named(PICTURE.mean(axis=2, keepdims=True).repeat(3, axis=2))
    assert grey["colourfulness"] < 0.1 * brighter["colourfulness"]
    assert grey["chroma_98"] < 0.01
    clipped = named((PICTURE * 4.0).clip(0.0, 1.0))
    assert clipped["all_clipped"] > 0.1 > brighter["all_clipped"]


def test_a_sky_is_seen_at_the_top_only() -> None:
    picture = np.full((90, 120, 3), 0.2, np.float32)
    picture[:30] = (0.25, 0.35, 0.7)
    above, below = named(picture), named(picture[::-1])
    assert above["sky"] == pytest.approx(math.sqrt(1 / 3), abs=0.02)
    assert below["sky"] == 0.0
    assert above["top_centre_b"] < -0.1 < below["top_centre_b"]


def test_how_it_was_taken_is_told_and_whether_it_is_known() -> None:
    capture = {"iso": 800, "shutter": 1 / 250, "aperture": 8.0, "flash": False, "camera": "One"}
    found, unknown = named(PICTURE, SHOT, capture), named(PICTURE)
    assert found["iso"] == pytest.approx(1.0)
    assert found["shutter"] == pytest.approx(-1.0)
    assert found["light"] == pytest.approx(math.log2(64.0 * 250.0) - 3.0 - 10.0, abs=1e-4)
    assert found["as_shot_mired"] == pytest.approx(0.0)
    assert found["as_shot_tint"] == pytest.approx(0.5)
    assert named(PICTURE, SHOT, capture | {"flash": True})["flash"] == 1.0
    flags = [name for name in STATISTICS if name.endswith("_known")]
    assert len(flags) == 6
    assert all(found[name] == 1.0 and unknown[name] == 0.0 for name in flags)
    assert all(unknown[name.removesuffix("_known")] == 0.0 for name in flags)
    assert named(PICTURE, SHOT, {"iso": True, "shutter": "1/250"})["iso_known"] == 0.0
