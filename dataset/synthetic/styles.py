"""Three made-up photographers: edits computed from what a scene looks like."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from imaging.color import PROPHOTO_TO_XYZ
from params.ranges import CURVE_KNOTS, CURVE_NAME, clamp_scalars, normalize_tone_curve

MIDDLE_GREY = 0.18
# Stops of red against blue a mired, of green a mired, and of green a step of tint: what a grey
# patch does under edit process 2 with the simulated camera, about 6500 K.
_RED_STOPS, _GREEN_STOPS, _TINT_STOPS = 0.0095, 0.0066, -0.0105
# The default white balance in mired.
_AS_SHOT = 1e6 / 6500.0


@dataclass(frozen=True)
class SceneTraits:
    """What the styles know of a scene.

    median: of the luminance, stops from 18 %.
    spread: stops from the 10th to the 90th percentile.
    dark, bright: shares of pixels 2.5 stops below and 1.5 stops above the median.
    warmth, tint: the mean colour's distance from grey, as mired and Tint that would give it.
    colour: mean saturation, 0..1.
    """

    median: float
    spread: float
    dark: float
    bright: float
    warmth: float
    tint: float
    colour: float


@dataclass(frozen=True)
class Style:
    """What one photographer aims at; in slider units where nothing else is given.

    median: stops from 18 % towards which `pull` of the way is gone.
    warmth, tint: mired and Tint added, after `correct` of the scene's cast is taken off.
    spread: stops from which Contrast departs, by `contrast_slope` a stop.
    recovery, lift: Highlights and Shadows when half of the picture is bright or dark.
    colour: mean saturation towards which Vibrance goes.
    s_curve, raised: of the curve x − s·sin(2πx)/2π + r·x(1−x).
    """

    name: str
    median: float
    pull: float
    warmth: float
    tint: float
    correct: float
    contrast: float
    spread: float
    contrast_slope: float
    recovery: float
    lift: float
    whites: float
    blacks: float
    colour: float
    saturation: float
    s_curve: float
    raised: float


STYLES = {
    style.name: style
    for style in (
        Style(
            name="airy",
            median=-1.0,
            pull=0.8,
            warmth=6.0,
            tint=4.0,
            correct=0.6,
            contrast=-18.0,
            spread=4.5,
            contrast_slope=-5.0,
            recovery=-70.0,
            lift=90.0,
            whites=12.0,
            blacks=22.0,
            colour=0.4,
            saturation=-10.0,
            s_curve=-0.15,
            raised=0.25,
        ),
        Style(
            name="golden",
            median=-1.7,
            pull=0.7,
            warmth=26.0,
            tint=2.0,
            correct=0.3,
            contrast=12.0,
            spread=4.0,
            contrast_slope=-7.0,
            recovery=-45.0,
            lift=40.0,
            whites=18.0,
            blacks=-8.0,
            colour=0.62,
            saturation=8.0,
            s_curve=0.35,
            raised=0.0,
        ),
        Style(
            name="moody",
            median=-2.3,
            pull=0.6,
            warmth=-16.0,
            tint=-5.0,
            correct=0.45,
            contrast=24.0,
            spread=3.5,
            contrast_slope=-4.0,
            recovery=-85.0,
            lift=-20.0,
            whites=-14.0,
            blacks=-26.0,
            colour=0.35,
            saturation=-16.0,
            s_curve=0.25,
            raised=-0.22,
        ),
    )
}


def traits_of(pixels: np.ndarray) -> SceneTraits:
    """Measure a scene: HxWx3 linear ProPhoto."""
    light = (pixels @ PROPHOTO_TO_XYZ[1]).clip(1e-4, None)
    stops = np.log2(light / MIDDLE_GREY)
    low, median, high = np.percentile(stops, (10, 50, 90))
    red, green, blue = np.sqrt(pixels.clip(1e-4, 1.0)).mean(axis=(0, 1)) ** 2
    warmth = np.log2(red / blue) / _RED_STOPS
    tint = (np.log2(green * green / (red * blue)) - _GREEN_STOPS * warmth) / _TINT_STOPS
    top = pixels.max(axis=2)
    return SceneTraits(
        median=float(median),
        spread=float(high - low),
        dark=float((stops < median - 2.5).mean()),
        bright=float((stops > median + 1.5).mean()),
        warmth=float(warmth),
        tint=float(tint),
        colour=float(((top - pixels.min(axis=2)) / (top + 0.02)).mean()),
    )


def edit(style: Style, traits: SceneTraits, random: np.random.Generator) -> dict[str, Any]:
    """The style's edit of a scene, in Camera Raw's units, with the jitter of a human hand."""

    def by_hand(value: float, low: float, high: float, jitter: float) -> float:
        return float(np.clip(value, low, high) + random.normal(0.0, jitter))

    wide = traits.spread - style.spread
    shift = style.warmth - style.correct * float(np.clip(traits.warmth, -80.0, 80.0))
    tint = style.tint - style.correct * float(np.clip(traits.tint, -25.0, 25.0))
    pull = style.pull * (style.median - traits.median)
    # Brightening and wide scenes call for more recovery.
    recovery = style.recovery * (2.0 * traits.bright + 0.25 * max(pull, 0.0))
    lift = style.lift * (2.0 * traits.dark + 0.1 * max(wide, 0.0))
    params: dict[str, Any] = {
        "Temperature": 1e6 / (_AS_SHOT - by_hand(shift, -70.0, 70.0, 2.0)),
        "Tint": by_hand(tint, -25.0, 25.0, 1.0),
        "Exposure2012": by_hand(pull, -2.0, 3.0, 0.06),
        "Contrast2012": by_hand(style.contrast + style.contrast_slope * wide, -50.0, 60.0, 2.0),
        "Highlights2012": by_hand(recovery, -90.0, 30.0, 3.0),
        "Shadows2012": by_hand(lift, -40.0, 80.0, 3.0),
        "Whites2012": by_hand(style.whites - 25.0 * traits.bright, -50.0, 50.0, 2.0),
        "Blacks2012": by_hand(style.blacks - 25.0 * traits.dark, -50.0, 50.0, 2.0),
        "Vibrance": by_hand(70.0 * (style.colour - traits.colour), -40.0, 60.0, 2.0),
        "Saturation": by_hand(style.saturation, -30.0, 30.0, 1.0),
    }
    x = np.linspace(0.0, 1.0, CURVE_KNOTS)
    bend = style.s_curve + random.normal(0.0, 0.03)
    raised = style.raised + random.normal(0.0, 0.03)
    curve = x - bend * np.sin(2.0 * np.pi * x) / (2.0 * np.pi) + raised * x * (1.0 - x)
    return clamp_scalars(params) | {CURVE_NAME: normalize_tone_curve(curve).tolist()}
