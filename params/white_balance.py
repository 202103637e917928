"""White balance relative to the shot <-> Camera Raw's kelvin and tint.

Relative means that 6500 and 0 are "as shot", as the sliders of an edit are stored.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from params.camera_color import XYZ_TO_PROPHOTO, CameraColor, checked_neutral
from params.edit_process import edit_process
from params.ranges import SLIDERS, clamp
from params.robertson import temperature_tint_to_xy, xy_to_temperature_tint

# The two conversions of params.robertson are found here by those who look for white balance.
__all__ = [
    "CameraColor",
    "as_shot",
    "process_1_gains",
    "temperature_tint_to_xy",
    "to_absolute",
    "to_relative",
    "xy_to_temperature_tint",
]

LUMA_WEIGHTS = (0.2126, 0.7152, 0.0722)
TEMPERATURE, TINT = SLIDERS[0], SLIDERS[1]
WHITE = (TEMPERATURE.name, TINT.name)
# Camera Raw's white balance presets for RAW files, as its own menu sets them.
PRESETS: dict[str, dict[str, float]] = {
    "Daylight": {"Temperature": 5500.0, "Tint": 10.0},
    "Cloudy": {"Temperature": 6500.0, "Tint": 10.0},
    "Shade": {"Temperature": 7500.0, "Tint": 10.0},
    "Tungsten": {"Temperature": 2850.0, "Tint": 0.0},
    "Fluorescent": {"Temperature": 3800.0, "Tint": 21.0},
    "Flash": {"Temperature": 5500.0, "Tint": 0.0},
}


def process_1_gains(temperature: Any, tint: Any) -> tuple[Any, Any, Any]:
    """White-balance gains of edit process 1, of luma-weighted mean 1.

    Args:
        temperature, tint: relative to the shot (6500, 0); floats, arrays or torch tensors.

    Returns:
        The gains of R, G and B, of the same kind.
    """
    line = 0.2 * (temperature - 6500.0) / 6500.0 - 0.3 * tint / 150.0
    red = line.exp() if hasattr(line, "exp") else np.exp(line)
    blue = 1.0 / red
    mean = LUMA_WEIGHTS[0] * red + LUMA_WEIGHTS[1] + LUMA_WEIGHTS[2] * blue
    return red / mean, 1.0 / mean, blue / mean


def as_shot(camera: CameraColor, neutral: Sequence[float]) -> dict[str, float]:
    """{Temperature, Tint} that Camera Raw shows for a shot (before it rounds)."""
    temperature, tint = xy_to_temperature_tint(*camera.neutral_to_xy(neutral))
    return {"Temperature": temperature, "Tint": tint}


def to_absolute(
    temperature: float,
    tint: float,
    process: int,
    *,
    as_shot: Mapping[str, float] | None = None,
    camera: CameraColor | None = None,
    neutral: Sequence[float] | None = None,
) -> tuple[float, float]:
    """Kelvin and tint relative to the shot (6500, 0) -> Camera Raw's own.

    With camera and neutral, in an edit process whose white balance is not Camera Raw's own: by
    effect, that is the kelvin and tint at which Camera Raw gives a neutral patch the colour that
    the process gives it, or the nearest legal ones. Otherwise by mired from as_shot (the
    camera's where that is known, else 6500, 0).

    Raises:
        ValueError: a neutral that is not three positive numbers, or degenerate matrices.
    """
    shot = _shot(as_shot, camera, neutral)
    if not edit_process(process).white_by_effect or camera is None or neutral is None:
        return by_mired(temperature, tint, shot)
    if (temperature, tint) == (TEMPERATURE.neutral, TINT.neutral):
        return shot
    target = _gains_uv(temperature, tint)
    low, high = np.array([20.0, TINT.low]), np.array([500.0, TINT.high])

    def miss(mired_tint: np.ndarray) -> np.ndarray:
        return _patch_uv(1e6 / mired_tint[0], mired_tint[1], camera, neutral) - target

    starts = [(1e6 / shot[0], shot[1])]
    starts += [(mired, tint) for mired in (60.0, 200.0, 400.0) for tint in (-75.0, 75.0)]
    best, best_miss = np.zeros(2), np.inf
    for start in starts:
        found, size = _least_squares(miss, np.array(start).clip(low, high), low, high)
        if size < best_miss:
            best, best_miss = found, size
        if best_miss < 1e-9:
            break
    if not np.isfinite(best_miss):
        raise ValueError("this camera's matrices give a neutral patch no colour")
    return float(1e6 / best[0]), float(best[1])


def by_mired(temperature: float, tint: float, shot: tuple[float, float]) -> tuple[float, float]:
    """Kelvin and tint relative to the shot, added to the shot's own: kelvin in mired."""
    if (temperature, tint) == (TEMPERATURE.neutral, TINT.neutral):
        return shot
    mired = 1e6 / shot[0] + 1e6 / temperature - 1e6 / TEMPERATURE.neutral
    return 1e6 / clamp(mired, 20.0, 500.0), clamp(shot[1] + tint, TINT.low, TINT.high)


def to_relative(
    temperature: float,
    tint: float,
    process: int,
    *,
    as_shot: Mapping[str, float] | None = None,
    camera: CameraColor | None = None,
    neutral: Sequence[float] | None = None,
) -> tuple[float, float, float]:
    """Camera Raw's kelvin and tint -> those relative to the shot: the inverse of to_absolute.

    Returns:
        Kelvin, tint and what is lost, as a distance in CIE 1960 uv (0.001 is just visible).
        Process 1 has one line of colours: its tint comes back as 0, its kelvin is the nearest
        on that line. By mired nothing is lost but what lies outside the legal range.
    """
    if not edit_process(process).white_by_effect or camera is None or neutral is None:
        shot_temperature, shot_tint = _shot(as_shot, camera, neutral)
        mired = 1e6 / temperature - 1e6 / shot_temperature + 1e6 / TEMPERATURE.neutral
        return 1e6 / clamp(mired, 20.0, 500.0), clamp(tint - shot_tint, TINT.low, TINT.high), 0.0
    target = _patch_uv(temperature, tint, camera, neutral)
    found, size = _least_squares(
        lambda kilokelvin: _gains_uv(1000.0 * kilokelvin[0], 0.0) - target,
        np.array([TEMPERATURE.neutral / 1000.0]),
        np.array([TEMPERATURE.low / 1000.0]),
        np.array([TEMPERATURE.high / 1000.0]),
    )
    if not np.isfinite(size):
        raise ValueError("this camera's matrices give a neutral patch no colour")
    return float(1000.0 * found[0]), 0.0, size


def _shot(
    as_shot_values: Mapping[str, float] | None,
    camera: CameraColor | None,
    neutral: Sequence[float] | None,
) -> tuple[float, float]:
    if camera is not None and neutral is not None:
        as_shot_values = as_shot(camera, neutral)
    if as_shot_values is None:
        return TEMPERATURE.neutral, TINT.neutral
    return float(as_shot_values["Temperature"]), float(as_shot_values["Tint"])


def _prophoto_uv(rgb: np.ndarray) -> np.ndarray:
    """CIE 1960 uv of a linear ProPhoto colour; both edits' results are compared there."""
    x, y, z = np.linalg.solve(XYZ_TO_PROPHOTO, rgb)
    return np.array([4.0 * x, 6.0 * y]) / (x + 15.0 * y + 3.0 * z)


def _gains_uv(temperature: float, tint: float) -> np.ndarray:
    return _prophoto_uv(np.array(process_1_gains(temperature, tint)))


def _patch_uv(
    temperature: float, tint: float, camera: CameraColor, neutral: Sequence[float]
) -> np.ndarray:
    """What Camera Raw makes of the as-shot neutral patch at another kelvin and tint."""
    white = temperature_tint_to_xy(temperature, tint)
    return _prophoto_uv(camera.camera_to_prophoto(white) @ checked_neutral(neutral))


def _least_squares(
    miss: Callable[[np.ndarray], np.ndarray], start: np.ndarray, low: np.ndarray, high: np.ndarray
) -> tuple[np.ndarray, float]:
    """Levenberg-Marquardt inside a box: the place of the smallest miss, and its length.

    SciPy's least_squares (dogbox) ends at the same places in the same time, but importing it
    takes each command of process 1 a third of a second and 34 MB.
    """
    here, damping = start, 1e-3
    value = miss(here)
    for _ in range(100):
        step = 1e-5 * (high - low)
        step = np.where(here + step > high, -step, step)
        moves = [miss(here + np.diag(step)[k]) - value for k in range(here.size)]
        jacobian = np.stack(moves, axis=1) / step
        slope = jacobian.T @ value
        free = ~(((here <= low) & (slope > 0.0)) | ((here >= high) & (slope < 0.0)))
        if not free.any() or damping > 1e9:
            break
        normal = (jacobian.T @ jacobian)[np.ix_(free, free)]
        move = np.zeros_like(here)
        damped = normal + damping * np.diag(normal.diagonal() + 1e-18)
        move[free] = -np.linalg.solve(damped, slope[free])
        there = (here + move).clip(low, high)
        trial = miss(there)
        if trial @ trial < value @ value:
            done = np.abs(there - here).max() < 1e-9
            here, value, damping = there, trial, max(damping / 10.0, 1e-12)
            if done:
                break
        else:
            damping *= 10.0
    return here, float(np.sqrt(value @ value))
