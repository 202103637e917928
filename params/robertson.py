"""Kelvin and tint <-> chromaticity, as Camera Raw has them.

Robertson's isotherms (1968) in CIE 1960 uv, as in Adobe's DNG SDK 1.7.1.
"""

import numpy as np

TINT_SCALE = -3000.0
# Robertson's isotherms: reciprocal megakelvin, u, v (CIE 1960), slope. At 325 the SDK has
# u = 0.24702, where the usual table prints 0.24792.
_ISOTHERMS = np.array(
    [
        (0, 0.18006, 0.26352, -0.24341),
        (10, 0.18066, 0.26589, -0.25479),
        (20, 0.18133, 0.26846, -0.26876),
        (30, 0.18208, 0.27119, -0.28539),
        (40, 0.18293, 0.27407, -0.30470),
        (50, 0.18388, 0.27709, -0.32675),
        (60, 0.18494, 0.28021, -0.35156),
        (70, 0.18611, 0.28342, -0.37915),
        (80, 0.18740, 0.28668, -0.40955),
        (90, 0.18880, 0.28997, -0.44278),
        (100, 0.19032, 0.29326, -0.47888),
        (125, 0.19462, 0.30141, -0.58204),
        (150, 0.19962, 0.30921, -0.70471),
        (175, 0.20525, 0.31647, -0.84901),
        (200, 0.21142, 0.32312, -1.0182),
        (225, 0.21807, 0.32909, -1.2168),
        (250, 0.22511, 0.33439, -1.4512),
        (275, 0.23247, 0.33904, -1.7298),
        (300, 0.24010, 0.34308, -2.0637),
        (325, 0.24702, 0.34655, -2.4681),
        (350, 0.25591, 0.34951, -2.9641),
        (375, 0.26400, 0.35200, -3.5814),
        (400, 0.27218, 0.35407, -4.3633),
        (425, 0.28039, 0.35577, -5.3762),
        (450, 0.28863, 0.35714, -6.7262),
        (475, 0.29685, 0.35823, -8.5955),
        (500, 0.30505, 0.35907, -11.324),
        (525, 0.31320, 0.35968, -15.628),
        (550, 0.32129, 0.36011, -23.325),
        (575, 0.32931, 0.36038, -40.770),
        (600, 0.33724, 0.36051, -116.45),
    ]
)
_MIRED, _U, _V = _ISOTHERMS[:, 0], _ISOTHERMS[:, 1], _ISOTHERMS[:, 2]
_DU = 1.0 / np.hypot(1.0, _ISOTHERMS[:, 3])
_DV = _DU * _ISOTHERMS[:, 3]


def temperature_tint_to_xy(temperature: float, tint: float) -> tuple[float, float]:
    """Kelvin (1667 and more) and tint -> chromaticity."""
    u, v, du, dv = (np.interp(1e6 / temperature, _MIRED, c) for c in (_U, _V, _DU, _DV))
    offset = tint / TINT_SCALE / np.hypot(du, dv)
    u, v = u + offset * du, v + offset * dv
    scale = u - 4.0 * v + 2.0
    return float(1.5 * u / scale), float(v / scale)


def xy_to_temperature_tint(x: float, y: float) -> tuple[float, float]:
    """Chromaticity -> kelvin (1667..100 000) and tint."""
    scale = 1.5 - x + 6.0 * y
    u, v = 2.0 * x / scale, 3.0 * y / scale
    distance = (v - _V) * _DU - (u - _U) * _DV
    beyond = np.flatnonzero(distance[1:] <= 0.0)
    i = int(beyond[0]) + 1 if beyond.size else len(_MIRED) - 1
    here = max(-distance[i], 0.0)
    f = 0.0 if i == 1 else here / (distance[i - 1] + here)
    mired, u0, v0, du, dv = (c[i - 1] * f + c[i] * (1.0 - f) for c in (_MIRED, _U, _V, _DU, _DV))
    tint = TINT_SCALE * ((u - u0) * du + (v - v0) * dv) / np.hypot(du, dv)
    return float(1e6 / mired), float(tint)
