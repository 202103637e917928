"""Edit process 2's white balance: a 3x3 matrix from kelvin and tint relative to the shot."""

from collections.abc import Sequence

import numpy as np

from params.camera_color import XYZ_TO_PROPHOTO, CameraColor, checked_neutral
from params.robertson import temperature_tint_to_xy
from params.white_balance import TEMPERATURE, TINT, as_shot, by_mired

# Steps of the slopes' central differences; kelvin's is relative. The matrices are smooth.
_STEP_TEMPERATURE, _STEP_TINT = 1e-4, 1e-2


class RelativeWhite:
    """What the kelvin and tint sliders do to one shot.

    camera, neutral: the camera's colour and the as-shot neutral. Where they are not known, a
    camera that sees XYZ, at as_shot (6500 K and tint 0 by default): Bradford adaptation.
    """

    def __init__(
        self,
        camera: CameraColor | None = None,
        neutral: Sequence[float] | None = None,
        shot: dict[str, float] | None = None,
    ) -> None:
        known = camera is not None and neutral is not None
        self._camera = (
            camera if camera is not None and known else CameraColor(color_matrix_1=XYZ_TO_PROPHOTO)
        )
        if known:
            shot = as_shot(self._camera, checked_neutral(neutral or ()).tolist())
        elif shot is None:
            shot = {"Temperature": TEMPERATURE.neutral, "Tint": TINT.neutral}
        # Within the legal range, so that the sliders' neutral values change nothing.
        self._shot = {
            "Temperature": min(max(shot["Temperature"], 2000.0), 50000.0),
            "Tint": min(max(shot["Tint"], TINT.low), TINT.high),
        }
        self._from_prophoto = np.linalg.inv(
            self._camera.camera_to_prophoto(temperature_tint_to_xy(*self._shot.values()))
        )

    def matrix(self, temperature: float, tint: float) -> np.ndarray:
        """3x3, from linear ProPhoto as shot to linear ProPhoto at this white balance."""
        shot = self._shot["Temperature"], self._shot["Tint"]
        white = temperature_tint_to_xy(*by_mired(temperature, tint, shot))
        return self._camera.camera_to_prophoto(white) @ self._from_prophoto

    def slopes(self, temperature: float, tint: float) -> tuple[np.ndarray, np.ndarray]:
        """The matrix's derivatives in kelvin and in tint."""
        step = _STEP_TEMPERATURE * temperature
        warmer = self.matrix(temperature + step, tint) - self.matrix(temperature - step, tint)
        redder = self.matrix(temperature, tint + _STEP_TINT) - self.matrix(
            temperature, tint - _STEP_TINT
        )
        return warmer / (2.0 * step), redder / (2.0 * _STEP_TINT)

    def share(self) -> tuple[float, float]:
        """(a, b): illuminant 1 has a part of a / kelvin + b, limited to 0..1, in the camera's
        colour, illuminant 2 the rest."""
        if self._camera.mireds is None:
            return 0.0, 1.0
        mired_1, mired_2 = self._camera.mireds
        as_shot = 1e6 / self._shot["Temperature"] - 1e6 / TEMPERATURE.neutral
        return 1e6 / (mired_1 - mired_2), (as_shot - mired_2) / (mired_1 - mired_2)


def matrices(
    whites: Sequence[RelativeWhite], temperatures: Sequence[float], tints: Sequence[float]
) -> np.ndarray:
    """RelativeWhite.matrix of each shot at its kelvin and tint: [B, 3, 3]."""
    each = zip(whites, temperatures, tints, strict=True)
    return np.stack([white.matrix(kelvin, tint) for white, kelvin, tint in each])


def matrix_slopes(
    whites: Sequence[RelativeWhite], temperatures: Sequence[float], tints: Sequence[float]
) -> tuple[np.ndarray, np.ndarray]:
    """RelativeWhite.slopes of each: [B, 3, 3] in kelvin and in tint."""
    each = zip(whites, temperatures, tints, strict=True)
    warmer, redder = zip(*(white.slopes(kelvin, tint) for white, kelvin, tint in each), strict=True)
    return np.stack(warmer), np.stack(redder)
