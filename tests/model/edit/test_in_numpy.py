"""An edit in NumPy is the edit layer's, but for rounding, and torch is not even imported."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy_rendering import render_in_numpy, whole_of
from simulated import scene
from tolerances import FLOAT32, IDENTITY, ONE_CODE_16
from whole_edits import random_edit, random_shot

from imaging.camera import Shot
from model.edit.in_numpy import edit_arrays, to_planes
from model.edit.numpy_array import Array
from model.edit.processes import rendered_process
from model.edit.scene import Scene
from model.edit.strips import to_tensor
from model.edit_layer import params_to_tensors, render
from params.ranges import neutral_params

REPO = Path(__file__).resolve().parents[3]
TABLES = ("matrices", "light_shares", "base", "whites", "blacks", "curve", "gains", "encoded")


def picture(rows: int = 33, columns: int = 44) -> np.ndarray:
    """Smooth light with some noise, and what formulas stumble over: black, white, pure colours."""
    pixels = scene(6, rows, columns)
    pixels += np.random.default_rng(1).uniform(0.0, 0.03, pixels.shape).astype(np.float32)
    pixels[0], pixels[1], pixels[2, :, 1:], pixels[3, :, 0] = 0.0, 1.0, 0.0, 0.0
    return pixels.clip(0.0, 1.0)


def both_scenes(shot: Shot | None, edit: dict[str, Any]) -> tuple[Scene, Scene]:
    process, pixels = rendered_process(2), picture()
    found = whole_of(process, "plain", pixels, edit_arrays(edit), shot)
    with torch.inference_mode():
        wanted = process.find_whole(to_tensor(pixels), params_to_tensors(edit), [shot])
    assert isinstance(found, Scene)
    assert isinstance(wanted, Scene)
    return found, wanted


def assert_alike(found: Any, wanted: Any) -> None:
    if isinstance(wanted, tuple | list):
        for one, other in zip(found, wanted, strict=True):
            assert_alike(one, other)
    elif wanted is not None:
        assert type(found) is Array
        assert found.dtype == np.float32
        assert found.shape == tuple(wanted.shape)
        scale = max(1.0, float(wanted.abs().max()))
        assert np.abs(found - wanted.numpy()).max() < FLOAT32 * scale


@pytest.mark.parametrize("seed", range(24))
def test_whole_edits_of_process_2(seed: int) -> None:
    rng = np.random.default_rng(seed)
    edit, shot = random_edit(rng, 2), random_shot(rng)
    found = render_in_numpy(picture(), edit, process=2, shot=shot)
    miss = np.abs(found - render(picture(), edit, process=2, shot=shot))
    assert found.dtype == np.float32
    assert miss.max() < ONE_CODE_16
    assert miss.mean() < IDENTITY


@pytest.mark.parametrize("masks", ["plain", "centred"])
@pytest.mark.parametrize("seed", range(4))
def test_whole_edits_of_process_1(seed: int, masks: str) -> None:
    edit = random_edit(np.random.default_rng(seed), 1)
    found = render_in_numpy(picture(), edit, masks=masks)
    miss = np.abs(found - render(picture(), edit, masks=masks))
    assert miss.max() < ONE_CODE_16
    assert miss.mean() < IDENTITY


@pytest.mark.parametrize("seed", range(6))
def test_scenes_and_tables(seed: int) -> None:
    rng = np.random.default_rng(100 + seed)
    edit, shot = random_edit(rng, 2), random_shot(rng)
    found, wanted = both_scenes(shot, edit)
    for name in ("exposure", "curves", "pivot", "lift"):
        assert_alike(getattr(found, name), getattr(wanted, name))
    for name in ("coefficients", "median", "wide"):
        assert_alike(getattr(found.base, name), getattr(wanted.base, name))
    process = rendered_process(2)
    panels = process.facts.panels
    own = process.prepared(found, edit_arrays(edit, panels))
    with torch.inference_mode():
        other = process.prepared(wanted, params_to_tensors(edit, panels=panels))
        for name in TABLES:
            assert_alike(getattr(own.tables, name), getattr(other.tables, name))
    assert own.tables.neutral == other.tables.neutral
    assert own.tables.alike == other.tables.alike


@pytest.mark.parametrize("name", ["clarity", "texture", "dehaze"])
def test_surroundings(name: str) -> None:
    found, wanted = both_scenes(None, neutral_params())
    base, other = getattr(found.surroundings, name), getattr(wanted.surroundings, name)
    assert_alike(base.median, other.median)
    # Slopes and offsets are differences of large numbers; what comes of them is not.
    pixels = to_planes(picture(99, 132))
    miss = base.distances(pixels) - other.distances(torch.from_numpy(np.asarray(pixels))).numpy()
    assert np.abs(miss).max() < 10 * FLOAT32


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (6, 1), (2, 2)])
def test_tiny_pictures(shape: tuple[int, int]) -> None:
    edit = random_edit(np.random.default_rng(3), 2) | {"Clarity2012": 20.0, "Highlights2012": 30.0}
    pixels = np.random.default_rng(4).random((*shape, 3)).astype(np.float32)
    found = render_in_numpy(pixels, edit, process=2)
    assert np.abs(found - render(pixels, edit, process=2)).max() < ONE_CODE_16


def test_strips_are_as_the_whole() -> None:
    process, pixels = rendered_process(2), picture()
    edit = edit_arrays(random_edit(np.random.default_rng(7), 2), process.facts.panels)
    whole = whole_of(process, "plain", pixels, edit)
    assert isinstance(whole, Scene)
    whole = process.prepared(whole, edit)

    def rendered(top: int, bottom: int) -> np.ndarray:
        image = to_planes(pixels[top:bottom])
        part = whole.strip(top, len(pixels)).of(image)
        for step in process.steps:
            image = step.apply(image, edit, part)
        return image

    strips = np.concatenate([rendered(0, 10), rendered(10, 11), rendered(11, 33)], axis=2)
    assert np.abs(strips - rendered(0, 33)).max() < 10 * IDENTITY


def test_torch_is_not_imported() -> None:
    program = """
import sys
sys.path[:0] = ["tests", "."]
import numpy as np
from whole_edits import random_edit, random_shot
from numpy_rendering import render_in_numpy
for seed in range(12):
    rng = np.random.default_rng(seed)
    process = 1 if seed % 4 == 0 else 2
    masks = "centred" if seed == 0 else "plain"
    edit, shot = random_edit(rng, process), random_shot(rng)
    render_in_numpy(rng.random((9, 12, 3)), edit, process=process, masks=masks, shot=shot)
print("torch" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=REPO, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.stderr == ""
    assert done.stdout.strip() == "False"
