import json
from pathlib import Path

import numpy as np
import pytest

from params import white_balance
from params.camera_color import XYZ_TO_PROPHOTO, CameraColor

FIXTURE = json.loads((Path(__file__).parents[1] / "data/white_balance.json").read_text())
CAMERAS = FIXTURE["cameras"]
MATRICES = ("color_matrix_1", "color_matrix_2", "forward_matrix_1", "forward_matrix_2")


def camera_of(entry: dict) -> CameraColor:
    return CameraColor(
        **{name: entry.get(name) for name in MATRICES},
        illuminant_1=entry["illuminant_1"],
        illuminant_2=entry.get("illuminant_2", 0),
    )


def kelvin_tolerance(kelvin: float) -> float:
    return 0.5 if kelvin <= 15000 else 0.0005 * kelvin


@pytest.mark.parametrize(("kelvin", "tint", "x", "y"), FIXTURE["temperature_tint_to_xy"])
def test_kelvin_and_tint_to_xy_and_back(kelvin, tint, x, y):
    xy = white_balance.temperature_tint_to_xy(kelvin, tint)
    assert xy == pytest.approx((x, y), abs=1e-8)
    back = white_balance.xy_to_temperature_tint(*xy)
    assert back[0] == pytest.approx(kelvin, abs=kelvin_tolerance(kelvin))
    assert back[1] == pytest.approx(tint, abs=0.05)


@pytest.mark.parametrize(("x", "y", "kelvin", "tint"), FIXTURE["xy_to_temperature_tint"])
def test_xy_to_kelvin_and_tint(x, y, kelvin, tint):
    found = white_balance.xy_to_temperature_tint(x, y)
    assert found[0] == pytest.approx(kelvin, abs=kelvin_tolerance(kelvin))
    assert found[1] == pytest.approx(tint, abs=0.05)


def test_ends_of_the_isotherms():
    hottest, _ = white_balance.xy_to_temperature_tint(0.2, 0.2)
    coldest, _ = white_balance.xy_to_temperature_tint(0.7, 0.29)
    assert hottest == pytest.approx(100_000)
    assert coldest == pytest.approx(1e6 / 600)


@pytest.mark.parametrize("entry", CAMERAS)
def test_as_shot_and_matrices_are_the_sdks(entry):
    camera = camera_of(entry)
    xy = camera.neutral_to_xy(entry["neutral"])
    assert xy == pytest.approx(entry["as_shot_xy"], abs=1e-7)
    kelvin, tint = entry["as_shot_temperature_tint"]
    shot = white_balance.as_shot(camera, entry["neutral"])
    assert shot["Temperature"] == pytest.approx(kelvin, abs=kelvin_tolerance(kelvin))
    assert shot["Tint"] == pytest.approx(tint, abs=0.05)
    np.testing.assert_allclose(
        camera.camera_to_xyz(xy).ravel(), entry["camera_to_xyz_d50"], rtol=0, atol=1e-6
    )
    np.testing.assert_allclose(
        camera.camera_to_prophoto(xy).ravel(), entry["camera_to_prophoto"], rtol=0, atol=1e-6
    )


def test_as_shot_neutral_becomes_neutral_prophoto():
    for entry in CAMERAS:
        camera = camera_of(entry)
        xy = camera.neutral_to_xy(entry["neutral"])
        rgb = camera.camera_to_prophoto(xy) @ entry["neutral"]
        np.testing.assert_allclose(rgb / rgb[1], 1.0, atol=2e-6)


def test_calibration_and_analog_balance_scale_the_camera():
    """A camera whose channels are all read at other gains shows the same colours."""
    entry = CAMERAS[2]
    gains, calibration = np.array([1.3, 1.0, 0.7]), np.diag([0.9, 1.0, 1.1])
    plain = camera_of(entry)
    scaled = CameraColor(
        **{name: entry[name] for name in MATRICES},
        illuminant_1=17,
        illuminant_2=21,
        calibration_1=calibration,
        calibration_2=calibration,
        analog_balance=gains,
    )
    per_channel = gains * calibration.diagonal()
    neutral = np.array(entry["neutral"])
    xy = scaled.neutral_to_xy(neutral * per_channel)
    assert xy == pytest.approx(plain.neutral_to_xy(neutral), abs=1e-7)
    # Up to the scale that dividing by the camera white's largest component leaves.
    a = plain.camera_to_xyz(xy) @ neutral
    b = scaled.camera_to_xyz(xy) @ (neutral * per_channel)
    np.testing.assert_allclose(a / a[1], b / b[1], atol=1e-6)


def test_weights_of_the_two_illuminants():
    entry = CAMERAS[0]
    camera = camera_of(entry)
    warm = white_balance.temperature_tint_to_xy(2500, 0)
    cold = white_balance.temperature_tint_to_xy(9000, 0)
    np.testing.assert_allclose(camera.xyz_to_camera(warm).ravel(), entry["color_matrix_1"])
    np.testing.assert_allclose(camera.xyz_to_camera(cold).ravel(), entry["color_matrix_2"])
    middle = white_balance.temperature_tint_to_xy(2 / (1 / 2850 + 1 / 6500), 0)
    np.testing.assert_allclose(
        camera.xyz_to_camera(middle).ravel(),
        (np.array(entry["color_matrix_1"]) + entry["color_matrix_2"]) / 2,
        atol=1e-4,
    )


@pytest.mark.parametrize(
    "arguments",
    [
        {"color_matrix_1": np.zeros((3, 3))},
        {"color_matrix_1": [1.0, 2.0]},
        {"color_matrix_1": np.full(9, np.nan)},
        {"color_matrix_1": np.eye(3), "analog_balance": [1.0, 0.0, 1.0]},
        {"color_matrix_1": np.eye(3), "forward_matrix_1": np.ones((3, 3))},
    ],
)
def test_unusable_matrices_are_refused(arguments):
    with pytest.raises(ValueError, match=r"finite numbers|inverse"):
        CameraColor(**arguments)


@pytest.mark.parametrize("neutral", [[1, 0, 1], [1, 1], [1, np.nan, 1], [-1, 1, 1]])
def test_unusable_neutrals_are_refused(neutral):
    with pytest.raises(ValueError, match="three positive numbers"):
        camera_of(CAMERAS[0]).neutral_to_xy(neutral)


class TestProcess1Gains:
    def test_formula(self):
        # d = (8000 - 6500)/6500, t = 30/150
        line = 0.2 * 1500 / 6500 - 0.3 * 0.2
        gains = np.array([np.exp(line), 1.0, np.exp(-line)])
        gains /= gains @ [0.2126, 0.7152, 0.0722]
        np.testing.assert_allclose(white_balance.process_1_gains(8000.0, 30.0), gains, rtol=1e-12)

    def test_neutral_is_one(self):
        assert white_balance.process_1_gains(6500, 0) == (1.0, 1.0, 1.0)

    def test_tensors_keep_their_kind_and_gradient(self):
        torch = pytest.importorskip("torch")
        kelvin = torch.tensor([6500.0, 9000.0], dtype=torch.float64, requires_grad=True)
        tint = torch.tensor([0.0, -10.0], dtype=torch.float64)
        gains = torch.stack(white_balance.process_1_gains(kelvin, tint))
        expected = white_balance.process_1_gains(kelvin.detach().numpy(), tint.numpy())
        np.testing.assert_allclose(gains.detach().numpy(), expected, rtol=1e-12)
        gains[0].sum().backward()
        assert (kelvin.grad > 0).all()


def colour_of_patch(camera, neutral, kelvin, tint):
    """Chromaticity (ProPhoto r, g) that Camera Raw gives the as-shot neutral."""
    white = white_balance.temperature_tint_to_xy(kelvin, tint)
    rgb = camera.camera_to_prophoto(white) @ neutral
    return rgb[:2] / rgb.sum()


@pytest.mark.parametrize("entry", CAMERAS[::3])
@pytest.mark.parametrize("kelvin", [2500.0, 5000.0, 8000.0, 12000.0])
def test_process_1_is_converted_by_effect(entry, kelvin):
    camera, neutral = camera_of(entry), entry["neutral"]
    absolute = white_balance.to_absolute(kelvin, 0.0, 1, camera=camera, neutral=neutral)
    gains = np.array(white_balance.process_1_gains(kelvin, 0.0))
    np.testing.assert_allclose(
        colour_of_patch(camera, neutral, *absolute), gains[:2] / gains.sum(), atol=2e-5
    )
    back = white_balance.to_relative(*absolute, 1, camera=camera, neutral=neutral)
    assert back[0] == pytest.approx(kelvin, abs=0.1)
    assert back[1:] == pytest.approx((0.0, 0.0), abs=1e-6)


@pytest.mark.parametrize("entry", CAMERAS)
def test_process_1_neutral_is_as_shot(entry):
    camera, neutral = camera_of(entry), entry["neutral"]
    shot = white_balance.as_shot(camera, neutral)
    found = white_balance.to_absolute(6500.0, 0.0, 1, camera=camera, neutral=neutral)
    assert found == (shot["Temperature"], shot["Tint"])
    nearly = white_balance.to_absolute(6500.001, 0.0, 1, camera=camera, neutral=neutral)
    assert nearly == pytest.approx(found, abs=0.5)


def test_process_1_tint_moves_along_the_same_line():
    """d = 0.2 and t = 0.1 pull against each other: 0.2 d - 0.3 t."""
    camera, neutral = camera_of(CAMERAS[2]), CAMERAS[2]["neutral"]
    both = white_balance.to_absolute(7800.0, 15.0, 1, camera=camera, neutral=neutral)
    alone = white_balance.to_absolute(6500.0 * 1.05, 0.0, 1, camera=camera, neutral=neutral)
    assert both == pytest.approx(alone, abs=0.01)


@pytest.mark.parametrize("entry", CAMERAS[::4])
@pytest.mark.parametrize("kelvin", [2000.0, 30000.0, 50000.0])
@pytest.mark.parametrize("tint", [-150.0, 0.0, 150.0])
def test_unreachable_colours_end_at_the_nearest_legal_values(entry, kelvin, tint):
    camera, neutral = camera_of(entry), np.array(entry["neutral"])
    found = white_balance.to_absolute(kelvin, tint, 1, camera=camera, neutral=neutral)
    assert 2000 <= found[0] <= 50000.001
    assert -150 <= found[1] <= 150

    def miss(mired, tint_there):
        white = white_balance.temperature_tint_to_xy(1e6 / mired, tint_there)
        uv = []
        for rgb in (
            camera.camera_to_prophoto(white) @ neutral,
            np.array(white_balance.process_1_gains(kelvin, tint)),
        ):
            x, y, z = np.linalg.inv(XYZ_TO_PROPHOTO) @ rgb
            uv.append(np.array([4 * x, 6 * y]) / (x + 15 * y + 3 * z))
        return np.hypot(*(uv[0] - uv[1]))

    grid = [miss(m, t) for m in np.linspace(20, 500, 33) for t in np.linspace(-150, 150, 21)]
    assert miss(1e6 / found[0], found[1]) <= min(grid) + 1e-6


def test_reading_into_process_1_says_what_it_loses():
    camera, neutral = camera_of(CAMERAS[2]), CAMERAS[2]["neutral"]
    shot = white_balance.as_shot(camera, neutral)
    magenta = (shot["Temperature"], shot["Tint"] + 40)
    kelvin, tint, lost = white_balance.to_relative(*magenta, 1, camera=camera, neutral=neutral)
    assert tint == 0.0
    assert 2000 <= kelvin <= 50000
    # A tint of 40 moves the white by 40/3000 = 0.0133 in uv, nearly across the line.
    assert lost == pytest.approx(0.0133, rel=0.5)


@pytest.mark.parametrize("process", [1, 2])
def test_by_mired(process):
    shot = {"Temperature": 5000.0, "Tint": 8.0}
    kelvin, tint = white_balance.to_absolute(8000.0, 12.0, process, as_shot=shot)
    assert kelvin == pytest.approx(1e6 / (1e6 / 5000 + 1e6 / 8000 - 1e6 / 6500))
    assert tint == 20.0
    back = white_balance.to_relative(kelvin, tint, process, as_shot=shot)
    assert back == pytest.approx((8000.0, 12.0, 0.0))


def test_by_mired_is_limited():
    shot = {"Temperature": 2500.0, "Tint": 140.0}
    assert white_balance.to_absolute(2000.0, 50.0, 2, as_shot=shot) == pytest.approx((2000, 150))
    blue = {"Temperature": 20000.0, "Tint": 0.0}
    assert white_balance.to_absolute(50000.0, 0.0, 2, as_shot=blue)[0] == pytest.approx(50000)


def test_process_2_takes_the_cameras_as_shot():
    camera, neutral = camera_of(CAMERAS[0]), CAMERAS[0]["neutral"]
    shot = white_balance.as_shot(camera, neutral)
    found = white_balance.to_absolute(7000.0, 5.0, 2, camera=camera, neutral=neutral)
    assert found == pytest.approx(white_balance.to_absolute(7000.0, 5.0, 2, as_shot=shot))
