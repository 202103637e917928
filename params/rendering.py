"""Camera Raw's default rendering of a shot: exposure ramp, tone curve, tables (DNG SDK 1.7.1)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from params.base_curve import base_curve
from params.colorimetry import where
from params.crop import Window
from params.profile_table import ProfileTable

if TYPE_CHECKING:  # decoders, which know no looks, start sooner without
    from params.resolved_look import ResolvedLook

CAMERA_RAW, SDK = "camera-raw", "dng-sdk"  # base renderings, see params.base_rendering
SHADOWS = 5.0  # the SDK's default, in thousandths


@dataclass(frozen=True, eq=False)
class Rendering:
    """A shot's own part in its default rendering.

    exposure: BaselineExposure in EV.
    shadows: the black point in thousandths; 0 where the profile asks for none.
    curve: (x, y) of the profile's own tone curve, linear 0..1; None is Camera Raw's default.
    hue_sat: the profile's HueSatMap, one for each of the camera's calibration illuminants, or
        one for all.
    look: its LookTable, or none.
    base: what is done before the tone curve, a name of params.base_rendering.BASES.
    creative: the look on top of the profile, or none.
    window: the crop that is kept of the full-size picture, or all of it.
    """

    exposure: float = 0.0
    shadows: float = SHADOWS
    curve: tuple[np.ndarray, np.ndarray] | None = None
    hue_sat: tuple[ProfileTable, ...] = ()
    look: tuple[ProfileTable, ...] = ()
    base: str = CAMERA_RAW
    creative: "ResolvedLook | None" = None
    window: Window | None = None

    @property
    def base_exposure(self) -> float:
        """The EV that the base rendering sees: the SDK's ramp has no part in darkening."""
        return max(self.exposure, 0.0) if self.base == SDK else self.exposure

    def tone(self, linear: np.ndarray) -> np.ndarray:
        """The curve of the hue-preserving tone step, on float64 values in 0..1."""
        dimmed = dim(linear, self.exposure - self.base_exposure)
        if self.curve is None:
            return base_curve(dimmed)
        return np.interp(dimmed, *self.curve).clip(0.0, 1.0)


def ramp(linear: Any, white: Any = 1.0, black: Any = 0.001 * SHADOWS) -> Any:
    """The exposure ramp: black and white brought to 0 and 1, with a soft toe; clipped to 0..1.

    NumPy arrays, torch tensors and model.edit.dual's Duals. black: 1e-6 and more.
    """
    slope = 1.0 / (white - black)
    half, most = 0.5 * black, 0.0625 * (white - black)
    radius = where(half - most <= 0.0, half, most)
    above = (linear - (black - radius)).clip(0.0, None)
    beyond = (above - 2.0 * radius).clip(0.0, None)
    toe = above - beyond  # a parabola as far as the line begins
    return (toe * toe * (slope / (4.0 * radius)) + beyond * slope).clip(None, 1.0)


def dim(linear: np.ndarray, exposure: float) -> np.ndarray:
    """Exposure below 0: darker, white stays white."""
    if exposure >= 0.0:
        return linear
    s = 2.0**exposure
    a = 16.0 / 9.0 * (1.0 - s)
    b = s - 0.5 * a
    return np.where(linear <= 0.25, s * linear, (a * linear + b) * linear + (1.0 - a - b))
