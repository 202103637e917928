"""What is done to scene light before the profile's tone curve, by the name of who does it.

"camera-raw": measured by others in Camera Raw 18.6 and Lightroom Classic 15.6, on two charts that
agree within 0.01 stop. Toe: RAWmakase's synthetic-d65 chart (greys of the default and of Exposure
-1 and +1, taken back through the ACR3 curve). Shoulder: Lightcraft (storytold/lightcraft,
crates/pipeline/src/lr_tables.rs @25672a0, MIT License), below -0.3 EV RAWmakase's chart again.
"dng-sdk": the exposure ramp of Adobe's DNG SDK 1.7.1, see params.rendering.
"""

from collections.abc import Callable

import numpy as np

from params.pchip import pchip
from params.rendering import CAMERA_RAW, SDK, SHADOWS, dim, ramp


def _numbers(text: str) -> np.ndarray:
    return np.array(text.split(), dtype=np.float64)


# log2(result / exposed) over log2 of the exposed scene value, the same at every exposure.
_TOE_FIRST, _TOE_STEP = -11.774, 0.5
_TOE = _numbers(
    "-1.211 -1.040 -0.950 -0.798 -0.697 -0.556 -0.444 -0.352 -0.301 -0.258 -0.194 -0.162 "
    "-0.129 -0.104 -0.0855 -0.0697 -0.0529 -0.0418 -0.0315"
)
_SHOULDER_PLACES = np.arange(-2.25, 2.01, 0.25)
# Total exposure (BaselineExposure and Exposure) -> the same from there on.
_SHOULDER: dict[float, np.ndarray] = {
    -1.0: np.full(18, -0.022),
    -0.302: _numbers(
        "-0.0232 -0.0215 -0.0220 -0.0248 -0.0363 -0.0552 -0.0845 -0.1273 -0.1999 -0.3136 "
        "-0.4653 -0.6504 -0.8606 -1.0874 -1.3243 -1.5671 -1.8131 -2.0610"
    ),
    0.0: _numbers(
        "-0.0247 -0.0235 -0.0290 -0.0448 -0.0691 -0.1029 -0.1487 -0.2062 -0.2792 -0.3801 "
        "-0.5204 -0.6878 -0.8784 -1.0873 -1.3097 -1.5415 -1.7798 -2.0222"
    ),
    0.5: _numbers(
        "-0.0250 -0.0255 -0.0373 -0.0620 -0.0984 -0.1477 -0.2103 -0.2856 -0.3762 -0.4805 "
        "-0.6016 -0.7522 -0.9371 -1.1390 -1.3543 -1.5798 -1.8127 -2.0509"
    ),
    1.0: _numbers(
        "-0.0250 -0.0265 -0.0385 -0.0680 -0.1084 -0.1641 -0.2328 -0.3161 -0.4144 -0.5270 "
        "-0.6567 -0.8011 -0.9630 -1.1496 -1.3605 -1.5819 -1.8113 -2.0466"
    ),
    1.6: _numbers(
        "-0.0250 -0.0218 -0.0212 -0.0280 -0.0527 -0.0975 -0.1597 -0.2428 -0.3446 -0.4659 "
        "-0.6070 -0.7652 -0.9422 -1.1338 -1.3396 -1.5597 -1.7939 -2.0345"
    ),
}
_EXPOSURES = np.array(sorted(_SHOULDER))
_SHOULDERS = np.array([_SHOULDER[e] for e in sorted(_SHOULDER)])
# Where the brightest that was measured lies, of the camera's range. Camera Raw rebuilds what is
# clipped and so has tones beyond the camera's white; here that white is the end.
_LAST_MEASURED = 0.83


def camera_raw(scene: np.ndarray, exposure: float, shadows: float = SHADOWS) -> np.ndarray:
    """Scene light 0..1 (1.0 the camera's white) under a total exposure in EV -> 0..1.

    Rises with the light and with the exposure (within 1e-4). 0 stays 0, and the camera's white
    comes out as 1. shadows: the profile's black point in thousandths; at 0 there is no toe.
    """
    part = min(max(shadows / SHADOWS, 0.0), 1.0)
    last = _rendered(np.ones(1), exposure, part)
    t = ((scene - _LAST_MEASURED) / (1.0 - _LAST_MEASURED)).clip(0.0, 1.0)
    return _rendered(scene, exposure, part) + (1.0 - last) * t * t


def dng_sdk(scene: np.ndarray, exposure: float, shadows: float = SHADOWS) -> np.ndarray:
    """The SDK's exposure ramp with a black point in thousandths; white stays white."""
    lifted = ramp(scene, 2.0 ** -max(0.0, exposure), max(0.001 * shadows, 1e-6))
    return dim(lifted, min(exposure, 0.0))


BASES: dict[str, Callable[[np.ndarray, float, float], np.ndarray]] = {
    CAMERA_RAW: camera_raw,
    SDK: dng_sdk,
}


def _rendered(scene: np.ndarray, exposure: float, toe: float) -> np.ndarray:
    """toe: how much of it there is, 0..1."""
    exposed = scene * 2.0**exposure
    stops = np.log2(exposed.clip(2.0**-30, None))
    places, ratios = _ratios(exposure, toe)
    ratio = pchip(places, ratios, stops)
    # Darker than measured it goes on at its rate.
    ratio += (stops - places[0]).clip(None, 0.0) * (ratios[1] - ratios[0]) / _TOE_STEP
    return (exposed * 2.0**ratio).clip(0.0, 1.0)


def _ratios(exposure: float, toe_part: float) -> tuple[np.ndarray, np.ndarray]:
    """log2 of the exposed scene value, and log2(result / exposed) there."""
    toe = _TOE_FIRST + _TOE_STEP * np.arange(len(_TOE))
    shoulder = pchip(_EXPOSURES, _SHOULDERS, np.full(1, exposure))[0]
    # Beyond the measured stops it comes to 1.
    end = (2.0, shoulder[-1]), (3.0, -3.003), (4.0, -4.0), (16.0, -16.0)
    beyond = end[1:] if exposure > _EXPOSURES[0] else ((16.0, shoulder[-1]),)
    places = np.concatenate([toe, _SHOULDER_PLACES, [p for p, _ in beyond]])
    dark = _TOE[-1] + (_TOE - _TOE[-1]) * toe_part
    return places, np.concatenate([dark, shoulder, [r for _, r in beyond]])
