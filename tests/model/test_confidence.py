"""Confidence: what it is made of, and that it says how often predictions come near."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from model.autopilot import AutoPilotRegressor
from model.confidence import (
    Confidence,
    calibrate,
    load_confidence,
    predict_views,
    save_confidence,
    views,
)
from model.config import AutoPilotConfig, BackboneConfig
from model.torch_file import write_torch_file
from model.unsteadiness import unsteadiness, unsteady_panels
from params.files import InputError
from params.ranges import CURVE_NAME, SLIDER_NAMES

SPREAD = dict.fromkeys(SLIDER_NAMES, 10.0) | {"Temperature": 20.0, CURVE_NAME: 0.1}


def norm_of(*contrasts: float) -> dict[str, torch.Tensor]:
    """Views that differ in Contrast only."""
    norm = {name: torch.zeros(len(contrasts)) for name in SLIDER_NAMES}
    norm["Contrast2012"] = torch.tensor(contrasts) / 100.0
    return norm | {CURVE_NAME: torch.linspace(0.0, 1.0, 16).repeat(len(contrasts), 1)}


def test_views_are_the_picture_mirrored_and_its_middle() -> None:
    image = torch.rand(3, 40, 40)
    whole, mirrored, middle, middle_mirrored = views(image)
    assert torch.equal(whole, image)
    assert torch.equal(mirrored, image.flip(-1))
    assert torch.equal(middle_mirrored, middle.flip(-1))
    ramp = torch.linspace(0.0, 1.0, 40).expand(3, 40, 40)
    row = views(ramp)[2][0, 20]
    # Of 40 columns 3 are cut off on each side: the ramp's slope is 34/40 of what it was.
    assert ((row[30] - row[10]) / 20).item() == pytest.approx(34 / 40 / 39, rel=1e-2)
    assert row[20] + row[19] == pytest.approx(1.0, abs=1e-5)


def test_the_first_view_is_the_prediction() -> None:
    torch.manual_seed(0)
    config = AutoPilotConfig(BackboneConfig("test_vit", image_size=32))
    model = AutoPilotRegressor(config).eval()
    image = torch.rand(3, 32, 32)
    features, norm = predict_views(model, image)
    with torch.inference_mode():
        wanted = model(image[None])["params_norm"]
        assert torch.allclose(features, model.backbone(image[None])[0], atol=1e-5)
    for name, value in wanted.items():
        assert torch.allclose(norm[name][0], value[0], atol=1e-6)
        assert len(norm[name]) == 4


def test_unsteadiness_is_in_the_training_sets_spread() -> None:
    assert unsteadiness(norm_of(5.0, 5.0, 5.0, 5.0), SPREAD) == pytest.approx(0.0, abs=1e-6)
    one = unsteadiness(norm_of(-10.0, 10.0, -10.0, 10.0), SPREAD)
    assert one == pytest.approx(np.std([-1, 1, -1, 1], ddof=1) / 11, rel=1e-5)


def test_unsteady_panels_on_the_circle_and_by_saturation() -> None:
    """Hues on either side of red are 10 degrees off it, not 180; without saturation, nothing."""
    views = norm_of(0.0, 0.0, 0.0, 0.0)
    views["SplitToningShadowHue"] = torch.tensor([-170.0, 170.0, -170.0, 170.0]) / 180.0
    views["SplitToningShadowSaturation"] = torch.zeros(4)  # half of its range
    views["HueAdjustmentRed"] = torch.tensor([0.0, 0.0, 0.4, 0.0])  # a gate that opened once
    names = ("SplitToningShadowHue", "SplitToningShadowSaturation", "HueAdjustmentRed")
    spread = SPREAD | dict.fromkeys(names, 0.1)
    found = unsteady_panels(views, spread)
    assert list(found) == ["color_grading", "color_mixer"]
    hue = (10.0 / 180.0) * np.sqrt(4 / 3) / 0.1
    assert found["color_grading"] == pytest.approx(hue / 2, rel=1e-4)  # saturation is steady
    assert found["color_mixer"] == pytest.approx(np.std([0, 0, 4, 0], ddof=1), rel=1e-5)
    basic = unsteadiness(views, SPREAD)
    whole = (3.0 * basic + sum(found.values())) / 5.0
    assert unsteadiness(views, spread) == pytest.approx(whole)
    grey = views | {"SplitToningShadowSaturation": torch.full((4,), -1.0)}
    assert unsteady_panels(grey, spread)["color_grading"] == pytest.approx(0.0, abs=1e-6)


def made_up(count: int, seed: int) -> tuple[list, list[float]]:
    """Predictions whose error grows with what the views disagree on, with a lot of chance."""
    random = np.random.default_rng(seed)
    looks, errors = [], []
    for _ in range(count):
        doubt = float(np.exp(random.normal(0.0, 1.0)))
        features = torch.tensor(random.normal(0.0, 1.0, 8), dtype=torch.float32)
        looks.append((features, norm_of(0.0, doubt, -doubt, 0.0)))
        errors.append(float(5.0 * doubt**0.7 * np.exp(random.normal(0.0, 0.4))))
    return looks, errors


@pytest.fixture(scope="module")
def learnt() -> Confidence:
    training = torch.randn(50, 8, generator=torch.Generator().manual_seed(0))
    return calibrate(training, SPREAD, *made_up(400, 1), tolerance=5.0, digest="abc")


def test_it_says_how_often_predictions_come_near() -> None:
    """On others of the same kind, over five sets: in each third the share that came near."""
    training = torch.randn(50, 8, generator=torch.Generator().manual_seed(0))
    told, came = np.zeros(3), np.zeros(3)
    for seed in range(5):
        known = calibrate(training, SPREAD, *made_up(400, seed), tolerance=5.0)
        looks, errors = made_up(300, 100 + seed)
        said = np.array([known.of(*one) for one in looks])
        near = np.array(errors) <= 5.0
        for i, third in enumerate(np.array_split(np.argsort(said), 3)):
            told[i] += said[third].mean() / 5
            came[i] += near[third].mean() / 5
    assert told == pytest.approx(came, abs=0.06)
    assert came[2] - came[0] > 0.7


def test_more_doubt_is_never_more_confidence(learnt) -> None:
    features = torch.ones(8)
    said = [learnt.of(features, norm_of(0.0, d, -d, 0.0)) for d in np.geomspace(0.01, 100.0, 60)]
    assert said == sorted(said, reverse=True)
    assert all(0.0 < value < 1.0 for value in said)
    assert learnt.weights[0] == pytest.approx(0.7, abs=0.1)  # as the errors were made
    assert all(weight >= 0.0 for weight in learnt.weights)


def test_strangeness_is_distance_to_the_nearest() -> None:
    axes = torch.cat([torch.eye(6), -torch.eye(6)])
    known = calibrate(axes, SPREAD, *zip_looks(6))
    # From an axis itself: 0 to it, 1 to four of the ten at right angles.
    assert known.strangeness(torch.eye(6)[0]) == pytest.approx(4 / 5, abs=1e-5)
    assert known.strangeness(5.0 * torch.eye(6)[0]) == pytest.approx(4 / 5, abs=1e-5)
    diagonal = torch.tensor([1.0, 1.0, 0.0, 0.0, 0.0, 0.0])
    wanted = (2 * (1 - math.sqrt(0.5)) + 3 * 1.0) / 5
    assert known.strangeness(diagonal) == pytest.approx(wanted, abs=1e-5)


def zip_looks(width: int) -> tuple[list, list[float]]:
    looks = [(torch.randn(width), norm_of(0.0, 1.0 + i, 0.0, 1.0)) for i in range(25)]
    return looks, [3.0 + 0.2 * i for i in range(25)]


def test_signs_that_say_nothing() -> None:
    """Errors that fall with doubt: the sign is not used, and all get the overall share."""
    looks, errors = made_up(60, 3)
    order = np.argsort([unsteadiness(norm, SPREAD) for _, norm in looks])
    same = torch.ones(8)
    looks = [(same, looks[i][1]) for i in order]
    known = calibrate(torch.randn(20, 8), SPREAD, looks, sorted(errors, reverse=True))
    assert known.weights[0] == 0.0
    said = {known.of(*one) for one in looks}
    assert len(said) == 1
    near = sum(error <= 5.0 for error in errors)
    assert said.pop() == pytest.approx((near + 1) / 62)
    with pytest.raises(ValueError, match="too few"):
        calibrate(torch.randn(20, 8), SPREAD, looks[:5], errors[:5])


def test_written_and_read(learnt, tmp_path) -> None:
    save_confidence(tmp_path / "c.pt", learnt)
    again = load_confidence(tmp_path / "c.pt")
    for one in made_up(20, 4)[0]:
        assert again.of(*one) == pytest.approx(learnt.of(*one), abs=0.01)
    assert (again.digest, again.tolerance, again.spread) == ("abc", 5.0, SPREAD)


def test_files_that_are_none(learnt, tmp_path) -> None:
    path = tmp_path / "c.pt"
    wrong = [
        {"features": learnt.features[0]},
        {"features": learnt.features * float("nan")},
        {"centre": torch.zeros(3)},
        {"scores": learnt.scores[::-1]},
        {"scores": learnt.scores[:1]},
        {"shares": (2.0,) * len(learnt.shares)},
        {"weights": (1.0,)},
        {"spread": {"Tint": 1.0}},
        {"spread": dict.fromkeys(SPREAD, 0.0)},
        {"tolerance": math.inf},
    ]
    for change in wrong:
        save_confidence(path, replace(learnt, **change))
        with pytest.raises(InputError, match="damaged confidence file"):
            load_confidence(path)
    write_torch_file(path, {"model": {}})
    with pytest.raises(InputError, match="not a confidence file"):
        load_confidence(path)
    path.write_bytes(b"\x80\x04cos\nsystem\n")
    with pytest.raises(InputError, match=r"c\.pt"):
        load_confidence(path)
