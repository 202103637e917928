"""The fit of process 2: an edit is found again, a picture rendered by others is come near."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from simulated import scene

from dataset.synthetic.write_dng import COLOR_MATRIX, NEUTRAL
from imaging.camera import Shot
from model.edit.process_2 import PROCESS
from model.edit.scene import scene_of
from model.edit_layer import DifferentiableEditLayer, render
from model.fit import fit, fit_batch
from model.fit_options import FitOptions
from model.solve.jacobian import PixelResiduals
from model.solve.perceptual import delta_e_basis, to_lab
from model.solve.unknowns import FitSpace
from params.camera_color import CameraColor
from params.ranges import SLIDERS, neutral_params

SHOT = Shot(CameraColor(color_matrix_1=COLOR_MATRIX), NEUTRAL)
EDIT: dict[str, Any] = {
    "Temperature": 5400.0,
    "Tint": 12.0,
    "Exposure2012": 0.5,
    "Contrast2012": 20.0,
    "Highlights2012": -30.0,
    "Shadows2012": 25.0,
    "Whites2012": 10.0,
    "Blacks2012": 5.0,
    "Vibrance": 20.0,
    "Saturation": 5.0,
    "ToneCurve": (np.linspace(0, 1, 16) ** 1.1).tolist(),
}
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"


def picture(seed: int) -> np.ndarray:
    dim = np.linspace(0.1, 1.0, 240, dtype=np.float32)[:, None]
    return scene(seed) * dim


def test_an_edit_is_found_again() -> None:
    raw = picture(3)
    target = render(raw, EDIT, process=2, shot=SHOT)
    found = fit(raw, target, FitOptions(process=2), shot=SHOT)
    assert found.before.delta_e > 5.0
    assert found.after.delta_e < 0.3
    assert found.params["Temperature"] == pytest.approx(EDIT["Temperature"], rel=0.04)
    assert found.params["Tint"] == pytest.approx(EDIT["Tint"], abs=4.0)
    batch = fit_batch([(raw, target)], FitOptions(process=2), shots=[SHOT])
    assert batch[0].params["Tint"] == pytest.approx(found.params["Tint"], abs=0.05)


def test_the_unedited_default_rendering_stays_unedited() -> None:
    raw = picture(4)
    target = render(raw, neutral_params(), process=2, shot=SHOT)
    found = fit(raw, target, FitOptions(process=2), shot=SHOT)
    assert found.after.delta_e < 0.1
    for slider in SLIDERS[2:]:
        unit = 1.0 if slider.name == "Exposure2012" else 50.0
        assert abs(found.params[slider.name]) < 0.1 * unit
    assert found.params["ToneCurve"] == pytest.approx(np.linspace(0, 1, 16), abs=0.02)


def test_the_bounds_are_the_sliders() -> None:
    space = FitSpace(PROCESS.rules, 16)
    assert [s.name for s in space.sliders] == [s.name for s in SLIDERS]
    for theta in space.bounds():
        params = space.params(theta[None])
        for slider in SLIDERS:
            end = slider.low if theta[0] < 0 else slider.high
            assert params[slider.name].item() == pytest.approx(end, rel=1e-4)
    starts = space.starts(PROCESS.rules.drawings[0].starts)
    neutral, undone = space.params(starts)["ToneCurve"]
    assert neutral == pytest.approx(np.linspace(0, 1, 16), abs=1e-6)
    # Above its toe the default curve is above the line.
    assert bool((undone[3:-1] < neutral[3:-1]).all())


def test_the_jacobian_is_the_derivative() -> None:
    torch.manual_seed(2)
    image = (torch.rand(2, 3, 30, dtype=torch.float64) * 0.8 + 0.05)[..., None]
    whole = scene_of(image, [SHOT, None])
    whole = whole.at(whole.base.distances(image))
    space = FitSpace(PROCESS.rules, 8)
    lab = to_lab(torch.rand(2, 3, 30, dtype=torch.float64))
    problem = PixelResiduals(
        *(DifferentiableEditLayer(2), space, image[..., 0], lab, delta_e_basis(lab)),
        *(torch.full((2, 30), 1 / 30, dtype=torch.float64), whole),
    )
    theta = 0.3 * np.random.default_rng(2).normal(size=(2, space.size))
    values, jacobian = problem.values_and_jacobian(theta)
    assert torch.allclose(values, problem.values(theta))
    for k in range(space.size):
        step = np.zeros_like(theta)
        step[:, k] = 1e-6
        slope = (problem.values(theta + step) - problem.values(theta - step)) / 2e-6
        near = (slope - jacobian[k]).abs() < 1e-3 * jacobian[k].abs().max()
        assert near.double().mean() > 0.98  # but for pixels on a table's knot
    again = problem.pick(np.array([1, 0])).values(theta[::-1]).flip(0)
    assert torch.allclose(again, values, atol=1e-9)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared pictures are not here")
def test_pictures_that_rawtherapee_rendered() -> None:
    from dataset.pairs import load_pair
    from imaging.camera import read_shot

    errors = []
    for tif in sorted((SHARED / "edited").glob("sim_*__rt_*.tif")):
        raw = SHARED / "raw" / f"{tif.name.split('__')[0]}.dng"
        found = []
        for process in (1, 2):
            pair = load_pair(raw, tif, 512, process=process)
            edit = fit(pair.raw, pair.target, FitOptions(process=process), shot=read_shot(raw))
            found.append(edit.after.delta_e)
        assert found[1] < found[0], tif.stem
        errors.append(found[1])
    assert len(errors) == 6
    assert np.mean(errors) <= 1.3
