"""Looks on a batch of pictures: each its own, and nothing where there is none."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import torch
from edit_steps import assert_differentiable, picture
from look_files import fade, look_block, rgb_block

from model.edit.hue_sat import apply_maps
from model.edit.looks import apply_look, look_curves, look_maps
from model.edit.point_curves import channel_curves, master_curve, points_table
from model.edit.rgb_table import apply_rgb_table
from params.colorimetry import srgb_encode
from params.look_profile import LookProfile
from params.look_tables import look_table, rgb_table
from params.resolved_look import ResolvedLook, resolve

CURVE = ((0, 0), (64, 44), (192, 214), (255, 255))
RED = ((0, 20), (255, 240))
COLORS = rgb_table(rgb_block(5, fade))
TURNED = look_table(look_block(np.array([[[[0.0, 1.0, 1.0], [120.0, 1.0, 1.0]]] * 4], np.float32)))
PROFILE = LookProfile("All", look_table=TURNED, rgb_table=COLORS, curves=(CURVE, RED, None, None))
ALL, HALF, TWICE = (resolve(PROFILE, amount) for amount in (1.0, 0.5, 2.0))
BARE = ResolvedLook("bare")


def test_nothing_where_there_is_none() -> None:
    image = picture()
    for looks in ((None,), (BARE,)):
        assert apply_look(image, looks) is image
        assert look_curves(image, looks) is image
        assert look_maps(looks) == ((),)
    none = resolve(PROFILE, 0.0)
    assert apply_look(image, (none,)) is image
    assert look_curves(image, (none,)) is image


def test_each_picture_has_its_own() -> None:
    image = torch.cat([picture()] * 4)
    looks = (ALL, None, HALF, BARE)
    for step in (apply_look, look_curves):
        found = step(image, looks)
        for i, look in enumerate(looks):
            assert torch.equal(found[i : i + 1], step(image[i : i + 1], (look,)))
        assert torch.equal(found[1], image[1])
        assert not torch.equal(found[0], found[2])
    same = apply_look(image, (ALL,) * 4)
    assert torch.equal(same[:1], apply_look(image[:1], (ALL,)))


def test_the_amount_is_the_tables() -> None:
    assert torch.equal(apply_look(picture(), (HALF,)), apply_rgb_table(picture(), COLORS, 0.5))


def test_maps() -> None:
    """Turned by a third of the circle: red becomes green."""
    red = torch.tensor([0.6, 0.0, 0.0]).reshape(1, 3, 1, 1)
    found = apply_maps(red, look_maps((ALL,)))
    assert found.flatten().tolist() == pytest.approx([0.0, 0.6, 0.0], abs=1e-6)
    assert look_maps((None, HALF))[0] == ()


def test_curves() -> None:
    """Once at 100 %, and twice at 200 %."""

    def once(image: torch.Tensor) -> torch.Tensor:
        master, red = (points_table(c, image.dtype, image.device) for c in (CURVE, RED))
        return channel_curves(master_curve(image, master), red, None, None)

    image = picture()
    assert torch.equal(look_curves(image, (ALL,)), once(image))
    assert torch.equal(look_curves(image, (TWICE,)), once(once(image)))


def test_half_a_curve() -> None:
    """Midway between encoded greys."""
    grey = torch.linspace(0.0, 1.0, 50, dtype=torch.float64).expand(1, 3, 50)[..., None]
    look = LookProfile("Curve", curves=(CURVE, None, None, None))
    full, half = (look_curves(grey, (resolve(look, amount),)) for amount in (1.0, 0.5))
    wanted = 0.5 * (srgb_encode(grey) + srgb_encode(full))
    assert float((srgb_encode(half) - wanted).abs().max()) < 1e-9


def test_derivatives() -> None:
    assert_differentiable(lambda image, p: apply_look(look_curves(image, (ALL,)), (ALL,)), {})


def test_derivatives_of_a_batch() -> None:
    def step(image: Any, p: Mapping[str, Any]) -> Any:
        both = torch.cat([image, image * p["gain"].reshape(-1, 1, 1, 1)])
        return apply_look(look_curves(both, (HALF, None)), (None, ALL))

    assert_differentiable(step, {"gain": 0.8})
