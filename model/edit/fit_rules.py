"""How a fit goes about an edit process: what may move, from where, and when it is done."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Start:
    """Where a fit begins.

    sliders: in units from neutral (model.solve.unknowns.UNITS); those left out are neutral.
    curve: the tone curve's values at places 0..1, rising from 0 to 1; None: a straight line.
    """

    sliders: Mapping[str, float] = field(default_factory=dict)
    curve: Callable[[np.ndarray], np.ndarray] | None = None


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
    starts: side by side; the neutral edit first.
    other_starts: where a doubtful fit is begun again.
    channel_curves: by these names the tone curve may act on each channel alone, as other converters
        draw theirs; tried where a fit costs more than fair_curve, and taken where that saves
        channel_gain.
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
    starts: tuple[Start, ...] = (Start(),)
    other_starts: tuple[Start, ...] = ()
    channel_curves: tuple[str, ...] = ()
    fair_curve: float = 0.6
    channel_gain: float = 0.1
    fixed: tuple[str, ...] = ()
    lowest: Mapping[str, float] = field(default_factory=dict)
    by_mired: bool = True
