"""Film grain: seeded, the same in strips, none at 0."""

from typing import Any

import torch
from edit_steps import assert_differentiable, assert_identity, picture

from model.edit.grain import grain, grain_pattern
from params.panels import GRAIN
from report.camera_raw_readings import slider

WHOLE = (300, 200)


def noise_of(*whichever: Any) -> torch.Tensor:
    return torch.from_numpy(grain_pattern(*whichever))


def pattern(seed: int = 7, **p: float) -> torch.Tensor:
    return noise_of(WHOLE, WHOLE, 0, seed, p)


def test_neutral_is_exact() -> None:
    noise = noise_of((30, 40), (30, 40), 0, 1, {})
    assert_identity(lambda image, p: grain(image, p, noise), GRAIN.neutral)


def test_strips_have_the_whole_pictures_grain() -> None:
    part = noise_of((40, 200), WHOLE, 130, 7, {})
    assert torch.equal(pattern()[:, :, 130:170], part)


def test_it_is_noise_of_the_seed() -> None:
    noise = pattern()
    assert abs(float(noise.mean())) < 0.02
    assert 0.9 < float(noise.std()) < 1.1
    assert torch.equal(noise, pattern())
    other = pattern(seed=8)
    assert abs(float((noise * other).mean())) < 0.05


def test_size_makes_it_coarser() -> None:
    def near(size: float) -> float:
        noise = noise_of((200, 200), (6000, 4000), 0, 3, {"GrainSize": size})
        return float((noise[..., 1:] - noise[..., :-1]).square().mean())

    assert near(90.0) < 0.5 * near(10.0)


def test_more_grain_in_midtones_than_at_the_ends() -> None:
    noise = pattern()

    def spread(grey: float) -> float:
        flat = torch.full((1, 3, *WHOLE), grey)
        return float(grain(flat, {"GrainAmount": torch.tensor([60.0])}, noise).std())

    assert spread(0.2) > 3.0 * spread(0.001)
    assert spread(1.0) == 0.0


def test_derivatives() -> None:
    noise = noise_of((8, 1), (8, 1), 0, 5, {})
    assert picture().shape[2:] == noise.shape[2:]
    assert_differentiable(lambda image, p: grain(image, p, noise), {"GrainAmount": 40.0})
    assert torch.equal(grain(picture(), {"GrainSize": slider(3.0)}, noise), picture())
