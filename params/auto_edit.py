"""An edit by closed formulas, after what Lightroom's own Auto does; no weights.

Published: RAWmakase (docs/tone-controls.md) fitted the values that Lightroom Classic's Auto gave
246 photographs, each slider by a line over one or two percentiles of the default rendering. Its
errors on photographs held out, in the sliders' units: HELD_OUT_ERRORS.

Ours: LIMITS, which lie at the ends of what photographs come to in the formulas, and trust(), which
takes the edit back where a frame holds next to nothing: their lines would lift a black frame by
more than 2 EV.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from params.edit_process import PROCESS_2
from params.ranges import CURVE_NAME, clamp, neutral_params
from params.white_balance import to_relative

PROCESS = PROCESS_2.number
# Mean absolute, on 49 photographs. R had nothing to go by for Saturation: it stays.
HELD_OUT_ERRORS = {
    "Exposure2012": 0.25,
    "Contrast2012": 13.4,
    "Highlights2012": 6.5,
    "Shadows2012": 8.0,
    "Whites2012": 12.2,
    "Blacks2012": 4.7,
    "Vibrance": 2.2,
}
LIMITS = {
    "Exposure2012": (-1.25, 1.5),
    "Contrast2012": (-15.0, 25.0),
    "Highlights2012": (-85.0, -30.0),
    "Shadows2012": (10.0, 55.0),
    "Whites2012": (10.0, 45.0),
    "Blacks2012": (-35.0, 0.0),
    "Vibrance": (15.0, 15.0),
}
# The least light that has a logarithm: the last step of 16 bits.
_LEAST_LIGHT = 2.0**-16
# Display values between which a frame's brightest tones come to count, and its darkest cease to.
_BLACK, _WHITE = (0.05, 0.25), (0.8, 0.98)


@dataclass(frozen=True)
class AutoTone:
    """What the formulas look at: percentiles of a picture's default rendering, 0..1.

    l1, l40, l90, l99: of luminance, sRGB-encoded. dark: l1 before it is encoded.
    p10, p25, p998: of each pixel's largest sRGB channel, encoded; p998 is the 99.8th.
    """

    l1: float
    l40: float
    l90: float
    l99: float
    dark: float
    p10: float
    p25: float
    p998: float


def formulas(tone: AutoTone) -> dict[str, float]:
    """The published lines as they are, in Camera Raw's units."""
    return {
        "Exposure2012": 2.22 - 2.13 * tone.l40 - 1.52 * tone.l99,
        "Contrast2012": -10.8 + 54.8 * tone.l1,
        "Highlights2012": -34.6 - 51.1 * tone.l90 + 27.0 * tone.p25,
        "Shadows2012": 52.0 - 40.2 * tone.p10,
        "Whites2012": 67.5 - 52.2 * tone.p998,
        "Blacks2012": -35.3 - 1.91 * math.log2(max(tone.dark, _LEAST_LIGHT)),
        "Vibrance": 15.0,
    }


def trust(tone: AutoTone) -> float:
    """How much of the edit a picture gets, 0..1: none where a frame is all black or all white."""
    lit = (tone.l99 - _BLACK[0]) / (_BLACK[1] - _BLACK[0])
    held = (_WHITE[1] - tone.l1) / (_WHITE[1] - _WHITE[0])
    return clamp(lit, 0.0, 1.0) * clamp(held, 0.0, 1.0)


def auto_edit(
    tone: AutoTone,
    as_shot: Mapping[str, float] | None = None,
    white: tuple[float, float] | None = None,
) -> dict[str, Any]:
    """The edit of a picture, as a record of process 2 holds it: ten sliders and a straight curve.

    Args:
        as_shot: the camera's {Temperature, Tint}, when known; what `white` is relative to.
        white: Camera Raw's kelvin and tint, such as imaging.auto_white finds; None: as shot.
    """
    part = trust(tone)
    params = neutral_params()
    params[CURVE_NAME] = params[CURVE_NAME].tolist()
    for name, value in formulas(tone).items():
        params[name] = part * clamp(value, *LIMITS[name])
    if white is not None:
        temperature, tint, _ = to_relative(*white, PROCESS, as_shot=as_shot)
        params |= {"Temperature": temperature, "Tint": tint}
    return params
