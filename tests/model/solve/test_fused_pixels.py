"""The fit's residuals by the compiled kernel are the edit layer's, and so is their derivative."""

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
    rows = None if drawing is None else torch.tensor(drawing)
    panels = fitted_panels(sliders, 2)
    space = FitSpace(layer.process.rules, 12, panels=panels, drawing=rows)
    samples = Samples.of(pairs, count, 0, "cpu")
    kernel = kernel_problem(pairs, [None, None], samples, layer.process, space)
    assert kernel is not None
    return layer_problem(pairs, [None, None], samples, layer, space), kernel


@needs_kernel
@pytest.mark.parametrize("sliders", [(), ("mixer",), ("grading", "parametric", "calibration")])
def test_values_and_derivative_are_the_layers(sliders: tuple[str, ...]) -> None:
    layer, kernel = both(sliders, drawing=[0, 2])
    generator = torch.Generator().manual_seed(5)
    theta = 0.3 * torch.randn(2, layer.space.size, generator=generator)
    theta += 0.05 * theta.sign()  # away from 0, where some sliders bend
    with torch.inference_mode():
        wanted, slopes = layer.values_and_jacobian(theta)
        found, differences = kernel.values_and_jacobian(theta)
        again = kernel.values(theta)
    assert found.shape == wanted.shape == (2, 3, 300)
    assert torch.allclose(again, found, atol=1e-3)
    assert (found - wanted).abs().mean() < 5e-3
    for i, slope in enumerate(slopes):
        near = (differences[i] - slope).abs() <= 0.03 * slope.abs().max() + 0.01
        assert near.double().mean() > 0.97, i  # but for pixels whose hue turns over


@needs_kernel
def test_problems_and_every_nth_pixel_can_be_picked() -> None:
    _, kernel = both(count=301)
    theta = 0.1 * torch.ones(2, kernel.space.size)
    whole = kernel.values(theta)
    picked = kernel.pick(torch.tensor([1, 0, 1]), 7).values(theta[[0, 0, 0]])
    assert picked.shape == (3, 3, 43)
    assert torch.allclose(picked[0], whole[1, :, ::7], atol=1e-6)
    assert torch.allclose(picked[1], whole[0, :, ::7], atol=1e-6)


@needs_kernel
def test_numbers_that_are_none_are_left_to_the_layer() -> None:
    raw, target = pair(1)
    target = target.copy()
    target[:] = np.nan
    space = FitSpace(DifferentiableEditLayer(2).process.rules, 8)
    samples = Samples.of([(raw, target)], 64, 0, "cpu")
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
