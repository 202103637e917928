"""The kernel does what the edit layer does: whole edits, pictures of all shapes, odd pixels."""

import gc
import weakref
from typing import Any

import numpy as np
import pytest
import torch
from random_edits import random_edit
from simulated import scene
from tolerances import ONE_CODE_16

from imaging.camera import Shot
from imaging.color import romm_encode
from model import edit_layer, render
from model.edit.strips import to_pixels, to_tensor
from model.edit_layer import DifferentiableEditLayer, params_to_tensors
from model.fused import edits, library
from params.camera_color import CameraColor
from params.edit_process import PROCESS_1, PROCESS_2
from params.ranges import neutral_params

pytestmark = pytest.mark.skipif(library.library() is None, reason="no C compiler: no kernel")
CAMERA = Shot(
    CameraColor(color_matrix_1=np.array([[0.8, -0.1, -0.1], [-0.4, 1.2, 0.2], [0.0, 0.2, 0.6]])),
    (0.5, 1.0, 0.7),
)


def picture(seed: int, height: int = 61, width: int = 83) -> np.ndarray:
    """Colours of all kinds, the corners of the cube and the dark among them."""
    pixels = scene(seed, height, width)
    corners = np.array(np.meshgrid([0, 1], [0, 1], [0, 1])).reshape(3, 8).T
    pixels[0, :8], pixels[1, :8] = corners, 0.001 * corners
    return pixels


def away(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Differences of ROMM-encoded values, in steps of 16 bits."""
    return np.abs(romm_encode(one.astype(np.float64)) - romm_encode(other)) / ONE_CODE_16


def in_float64(pixels: np.ndarray, edit: dict[str, Any], how: dict[str, Any]) -> np.ndarray:
    layer = DifferentiableEditLayer(how["process"], how["masks"])
    values = params_to_tensors(edit, panels=layer.process.facts.panels)
    values = {name: value.double() for name, value in values.items()}
    image = to_tensor(pixels).double()
    with torch.inference_mode():
        return to_pixels(layer(image, values, layer.find_whole(image, values, [how["shot"]])))


@pytest.fixture
def no_layer(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("the layer was asked")

    monkeypatch.setattr(edit_layer, "render", refuse)
    monkeypatch.setattr(edit_layer, "render_rows", refuse)


@pytest.mark.parametrize("group", range(40))
def test_whole_edits(group: int) -> None:
    """200 of them: within a step of the layer, wherever the layer's own rounding is not larger."""
    for seed in range(5 * group, 5 * group + 5):
        process = PROCESS_1 if seed % 4 == 0 else PROCESS_2
        edit = random_edit(seed, process.panels)
        masks = process.masks[seed % 8 // 4 % len(process.masks)]
        how = {"process": process.number, "masks": masks, "shot": (None, CAMERA)[seed % 2]}
        pixels = picture(seed % 7)
        found = render.render(pixels, edit, **how)
        layer = edit_layer.render(pixels, edit, **how)
        apart = away(found, layer)
        if apart.max() > 1.0:
            exact = in_float64(pixels, edit, how)
            off = away(layer, exact)
            assert away(found, exact).max() <= 1.0 + 2.0 * off.max(), seed
            assert np.mean(apart > 1.0) <= 2e-4 + 2.0 * np.mean(off > 0.5), seed


@pytest.mark.parametrize("process", [1, 2])
def test_the_kernel_does_it(process: int, no_layer: None) -> None:
    panels = PROCESS_2.panels if process == 2 else ()
    found = render.render(picture(1), random_edit(3, panels, often=1.0), process=process)
    assert found.dtype == np.float32
    assert found.std() > 0.01


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1), (2, 257), (65, 16), (130, 255)])
def test_sizes(size: tuple[int, int]) -> None:
    pixels = scene(2, 320, 320)[: size[0], : size[1]]
    edit = random_edit(3, ("detail_presence", "vignette", "grain"), often=1.0)
    wanted = edit_layer.render(np.ascontiguousarray(pixels), edit, process=2)
    assert away(render.render(pixels, edit, process=2), wanted).max() < 1.0


def test_a_picture_larger_than_the_proxy() -> None:
    pixels, edit = scene(4, 700, 1100), random_edit(5, PROCESS_2.panels, often=1.0)
    wanted = edit_layer.render(pixels, edit, process=2)
    assert np.mean(away(render.render(pixels, edit, process=2), wanted) > 1.0) < 1e-4


def test_in_place_and_views() -> None:
    edit, pixels = random_edit(3), picture(2)
    wanted = render.render(pixels, edit, process=2)
    wide = np.zeros((61, 100, 3), np.float32)
    wide[:, 10:93] = pixels
    part, turned = wide[:, 10:93], np.asfortranarray(pixels)
    assert np.array_equal(render.render(part, edit, process=2, out=part), wanted)
    assert not wide[:, :10].any()
    assert not wide[:, 93:].any()
    assert np.array_equal(render.render(turned, edit, process=2, out=turned), wanted)
    assert np.array_equal(turned, wanted)


def test_several_edits_know_the_picture_once(monkeypatch: pytest.MonkeyPatch) -> None:
    pixels, some = picture(3), [random_edit(seed) for seed in range(3)]
    wanted = [render.render(pixels, edit, process=2) for edit in some]
    process, calls = edits.rendered_process(2), []
    whole = process.find_whole
    counted = type(process)(
        **{
            **{name: getattr(process, name) for name in process.__dataclass_fields__},
            "find_whole": lambda *args: calls.append(1) or whole(*args),
        }
    )
    monkeypatch.setattr(edits, "rendered_process", lambda _: counted)
    found = list(render.render_edits(pixels, some, process=2))
    assert len(calls) == 1
    assert all(np.array_equal(a, b) for a, b in zip(found, wanted, strict=True))


@pytest.mark.parametrize("value", [1e6, -1e6, 3e38])
def test_rows_that_no_picture_has_are_the_layers(value: float) -> None:
    """In place, too, where the rest of the picture is written already."""
    pixels, edit = picture(5), neutral_params()
    pixels[7, 3], pixels[60, 82] = value, (0.2, value, 0.1)
    wanted = edit_layer.render(pixels, edit, process=1)
    found = render.render(pixels, edit, process=1, out=pixels)
    assert np.array_equal(found[7], wanted[7])
    assert away(found, wanted).max() < 1.0


def test_what_is_no_number_is_the_layers(monkeypatch: pytest.MonkeyPatch) -> None:
    pixels, asked = picture(5), []
    pixels[7, 3, 1] = np.nan
    monkeypatch.setattr(edit_layer, "render", lambda *_, **__: asked.append(1) or pixels)
    render.render(pixels, neutral_params(), process=2)
    assert asked


def test_without_a_compiler_the_layer_renders(monkeypatch: pytest.MonkeyPatch) -> None:
    pixels, edit = picture(6), random_edit(4)
    wanted = edit_layer.render(pixels, edit, process=2)
    monkeypatch.setattr(render, "library", lambda: None)
    assert np.array_equal(render.render(pixels, edit, process=2), wanted)
    found = list(render.render_edits(pixels, [edit, edit], process=2))
    assert len(found) == 2
    assert all(np.array_equal(one, wanted) for one in found)


def test_a_rendered_picture_is_let_go_at_once() -> None:
    """Not when Python next looks for circles: by then others of its size are there."""
    gc.disable()
    try:
        for process in (1, 2):
            pixels = picture(1)
            held = weakref.ref(pixels)
            render.render(pixels, random_edit(1), process=process)
            del pixels
            assert held() is None
    finally:
        gc.enable()


def test_masks_are_checked() -> None:
    with pytest.raises(ValueError, match="masks is 'none'"):
        render.render(picture(1), neutral_params(), masks="none")
