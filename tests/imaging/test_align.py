"""Where an edited picture lies: known places found again, strangers turned away."""

from typing import Any

import numpy as np
import pytest
from simulated import scene
from tolerances import PLACE_PIXELS

from imaging.align import Alignment, aligned_pair, correlation, register, structure
from imaging.metrics import difference
from model.edit_layer import render
from params.files import InputError
from params.ranges import neutral_params

HEIGHT, WIDTH = 400, 600
STRONG: dict[str, Any] = neutral_params() | {
    "Temperature": 9000.0,
    "Exposure2012": 0.9,
    "Contrast2012": 40.0,
    "Highlights2012": -60.0,
    "Shadows2012": 60.0,
    "Saturation": 30.0,
}


@pytest.fixture(scope="module")
def raw() -> np.ndarray:
    return scene(21, HEIGHT, WIDTH)


def place(
    raw: np.ndarray, box: tuple[float, float, float, float], height: int, width: int
) -> np.ndarray:
    """The part left, top, right, bottom (pixels, not whole ones) of a picture, at another size."""
    import cv2

    left, top, right, bottom = box
    across, down = (right - left) / width, (bottom - top) / height
    matrix = np.array([[across, 0, left + across / 2 - 0.5], [0, down, top + down / 2 - 0.5]])
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(
        raw, matrix, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE
    ).clip(0.0, 1.0)


def found_corners(alignment: Alignment) -> np.ndarray:
    """Where the (turned) edited picture's four corners lie on the RAW, in pixels: 4 x 2."""
    corners = np.array([[0, 0, 1], [1, 0, 1], [0, 1, 1], [1, 1, 1]], float)
    return corners @ alignment.matrix.T * [WIDTH, HEIGHT]


def corners_of(box: tuple[float, float, float, float]) -> np.ndarray:
    left, top, right, bottom = box
    return np.array([[left, top], [right, top], [left, bottom], [right, bottom]])


def limit(box: tuple[float, float, float, float]) -> float:
    """How exact the place must be, in pixels; of a crop fewer of them are left to go by."""
    cropped = (box[2] - box[0]) * (box[3] - box[1]) < 0.6 * WIDTH * HEIGHT
    return PLACE_PIXELS * (2.5 if cropped else 1.0)


WHOLE = (0, 0, WIDTH, HEIGHT)
PLACES: dict[str, tuple[tuple[float, float, float, float], int, int]] = {
    "the same": (WHOLE, HEIGHT, WIDTH),
    "RawTherapee's 4 pixels": ((4, 4, WIDTH - 4, HEIGHT - 4), HEIGHT - 8, WIDTH - 8),
    "half a pixel": ((0.5, 0.5, WIDTH - 0.5, HEIGHT - 0.5), HEIGHT - 1, WIDTH - 1),
    "a shift": ((7.3, 2.6, WIDTH, HEIGHT), HEIGHT - 3, WIDTH - 7),
    "half size": (WHOLE, HEIGHT // 2, WIDTH // 2),
    "stretched a little": (WHOLE, HEIGHT, WIDTH + 9),
    "a crop": ((120.4, 60.7, 520.4, 327.7), 267, 400),
    "a square": ((110, 20, 470, 380), 360, 360),
    "an upright crop": ((200, 10, 440, 390), 380, 240),
    "a small crop": ((60, 90, 400, 316), 226, 340),
    "a few pixels more than LibRaw": ((-3, -2, WIDTH + 3, HEIGHT + 2), HEIGHT + 4, WIDTH + 6),
}


@pytest.mark.parametrize(("box", "height", "width"), PLACES.values(), ids=PLACES.keys())
def test_known_places(
    raw: np.ndarray, box: tuple[float, float, float, float], height: int, width: int
) -> None:
    edited = render(place(raw, box, height, width), STRONG)
    alignment = register(raw, edited)
    assert alignment.turn == 0
    assert np.abs(found_corners(alignment) - corners_of(box)).max() < limit(box)
    assert alignment.confidence > 0.8


@pytest.mark.parametrize("turn", [1, 2, 3])
@pytest.mark.parametrize("name", ["the same", "a crop"])
def test_quarter_turns(raw: np.ndarray, turn: int, name: str) -> None:
    box, height, width = PLACES[name]
    upright = render(place(raw, box, height, width), STRONG)
    alignment = register(raw, np.rot90(upright, -turn))
    assert alignment.turn == turn
    assert np.abs(found_corners(alignment) - corners_of(box)).max() < limit(box)
    pair = aligned_pair(raw, np.rot90(upright, -turn), alignment, 200)
    assert difference(render(pair[0], STRONG), pair[1]).delta_e < 1.0


def test_a_small_rotation(raw: np.ndarray) -> None:
    """Straightening the horizon by a degree, with the crop that goes with it."""
    import cv2

    angle = np.radians(1.0)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    width, height = 540, 350
    centre = np.array([WIDTH / 2, HEIGHT / 2]) - 0.5
    offset = centre - turn @ (np.array([width, height]) / 2 - 0.5)
    matrix = np.column_stack([turn, offset])
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    edited = cv2.warpAffine(raw, matrix, (width, height), flags=flags).clip(0.0, 1.0)
    ends = np.array([[0, 0], [width, 0], [0, height], [width, height]], float) - 0.5
    wanted = ends @ turn.T + offset + 0.5
    found = found_corners(register(raw, render(edited, STRONG)))
    assert np.abs(found - wanted).max() < PLACE_PIXELS


def test_noise(raw: np.ndarray) -> None:
    """A RAW at high ISO, an edited picture that was denoised."""
    noise = np.random.default_rng(0).normal(scale=0.06, size=raw.shape).astype(np.float32)
    box, height, width = PLACES["a crop"]
    alignment = register((raw + noise).clip(0, 1), render(place(raw, box, height, width), STRONG))
    assert np.abs(found_corners(alignment) - corners_of(box)).max() < limit(box)


@pytest.mark.parametrize(
    "edit",
    [
        {"Exposure2012": -3.0},
        {"Exposure2012": 1.2, "Contrast2012": 60.0},
        {"Saturation": -100.0},
        {"ToneCurve": np.linspace(0.3, 0.7, 16)},
    ],
    ids=["dark", "blown out", "black and white", "flat"],
)
def test_strong_edits(raw: np.ndarray, edit: dict[str, Any]) -> None:
    box, height, width = PLACES["a shift"]
    edited = render(place(raw, box, height, width), neutral_params() | edit)
    found = found_corners(register(raw, edited))
    assert np.abs(found - corners_of(box)).max() < 2 * PLACE_PIXELS


@pytest.mark.parametrize("seed", range(31, 36))
def test_strangers_are_refused(raw: np.ndarray, seed: int) -> None:
    with pytest.raises(InputError, match="not the same photograph"):
        register(raw, scene(seed, 360, 540))


def test_strangers_of_one_composition_are_refused() -> None:
    """Two landscapes: bright above, dark below, a sun in the middle, other detail."""
    down, across = np.mgrid[0:1:400j, 0:1:600j]
    sun = np.exp(-((down - 0.3) ** 2 + (across - 0.5) ** 2) / 0.03)
    light = (0.4 - 0.25 * np.tanh((down - 0.55) * 8) + 0.3 * sun)[..., None].astype(np.float32)
    one, other = (light * (0.6 + 0.5 * scene(seed, 400, 600)) for seed in (41, 42))
    with pytest.raises(InputError, match="not the same photograph"):
        register(one, other)
    assert register(one, render(one, STRONG)).confidence > 0.5


def test_empty_pictures_are_refused(raw: np.ndarray) -> None:
    for other in (np.zeros_like(raw), np.full_like(raw, 0.5), np.ones((30, 30, 3), np.float32)):
        for pair in ((raw, other), (other, raw), (other, other)):
            with pytest.raises(InputError, match="not the same photograph"):
                register(*pair)


def test_odd_shapes_are_answered(raw: np.ndarray) -> None:
    for shape in ((1, 1), (2, 600), (600, 3), (8, 8)):
        with pytest.raises(InputError):
            register(raw, np.random.default_rng(0).random((*shape, 3), np.float32))
        with pytest.raises(InputError):
            register(np.random.default_rng(0).random((*shape, 3), np.float32), raw)


@pytest.mark.parametrize("name", PLACES)
@pytest.mark.parametrize("long_side", [300, 150])
def test_both_pictures_come_onto_one_grid(raw: np.ndarray, name: str, long_side: int) -> None:
    """The unedited part, registered and brought together, is the same picture twice."""
    box, height, width = PLACES[name]
    edited = place(raw, box, height, width)
    ours, theirs = aligned_pair(raw, edited, register(raw, edited), long_side)
    assert ours.shape == theirs.shape
    assert ours.dtype == theirs.dtype == np.float32
    assert max(theirs.shape) == min(long_side, max(height, width))
    inner = slice(4, -4), slice(4, -4)
    assert difference(ours[inner], theirs[inner]).delta_e < 0.8
    # By stretching one over the other it would be far worse.
    if "crop" in name:
        import cv2

        stretched = cv2.resize(raw, theirs.shape[1::-1], interpolation=cv2.INTER_AREA)
        assert difference(stretched[inner], theirs[inner]).delta_e > 5.0


def test_larger_raw_than_needed(raw: np.ndarray) -> None:
    """The RAW side is averaged, not picked from: fine patterns do not alias."""
    checks = np.indices((1200, 1800)).sum(axis=0) % 2
    fine = np.repeat(checks[..., None], 3, axis=2).astype(np.float32)
    straight = Alignment(0, np.eye(3)[:2], 1.0)
    ours, theirs = aligned_pair(fine, fine, straight, 150)
    assert np.abs(ours - 0.5).max() < 0.02
    assert np.abs(theirs - 0.5).max() < 0.02


def test_what_is_written_of_it(raw: np.ndarray) -> None:
    box, height, width = PLACES["a crop"]
    facts = register(raw, place(raw, box, height, width)).as_json()
    left, top, right, bottom = facts["crop"]  # type: ignore[misc]
    scaled = [left * WIDTH, top * HEIGHT, right * WIDTH, bottom * HEIGHT]
    assert scaled == pytest.approx(box, abs=limit(box))
    assert facts["turn"] == 0
    assert 0.9 < float(facts["confidence"]) <= 1.0  # type: ignore[arg-type]


def test_part() -> None:
    half = Alignment(0, np.array([[0.5, 0, 0.2], [0, 0.4, 0.1]]), 1.0)
    assert half.part() == pytest.approx(0.5)


def test_structure_hardly_changes_with_an_edit(raw: np.ndarray) -> None:
    plain, edited = structure(raw, 25.0), structure(render(raw, STRONG), 25.0)
    assert correlation(plain, edited) > 0.9
    assert abs(plain.mean()) < 0.1
    assert 0.5 < plain.std() < 1.5


def test_correlation() -> None:
    a = np.random.default_rng(0).normal(size=(20, 30))
    b = np.random.default_rng(1).normal(size=(20, 30))
    assert correlation(a, 3 * a + 5) == pytest.approx(1.0)
    assert correlation(a, -a) == pytest.approx(-1.0)
    assert correlation(a, b) == pytest.approx(np.corrcoef(a.ravel(), b.ravel())[0, 1])
    assert correlation(a, np.zeros_like(a)) == 0.0
