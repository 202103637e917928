"""The slider table, and the linear map between slider units and the model's [-1, 1].

Names are Camera Raw's own XMP names. A value may be a float, a NumPy array or a torch
tensor; it comes back as the same kind. Nothing here imports torch.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

# Inside functions: flags and settings take their ranges from here, and --help needs no NumPy.
if TYPE_CHECKING:
    import numpy as np


class Slider(NamedTuple):
    """One slider: its XMP name, legal range and neutral value, in Camera Raw's units."""

    name: str
    low: float
    high: float
    neutral: float


# In the order of the published model's ten outputs. Temperature (kelvin) and Tint are
# relative to the shot: 6500 and 0 mean "as shot".
SLIDERS = (
    Slider("Temperature", 2000.0, 50000.0, 6500.0),
    Slider("Tint", -150.0, 150.0, 0.0),
    Slider("Exposure2012", -5.0, 5.0, 0.0),
    Slider("Contrast2012", -100.0, 100.0, 0.0),
    Slider("Highlights2012", -100.0, 100.0, 0.0),
    Slider("Shadows2012", -100.0, 100.0, 0.0),
    Slider("Whites2012", -100.0, 100.0, 0.0),
    Slider("Blacks2012", -100.0, 100.0, 0.0),
    Slider("Vibrance", -100.0, 100.0, 0.0),
    Slider("Saturation", -100.0, 100.0, 0.0),
)
SLIDER_NAMES = tuple(slider.name for slider in SLIDERS)
CURVE_NAME = "ToneCurve"
CURVE_KNOTS = 16
# Of a curve that is read: Camera Raw's own has 256 places, and drawing takes the square of them.
MOST_KNOTS = 256
_MOST_VALUE = 1e6  # of a curve, whose legal values are 0..1


def decimals(slider: str) -> int:
    """How many decimals of a slider Camera Raw shows and writes."""
    return 2 if slider == "Exposure2012" else 0


def clamp(value: Any, low: float, high: float) -> Any:
    """Limit a float, array or tensor to low..high."""
    return value.clip(low, high) if hasattr(value, "clip") else min(max(value, low), high)


def normalize_scalars(
    values: Mapping[str, Any], sliders: Sequence[Slider] = SLIDERS
) -> dict[str, Any]:
    """Sliders in Camera Raw's units -> [-1, 1], linearly over each range, clamped."""
    # Multiplied before the shift, so that both ends and the neutral value are exact.
    return {
        s.name: (clamp(values[s.name], s.low, s.high) - s.low) / (s.high - s.low) * 2.0 - 1.0
        for s in sliders
    }


def denormalize_scalars(
    values: Mapping[str, Any], sliders: Sequence[Slider] = SLIDERS
) -> dict[str, Any]:
    """Sliders in [-1, 1] -> Camera Raw's units, clamped to the legal range."""
    return {
        s.name: clamp(values[s.name], -1.0, 1.0) * ((s.high - s.low) / 2.0) + (s.high + s.low) / 2.0
        for s in sliders
    }


def clamp_scalars(values: Mapping[str, Any], sliders: Sequence[Slider] = SLIDERS) -> dict[str, Any]:
    """Sliders in Camera Raw's units, limited to their legal ranges."""
    return {s.name: clamp(values[s.name], s.low, s.high) for s in sliders}


def normalize_tone_curve(curve: Any, knots: int = CURVE_KNOTS) -> "np.ndarray":
    """Any curve of values at evenly spaced places on [0, 1] -> a legal one of `knots` values.

    Legal: never falling, first 0, last 1. Resampled piecewise linearly. The stored form of a
    curve is the same in both dictionaries of a parameter file.

    Args:
        curve: 2 to MOST_KNOTS finite numbers.

    Returns:
        float64 array of shape (knots,).

    Raises:
        ValueError: too few or too many values, or one that is not finite or absurdly large.
    """
    import numpy as np

    y = _curve_values(curve)
    y = np.maximum.accumulate(y)
    span = y[-1] - y[0]
    y = (y - y[0]) / span if span > 0 else np.linspace(0.0, 1.0, y.size)
    if y.size != knots:
        y = np.interp(np.linspace(0.0, 1.0, knots), np.linspace(0.0, 1.0, y.size), y)
    return y.clip(0.0, 1.0)


def limit_tone_curve(curve: Any, free: bool) -> "np.ndarray":
    """A curve as an edit holds it, at its own number of knots.

    Args:
        curve: 2 to MOST_KNOTS finite numbers.
        free: it may fall and need not end at 0 and 1: values are only limited to 0..1. Else it
            is made legal, see normalize_tone_curve.

    Returns:
        float64 array of shape (knots,).

    Raises:
        ValueError: as normalize_tone_curve.
    """
    y = _curve_values(curve)
    return y.clip(0.0, 1.0) if free else normalize_tone_curve(y, y.size)


def _curve_values(curve: Any) -> "np.ndarray":
    import numpy as np

    if hasattr(curve, "__len__") and len(curve) > MOST_KNOTS:
        raise ValueError(f"a tone curve of {len(curve)} values; at most {MOST_KNOTS} are read")
    y = np.asarray(curve, dtype=np.float64)
    if y.ndim != 1 or y.size < 2 or not np.isfinite(y).all():
        raise ValueError("a tone curve is a list of at least two finite numbers")
    if np.abs(y).max() > _MOST_VALUE:
        raise ValueError(f"a tone curve with a value of {np.abs(y).max():g}; they are 0..1")
    return y


def denormalize_tone_curve(curve: Any, knots: int = CURVE_KNOTS) -> "np.ndarray":
    """The inverse of normalize_tone_curve, which is the same map: curves have no units."""
    return normalize_tone_curve(curve, knots)


def neutral_params(knots: int = CURVE_KNOTS) -> dict[str, Any]:
    """The edit that changes nothing, in Camera Raw's units."""
    import numpy as np

    params: dict[str, Any] = {slider.name: slider.neutral for slider in SLIDERS}
    params[CURVE_NAME] = np.linspace(0.0, 1.0, knots)
    return params
