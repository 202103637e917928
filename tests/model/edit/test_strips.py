"""Pictures in strips: nothing is missed, in whatever order and threads the strips are edited."""

import threading
from typing import Any

import numpy as np
import pytest
import torch
from simulated import scene
from tolerances import FLOAT32, ONE_CODE_16

from imaging.camera import Shot
from model import edit_layer
from model.edit.strips import edit_strips, to_tensor
from model.edit_layer import DifferentiableEditLayer, params_to_tensors, render
from params.camera_color import CameraColor
from params.ranges import CURVE_NAME, SLIDERS, neutral_params

CPU = torch.device("cpu")
CAMERA = Shot(
    CameraColor(color_matrix_1=np.array([[0.8, -0.1, -0.1], [-0.4, 1.2, 0.2], [0.0, 0.2, 0.6]])),
    (0.5, 1.0, 0.7),
)


@pytest.fixture(params=[1, 2, 3], ids="{}threads".format)
def threads(request: pytest.FixtureRequest) -> Any:
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(before)


def random_edit(seed: int) -> dict[str, Any]:
    """A third of the sliders anywhere, a third neutral or at an end, a third left alone."""
    rng = np.random.default_rng(seed)
    edit = neutral_params()
    for slider in SLIDERS:
        choice = rng.integers(3)
        if choice < 2:
            ends = (slider.neutral, slider.low, slider.high)
            anywhere = rng.uniform(slider.low, slider.high)
            edit[slider.name] = ends[rng.integers(3)] if choice else anywhere
    edit["Exposure2012"] *= 0.5
    edit[CURVE_NAME] = np.sort(rng.random(16)).tolist()
    return edit


@pytest.mark.parametrize("process", [1, 2])
@pytest.mark.parametrize("seed", range(6))
def test_renders_as_the_layer_does(process: int, seed: int, threads: int) -> None:
    """Prepared, in strips, from pixels to planes and back: as the layer in float64, in one go.

    The picture is smaller than the proxy: both know the same of it.
    """
    picture = scene(seed, 150, 110)
    corners = np.array(np.meshgrid([0, 1], [0, 1], [0, 1])).reshape(3, 8).T
    picture[0, :8], picture[1, :8] = corners, 0.001 * corners
    edit, shot = random_edit(seed), (None, CAMERA)[seed % 2]
    masks = "plain" if process == 2 or seed % 3 else "centred"
    layer = DifferentiableEditLayer(process, masks)
    x = to_tensor(picture).double()
    values = {name: torch.tensor(np.asarray(edit[name]))[None].double() for name in edit}
    whole = layer.find_whole(x, values, [shot])
    wanted = layer(x, values, whole)[0].permute(1, 2, 0).numpy()
    found = render(picture, edit, process=process, masks=masks, shot=shot)
    assert np.abs(found - wanted).max() < ONE_CODE_16


def test_tables_of_an_edit_serve_all_its_strips() -> None:
    layer = DifferentiableEditLayer(2)
    values = params_to_tensors(random_edit(8))
    x = to_tensor(scene(3, 40, 30))
    scene_ = layer.find_whole(x, values, [CAMERA])
    prepared = layer.process.prepared(scene_, values)
    assert torch.equal(layer(x, values, prepared), layer(x, values, scene_))
    # Those of one edit are not those of another.
    other = params_to_tensors(random_edit(9))
    assert not torch.equal(
        layer(x, other, layer.process.prepared(scene_, other)), layer(x, values, scene_)
    )


@pytest.mark.parametrize("place", ["array", "rows apart", "mirrored", "itself"])
def test_wherever_the_result_goes(place: str, threads: int) -> None:
    picture = scene(1, 61, 37)
    wanted = 0.5 * picture
    source = picture.copy()
    out = {
        "array": np.empty_like(picture),
        "rows apart": np.empty((61, 80, 3), np.float32)[:, 10:47],
        "mirrored": np.empty_like(picture)[::-1, ::-1],
        "itself": source,
    }[place]
    edit_strips(lambda strip, top: strip * 0.5, source, out, CPU, 37 * 4)
    np.testing.assert_array_equal(out, wanted)


def test_every_row_once_and_where_it_belongs(threads: int) -> None:
    tops = []

    def edit(strip: torch.Tensor, top: int) -> torch.Tensor:
        tops.append((top, strip.shape[2]))
        return strip + torch.arange(top, top + strip.shape[2])[None, None, :, None]

    out = np.empty((50, 8, 3), np.float32)
    edit_strips(edit, np.zeros((50, 8, 3), np.float32), out, CPU, 8 * 7)
    np.testing.assert_array_equal(out[:, 0, 0], np.arange(50))
    assert sorted(tops) == [(top, min(7, 50 - top)) for top in range(0, 50, 7)]


def test_an_error_in_a_strip_is_an_error_and_threads_are_as_before(threads: int) -> None:
    def edit(strip: torch.Tensor, top: int) -> torch.Tensor:
        raise ValueError(f"row {top}")

    picture = np.zeros((50, 8, 3), np.float32)
    with pytest.raises(ValueError, match="row 0"):
        edit_strips(edit, picture, picture, CPU, 8)
    assert torch.get_num_threads() == threads
    found = []
    later = threading.Thread(target=lambda: found.append(torch.get_num_threads()))
    later.start()
    later.join()
    assert found == [threads]


def test_neutral_process_1_in_strips_is_the_identity(
    threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edit_layer, "STRIP_PIXELS", 500)
    picture = scene(4, 90, 70)
    assert np.abs(render(picture, neutral_params()) - picture).max() < FLOAT32
