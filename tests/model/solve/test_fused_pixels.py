"""The fit's residuals by the compiled kernel are the edit layer's, and so is their derivative."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from simulated import scene

from model.edit_layer import DifferentiableEditLayer, render
from model.fit import fit
from model.fit_options import FitOptions, fitted_panels
from model.fused.library import library
from model.fused.plan import NotPlanned, PlannedStep
from model.fused.sample import sampled_steps
from model.solve import problems
from model.solve.fused_pixels import FusedPixels
from model.solve.jacobian import PixelResiduals
from model.solve.problems import Samples, kernel_problem, layer_problem
from model.solve.unknowns import FitSpace
from params.ranges import neutral_params

REPO = Path(__file__).resolve().parents[3]
needs_kernel = pytest.mark.skipif(library() is None, reason="no C compiler here")
EDIT: dict[str, Any] = {"Exposure2012": 0.4, "Contrast2012": 15.0, "Shadows2012": 20.0}


def pair(seed: int) -> tuple[np.ndarray, np.ndarray]:
    raw = scene(seed) * np.linspace(0.1, 1.0, 240, dtype=np.float32)[:, None]
    return raw, render(raw, neutral_params() | EDIT, process=2)


def both(
    sliders: tuple[str, ...] = (), count: int = 300, drawing: list[int] | None = None
) -> tuple[PixelResiduals, FusedPixels]:
    """The same problem twice: of two pictures."""
    pairs, layer = [pair(1), pair(2)], DifferentiableEditLayer(2)
    rows = None if drawing is None else np.array(drawing)
    panels = fitted_panels(sliders, 2)
    space = FitSpace(layer.process.rules, 12, panels=panels, drawing=rows)
    samples = Samples.of(pairs, count, 0)
    kernel = kernel_problem(pairs, [None, None], samples, layer.process, space)
    assert kernel is not None
    return layer_problem(pairs, [None, None], samples, layer, space), kernel


@needs_kernel
@pytest.mark.parametrize("sliders", [(), ("mixer",), ("grading", "parametric", "calibration")])
def test_values_and_derivative_are_the_layers(sliders: tuple[str, ...]) -> None:
    layer, kernel = both(sliders, drawing=[0, 2])
    theta = 0.3 * np.random.default_rng(5).normal(size=(2, layer.space.size))
    theta += 0.05 * np.sign(theta)  # away from 0, where some sliders bend
    with torch.inference_mode():
        wanted, slopes = (part.numpy() for part in layer.values_and_jacobian(theta))
    found, differences = kernel.values_and_jacobian(theta)
    again = kernel.values(theta)
    assert found.shape == wanted.shape == (2, 3, 300)
    assert np.allclose(again, found, atol=1e-3)
    assert np.abs(found - wanted).mean() < 5e-3
    for i, slope in enumerate(slopes):
        near = np.abs(differences[i] - slope) <= 0.03 * np.abs(slope).max() + 0.01
        assert near.mean() > 0.97, i  # but for pixels whose hue turns over


@needs_kernel
def test_what_the_solver_asks_is_the_layers() -> None:
    layer, kernel = both(("mixer",), drawing=[0, 1])
    theta = 0.3 * np.random.default_rng(6).normal(size=(2, layer.space.size))
    softness = np.array([0.3, 2.0])
    assert kernel.mean_lengths(theta) == pytest.approx(layer.mean_lengths(theta), rel=2e-3)
    for asked in (layer, kernel):
        losses, gradient, curvature = asked.slopes(theta, softness)
        assert asked.losses(theta, softness) == pytest.approx(losses, rel=1e-4)
        if asked is layer:
            wanted = losses, gradient, curvature
    for found, one in zip((losses, gradient, curvature), wanted, strict=True):
        assert found.shape == one.shape
        assert np.abs(found - one).max() < 0.02 * np.abs(one).max()


@needs_kernel
def test_an_edit_is_planned_alike_after_any_other() -> None:
    _, kernel = both(("grading",), drawing=[0, 2])
    one, other = np.random.default_rng(7).normal(0.0, 0.4, (2, 2, kernel.space.size))
    first = kernel.values(one)
    kernel.values(other)
    kernel.values_and_jacobian(other)
    for picture in kernel.pictures:
        picture.planned.clear()
    assert np.array_equal(kernel.values(one), first)


@needs_kernel
def test_problems_and_every_nth_pixel_can_be_picked() -> None:
    _, kernel = both(count=301)
    theta = 0.1 * np.ones((2, kernel.space.size))
    whole = kernel.values(theta)
    picked = kernel.pick(np.array([1, 0, 1]), 7).values(theta[[0, 0, 0]])
    assert picked.shape == (3, 3, 43)
    assert np.allclose(picked[0], whole[1, :, ::7], atol=1e-6)
    assert np.allclose(picked[1], whole[0, :, ::7], atol=1e-6)


@needs_kernel
def test_numbers_that_are_none_are_left_to_the_layer() -> None:
    raw, target = pair(1)
    target = target.copy()
    target[:] = np.nan
    space = FitSpace(DifferentiableEditLayer(2).process.rules, 8)
    samples = Samples.of([(raw, target)], 64, 0)
    process = DifferentiableEditLayer(2).process
    assert kernel_problem([(raw, target)], [None], samples, process, space) is None


@needs_kernel
def test_the_fit_is_the_same_without_the_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    raw, target = pair(3)
    with_it = fit(raw, target, FitOptions())
    monkeypatch.setattr(problems, "library", lambda: None)
    without = fit(raw, target, FitOptions())
    assert with_it.after.delta_e == pytest.approx(without.after.delta_e, abs=0.02)
    assert with_it.params["Exposure2012"] == pytest.approx(without.params["Exposure2012"], abs=0.05)


@needs_kernel
@pytest.mark.parametrize(
    "step", [PlannedStep("clarity", surroundings=True), PlannedStep("grain", exact=[1.0, 2.0, 3.0])]
)
def test_steps_that_ask_where_a_pixel_is_are_left_to_the_layer(step: PlannedStep) -> None:
    with pytest.raises(NotPlanned):
        sampled_steps([step])


_WITHOUT_TORCH = """
import sys

import numpy as np

from model.fit import fit
from model.fit_options import FitOptions

rng = np.random.default_rng(0)
raw = rng.random((40, 60, 3), dtype=np.float32) * np.float32(0.7)
found = fit(raw, (raw * 1.3).clip(0.0, 1.0), FitOptions(sliders=("basic", "grading")))
assert found.after.delta_e < found.before.delta_e
assert "torch" not in sys.modules
"""


@needs_kernel
def test_a_fit_does_not_import_torch() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _WITHOUT_TORCH],
        cwd=REPO, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
