"""Profile tables against the specification's formulas, written out for one pixel at a time."""

import colorsys
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
from simulated import scene
from tolerances import FLOAT32, FLOAT64, IDENTITY, ONE_CODE_16

from dataset.synthetic.write_dng import COLOR_MATRIX, NEUTRAL
from imaging.camera import Shot
from model import edit_layer
from model.edit.dual import Dual
from model.edit.hue_sat import apply_maps
from model.edit.scene import join, light_shares, scene_of
from model.edit_layer import DifferentiableEditLayer, render
from model.fit import fit_batch
from model.fit_options import FitOptions
from params.base_curve import base_curve
from params.camera_color import CameraColor
from params.colorimetry import srgb_decode, srgb_encode
from params.profile_table import ProfileTable, profile_table
from params.ranges import CURVE_NAME, SLIDER_NAMES, neutral_params
from params.rendering import Rendering, ramp
from params.white_balance import temperature_tint_to_xy, to_absolute

CAMERA = CameraColor(
    color_matrix_1=np.array(COLOR_MATRIX) * [[1.2], [1.0], [0.7]],
    color_matrix_2=COLOR_MATRIX,
    illuminant_1=17,
    illuminant_2=21,
)
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
    CURVE_NAME: [0.01, 0.05, 0.12, 0.2, 0.3, 0.42, 0.55, 0.7, 0.85, 0.99],
}


def table(seed: int, hues: int, saturations: int, values: int = 1, encoded: int = 0) -> Any:
    """Hues up to 25 degrees away, saturations and values by up to a third."""
    random = np.random.default_rng(seed)
    data = random.uniform(-1.0, 1.0, (values, hues, saturations, 3)) * [25.0, 0.3, 0.3] + [0, 1, 1]
    return profile_table((hues, saturations, values), data, (encoded,))


def even(hue: float, saturation: float = 1.0, value: float = 1.0) -> ProfileTable:
    """The same everywhere, but for the value of greys."""
    return profile_table((1, 2), (hue, saturation, value) * 2)


def written_out(rgb: Sequence[float], table: ProfileTable) -> list[float]:
    """The specification's steps for one colour; HSV is the standard library's."""
    values, hues, saturations = table.entries.shape[:3]
    hue, saturation, value = colorsys.rgb_to_hsv(*(float(channel) for channel in rgb))
    if table.encoded:
        value = float(srgb_encode(np.float64(value)))
    move = np.zeros(3)
    for weight, v, h, s in corners(
        value * (values - 1), hue * hues, saturation * (saturations - 1)
    ):
        if weight:
            move += weight * table.entries[min(v, values - 1), h % hues, min(s, saturations - 1)]
    hue = (hue + move[0] / 360.0) % 1.0
    saturation, value = min(saturation * move[1], 1.0), min(value * move[2], 1.0)
    if table.encoded:
        value = float(srgb_decode(np.float64(value)))
    return list(colorsys.hsv_to_rgb(hue, saturation, value))


def corners(*place: float) -> list[tuple[float, int, int, int]]:
    """The eight entries around a place and their weights."""
    found = []
    for corner in np.ndindex(2, 2, 2):
        weight, index = 1.0, []
        for position, up in zip(place, corner, strict=True):
            part = position - int(position)
            weight *= part if up else 1.0 - part
            index.append(int(position) + up)
        found.append((weight, *index))
    return found


def colours(count: int = 400) -> np.ndarray:
    """Random ones, and all that HSV treats apart: greys, black, primaries, ties."""
    listed = [(r, g, b) for r in (0.0, 0.5, 1.0) for g in (0.0, 0.5, 1.0) for b in (0.0, 0.5, 1.0)]
    some = np.random.default_rng(1).random((count - len(listed), 3)) ** 2
    return np.concatenate([np.array(listed), some])


def as_image(rgb: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(rgb.T.copy())[None, :, :, None]


TABLES = {
    "2.5D": table(1, 7, 4),
    "3D": table(2, 6, 3, 5),
    "encoded": table(3, 9, 3, 4, 1),
    "one hue": table(4, 1, 2, 2),
    "two hues": table(5, 2, 2),
}


@pytest.mark.parametrize("name", TABLES)
def test_as_the_specification_says(name: str) -> None:
    rgb = colours()
    wanted = np.array([written_out(pixel, TABLES[name]) for pixel in rgb])
    assert np.abs(wanted - rgb).max() > 0.05
    found = apply_maps(as_image(rgb), [(TABLES[name],)])
    assert found[0, :, :, 0].T.numpy() == pytest.approx(wanted, abs=1e-6)
    single = apply_maps(as_image(rgb).float(), [(TABLES[name],)])
    assert single.dtype == torch.float32
    assert (single - found).abs().max() < 5 * FLOAT32


@pytest.mark.parametrize(("values", "encoded"), [(1, 0), (4, 0), (4, 1)])
def test_a_table_that_does_nothing(values: int, encoded: int) -> None:
    nothing = profile_table((6, 3, values), (0.0, 1.0, 1.0) * (18 * values), (encoded,))
    image = as_image(colours()).float()
    assert (apply_maps(image, [(nothing,)]) - image).abs().max() < IDENTITY
    assert apply_maps(image, [()]) is image


def test_a_shift_turns_the_circle() -> None:
    """Red by 120 degrees is green; past the circle's ends, too; a scale of 0 is grey."""
    image = as_image(np.array([[0.8, 0.2, 0.2]]))
    for shift, wanted in ((120, (0.2, 0.8, 0.2)), (-120, (0.2, 0.2, 0.8)), (360, (0.8, 0.2, 0.2))):
        found = apply_maps(image, [(even(shift),)])
        assert found.flatten().numpy() == pytest.approx(wanted, abs=1e-9)
    grey = apply_maps(image, [(even(40.0, saturation=0.0),)])
    assert grey.flatten().numpy() == pytest.approx(0.8)


def test_the_last_hue_meets_the_first() -> None:
    """Four hues, the last one (270 degrees) turned: half of it is left at 315, none at 0."""
    moved = profile_table((4, 2), (*(0.0, 1.0, 1.0) * 6, *(20.0, 1.0, 1.0) * 2))
    for degrees, shift in ((270.0, 20.0), (315.0, 10.0), (359.9, 0.0222), (0.0, 0.0), (225.0, 10)):
        rgb = np.array([colorsys.hsv_to_rgb(degrees / 360.0, 0.5, 0.8)])
        found = apply_maps(as_image(rgb), [(moved,)]).flatten().numpy()
        turned = (colorsys.rgb_to_hsv(*found)[0] * 360.0 - degrees) % 360.0
        assert turned == pytest.approx(shift, abs=1e-3)


def test_values_are_looked_up_as_they_are_encoded() -> None:
    """Value scale 1 at black, 0.5 at white: a middle grey-red is half way in its own encoding."""
    data = (*(0.0, 1.0, 1.0) * 2, *(0.0, 1.0, 0.5) * 2)
    red = np.array([[0.5, 0.0, 0.0]])
    linear = apply_maps(as_image(red), [(profile_table((1, 2, 2), data),)])
    assert float(linear[0, 0]) == pytest.approx(0.5 * 0.75)
    coded = float(srgb_encode(np.float64(0.5)))
    found = apply_maps(as_image(red), [(profile_table((1, 2, 2), data, (1,)),)])
    wanted = float(srgb_decode(np.float64(coded * (1.0 - 0.5 * coded))))
    assert float(found[0, 0]) == pytest.approx(wanted)


def test_each_picture_of_a_batch_has_its_own() -> None:
    image = torch.rand(5, 3, 6, 7, dtype=torch.float64)
    one, other = TABLES["2.5D"], TABLES["encoded"]
    pair = (table(6, 5, 3), table(7, 5, 3))
    share = torch.tensor([0.2, 0.9, 0.25, 0.5, 0.8], dtype=torch.float64)
    batch: list[Any] = [(one,), (), pair, (other,), (one,)]
    found = apply_maps(image, batch, share)
    for i, maps in enumerate(batch):
        alone = apply_maps(image[i : i + 1], [maps], share[i : i + 1])
        assert (found[i] - alone[0]).abs().max() < FLOAT64
    assert (found[1] - image[1]).abs().max() < IDENTITY
    # Between two illuminants the entries themselves are interpolated.
    mixed = ProfileTable(0.25 * pair[0].entries + 0.75 * pair[1].entries)
    assert (found[2] - apply_maps(image[2:3], [(mixed,)])[0]).abs().max() < IDENTITY


@pytest.mark.parametrize("name", TABLES)
def test_gradients(name: str) -> None:
    torch.manual_seed(4)
    image = torch.rand(2, 3, 4, 4, dtype=torch.float64).requires_grad_()
    share = torch.tensor([0.3, 0.6], dtype=torch.float64).requires_grad_()
    first = TABLES[name]
    second = ProfileTable(first.entries[..., ::-1, ::-1, :] * np.float32(0.9), first.encoded)
    maps = [(first, second), ()]
    with torch.inference_mode():  # what is kept from here serves gradients as well
        apply_maps(image, maps, share)

    def run(x: torch.Tensor, part: torch.Tensor) -> Any:
        return apply_maps(x, maps, part)

    assert torch.autograd.gradcheck(run, (image, share))
    directions = torch.randn(3, 2, 3, 4, 4, dtype=torch.float64)
    weights = torch.randn(3, 2, dtype=torch.float64)
    dual = apply_maps(Dual(image.detach(), directions), maps, Dual(share.detach(), weights))
    for k in range(3):
        _, wanted = torch.autograd.functional.jvp(
            run, (image.detach(), share.detach()), (directions[k], weights[k])
        )
        assert (dual.tangent[k] - wanted).abs().max() < FLOAT64 * 1e3
    assert (dual.value - run(image, share)).abs().max() < FLOAT64


# In the edit layer.


def rendering(**own: Any) -> Rendering:
    maps = (table(8, 6, 4), table(9, 6, 4))
    return Rendering(hue_sat=maps, look=(table(10, 8, 3, 4, 1),), **own)


def test_the_order_of_the_default_rendering() -> None:
    """HueSatMap, ramp with BaselineExposure, LookTable, curve: the SDK's, one pixel at a time."""
    own = Rendering(0.5, base="dng-sdk", hue_sat=(TABLES["3D"],), look=(TABLES["encoded"],))
    picture = colours().reshape(20, 20, 3)
    wanted = []
    for pixel in picture.reshape(-1, 3):
        x = ramp(np.array(written_out(pixel, own.hue_sat[0])), 2.0**-0.5)
        x = np.array(written_out(x, own.look[0]))
        low, high = x.min(), x.max()
        curve = base_curve(np.array([low, high]))
        wanted.append(curve[0] + (curve[1] - curve[0]) * (x - low) / max(high - low, 1e-9))
    found = render(
        picture.astype(np.float32), neutral_params(), process=2, shot=Shot(None, None, own)
    )
    miss = np.abs(found.reshape(-1, 3) - np.array(wanted))
    assert miss.max() < 2e-3  # pure colours near black, where the curve's table is coarse
    assert miss.mean() < 2e-5


def test_the_light_decides_between_two_maps() -> None:
    """Warm light: the first illuminant's (2850 K); daylight: the second's (6500 K)."""
    whites = scene_of(torch.rand(2, 3, 4, 4), [Shot(CAMERA, NEUTRAL), None]).whites
    for kelvin in (2300.0, 4000.0, 5200.0, 6500.0, 9000.0):
        shown = to_absolute(kelvin, 0.0, 2, camera=CAMERA, neutral=NEUTRAL)
        mired = 1e6 / shown[0]
        wanted = (mired - 1e6 / 6500) / (1e6 / 2850 - 1e6 / 6500)
        share = light_shares(whites, torch.full((2,), kelvin, dtype=torch.float64))
        assert float(share[0]) == pytest.approx(np.clip(wanted, 0.0, 1.0), abs=1e-9)
        assert float(share[1]) == 1.0
        # The colour matrices are mixed in the same parts.
        mixed = CAMERA.xyz_to_camera(temperature_tint_to_xy(*shown))
        one, two = CAMERA.color_matrix_1, CAMERA.color_matrix_2
        assert mixed == pytest.approx(two + (one - two) * np.clip(wanted, 0, 1), abs=2e-4)


def test_gradients_through_the_layer() -> None:
    torch.manual_seed(2)
    image = (torch.rand(2, 3, 2, 3, dtype=torch.float64) * 0.8 + 0.05).requires_grad_()
    layer = DifferentiableEditLayer(2)
    whole = scene_of(image, [Shot(CAMERA, NEUTRAL, rendering()), None])
    names = [*SLIDER_NAMES, CURVE_NAME]
    values = [torch.tensor(np.stack([EDIT[n]] * 2)).double().requires_grad_() for n in names]

    def run(x: torch.Tensor, *given: torch.Tensor) -> torch.Tensor:
        return layer(x, dict(zip(names, given, strict=True)), whole)

    assert torch.autograd.gradcheck(run, (image, *values), eps=1e-7, atol=2e-5, rtol=1e-3)


def test_duals_through_the_layer() -> None:
    torch.manual_seed(3)
    image = torch.rand(1, 3, 20, 1, dtype=torch.float64)
    layer = DifferentiableEditLayer(2)
    whole = scene_of(image, [Shot(CAMERA, NEUTRAL, rendering())])
    whole = whole.at(whole.base.distances(image))
    values = {n: torch.tensor(np.asarray(EDIT[n]))[None].double() for n in EDIT}
    for name in ("Temperature", "Exposure2012", "Saturation", "Blacks2012"):
        duals = {n: Dual(v, torch.full_like(v, float(n == name))[None]) for n, v in values.items()}
        out: Any = Dual(image)
        for step in layer.steps:
            out = step.apply(out, duals, whole)

        def one(value: torch.Tensor, name: str = name) -> torch.Tensor:
            return layer(image, values | {name: value}, whole)

        wanted = torch.autograd.functional.jacobian(one, values[name])
        assert isinstance(wanted, torch.Tensor)
        assert wanted.abs().max() > 0
        assert (out.tangent[0] - wanted[..., 0]).abs().max() < 1e-7


def test_strips_equal_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    picture = scene(5, 97, 120)
    shot = Shot(CAMERA, NEUTRAL, rendering())
    whole = render(picture, EDIT, process=2, shot=shot)
    monkeypatch.setattr(edit_layer, "STRIP_PIXELS", 1000)
    assert np.abs(render(picture, EDIT, process=2, shot=shot) - whole).max() < ONE_CODE_16
    plain = render(picture, EDIT, process=2, shot=Shot(CAMERA, NEUTRAL))
    assert np.abs(plain - whole).max() > 0.02


def test_tables_follow_their_pictures() -> None:
    own, other = rendering(), Rendering(look=(TABLES["3D"],))
    image = torch.rand(3, 3, 4, 4)
    shots = [Shot(CAMERA, NEUTRAL, own), None, Shot(None, None, other)]
    picked = scene_of(image, shots).pick(torch.tensor([2, 0, 0]))
    assert picked.hue_sat == ((), own.hue_sat, own.hue_sat)
    assert picked.look == (other.look, own.look, own.look)
    parts = [scene_of(image[i : i + 1], [shot]) for i, shot in enumerate(shots)]
    joined = join([part.at(torch.zeros(1, 1, 16, 1)) for part in parts])
    assert joined.hue_sat == (own.hue_sat, (), ())
    assert joined.look == (own.look, (), other.look)


def test_an_edit_of_a_picture_with_tables_is_found_again() -> None:
    dim = np.linspace(0.1, 1.0, 160, dtype=np.float32)[:, None]
    raw = scene(3) * dim.reshape(-1, 1, 1)
    shot = Shot(CAMERA, NEUTRAL, rendering())
    edit = neutral_params() | {"Temperature": 5900.0, "Exposure2012": 0.4, "Saturation": 15.0}
    pairs = [(raw, render(raw, edit, process=2, shot=s)) for s in (shot, None)]
    for found in fit_batch(pairs, FitOptions(process=2), shots=[shot, None]):
        assert found.before.delta_e > 4.5  # the default rendering
        assert found.after.delta_e < 0.3
        assert found.params["Temperature"] == pytest.approx(5900.0, rel=0.04)
