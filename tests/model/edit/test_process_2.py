"""Process 2 against what Adobe publishes and others measured, and what a fit relies on."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from simulated import scene
from tolerances import FLOAT64, IDENTITY

from dataset.synthetic.write_dng import COLOR_MATRIX, NEUTRAL
from imaging.camera import Shot
from model import edit_layer
from model.edit import measured_tone as measured
from model.edit import process_2
from model.edit.dual import Dual
from model.edit.scene import scene_of, white_matrices
from model.edit.tone_tables import lightness_to_luminance, luminance_to_lightness, unrendered
from model.edit_layer import DifferentiableEditLayer, render
from params.base_curve import base_curve
from params.base_rendering import camera_raw
from params.camera_color import CameraColor
from params.colorimetry import srgb_decode, srgb_encode
from params.ranges import CURVE_NAME, SLIDER_NAMES, SLIDERS, neutral_params
from params.rendering import Rendering
from params.xmp_curve import natural_cubic

SHOT = Shot(CameraColor(color_matrix_1=COLOR_MATRIX), NEUTRAL)
EDIT: dict[str, Any] = {
    "Temperature": 5600.0,
    "Tint": 8.0,
    "Exposure2012": 0.4,
    "Contrast2012": 22.0,
    "Highlights2012": -55.0,
    "Shadows2012": 45.0,
    "Whites2012": 18.0,
    "Blacks2012": -14.0,
    "Vibrance": 35.0,
    "Saturation": -10.0,
    "ToneCurve": [0.0, 0.05, 0.12, 0.2, 0.3, 0.42, 0.55, 0.7, 0.85, 1.0],
}
# L* of the wedge: half of its greys below 39, half above; 1 % above 98, as in the pictures that
# Whites + was measured on.
WEDGE = np.interp(
    np.linspace(0.0, 1.0, 401), [0.0, 0.5, 0.99, 1.0], [0.0, measured.MEDIAN_L, 98.0, 100.0]
)
WITHIN = (WEDGE >= 5.0) & (WEDGE <= 95.0)


def edited(pixels: np.ndarray, **sliders: Any) -> np.ndarray:
    return render(pixels, neutral_params() | sliders, process=2)


def wedge(lightness: np.ndarray = WEDGE) -> np.ndarray:
    """The scene whose default rendering has this lightness."""
    values = unrendered(lightness_to_luminance(lightness))
    return np.repeat(np.tile(values[None, :, None], (40, 1, 1)), 3, axis=2).astype(np.float32)


def lightness(pixels: np.ndarray) -> np.ndarray:
    return luminance_to_lightness(pixels[20, :, 1].astype(np.float64))


def test_neutral_is_the_default_rendering() -> None:
    """In NumPy: base rendering, then the curve, each on largest and smallest channel."""
    picture = np.random.default_rng(0).random((40, 50, 3)) ** 2
    wanted = picture
    for curve in (lambda v: camera_raw(v, 0.0), base_curve):
        low, high = wanted.min(axis=2, keepdims=True), wanted.max(axis=2, keepdims=True)
        wanted = curve(low) + (curve(high) - curve(low)) * (wanted - low) / (high - low)
    found = edited(picture.astype(np.float32))
    assert np.abs(found - wanted).max() < 2e-4
    assert np.abs(found - wanted).mean() < 1e-5
    # Camera, shot and knot count make no difference to it.
    for shot, knots in ((SHOT, 16), (None, 5)):
        same = render(picture.astype(np.float32), neutral_params(knots), process=2, shot=shot)
        assert np.abs(same - found).max() < 10 * IDENTITY


def test_baseline_exposure_and_the_profiles_curve() -> None:
    grey = np.full((8, 8, 3), 0.1, np.float32)
    for exposure in (1.0, -1.0):
        rendering = Rendering(exposure=exposure)
        found = render(grey, neutral_params(), process=2, shot=Shot(None, None, rendering))
        expected = rendering.tone(camera_raw(np.array([0.1]), exposure))[0]
        assert found == pytest.approx(float(expected), abs=1e-4)
    line = Rendering(
        base="dng-sdk", shadows=0.0, curve=(np.array([0.0, 1.0]), np.array([0.0, 1.0]))
    )
    plain = render(grey, neutral_params(), process=2, shot=Shot(None, None, line))
    assert plain == pytest.approx(0.1, abs=1e-5)


# L* mean and worst, of measured greys. Exposure and Contrast follow Camera Raw's readings of
# colours, which other people took of another version.
@pytest.mark.parametrize(
    ("slider", "mean", "worst"),
    [
        ("Exposure2012", 1.1, 4.0),
        ("Contrast2012", 1.1, 3.0),
        ("Whites2012", 0.2, 1.0),
        ("Blacks2012", 0.2, 1.0),
    ],
)
def test_global_sliders_meet_the_measurements(slider: str, mean: float, worst: float) -> None:
    picture = wedge()
    before = lightness(edited(picture))
    assert before == pytest.approx(WEDGE, abs=0.01)
    for setting, curve in measured.LIGHTNESS[slider].items():
        wanted = np.interp(WEDGE, measured.L_IN, curve)
        miss = np.abs(lightness(edited(picture, **{slider: setting})) - wanted)[WITHIN]
        assert miss.mean() < mean
        assert miss.max() < worst


# Whites +100 and +50 at L* 0, 5 ... 100 by the L* of the 99th percentile (RapidRawPlus).
WHITES_BY_P99 = {
    80.0: (
        (0.0, 6.6, 13.6, 20.6, 28.4, 36.6, 45.2, 54.0, 62.8, 71.2, 79.1,
         85.6, 90.9, 94.7, 97.3, 98.8, 99.6, 99.9, 99.9, 99.9, 99.9),
        (0.0, 5.2, 10.4, 15.7, 21.2, 26.8, 32.5, 38.4, 44.4, 50.3, 56.3,
         61.9, 67.6, 72.9, 78.2, 83.4, 88.7, 93.7, 97.7, 99.8, 99.9),
    ),
    90.0: (
        (0.0, 6.4, 13.2, 19.9, 27.4, 35.2, 43.4, 51.7, 60.1, 68.4, 76.2,
         82.9, 88.7, 93.0, 96.1, 98.1, 99.2, 99.8, 99.9, 99.9, 99.9),
        (0.0, 5.2, 10.4, 15.6, 21.0, 26.6, 32.2, 37.9, 43.9, 49.6, 55.6,
         61.1, 66.7, 72.0, 77.3, 82.6, 87.9, 93.0, 97.3, 99.7, 99.9),
    ),
    95.0: (
        (0.0, 6.2, 12.8, 19.3, 26.5, 33.9, 41.7, 49.6, 57.7, 65.7, 73.4,
         80.3, 86.4, 91.2, 94.8, 97.2, 98.7, 99.6, 99.9, 99.9, 99.9),
        (0.0, 5.1, 10.3, 15.5, 20.9, 26.4, 31.9, 37.6, 43.4, 49.1, 54.9,
         60.4, 65.9, 71.2, 76.5, 81.7, 87.1, 92.3, 96.8, 99.5, 99.9),
    ),
    99.9: (
        (0.0, 5.6, 11.4, 17.2, 23.3, 29.6, 35.9, 42.5, 49.1, 55.9, 62.7,
         69.2, 75.6, 81.4, 86.7, 91.0, 94.4, 96.9, 98.5, 99.5, 99.9),
        (0.0, 5.1, 10.2, 15.3, 20.5, 25.7, 31.0, 36.3, 41.8, 47.1, 52.5,
         57.8, 63.1, 68.2, 73.4, 78.6, 83.9, 89.2, 94.3, 98.2, 99.9),
    ),
}  # fmt: skip


@pytest.mark.parametrize("bright", list(WHITES_BY_P99))
def test_whites_lift_by_the_brightest_tones(bright: float) -> None:
    """Pictures whose 99th percentile is this bright, in which all greys up to it occur."""
    greys = np.interp(np.linspace(0.0, 1.0, 401), [0.0, 0.5, 0.985], [0.0, 39.0, bright])
    picture = wedge(greys)
    within = (greys >= 5.0) & (greys <= 95.0)
    for setting, curve in zip((100.0, 50.0), WHITES_BY_P99[bright], strict=True):
        wanted = np.interp(greys, measured.L_IN, curve)
        miss = np.abs(lightness(edited(picture, Whites2012=setting)) - wanted)[within]
        assert miss.mean() < 0.3
        assert miss.max() < 1.0
    # Below 0 nothing of it; on the way to the first measured setting never darker.
    darker = lightness(edited(picture, Whites2012=-100.0))
    wanted = np.interp(greys, measured.L_IN, measured.LIGHTNESS["Whites2012"][-100])
    assert np.abs(darker - wanted)[within].mean() < 0.2
    steps = [lightness(edited(picture, Whites2012=s)) for s in np.linspace(0.0, 60.0, 13)]
    assert np.diff(np.stack(steps), axis=0).min() > -0.06


def test_whites_lift_of_the_darkest_pictures() -> None:
    """Of the darkest twice the lift: still in order, from grey to grey and setting to setting."""
    greys = np.interp(np.linspace(0.0, 1.0, 401), [0.0, 0.995, 1.0], [0.0, 25.0, 100.0])
    picture = wedge(greys)
    lift = float(scene_of(torch.from_numpy(picture).permute(2, 0, 1)[None]).lift[0])
    assert lift == pytest.approx(measured.LIFT_BY_P99[0][1])
    rows = np.stack([lightness(edited(picture, Whites2012=s)) for s in np.linspace(0.0, 100.0, 21)])
    assert np.diff(rows, axis=0).min() > -0.06
    assert np.diff(rows, axis=1).min() > -0.02


@pytest.mark.parametrize("slider", ["Highlights2012", "Shadows2012"])
def test_local_sliders_meet_the_measurements_on_a_wedge(slider: str) -> None:
    picture = wedge()
    for setting, curve in measured.LIGHTNESS[slider].items():
        wanted = np.interp(WEDGE, measured.L_IN, curve)
        miss = np.abs(lightness(edited(picture, **{slider: setting})) - wanted)[WITHIN]
        assert miss.mean() < 0.5


@pytest.mark.parametrize(
    ("slider", "setting", "stops"),
    [
        ("Shadows2012", 100.0, [0.022, 0.024, 0.008, 0.0, 0.131, 0.495]),
        ("Highlights2012", -100.0, [None, -1.73, -0.31, 0.0, 0.0, 0.0]),
    ],
)
def test_a_patch_answers_to_its_surround(slider: str, setting: float, stops: list[Any]) -> None:
    """18 % on surrounds of 0.5 to 90 %: silverbox, lr-tone-measurements.md.

    Measured in a file whose default rendering is a straight line.
    """
    line = Rendering(shadows=0.0, curve=(np.array([0.0, 1.0]), np.array([0.0, 1.0])))
    shot = Shot(None, None, line)
    found = []
    for surround in (0.005, 0.02, 0.08, 0.18, 0.5, 0.9):
        picture = np.full((160, 160, 3), surround, np.float32)
        picture[60:100, 60:100] = 0.18
        before = render(picture, neutral_params(), process=2, shot=shot)[80, 80]
        params = neutral_params() | {slider: setting}
        change = render(picture, params, process=2, shot=shot)[80, 80] / before
        found.append(float(np.log2(change).mean()))
    assert all(b >= a for a, b in pairwise(found))
    for stop, wanted in zip(found, stops, strict=True):
        assert wanted is None or abs(stop - wanted) < 0.5
    assert found[3] == pytest.approx(0.0, abs=0.01)


@pytest.mark.parametrize(
    ("slider", "setting"),
    [
        ("Highlights2012", -100.0),
        ("Highlights2012", 100.0),
        ("Shadows2012", 100.0),
        ("Shadows2012", -100.0),
    ],
)
def test_no_halo_at_an_edge_of_four_stops(slider: str, setting: float) -> None:
    picture = np.full((120, 300, 3), 0.03, np.float32)
    picture[:, 150:] = 0.48
    gain = np.log2(edited(picture, **{slider: setting})[60, :, 1] / edited(picture)[60, :, 1])
    assert np.ptp(gain[:150]) < 0.05
    assert np.ptp(gain[150:]) < 0.05


@pytest.mark.parametrize("slider", [s for s in SLIDERS if "2012" in s.name], ids=lambda s: s.name)
def test_tone_sliders_are_monotone(slider: Any) -> None:
    """A higher setting is nowhere darker (Contrast: above the middle), brighter stays brighter."""
    picture = wedge()[::10]
    rows = [
        luminance_to_lightness(edited(picture, **{slider.name: value})[2, :, 1].astype(float))
        for value in np.linspace(slider.low, slider.high, 21)
    ]
    change = np.diff(np.stack(rows), axis=0)
    tones = WEDGE > 60.0 if slider.name == "Contrast2012" else WEDGE >= 0.0
    assert change[:, tones].min() > -0.06  # the measurements are rounded to 0.1
    assert np.diff(np.stack(rows), axis=1).min() > -0.02
    assert change[:, (WEDGE > 30.0) & (WEDGE < 90.0)].max() < 20.0


@pytest.mark.parametrize("slider", [s.name for s in SLIDERS])
def test_differentiable_at_neutral(slider: str) -> None:
    """From both sides the same slope, or where Camera Raw's laws bend at 0, one that leads the same
    way."""
    picture = torch.from_numpy(scene(4, 24, 32)).permute(2, 0, 1)[None].double()
    layer, whole = DifferentiableEditLayer(2), scene_of(picture)
    neutral = {n: torch.tensor(np.asarray(v))[None].double() for n, v in neutral_params().items()}
    step = 1e-3 * {"Temperature": 2000.0, "Exposure2012": 1.0}.get(slider, 50.0)

    def at(move: float) -> torch.Tensor:
        return layer(picture, neutral | {slider: neutral[slider] + move}, whole)

    up, down = (at(step) - at(0.0)) / step, (at(0.0) - at(-step)) / step
    if slider == "Contrast2012":
        assert (up * down).sum() > 0.9 * up.norm() * down.norm()
        assert 0.4 < up.norm() / down.norm() < 2.5
    elif slider == "Vibrance":  # in the colours, not in how light they come out
        spread = up.amax(1) - up.amin(1), down.amax(1) - down.amin(1)
        assert (spread[0] * spread[1]).sum() > 0.8 * spread[0].norm() * spread[1].norm()
    else:
        assert (up - down).abs().mean() < 0.02 * up.abs().mean()


def test_saturation_and_vibrance() -> None:
    picture = scene(6, 30, 40)
    grey = edited(picture, Saturation=-100.0)
    assert np.ptp(grey, axis=2).max() < 1e-6
    assert np.abs(edited(picture, Saturation=40.0) - edited(picture)).max() > 0.02

    def widened(colour: tuple[float, float, float]) -> float:
        """How much Vibrance adds to the distance from grey, in parts of it."""
        pixels = np.tile(np.array(colour, np.float32), (4, 4, 1))
        before, after = edited(pixels)[0, 0], edited(pixels, Vibrance=60.0)[0, 0]
        return float(np.ptp(after) / np.ptp(before)) - 1.0

    pale_blue, strong_blue, skin = (0.22, 0.25, 0.3), (0.05, 0.1, 0.4), (0.3, 0.25, 0.2)
    assert widened(pale_blue) > 2.0 * widened(strong_blue) > 0.0
    assert widened(pale_blue) > 1.5 * widened(skin) > 0.0


def test_the_point_curve_is_camera_raws() -> None:
    """Natural cubic on sRGB-encoded values, on greys; hue-preserving on colours."""
    knots = np.array([0.0, 0.1, 0.35, 0.8, 1.0])
    x = np.random.default_rng(1).random((1, 3, 6, 6))
    table = process_2.knots_table(torch.from_numpy(knots)[None])
    found = process_2.master_curve(torch.from_numpy(x), table)[0].numpy()

    def curve(values: np.ndarray) -> np.ndarray:
        return natural_cubic(np.linspace(0.0, 1.0, 5), knots, values).clip(0.0, 1.0)

    encoded = srgb_encode(x[0])
    low, high = encoded.min(axis=0), encoded.max(axis=0)
    wanted = curve(low) + (curve(high) - curve(low)) * (encoded - low) / (high - low)
    assert np.abs(found - srgb_decode(wanted)).max() < 2e-4


@pytest.mark.parametrize("strip", [1, 61, 60 * 7])
def test_strips_are_equal_to_the_whole(strip: int, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = scene(2, 90, 60)
    monkeypatch.setattr(edit_layer, "PROXY_LONG_SIDE", 30)
    whole = render(picture, EDIT, process=2, shot=SHOT)
    monkeypatch.setattr(edit_layer, "STRIP_PIXELS", strip)
    again = render(picture, EDIT, process=2, shot=SHOT, out=picture)
    np.testing.assert_allclose(again, whole, atol=5 * IDENTITY, rtol=0)


def test_gains_agree_between_sizes() -> None:
    """Highlights and Shadows in a picture and in the picture at a third of its size."""
    import cv2

    large = cv2.GaussianBlur(scene(9, 600, 900), (0, 0), 4.0) ** 2
    small = cv2.resize(large, (300, 200), interpolation=cv2.INTER_AREA)
    gains = []
    for picture in (large, small):
        both = edited(picture, Highlights2012=-80.0, Shadows2012=70.0)
        gains.append(np.log2(both[..., 1].clip(1e-4) / edited(picture)[..., 1].clip(1e-4)))
    shrunk = cv2.resize(gains[0], (300, 200), interpolation=cv2.INTER_AREA)
    assert np.ptp(gains[1]) > 0.3
    assert np.abs(shrunk - gains[1])[4:-4, 4:-4].max() < 0.05


def test_gradients() -> None:
    torch.manual_seed(0)
    image = (torch.rand(2, 3, 3, 4, dtype=torch.float64) * 0.8 + 0.05).requires_grad_()
    layer = DifferentiableEditLayer(2)
    whole = scene_of(image, [SHOT, None])
    names = [*SLIDER_NAMES, CURVE_NAME]
    # The curve's ends off the limits, where it is clipped.
    inside = EDIT | {CURVE_NAME: [0.01, *EDIT[CURVE_NAME][1:-1], 0.99]}
    values = [
        torch.tensor(np.stack([inside[n], np.asarray(inside[n]) * 0.93])).double().requires_grad_()
        for n in names
    ]

    def run(x: torch.Tensor, *given: torch.Tensor) -> torch.Tensor:
        return layer(x, dict(zip(names, given, strict=True)), whole)

    # Kelvin's slope is a central difference of its own: exact to about 1e-8.
    assert torch.autograd.gradcheck(run, (image, *values), eps=1e-7, atol=2e-5, rtol=1e-3)


def test_duals_give_autograds_derivative() -> None:
    torch.manual_seed(1)
    image = torch.rand(1, 3, 20, 1, dtype=torch.float64)
    layer = DifferentiableEditLayer(2)
    whole = scene_of(image, [SHOT])
    whole = whole.at(whole.base.distances(image))
    values = {n: torch.tensor(np.asarray(EDIT[n]))[None].double() for n in EDIT}
    for name in SLIDER_NAMES:
        duals = {n: Dual(v, torch.full_like(v, float(n == name))[None]) for n, v in values.items()}
        out: Any = Dual(image)
        for step in layer.steps:
            out = step.apply(out, duals, whole)

        def one(value: torch.Tensor, name: str = name) -> torch.Tensor:
            return layer(image, values | {name: value}, whole)

        wanted = torch.autograd.functional.jacobian(one, values[name])
        assert isinstance(wanted, torch.Tensor)
        assert (out.value - one(values[name])).abs().max() < FLOAT64
        assert (out.tangent[0] - wanted[..., 0]).abs().max() < 1e-7


def test_white_matrices_of_a_batch() -> None:
    whole = scene_of(torch.rand(2, 3, 4, 4), [SHOT, None])
    found = white_matrices(whole.whites, torch.tensor([5000.0, 8000.0]), torch.tensor([0.0, 9.0]))
    assert found[0].numpy() == pytest.approx(whole.whites[0].matrix(5000.0, 0.0), abs=1e-6)
    assert found[1].numpy() == pytest.approx(whole.whites[1].matrix(8000.0, 9.0), abs=1e-6)
    with pytest.raises(ValueError, match="1 shots for 2 pictures"):
        scene_of(torch.rand(2, 3, 4, 4), [SHOT])


@pytest.mark.parametrize("slider", SLIDERS, ids=lambda s: s.name)
def test_every_slider_changes_the_picture(slider: Any) -> None:
    picture = scene(1, 30, 40)
    picture = picture * np.linspace(0.05, 1.0, 40, dtype=np.float32)[:, None]
    neutral = edited(picture)
    for end in (slider.low, slider.high):
        out = edited(picture, **{slider.name: end})
        assert np.isfinite(out).all()
        assert out.min() >= 0.0
        assert out.max() <= 1.0
        assert np.abs(out - neutral).max() > 0.01


def test_rendering_first_leaves_gradients_alone() -> None:
    """render() works in inference mode; the tables made there serve the next training step."""
    for knots in (11, 13):  # no other test has made these
        params = neutral_params(knots)
        render(scene(1, 8, 8), params, process=2)
        tensors = {n: torch.tensor(np.asarray(v)).float()[None] for n, v in params.items()}
        tensors[CURVE_NAME].requires_grad_()
        DifferentiableEditLayer(2)(torch.rand(1, 3, 8, 8), tensors).sum().backward()
        assert tensors[CURVE_NAME].grad is not None
