"""A camera's colour: its matrices at a white, its neutral as a white.

Formulas: Adobe DNG SDK 1.7.1 and the DNG specification. A white is an (x, y) of CIE 1931.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from params.colorimetry import PROPHOTO_ROWS, adaptation_matrix, scale_to_white, xy_to_xyz
from params.ranges import clamp
from params.robertson import xy_to_temperature_tint

# The SDK's D50; ICC's PCS white differs from it in the fourth decimal.
SDK_D50_XY = (0.3457, 0.3585)
SDK_D50_XYZ = xy_to_xyz(*SDK_D50_XY)
XYZ_TO_PROPHOTO = np.linalg.inv(scale_to_white(PROPHOTO_ROWS, SDK_D50_XYZ))

# EXIF LightSource -> kelvin, as the SDK has it.
_LIGHT_KELVIN = {
    1: 5500, 2: 4150, 3: 2850, 4: 5500, 9: 5500, 10: 6500, 11: 7500, 12: 6400, 13: 5050, 14: 4150,
    15: 3525, 16: 2925, 17: 2850, 18: 5500, 19: 6500, 20: 5500, 21: 6500, 22: 7500, 23: 5000,
    24: 3200,
}  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class CameraColor:
    """A camera's colour as DNG tags give it; matrices 3x3 (or nine numbers, by rows).

    illuminant_1, illuminant_2: EXIF LightSource codes. With a single matrix (LibRaw's
    rgb_xyz_matrix is one for D65, code 21) the second one stays None. Calibration matrices
    belong here only where the profile's and the camera's calibration signatures match.

    Raises:
        ValueError: a matrix of another size, not finite, or without an inverse.
    """

    color_matrix_1: Any
    color_matrix_2: Any = None
    illuminant_1: int = 21
    illuminant_2: int = 0
    forward_matrix_1: Any = None
    forward_matrix_2: Any = None
    calibration_1: Any = None
    calibration_2: Any = None
    analog_balance: Any = None

    def __post_init__(self) -> None:
        for name in ("color_matrix", "forward_matrix", "calibration"):
            for key in (f"{name}_1", f"{name}_2"):
                if getattr(self, key) is not None:
                    matrix = _checked(key, getattr(self, key))
                    if name == "forward_matrix":  # scaled before they are mixed, as in the SDK
                        matrix = _checked(key, scale_to_white(matrix, SDK_D50_XYZ))
                    object.__setattr__(self, key, matrix)
        balance = np.ones(3) if self.analog_balance is None else self.analog_balance
        balance = np.asarray(balance, dtype=np.float64).reshape(3)
        _checked("analog_balance", np.diag(balance))
        object.__setattr__(self, "analog_balance", balance)

    def _mix(self, name: str, xy: tuple[float, float]) -> Any:
        """Matrix 1 and 2 of a kind, weighted in reciprocal kelvin for the white xy."""
        first, second = getattr(self, f"{name}_1"), getattr(self, f"{name}_2")
        if first is None or second is None:
            return second if first is None else first
        if self.mireds is None:
            return first
        mired_1, mired_2 = self.mireds
        white = 1e6 / xy_to_temperature_tint(*xy)[0]
        weight = clamp((white - mired_2) / (mired_1 - mired_2), 0.0, 1.0)
        return weight * first + (1.0 - weight) * second

    @property
    def mireds(self) -> tuple[float, float] | None:
        """1e6 / kelvin of the two calibration illuminants; None unless there are two."""
        kelvin_1 = _LIGHT_KELVIN.get(self.illuminant_1, 0)
        kelvin_2 = _LIGHT_KELVIN.get(self.illuminant_2, 0)
        if not kelvin_1 or not kelvin_2 or kelvin_1 == kelvin_2:
            return None
        return 1e6 / kelvin_1, 1e6 / kelvin_2

    def _reference_to_camera(self, xy: tuple[float, float]) -> np.ndarray:
        """AnalogBalance · CameraCalibration."""
        calibration = self._mix("calibration", xy)
        balance = np.diag(self.analog_balance)
        return balance if calibration is None else balance @ calibration

    def xyz_to_camera(self, xy: tuple[float, float]) -> np.ndarray:
        """3x3 matrix from XYZ, seen under the white xy, to camera RGB."""
        return self._reference_to_camera(xy) @ self._mix("color_matrix", xy)

    def neutral_to_xy(self, neutral: Sequence[float]) -> tuple[float, float]:
        """The white under which a camera RGB (its as-shot neutral, any scale) is neutral.

        Raises:
            ValueError: not three positive numbers.
        """
        camera = checked_neutral(neutral)
        last = SDK_D50_XY
        for _ in range(30):
            white = last
            last = _xyz_to_xy(np.linalg.solve(self.xyz_to_camera(white), camera))
            if abs(last[0] - white[0]) + abs(last[1] - white[1]) < 1e-7:
                return last
        return (last[0] + white[0]) / 2.0, (last[1] + white[1]) / 2.0

    def camera_to_xyz(self, xy: tuple[float, float]) -> np.ndarray:
        """3x3 matrix from camera RGB (not white-balanced) to XYZ (D50), for the white xy."""
        xyz_to_camera, white_xyz = self.xyz_to_camera(xy), xy_to_xyz(*xy)
        forward = self._mix("forward_matrix", xy)
        if forward is None:
            to_camera = xyz_to_camera @ adaptation_matrix(SDK_D50_XYZ, white_xyz)
            return np.linalg.inv(to_camera / (to_camera @ SDK_D50_XYZ).max())
        white = xyz_to_camera @ white_xyz
        white = (white / white.max()).clip(0.001, 1.0)
        to_reference = np.linalg.inv(self._reference_to_camera(xy))
        return forward @ np.diag(1.0 / (to_reference @ white)) @ to_reference

    def camera_to_prophoto(self, xy: tuple[float, float]) -> np.ndarray:
        """3x3 matrix from camera RGB (not white-balanced) to linear ProPhoto, for the white xy."""
        return XYZ_TO_PROPHOTO @ self.camera_to_xyz(xy)


def checked_neutral(neutral: Sequence[float]) -> np.ndarray:
    """A camera neutral as an array; ValueError unless it is three positive numbers."""
    camera = np.asarray(neutral, dtype=np.float64)
    if camera.shape != (3,) or not np.isfinite(camera).all() or camera.min() <= 0.0:
        raise ValueError("a camera neutral is three positive numbers")
    return camera


def _checked(name: str, value: Any) -> np.ndarray:
    matrix = np.asarray(value, dtype=np.float64)
    if matrix.size != 9 or not np.isfinite(matrix).all():
        raise ValueError(f"{name} is not nine finite numbers")
    matrix = matrix.reshape(3, 3)
    if np.linalg.cond(matrix) > 1e9:
        raise ValueError(f"{name} has no inverse")
    return matrix


def _xyz_to_xy(xyz: np.ndarray) -> tuple[float, float]:
    """Chromaticity, kept inside the triangle as the SDK keeps it."""
    total = xyz.sum()
    x, y = (xyz[:2] / total if total > 0.0 else np.array(SDK_D50_XY)).clip(1e-6, 0.999999)
    over = max((x + y) / 0.999999, 1.0)
    return float(x / over), float(y / over)
