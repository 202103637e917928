"""Edit process 1 written anew from its specification: plain NumPy, float64, one pixel a row.

Nothing here may come from the project's own code: it is what that code is held against.
"""

import numpy as np

NEUTRAL = {
    "Temperature": 6500.0,
    "Tint": 0.0,
    "Exposure2012": 0.0,
    "Contrast2012": 0.0,
    "Highlights2012": 0.0,
    "Shadows2012": 0.0,
    "Whites2012": 0.0,
    "Blacks2012": 0.0,
    "Vibrance": 0.0,
    "Saturation": 0.0,
}


def logistic(z: np.ndarray) -> np.ndarray:
    return 1.0 / (1.0 + np.exp(-z))


def luma(x: np.ndarray) -> np.ndarray:
    return 0.2126 * x[:, 0] + 0.7152 * x[:, 1] + 0.0722 * x[:, 2]


def white_balance(x: np.ndarray, kelvin: float, tint: float) -> np.ndarray:
    d, t = (kelvin - 6500.0) / 6500.0, tint / 150.0
    gains = np.array([np.exp(0.2 * d - 0.3 * t), 1.0, np.exp(-0.2 * d + 0.3 * t)])
    return x * gains / (0.2126 * gains[0] + 0.7152 * gains[1] + 0.0722 * gains[2])


def exposure(x: np.ndarray, ev: float) -> np.ndarray:
    return x * 2.0**ev


def contrast(x: np.ndarray, amount: float) -> np.ndarray:
    y = x - 0.5
    return np.clip(0.5 + y + amount / 100.0 * (np.tanh(3.0 * y) / np.tanh(3.0) - y), 0.0, 1.0)


def masks(x: np.ndarray) -> np.ndarray:
    """Highlights, shadows, whites, blacks: N x 4."""
    y = luma(x)
    return np.stack(
        [
            logistic(12.0 * (y - 0.6)),
            1.0 - logistic(12.0 * (y - 0.4)),
            logistic(12.0 * (y - 0.9)),
            1.0 - logistic(12.0 * (y - 0.1)),
        ],
        axis=1,
    )


def regions(
    x: np.ndarray, h: float, s: float, w: float, b: float, means: np.ndarray | None = None
) -> np.ndarray:
    y = luma(x)
    m = masks(x) - (0.0 if means is None else means)
    lift = 0.15 * h * m[:, 0] + 0.15 * s * m[:, 1] + 0.2 * w * m[:, 2] + 0.2 * b * m[:, 3]
    wanted = np.clip(y + lift / 100.0, 0.0, 1.0)
    return np.clip(x * ((wanted + 1e-6) / (y + 1e-6))[:, None], 0.0, 1.0)


def tone_curve(x: np.ndarray, knots: np.ndarray) -> np.ndarray:
    places = np.linspace(0.0, 1.0, len(knots))
    table_places = np.linspace(0.0, 1.0, 1024)
    table = np.interp(table_places, places, knots)
    return np.interp(x, table_places, table)


def vibrance_saturation(x: np.ndarray, vibrance: float, saturation: float) -> np.ndarray:
    r, g, b = x.T
    y = 0.299 * r + 0.587 * g + 0.114 * b
    u, v = 0.492 * (b - y), 0.877 * (r - y)
    m = np.sqrt(u**2 + v**2 + 1e-6)
    factor = 1.0 + 0.6 * vibrance / 100.0 * (1.0 - np.tanh(3.0 * m))
    factor = factor * (1.0 + saturation / 100.0)
    u, v = u * factor, v * factor
    red, blue = y + v / 0.877, y + u / 0.492
    green = (y - 0.299 * red - 0.114 * blue) / 0.587
    return np.clip(np.stack([red, green, blue], axis=1), 0.0, 1.0)


def process_1(
    x: np.ndarray, p: dict[str, float], knots: np.ndarray, means: np.ndarray | None = None
) -> np.ndarray:
    """All steps; `means` are those of region_input's masks, for centred masks."""
    x = region_input(x, p)
    amounts = (p[f"{name}2012"] for name in ("Highlights", "Shadows", "Whites", "Blacks"))
    x = regions(x, *amounts, means)
    return vibrance_saturation(tone_curve(x, knots), p["Vibrance"], p["Saturation"])


def region_input(x: np.ndarray, p: dict[str, float]) -> np.ndarray:
    x = exposure(white_balance(x, p["Temperature"], p["Tint"]), p["Exposure2012"])
    return contrast(x, p["Contrast2012"])
