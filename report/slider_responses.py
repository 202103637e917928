"""How each slider answers: greys in, greys out, beside what others measured in Lightroom."""

from dataclasses import dataclass

import numpy as np

from model.edit import measured_tone as measured
from model.edit.tone_tables import lightness_to_luminance, luminance_to_lightness
from model.edit_layer import render
from params.base_curve import inverse_base_curve
from params.ranges import neutral_params
from params.rendering import ramp

# Half of the wedge's greys lie below the median for which Highlights were measured, 1 % above the
# 99th percentile for which Whites + is the table's.
WEDGE = np.interp(
    np.linspace(0.0, 1.0, 401), [0.0, 0.5, 0.99, 1.0], [0.0, measured.MEDIAN_L, 98.0, 100.0]
)
_ROWS = 40
COMPARED = (WEDGE >= 5.0) & (WEDGE <= 95.0)
SURROUNDS = (0.005, 0.02, 0.08, 0.18, 0.5, 0.9)
# Stops that an 18 % patch moves on these surrounds: silverbox, lr-tone-measurements.md.
PATCH = {
    ("Shadows2012", 100.0): (0.022, 0.024, 0.008, 0.0, 0.131, 0.495),
    ("Highlights2012", -100.0): (-4.01, -1.73, -0.31, 0.0, 0.0, 0.0),
}


@dataclass(frozen=True)
class Response:
    """L* out over WEDGE for one setting of one slider, and the measured L* at measured.L_IN."""

    slider: str
    setting: float
    process_1: np.ndarray
    process_2: np.ndarray
    measured: tuple[float, ...]

    def misses(self, values: np.ndarray) -> tuple[float, float]:
        """Mean and largest distance of a process's L* from those measured, over L* 5 to 95."""
        wanted = np.interp(WEDGE, measured.L_IN, self.measured)
        miss = np.abs(values - wanted)[COMPARED]
        return float(miss.mean()), float(miss.max())


def responses() -> list[Response]:
    """Of every measured slider and setting."""
    rendered = lightness_to_luminance(WEDGE)
    greys = np.linspace(0.0, 1.0, 200001) ** 2
    scene = np.interp(inverse_base_curve(rendered), ramp(greys), greys)
    return [
        Response(
            slider,
            setting,
            _greys(rendered, slider, setting, 1),
            _greys(scene, slider, setting, 2),
            curve,
        )
        for slider, curves in measured.LIGHTNESS.items()
        for setting, curve in curves.items()
    ]


def _greys(wedge: np.ndarray, slider: str, setting: float, process: int) -> np.ndarray:
    picture = np.broadcast_to(wedge[None, :, None], (_ROWS, wedge.size, 3)).astype(np.float32)
    out = render(picture, neutral_params() | {slider: setting}, process=process)
    return luminance_to_lightness(out[_ROWS // 2, :, 1].astype(np.float64))


def patch_stops(slider: str, setting: float) -> list[float]:
    """Stops that process 2 moves an 18 % patch on each of the SURROUNDS."""
    stops = []
    for surround in SURROUNDS:
        picture = np.full((160, 160, 3), surround, np.float32)
        picture[60:100, 60:100] = 0.18
        before = render(picture, neutral_params(), process=2)
        after = render(picture, neutral_params() | {slider: setting}, process=2)
        stops.append(float(np.log2(after[80, 80, 1] / before[80, 80, 1])))
    return stops
