"""The fit: known edits come back as pictures, deterministically, and one by one as in a batch."""

import numpy as np
import pytest

from imaging.metrics import difference
from model.fit import fit, fit_batch
from model.fit_options import FitOptions
from model.render import render
from params.ranges import CURVE_NAME, neutral_params
from scripts.bench.fit import random_edit
from tests.simulated import scene

HEIGHT, WIDTH = 171, 256
PROCESS_1 = FitOptions(process=1)


def pair(seed: int) -> tuple[np.ndarray, np.ndarray]:
    raw = scene(seed, HEIGHT, WIDTH)
    return raw, render(raw, random_edit(np.random.default_rng(seed)))


def test_known_edits_come_back() -> None:
    misses = []
    for seed in range(6):
        raw, target = pair(seed)
        found = fit(raw, target, PROCESS_1)
        misses.append(found.after.delta_e)
        assert found.after.delta_e < found.before.delta_e
        assert found.after == difference(render(raw, found.params), target)
    assert np.mean(misses) < 0.3


@pytest.mark.slow
def test_200_random_edits_come_back() -> None:
    misses = [fit(*pair(seed), PROCESS_1).after.delta_e for seed in range(200)]
    assert np.mean(misses) < 0.3


def test_an_unedited_picture_keeps_neutral_sliders() -> None:
    raw = scene(9, HEIGHT, WIDTH)
    found = fit(raw, raw, PROCESS_1)
    assert found.after.delta_e < 0.02
    for name, value in neutral_params().items():
        if name != CURVE_NAME:
            assert abs(found.params[name] - value) <= (30.0 if name == "Temperature" else 0.5)


def test_same_seed_same_fit_and_another_sample_the_same_picture() -> None:
    raw, target = pair(3)
    first, again, other = (fit(raw, target, FitOptions(process=1, seed=seed)) for seed in (1, 1, 2))
    assert first.params == again.params
    assert first.params != other.params
    assert difference(render(raw, first.params), render(raw, other.params)).delta_e < 0.3


def test_a_batch_equals_one_by_one() -> None:
    pairs = [pair(seed) for seed in (0, 1, 2)]
    for (raw, target), together in zip(pairs, fit_batch(pairs, PROCESS_1), strict=True):
        alone = fit(raw, target, PROCESS_1)
        one, other = (render(raw, f.params) for f in (alone, together))
        assert np.abs(one - other).max() < 1e-3


def test_retouched_spots_do_not_pull_the_edit() -> None:
    raw, target = pair(4)
    spotted = target.copy()
    spotted[20:60, 30:70] = (0.9, 0.1, 0.1)  # 4 % of the picture
    clean = difference(render(raw, fit(raw, spotted, PROCESS_1).params), target).delta_e
    assert clean < fit(raw, target, PROCESS_1).after.delta_e + 0.3


def test_adam_gets_near_and_counts_its_steps() -> None:
    raw, target = pair(1)
    calls = []
    found = fit(
        raw[::2, ::2],
        target[::2, ::2],
        FitOptions(process=1, solver="adam", steps=60),
        on_step=lambda: calls.append(1),
    )
    assert len(calls) == found.iterations == 60
    assert found.after.delta_e < 0.5 * found.before.delta_e


def test_centred_masks_are_fitted_by_adam() -> None:
    raw = scene(1, 96, 128)
    target = render(raw, random_edit(np.random.default_rng(5)), masks="centred")
    found = fit(raw, target, FitOptions(process=1, masks="centred", solver="adam", steps=100))
    assert found.after == difference(render(raw, found.params, masks="centred"), target)
    assert found.after.delta_e < 0.6
    # Its numbers mean another picture with plain masks.
    assert difference(render(raw, found.params), target).delta_e > 2.0


def test_knots_and_solver_are_what_was_asked_for() -> None:
    raw, target = pair(2)
    assert len(fit(raw, target, FitOptions(process=1, knots=9)).params[CURVE_NAME]) == 9
    with pytest.raises(ValueError, match="neither lm nor adam"):
        fit(raw, target, FitOptions(solver="newton"))


def test_fitted_curves_rise_and_sliders_are_legal() -> None:
    from params.ranges import SLIDERS

    raw, _ = pair(5)
    target = np.random.default_rng(0).random(raw.shape, dtype=np.float32)  # nothing explains it
    found = fit(raw, target, PROCESS_1)
    assert np.all(np.diff(found.params[CURVE_NAME]) >= 0)
    for slider in SLIDERS:
        assert slider.low <= found.params[slider.name] <= slider.high
