"""Colour grading's wheels as a fit moves them: by two coordinates, which know no turn's end."""

import numpy as np

# Of saturation; a wheel begins a little off its middle, where its hue means something.
WHEEL_UNIT, WHEEL_START = 20.0, 0.05
_OFF_MIDDLE = 1e-3


def wheel_at(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Hue in degrees and saturation 0..100 at coordinates in units, [B] each."""
    return np.degrees(np.arctan2(b, a)) % 360.0, (_radius(a, b) * WHEEL_UNIT).clip(None, 100.0)


def place_of(hue: float, saturation: float) -> tuple[float, float]:
    """The coordinates of a hue and saturation, at least WHEEL_START from the middle."""
    turn, length = np.radians(hue), max(saturation / WHEEL_UNIT, WHEEL_START)
    return float(length * np.cos(turn)), float(length * np.sin(turn))


def wheel_slopes(
    a: np.ndarray, b: np.ndarray
) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """How wheel_at's hue, and its saturation, change with either coordinate."""
    square = (a * a + b * b).clip(_OFF_MIDDLE**2, None) * (np.pi / 180.0)
    radius = _radius(a, b)
    inside = (radius * WHEEL_UNIT < 100.0) * WHEEL_UNIT / radius
    return (-b / square, a / square), (a * inside, b * inside)


def _radius(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.sqrt(a * a + b * b + _OFF_MIDDLE**2)
