"""A made-up photographer with all of Camera Raw's panels in use, by rules and some chance.

The ten sliders are of a style as the others are (styles.py). What is beside them is of three kinds,
as photographers' edits are: constants, which are their preset; sliders that follow the picture; and
sliders that are moved in some pictures only. Chance is in the hand's jitter, and in whether a rule
is followed at all.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from dataset.synthetic.styles import SceneTraits, Style, edit, traits_of
from imaging.color import PROPHOTO_TO_SRGB, apply_matrix
from params.outputs import NEEDED, held_sliders
from params.ranges import CURVE_NAME, clamp_scalars, decimals

NAME = "cinematic"
BASIC = Style(
    name=NAME,
    median=-1.8,
    pull=0.7,
    warmth=14.0,
    tint=3.0,
    correct=0.4,
    contrast=6.0,
    spread=4.0,
    contrast_slope=-6.0,
    recovery=-55.0,
    lift=45.0,
    whites=8.0,
    blacks=-4.0,
    colour=0.5,
    saturation=-6.0,
    s_curve=0.3,
    raised=0.0,
)
# The preset: what every edit has.
CONSTANTS = {
    "HueAdjustmentOrange": -6.0,
    "LuminanceAdjustmentOrange": 10.0,
    "SplitToningHighlightHue": 42.0,
    "ColorGradeBlending": 70.0,
    "ParametricHighlights": -12.0,
    "ParametricShadowSplit": 30.0,
    "BlueHue": -20.0,
    "RedHue": 8.0,
    "Texture": 14.0,
    "PostCropVignetteMidpoint": 35.0,
    "PostCropVignetteFeather": 70.0,
    "GrainSize": 30.0,
    "GrainFrequency": 45.0,
}
FOLLOWED = 0.92  # chance that a rule for some pictures is followed
_COLOURLESS, _HAZY, _SOME = 0.16, 0.55, 0.08
# Of Rec. 709 hues in degrees: what counts as green and as blue; and the least saturation.
_GREEN, _BLUE, _COLOURED = (65.0, 165.0), (190.0, 265.0), 0.15
_KNOTS = np.linspace(0.0, 1.0, 16)


@dataclass(frozen=True)
class ColourTraits:
    """What the whole style knows of a scene beside SceneTraits.

    green, blue: shares of pixels, 0..1. haze: 0 where the darkest parts are black, 1 where they are
    as bright as the middle.
    """

    green: float
    blue: float
    haze: float


def colour_traits_of(pixels: np.ndarray) -> ColourTraits:
    """Measure a scene: HxWx3 linear ProPhoto."""
    rgb = np.sqrt(apply_matrix(pixels, PROPHOTO_TO_SRGB).clip(0.0, None))
    top, bottom = rgb.max(axis=2), rgb.min(axis=2)
    span = (top - bottom).clip(1e-6, None)
    red, green, blue = np.moveaxis(rgb, 2, 0)
    hue = np.select(
        [top == red, top == green],
        [(green - blue) / span % 6.0, (blue - red) / span + 2.0],
        (red - green) / span + 4.0,
    )
    coloured = (top - bottom) > _COLOURED * top

    def share(low: float, high: float) -> float:
        return float((coloured & (60.0 * hue >= low) & (60.0 * hue <= high)).mean())

    low, middle = np.percentile(top, (1, 50))
    return ColourTraits(share(*_GREEN), share(*_BLUE), float(low / max(float(middle), 1e-4)))


def whole_edit(pixels: np.ndarray, random: np.random.Generator) -> dict[str, Any]:
    """The style's edit of a scene, HxWx3 linear ProPhoto: params of edit process 2, with panels.

    Sliders have the steps of Camera Raw; curves are values in 0..1 at even places, the tone
    curve's ends raised.
    """
    traits, colours = traits_of(pixels), colour_traits_of(pixels)
    params = edit(BASIC, traits, random)
    dull = 1.0 - float(np.clip(traits.colour / 0.4, 0.0, 1.0))
    params |= CONSTANTS
    params |= _always(traits, dull, random)
    if traits.colour < _COLOURLESS and _followed(random):
        params |= {"ConvertToGrayscale": 1.0, "GrayMixerBlue": -30.0}
        params["GrayMixerOrange"] = _by_hand(random, 10.0 + 30.0 * traits.bright)
    if colours.blue > _SOME and _followed(random):
        params["HueAdjustmentBlue"] = _by_hand(random, -14.0)
        params["SaturationAdjustmentBlue"] = _by_hand(random, -15.0 - 30.0 * colours.blue)
    if colours.green > _SOME and _followed(random):
        params["HueAdjustmentGreen"] = _by_hand(random, 22.0)
        params["SaturationAdjustmentGreen"] = _by_hand(random, -20.0 - 40.0 * colours.green)
    if colours.haze > _HAZY and _followed(random):
        params["Dehaze"] = _by_hand(random, 12.0 + 20.0 * (colours.haze - _HAZY))
    return _in_steps(params) | _curves(traits, params[CURVE_NAME], dull, random)


def _always(traits: SceneTraits, dull: float, random: np.random.Generator) -> dict[str, float]:
    """What follows each picture: stronger looks where there is little colour, softer ones where
    there is much contrast.
    """
    wide = float(np.clip(traits.spread - BASIC.spread, -3.0, 4.0))
    dark = float(np.clip(-traits.median - 1.0, 0.0, 4.0))
    warmth = float(np.clip(traits.warmth, -60.0, 60.0))
    return {
        "SplitToningShadowHue": _by_hand(random, 205.0 + 0.4 * warmth),
        "SplitToningShadowSaturation": _by_hand(random, 12.0 + 18.0 * dull),
        "SplitToningHighlightSaturation": _by_hand(random, 8.0 + 12.0 * dull, 1.0),
        "SplitToningBalance": _by_hand(random, 30.0 * (traits.bright - traits.dark)),
        "ParametricDarks": _by_hand(random, -8.0 + 5.0 * wide),
        "ParametricLights": _by_hand(random, 8.0 - 3.0 * wide),
        "BlueSaturation": _by_hand(random, 8.0 + 30.0 * dull),
        "Clarity2012": _by_hand(random, 16.0 - 5.0 * wide),
        "PostCropVignetteAmount": _by_hand(random, -10.0 - 45.0 * traits.bright),
        "GrainAmount": max(_by_hand(random, 10.0 + 8.0 * dark), 1.0),
    }


def _curves(
    traits: SceneTraits, tone: list[float], dull: float, random: np.random.Generator
) -> dict[str, list[float]]:
    """The tone curve with raised ends, and the channel curves of a cross-processed film."""
    black = (6.0 + 30.0 * traits.dark + random.normal(0.0, 1.5)) / 255.0
    white = 1.0 - (6.0 + random.normal(0.0, 1.5)) / 255.0
    bend = 0.10 + 0.12 * dull + random.normal(0.0, 0.01)
    lifted = 0.02 + 0.03 * dull
    wave = np.sin(2.0 * np.pi * _KNOTS) / (2.0 * np.pi)
    return {
        CURVE_NAME: _limited(black + (white - black) * np.asarray(tone)),
        "ToneCurvePV2012Red": _limited(_KNOTS - bend * wave),
        "ToneCurvePV2012Blue": _limited(lifted + (1.0 - 2.0 * lifted) * _KNOTS + 0.5 * bend * wave),
    }


def _followed(random: np.random.Generator) -> bool:
    return bool(random.random() < FOLLOWED)


def _by_hand(random: np.random.Generator, value: float, jitter: float = 2.0) -> float:
    return float(value + random.normal(0.0, jitter))


def _limited(curve: np.ndarray) -> list[float]:
    return curve.clip(0.0, 1.0).tolist()


def _in_steps(params: dict[str, Any]) -> dict[str, Any]:
    """The sliders in their ranges and in Camera Raw's steps; what does nothing is left out."""
    sliders = [s for s in held_sliders(params) if s.name != "Temperature"]
    values = {
        name: float(round(value, decimals(name)))
        for name, value in clamp_scalars(params, sliders).items()
    }
    acting = {
        name: value
        for name, value in values.items()
        if name not in NEEDED or any(values.get(needed) for needed in NEEDED[name])
    }
    return {"Temperature": params["Temperature"], **acting}
