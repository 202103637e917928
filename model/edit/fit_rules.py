"""How a fit goes about an edit process: what may move, from where, and when it is done."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from params.ranges import CURVE_NAME

# How far photographers move each slider: standard deviations over 378 real edits from public files,
# but for Temperature's 40 mired, which is ours (theirs is 1351 K, absolute). Their means (Exposure
# 0.15, Contrast 8, Highlights -37, Shadows 20, Whites -4, Blacks 5, Vibrance 6, Saturation 0) are
# not the centre: an unedited picture is to fit unedited.
SPREADS: Mapping[str, float] = {
    "Temperature": 40.0,
    "Tint": 15.0,
    "Exposure2012": 0.50,
    "Contrast2012": 16.0,
    "Highlights2012": 39.0,
    "Shadows2012": 26.0,
    "Whites2012": 20.0,
    "Blacks2012": 23.0,
    "Vibrance": 14.0,
    "Saturation": 14.0,
}
# The same of a panel's slider, of a grading wheel's saturation: no figures are known, so modest.
PANEL_SPREAD, WHEEL_SPREAD = 20.0, 10.0


@dataclass(frozen=True)
class Start:
    """Where a fit begins.

    sliders: in units from neutral (model.solve.unknowns.UNITS); those left out are neutral.
    curve: the tone curve's values at places 0..1, rising from 0 to 1; None: a straight line.
    """

    sliders: Mapping[str, float] = field(default_factory=dict)
    curve: Callable[[np.ndarray], np.ndarray] | None = None


@dataclass(frozen=True)
class Drawing:
    """Which curves a fit draws, and from where.

    curves: those that are drawn, all alike: the tone curve, or that of each channel.
    under: the tone curve where it is not drawn, values at places 0..1; None: a straight line.
    starts: side by side.
    """

    curves: tuple[str, ...] = (CURVE_NAME,)
    under: Callable[[np.ndarray], np.ndarray] | None = None
    starts: tuple[Start, ...] = (Start(),)


@dataclass(frozen=True)
class FitRules:
    """Of one edit process. Costs are in ΔE00.

    slider_prior: what a slider at 50 (or one EV) costs, which is less than anyone sees and enough
        to keep sliders that undo each other near 0.
    softness: below it a difference counts quadratically.
    iterations: of the solver, at most.
    tolerance: a step that improves the cost by less than this part is idle, see
        model.solve.levenberg_marquardt.solve.
    poor_fit: a fit that costs more may be a local minimum, and is begun again from other_starts.
    fair_fit_in_black: so may one that costs more than this, where the edit drove part of the
        picture to black, which hides how it got there. None: no such doubt.
    other_starts: where a doubtful fit is begun again.
    drawings: each is tried on a part of the pixels, and the one that comes nearest is followed;
        a later one has to save drawing_gain.
    free_ends: the drawn curve may begin above 0 and end below 1.
    plausible: what a slider costs that is one of SPREADS from neutral; None: slider_prior serves.
    as_shot_gain: white balance that saves less than this stays as shot. None: no such doubt.
    fixed: sliders that stay neutral.
    lowest: bounds above a slider's own lowest value, in Camera Raw's units.
    by_mired: Temperature moves in mired, where steps look even; else in kelvin.
    """

    slider_prior: float
    softness: float
    iterations: int
    tolerance: float
    poor_fit: float
    fair_fit_in_black: float | None = None
    other_starts: tuple[Start, ...] = ()
    free_ends: bool = False
    drawings: tuple[Drawing, ...] = (Drawing(),)
    drawing_gain: float = 0.05
    plausible: float | None = None
    as_shot_gain: float | None = None
    fixed: tuple[str, ...] = ()
    lowest: Mapping[str, float] = field(default_factory=dict)
    by_mired: bool = True
