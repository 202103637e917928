"""The scenes of the synthetic set: photographs and drawn pictures, cropped and re-lit."""

import functools
import itertools
from dataclasses import dataclass

import numpy as np

from dataset.synthetic import drawings
from dataset.synthetic.write_dng import COLOR_MATRIX, NEUTRAL
from imaging.color import PROPHOTO_TO_SRGB, apply_matrix, srgb_decode
from imaging.preview import read_preview
from imaging.resize import fit_long_side
from params.base_curve import inverse_base_curve
from params.camera_color import CameraColor
from params.files import REPO_ROOT
from params.relative_white import RelativeWhite

PHOTOS = REPO_ROOT / "samples" / "photos"
LONG_SIDE = 480
# What the photographs in samples/photos show; samples/README.md has their makers and licences.
CATEGORIES = {
    "aitzgorri-by-aitzol-berasategi": "landscape",
    "beacon-street-sunset": "city",
    "blue-periwinkle": "plants",
    "canyon-wren": "animals",
    "casa-mila": "building",
    "extreme-desert-hike": "landscape",
    "friends-by-aitzol-berasategi": "animals",
    "high-trestle-trail": "building",
    "life-by-aitzol-berasategi": "landscape",
    "oakland-zoo-otters": "animals",
    "piazza-gae-aulenti": "building",
    "picosdeeuropa-by-aitzol-berasategi": "landscape",
    "picture-0b-by-freespace": "things",
    "picture-1a-by-freespace": "things",
    "seeding-by-clements-engelhardt": "plants",
    "singaporean-cityscape": "city",
    "sunset-by-aitzol-berasategi": "landscape",
    "wine-by-jakkub-mede": "things",
}
DRAWN_EACH = 2
# Of six sources in a row: four to train on, one to validate, one to test.
SPLITS = ("training", "training", "validation", "training", "testing", "training")


@dataclass(frozen=True)
class Source:
    """A picture that scenes are made from. All its scenes are in one split."""

    name: str
    category: str
    split: str


def sources() -> list[Source]:
    """All sources; the first twelve have photographs, drawn ones and every split."""
    photos = [(name, CATEGORIES[name]) for name in sorted(CATEGORIES)]
    drawn = [
        (f"drawn-{kind}-{seed}", "drawn")
        for seed in range(DRAWN_EACH)
        for kind in sorted(drawings.KINDS)
    ]
    turns = itertools.zip_longest(photos, drawn)
    return [
        Source(one[0], one[1], SPLITS[i % len(SPLITS)])
        for i, turn in enumerate(turns)
        for one in turn
        if one
    ]


@functools.lru_cache(maxsize=32)  # all sources, some 100 MB
def picture_of(name: str) -> np.ndarray:
    """A source as a linear scene: HxWx3 float32 linear ProPhoto in 0..1.

    A photograph is taken back through sRGB and the inverse of Camera Raw's default curve.

    Raises:
        InputError: the photograph cannot be read.
    """
    if name.startswith("drawn-"):
        _, kind, seed = name.split("-")
        return drawings.draw(kind, int(seed))
    return inverse_base_curve(finished_photo(name)).astype(np.float32)


def finished_photo(name: str) -> np.ndarray:
    """A photograph as it is shown: HxWx3 float32 linear ProPhoto in 0..1. Raises InputError."""
    encoded = read_preview(PHOTOS / f"{name}.jpg").astype(np.float32) / 255.0
    linear = apply_matrix(srgb_decode(encoded), np.linalg.inv(PROPHOTO_TO_SRGB))
    return linear.clip(0.0, 1.0).astype(np.float32)


@functools.cache
def _white() -> RelativeWhite:
    return RelativeWhite(CameraColor(color_matrix_1=COLOR_MATRIX, illuminant_1=21), NEUTRAL)


def relit(name: str, random: np.random.Generator) -> np.ndarray:
    """A crop of a source under other light: HxWx3 float32 linear ProPhoto, long side <= 480.

    Mirrored or not; exposure −2..+1 EV, a cast of up to 45 mired and 12 tint, contrast
    exponent 0.85..1.2, and in every third haze.
    """
    picture = picture_of(name)
    height, width = picture.shape[:2]
    share = random.uniform(0.6, 1.0)
    h, w = int(height * share), int(width * share)
    top, left = random.integers(height - h + 1), random.integers(width - w + 1)
    scene = fit_long_side(picture[top : top + h, left : left + w], LONG_SIDE)
    scene = scene[:, ::-1] if random.random() < 0.5 else scene
    middle = float(np.median(scene))
    scene = (scene + 1e-4) ** random.uniform(0.85, 1.2)
    scene = scene * (middle / max(float(np.median(scene)), 1e-4))
    if random.random() < 1 / 3:
        haze = random.uniform(0.02, 0.10)
        scene = scene * (1.0 - haze) + haze * np.array([0.42, 0.45, 0.50])
    kelvin = 1e6 / (1e6 / 6500.0 - random.uniform(-45.0, 45.0))
    cast = _white().matrix(kelvin, random.uniform(-12.0, 12.0))
    scene = apply_matrix(scene, cast * 2.0 ** random.uniform(-2.0, 1.0))
    return scene.clip(0.0, 1.0)
