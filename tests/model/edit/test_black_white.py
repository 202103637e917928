"""Black and white with its mix."""

import torch
from edit_steps import assert_differentiable, assert_identity, assert_pixelwise, picture

from model.edit.black_white import black_and_white
from model.edit.hue_preserving import luminance
from params.panels import BANDS, BLACK_AND_WHITE
from report.camera_raw_readings import slider

MIXED = {"ConvertToGrayscale": 1.0, "GrayMixerBlue": -60.0, "GrayMixerOrange": 35.0}


def test_colours_stay_without_it() -> None:
    assert_identity(black_and_white, BLACK_AND_WHITE.neutral)
    assert_identity(black_and_white, BLACK_AND_WHITE.neutral | {"GrayMixerRed": 50.0})
    image = picture()
    assert black_and_white(image, {"GrayMixerRed": slider(50.0)}) is image


def test_a_mix_of_zero_is_the_luminance() -> None:
    image = picture()
    p = {"ConvertToGrayscale": slider(1.0)} | {f"GrayMixer{b}": slider(0.0) for b in BANDS}
    assert torch.allclose(black_and_white(image, p), luminance(image).expand_as(image), atol=1e-12)


def test_a_band_moves_its_own_colours_and_no_greys() -> None:
    blue = torch.tensor([0.08, 0.15, 0.5]).double().reshape(1, 3, 1, 1)
    grey = torch.full((1, 3, 1, 1), 0.3).double()
    plain = {"ConvertToGrayscale": slider(1.0)}
    darker = plain | {"GrayMixerBlue": slider(-80.0)}
    assert float(black_and_white(blue, darker).max()) < 0.6 * float(
        black_and_white(blue, plain).max()
    )
    assert torch.allclose(black_and_white(grey, darker), grey, atol=1e-9)


def test_derivatives() -> None:
    assert_differentiable(black_and_white, MIXED)
    assert_pixelwise(black_and_white, MIXED)
