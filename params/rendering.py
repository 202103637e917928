"""Camera Raw's default rendering of a shot: exposure ramp and tone curve (DNG SDK 1.7.1)."""

from dataclasses import dataclass

import numpy as np

from params.base_curve import base_curve

SHADOWS = 5.0  # the SDK's default, in thousandths


@dataclass(frozen=True, eq=False)
class Rendering:
    """A shot's own part in its default rendering.

    exposure: BaselineExposure in EV.
    shadows: the black point in thousandths; 0 where the profile asks for none.
    curve: (x, y) of the profile's own tone curve, linear 0..1; None is Camera Raw's default.
    """

    exposure: float = 0.0
    shadows: float = SHADOWS
    curve: tuple[np.ndarray, np.ndarray] | None = None

    def ramp(self, linear: np.ndarray) -> np.ndarray:
        """The first step, on each channel, values in 0..1."""
        return ramp(linear, self.exposure, self.shadows)

    def tone(self, linear: np.ndarray) -> np.ndarray:
        """The curve of the hue-preserving tone step, on float64 values in 0..1."""
        dimmed = dim(linear, min(self.exposure, 0.0))
        if self.curve is None:
            return base_curve(dimmed)
        return np.interp(dimmed, *self.curve).clip(0.0, 1.0)


def ramp(linear: np.ndarray, exposure: float = 0.0, shadows: float = SHADOWS) -> np.ndarray:
    """The exposure ramp: brings white down by EV above 0, black up, with a soft toe. 0..1."""
    white, black = 2.0 ** -max(0.0, exposure), 0.001 * shadows
    slope = 1.0 / (white - black)
    radius = min(0.5 * black, 0.0625 / slope)
    straight = slope * (linear - black)
    if radius > 0.0:
        toe = slope / (4.0 * radius) * (linear - (black - radius)).clip(0.0, None) ** 2
        straight = np.where(linear <= black + radius, toe, straight)
    return straight.clip(0.0, 1.0)


def dim(linear: np.ndarray, exposure: float) -> np.ndarray:
    """Exposure below 0: darker, white stays white."""
    if exposure >= 0.0:
        return linear
    s = 2.0**exposure
    a = 16.0 / 9.0 * (1.0 - s)
    b = s - 0.5 * a
    return np.where(linear <= 0.25, s * linear, (a * linear + b) * linear + (1.0 - a - b))
